"""Labelling: resume, bad files, duplicates, readers' points, locks, cancel."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.core import journal_log
from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.errors import JournalError, UnreadableImageError
from napari_dentlm.core.folder import PatientFolder
from napari_dentlm.core.imaging import image_paths, read_image
from napari_dentlm.core.journal import Journal, verify
from napari_dentlm.labelling import LabelEvent, Outcome, label_paths, read_ahead
from tests.labelling.conftest import StandIn


def events_of(paths: list[Path], cascade: StandIn, **options: object) -> tuple[list[LabelEvent], object]:
    events: list[LabelEvent] = []
    summary = label_paths(paths, cascade, on_progress=events.append, **options)
    return events, summary


def journal_of(film: Path, cascade: StandIn) -> Journal:
    sidecar = film.with_name(film.name + ".dentlm.jsonl")
    return Journal.open(sidecar, image_ids=[read_image(film).image_id], scheme=cascade.scheme)


def test_every_film_gets_its_points_in_order(small_films: Path, stand_in: StandIn) -> None:
    events, summary = events_of([small_films], stand_in)
    assert [event.path.name for event in events] == [f"{n}.png" for n in range(6)]
    assert [event.done for event in events] == [1, 2, 3, 4, 5, 6]
    assert summary.labelled == 6
    assert summary.complete
    for event in events:
        points = event.annotations[0].points()
        assert points[0] == pytest.approx([0.1 * event.image.width, 0.1 * event.image.height])
        assert event.annotations[0].landmarks["Go"].expected_error_px == 12.5
        with journal_of(event.path, stand_in) as journal:
            np.testing.assert_array_equal(journal.annotation("").points(), points)


def test_the_same_again_is_skipped(small_films: Path, stand_in: StandIn) -> None:
    label_paths([small_films], stand_in)
    events, summary = events_of([small_films], stand_in)
    assert stand_in.seen == 6
    assert (summary.labelled, summary.unchanged) == (0, 6)
    assert all(np.isfinite(event.annotations[0].points()).all() for event in events)


@pytest.mark.parametrize("changed", ["model", "quality", "image"])
def test_anything_else_is_labelled_anew(small_films: Path, stand_in: StandIn, changed: str) -> None:
    label_paths([small_films], stand_in)
    quality = "best" if changed == "quality" else "standard"
    if changed == "model":
        stand_in.origin = "model:stand-in@ba9876543210"
    if changed == "image":
        shutil.copy(small_films / "0.png", small_films / "6.png")
        cv2.imwrite(str(small_films / "6.png"), np.full((70, 50), 7, np.uint8))
    _, summary = events_of([small_films], stand_in, quality=quality)
    assert summary.labelled == (1 if changed == "image" else 6)


def test_a_readers_point_stays(small_films: Path, stand_in: StandIn) -> None:
    film = small_films / "2.png"
    label_paths([small_films], stand_in)
    with journal_of(film, stand_in) as journal:
        journal.move("anna", "Go", Point(11, 12))
        journal.confirm("anna", "S")
    stand_in.origin = "model:stand-in@ba9876543210"
    events, _ = events_of([film], stand_in)
    annotation = events[0].annotations[0]
    assert annotation.annotator == "anna"
    assert annotation.landmarks["Go"].position == Point(11, 12)
    assert annotation.landmarks["Go"].state is State.CORRECTED
    assert annotation.landmarks["S"].state is State.CONFIRMED
    assert annotation.landmarks["N"].origin == stand_in.origin
    model, _ = events_of([film], stand_in, predictions_only=True)
    assert model[0].annotations[0].annotator == ""
    assert model[0].annotations[0].landmarks["Go"].state is State.PREDICTED


def test_bad_files_are_listed_and_the_rest_is_done(small_films: Path, stand_in: StandIn) -> None:
    (small_films / "empty.png").touch()
    whole = (small_films / "0.png").read_bytes()
    (small_films / "cut.png").write_bytes(whole[: len(whole) // 2])
    (small_films / "text.jpg").write_text("no picture")
    cv2.imwrite(str(small_films / "white.png"), np.full((40, 40), 255, np.uint8))
    _, summary = events_of([small_films], stand_in, batch_size=4)
    assert summary.labelled == 6
    assert sorted(path.name for path, _ in summary.failed) == ["cut.png", "empty.png", "text.jpg", "white.png"]
    assert all(reason for _, reason in summary.failed)
    assert not summary.complete
    assert "the networks broke" in summary.text()


def test_a_refused_image_says_why_every_time(small_films: Path, stand_in: StandIn) -> None:
    cv2.imwrite(str(small_films / "black.png"), np.zeros((40, 40), np.uint8))
    for _ in range(2):
        events, summary = events_of([small_films], stand_in)
        refused = next(event for event in events if event.outcome is Outcome.REFUSED)
        assert refused.message == "this is not a lateral film"
        marks = refused.annotations[0].landmarks.values()
        assert {(mark.state, mark.reason) for mark in marks} == {(State.NOT_ASSESSED, refused.message)}
        assert [path.name for path, _ in summary.refused] == ["black.png"]
    assert stand_in.seen == 7


def test_the_summary_counts_nothing_twice(small_films: Path, stand_in: StandIn) -> None:
    cv2.imwrite(str(small_films / "black.png"), np.zeros((40, 40), np.uint8))
    shutil.copy(small_films / "1.png", small_films / "copy.png")
    (small_films / "empty.png").touch()
    _, summary = events_of([small_films], stand_in)
    lines = summary.text().splitlines()
    assert lines[0] == "Files: 9, of which 1 failed. Images: 7 labelled, 0 unchanged since last time, 1 refused."
    assert "counted above" in lines[3]
    assert "copy.png" in lines[4]


@pytest.mark.parametrize("work", [False, True])
def test_the_same_picture_twice_is_listed(small_films: Path, stand_in: StandIn, tmp_path: Path, work: bool) -> None:
    shutil.copy(small_films / "1.png", small_films / "copy.png")
    events, summary = events_of([small_films], stand_in, work=tmp_path / "work" if work else None)
    assert [(path.name, reason) for path, reason in summary.duplicates] == [
        ("copy.png", f"shows the same picture as {small_films / '1.png'}")
    ]
    assert summary.complete
    points = {event.path.name: event.annotations[0].points() for event in events}
    np.testing.assert_array_equal(points["copy.png"], points["1.png"])


def test_folders_files_and_repeated_paths(small_films: Path, stand_in: StandIn) -> None:
    second = small_films.parent / "second"
    shutil.copytree(small_films, second)
    cv2.imwrite(str(second / "0.png"), np.full((30, 30), 9, np.uint8))
    events, summary = events_of([small_films / "3.png", second / "0.png", small_films], stand_in)
    assert summary.files == 7
    assert [event.path.name for event in events][:2] == ["3.png", "0.png"]


def test_several_folders_share_a_work_folder(small_films: Path, stand_in: StandIn, tmp_path: Path) -> None:
    second = small_films.parent / "second"
    second.mkdir()
    cv2.imwrite(str(second / "0.png"), np.full((30, 30), 9, np.uint8))
    _, summary = events_of([small_films, second], stand_in, work=tmp_path / "work")
    assert summary.notes == []
    assert len(list((tmp_path / "work").glob("*.dentlm.jsonl"))) == 7
    assert not list(small_films.glob("*.jsonl"))


def test_a_read_only_folder_uses_the_fallback(small_films: Path, stand_in: StandIn, tmp_path: Path) -> None:
    small_films.chmod(0o555)
    try:
        _, summary = events_of([small_films], stand_in, fallback_work=tmp_path / "work")
        _, again = events_of([small_films], stand_in, fallback_work=tmp_path / "work")
    finally:
        small_films.chmod(0o755)
    assert summary.labelled == 6
    assert again.unchanged == 6
    assert len(list(small_films.iterdir())) == 6


def test_a_folder_that_is_open_elsewhere_is_labelled_but_not_written(small_films: Path, stand_in: StandIn) -> None:
    with PatientFolder.open(small_films, scheme=stand_in.scheme) as holder:
        with holder.journal(small_films / "0.png", [read_image(small_films / "0.png").image_id]) as journal:
            journal.place("anna", "Go", Point(3, 4))
        events, summary = events_of([small_films], stand_in)
    assert summary.labelled == 6
    assert "another program" in summary.notes[0]
    assert events[0].annotations[0].landmarks["Go"].position == Point(3, 4)
    assert events[0].annotations[0].landmarks["S"].state is State.PREDICTED
    assert not (small_films / "1.png.dentlm.jsonl").exists()


def test_without_journals_nothing_is_written(small_films: Path, stand_in: StandIn) -> None:
    _, summary = events_of([small_films], stand_in, journals=False)
    assert summary.labelled == 6
    assert sorted(path.name for path in small_films.iterdir()) == [f"{n}.png" for n in range(6)]


def test_it_stops_when_asked_and_goes_on(small_films: Path, stand_in: StandIn) -> None:
    events: list[LabelEvent] = []
    summary = label_paths([small_films], stand_in, on_progress=events.append, should_stop=lambda: stand_in.seen >= 2)
    assert summary.cancelled
    assert 0 < len(events) < 6
    _, rest = events_of([small_films], stand_in)
    assert rest.unchanged == len(events)
    assert rest.labelled == 6 - len(events)


def test_an_error_of_the_listener_reaches_the_caller(small_films: Path, stand_in: StandIn) -> None:
    def broken(event: LabelEvent) -> None:
        raise ValueError("listener")

    with pytest.raises(ValueError, match="listener"):
        label_paths([small_films], stand_in, on_progress=broken)
    assert not (small_films / ".dentlm.lock").exists()


def test_every_frame_of_a_file_is_an_image(tmp_path: Path, stand_in: StandIn) -> None:
    from PIL import Image as PilImage

    rng = np.random.default_rng(1)
    frames = [PilImage.fromarray(rng.integers(1, 255, (40, 30), dtype=np.uint8)) for _ in range(5)]
    frames[0].save(tmp_path / "stack.tif", save_all=True, append_images=frames[1:])
    events, summary = events_of([tmp_path], stand_in)
    assert [event.frame for event in events] == [0, 1, 2, 3, 4]
    assert summary.labelled == 5
    assert [event.done for event in events] == [0, 0, 0, 0, 1]
    _, again = events_of([tmp_path], stand_in)
    assert again.unchanged == 5


def test_a_journal_of_another_picture_is_left_alone(small_films: Path, stand_in: StandIn) -> None:
    label_paths([small_films], stand_in)
    sidecar = small_films / "0.png.dentlm.jsonl"
    before = sidecar.read_bytes()
    shutil.copy(small_films / "1.png", small_films / "0.png")
    _, summary = events_of([small_films], stand_in)
    assert sidecar.read_bytes() == before
    assert any("0.png" in note for note in summary.notes)


def test_image_paths_do_not_contain_what_we_write(small_films: Path, stand_in: StandIn) -> None:
    label_paths([small_films], stand_in)
    assert len(image_paths(small_films)) == 6


ENDS_WITH_AN_ERROR = """
import sys
from pathlib import Path
import numpy as np
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.labelling import label_paths
from tests.labelling.conftest import StandIn

def broken(event):
    raise DentLMError("listener")

try:
    label_paths([Path(sys.argv[1])], StandIn(), on_progress=broken)
except DentLMError as error:
    kept = error  # with it the frames of the run, as an interpreter that ends does
"""


def tiff(path: Path, *seeds: int) -> None:
    """A TIFF with one page of noise for each seed."""
    from PIL import Image as PilImage

    pages = [np.random.default_rng(seed).integers(1, 255, (40, 30), dtype=np.uint8) for seed in seeds]
    first, *rest = map(PilImage.fromarray, pages)
    first.save(path, save_all=True, append_images=rest)


def test_the_process_ends_after_an_error(tmp_path: Path, repository: Path) -> None:
    for number in range(5):
        tiff(tmp_path / f"{number}.tif", *range(8 * number, 8 * number + 8))
    command = [sys.executable, "-c", ENDS_WITH_AN_ERROR, tmp_path]
    assert subprocess.run(command, cwd=repository, timeout=60, check=False).returncode == 0


def test_points_that_cannot_be_kept_are_in_the_table(
    small_films: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = journal_log.journal_file.append

    def full(path: Path, *rest: object) -> int:
        if path.name.startswith("2.png"):
            raise JournalError(f"{path.name}: the change was not saved (No space left on device).")
        return real(path, *rest)

    monkeypatch.setattr(journal_log.journal_file, "append", full)
    events, summary = events_of([small_films], stand_in)
    assert summary.labelled == 6
    assert np.isfinite(events[2].annotations[0].points()).all()
    assert ["2.png" in note and "No space left" in note for note in summary.notes] == [True]


def test_one_bad_journal_fails_alone(small_films: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    real = PatientFolder.journal

    def odd(folder: PatientFolder, path: Path, image_ids: list[str]) -> Journal:
        if path.name == "2.png":
            raise RecursionError("too deep")
        return real(folder, path, image_ids)

    monkeypatch.setattr(PatientFolder, "journal", odd)
    _, summary = events_of([small_films], stand_in)
    assert summary.labelled == 5
    assert [path.name for path, _ in summary.failed] == ["2.png"]


@pytest.mark.parametrize("longer_first", [False, True])
def test_files_that_begin_alike_do_not_share_a_journal(stand_in: StandIn, tmp_path: Path, longer_first: bool) -> None:
    tiff(tmp_path / "a.tif", *((0, 1, 2) if longer_first else (0,)))
    tiff(tmp_path / "b.tif", *((0,) if longer_first else (0, 1, 2)))
    work = tmp_path / "work"
    for _ in range(2):
        events, summary = events_of([tmp_path / "a.tif", tmp_path / "b.tif"], stand_in, work=work)
        assert summary.failed == []
        assert len(events) == 4
        assert all(np.isfinite(event.annotations[0].points()).all() for event in events)
        assert any("b.tif" in note for note in summary.notes)
    (sidecar,) = work.glob("*.dentlm.jsonl")
    assert verify(sidecar) == []


def test_a_file_that_fails_at_its_end_gives_its_journal_back(
    small_films: Path, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    real = Journal.close
    monkeypatch.setattr(Journal, "close", lambda journal: (closed.append(journal.path.name), real(journal))[1])
    tiff(small_films / "0.tif", 0, 1)
    frames = read_ahead._frames

    def cut(path: Path):
        for frame in frames(path):
            yield frame
            if path.suffix == ".tif":
                raise UnreadableImageError(path, "the second page is damaged")

    monkeypatch.setattr(read_ahead, "_frames", cut)
    seen: list[int] = []
    label_paths([small_films], stand_in, batch_size=1, on_progress=lambda _: seen.append(len(closed)))
    assert closed[0].startswith("0.png")
    assert sorted(closed) == sorted({*closed})
    assert "0.tif.dentlm.jsonl" in closed[: seen[-1]]


def test_two_copies_with_their_own_labels_are_not_merged(small_films: Path, stand_in: StandIn, tmp_path: Path) -> None:
    shutil.copy(small_films / "1.png", small_films / "copy.png")
    for name, x in (("1.png", 5), ("copy.png", 7)):
        with journal_of(small_films / name, stand_in) as journal:
            journal.place("anna", "Go", Point(x, 1))
    events, summary = events_of([small_films], stand_in, work=tmp_path / "work")
    assert [path.name for path, _ in summary.failed] == ["copy.png"]
    assert "differ" in summary.failed[0][1]
    (first,) = (event for event in events if event.path.name == "1.png")
    assert first.annotations[0].landmarks["Go"].position == Point(5, 1)


def test_the_model_s_points_are_the_same_with_and_without_a_journal(small_films: Path, stand_in: StandIn) -> None:
    (plain, *_), _ = events_of([small_films], stand_in, journals=False)
    (kept, *_), _ = events_of([small_films], stand_in)
    for key in stand_in.keys:
        one, other = plain.annotations[0].landmarks[key], kept.annotations[0].landmarks[key]
        assert replace(other, updated_utc="") == one


def test_a_line_that_was_set_aside_is_said(small_films: Path, stand_in: StandIn) -> None:
    label_paths([small_films], stand_in)
    with (small_films / "3.png.dentlm.jsonl").open("ab") as stream:
        stream.write(b'{"seq":')
    _, summary = events_of([small_films], stand_in)
    assert ["set aside" in note and "3.png" in note for note in summary.notes] == [True]
