"""Patient folders: order, statuses, the lock, and folders that cannot be written."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.errors import DentLMError, JournalError
from napari_dentlm.core.folder import LOCK_NAME, PatientFolder
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.review_status import Status, status_of
from napari_dentlm.core.review_summary import summary_of
from tests.core.folder_setup import IDS, SCHEME, predict, root

__all__ = ["root"]


@pytest.fixture
def folder(root: Path) -> Iterator[PatientFolder]:
    with PatientFolder.open(root) as folder:
        yield folder


def test_images_come_in_natural_order_and_none_is_opened(folder: PatientFolder):
    entries = folder.entries()
    assert [entry.relative for entry in entries] == ["Anna/1.png", "film2.png", "film10.png"]
    assert {entry.status for entry in entries} == {Status.NEW}
    assert all(entry.path.is_file() for entry in entries)


def test_the_sidecar_lies_beside_the_image(folder: PatientFolder, root: Path):
    assert folder.sidecars.place(root / "film2.png", IDS[0]) == root / "film2.png.dentlm.jsonl"
    predict(folder.journal(root / "film2.png", IDS))
    assert (root / "film2.png.dentlm.jsonl").is_file()
    assert len(folder.entries()) == 3


def test_a_renamed_image_finds_its_labels(folder: PatientFolder, root: Path):
    with folder.journal(root / "film2.png", IDS) as journal:
        journal.place("anna", "Go", Point(3, 4))
    (root / "film2.png").rename(root / "smith.png")
    (root / "unreadable.png.dentlm.jsonl").mkdir()
    folder.close()
    with PatientFolder.open(root) as again:
        # Another picture does not take them.
        assert not again.journal(root / "film10.png", ("d" * 64,)).events
        with again.journal(root / "smith.png", IDS) as journal:
            assert journal.annotation("anna").landmarks["Go"].position == Point(3, 4)
        assert again.status(root / "smith.png") is Status.IN_REVIEW
    assert not (root / "film2.png.dentlm.jsonl").exists()


def test_a_copy_of_an_image_takes_no_labels_away(folder: PatientFolder, root: Path):
    with folder.journal(root / "film2.png", IDS) as journal:
        journal.place("anna", "Go", Point(3, 4))
    (root / "copy.png").write_bytes(b"not decoded")
    assert not folder.journal(root / "copy.png", IDS).events
    assert (root / "film2.png.dentlm.jsonl").exists()


def test_the_status_follows_the_review(folder: PatientFolder, root: Path):
    film = root / "film2.png"
    journal = folder.journal(film, IDS)
    assert folder.status(film) is Status.NEW
    predict(journal)
    assert folder.status(film) is Status.LABELLED
    journal.move("anna", "Go", Point(5, 5))
    assert folder.status(film) is Status.IN_REVIEW
    journal.rule("anna", "Po", State.NOT_VISIBLE)
    journal.confirm_all("anna", SCHEME.keys)
    assert folder.status(film) is Status.DONE
    journal.exclude("anna", "turned head")
    assert folder.status(film) is Status.EXCLUDED
    journal.undo("anna")
    journal.undo("anna")
    assert folder.status(film) is Status.IN_REVIEW


def test_a_film_labelled_by_hand_is_done_with_all_landmarks(folder: PatientFolder, root: Path):
    journal = folder.journal(root / "film2.png", IDS)
    for key in SCHEME.keys:
        assert folder.status(root / "film2.png") is not Status.DONE
        journal.place("anna", key, Point(1, 1))
        journal.confirm("anna", key)
    assert folder.status(root / "film2.png") is Status.DONE


def test_a_film_with_a_model_of_one_landmark_is_done_with_that_one(folder: PatientFolder, root: Path):
    journal = folder.journal(root / "film2.png", IDS)
    journal.predict([Landmark("Go", State.PREDICTED, Point(1, 1))], model="model:gonion@1", options="")
    journal.confirm("anna", "Go")
    assert folder.status(root / "film2.png") is Status.DONE


def test_every_frame_must_be_done(folder: PatientFolder, root: Path):
    journal = folder.journal(root / "film2.png", ("f0", "f1"))
    journal.predict([Landmark("Go", State.PREDICTED, Point(1, 1))], model="model:gonion@1", options="")
    journal.confirm("anna", "Go")
    assert folder.status(root / "film2.png") is Status.IN_REVIEW


def test_refused_broken_and_unreadable_films_have_failed(folder: PatientFolder, root: Path):
    refused = [Landmark(key, State.NOT_ASSESSED, None, reason="no face area") for key in SCHEME.keys]
    folder.journal(root / "film2.png", IDS).predict(refused, model="model:m@1", options="")
    (root / "film10.png.dentlm.jsonl").write_text('{"dentlm_journal": 99}\n')
    folder.mark_failed(root / "Anna" / "1.png", "truncated")
    assert {entry.status for entry in folder.entries()} == {Status.FAILED}
    assert folder.failure(root / "Anna" / "1.png") == "truncated"


def test_paths_open_no_journal(folder: PatientFolder, root: Path, monkeypatch: pytest.MonkeyPatch):
    predict(folder.journal(root / "film2.png", IDS))
    monkeypatch.setattr("napari_dentlm.core.folder.summary_of", lambda path, reader: pytest.fail(f"{path} was read"))
    assert [folder.relative(path) for path in folder.paths()] == ["Anna/1.png", "film2.png", "film10.png"]


def test_the_summary_tells_progress_and_the_weakest_point(folder: PatientFolder, root: Path):
    film = root / "film2.png"
    assert (folder.summary(film).settled, folder.summary(film).total, folder.summary(film).weakest) == (0, 0, None)
    journal = folder.journal(film, IDS)
    errors = {"S": 2.0, "Go": 9.0, "Po": 4.0, "Or": 1.0}
    flags = {"Or": "the looks differ"}
    marks = [
        Landmark(key, State.PREDICTED, Point(n, 2 * n), expected_error_px=error, flag=flags.get(key, ""))
        for n, (key, error) in enumerate(errors.items())
    ]
    journal.predict(marks, model="model:m@1", options="")
    order = []
    while (summary := folder.summary(film)).weakest is not None:
        order.append((summary.weakest.key, summary.flagged, summary.settled, summary.total))
        journal.confirm("anna", summary.weakest.key)
    assert order == [("Or", True, 0, 4), ("Go", False, 1, 4), ("Po", False, 2, 4), ("S", False, 3, 4)]
    assert summary.status is Status.DONE
    journal.move("anna", "S", Point(7, 7))
    assert folder.summary(film).weakest.state is State.CORRECTED
    # A second reader who has done less does not hide how far the first one is.
    journal.confirm("bert", "Go")
    assert folder.summary(film).settled == 3


def test_each_reader_has_a_progress_of_his_own(folder: PatientFolder, root: Path):
    film = root / "film2.png"
    predict(journal := folder.journal(film, IDS))
    journal.confirm_all("anna", SCHEME.keys)
    journal.confirm("bert", "Go")
    found = {reader: folder.summary(film, reader) for reader in ("anna", "bert", "carl", "")}
    assert {reader: (summary.status, summary.settled) for reader, summary in found.items()} == {
        "anna": (Status.DONE, 19),
        "bert": (Status.IN_REVIEW, 1),
        "carl": (Status.LABELLED, 0),
        "": (Status.DONE, 19),
    }
    assert found["anna"].weakest is None
    assert found["bert"].weakest is not None
    assert found["bert"].readers == ("anna", "bert")
    assert folder.status(film) is status_of(folder.sidecars.place(film, IDS[0])) is Status.DONE


def test_what_one_reader_placed_by_hand_is_a_new_film_for_the_next(folder: PatientFolder, root: Path):
    film = root / "film2.png"
    folder.journal(film, IDS).place("anna", "Go", Point(1, 1))
    assert folder.summary(film, "anna").status is Status.IN_REVIEW
    assert (folder.summary(film, "bert").status, folder.summary(film, "bert").readers) == (Status.NEW, ("anna",))


def test_an_excluded_film_is_excluded_for_everybody_and_anybody_takes_it_in_again(folder: PatientFolder, root: Path):
    film = root / "film2.png"
    predict(journal := folder.journal(film, IDS))
    journal.confirm_all("bert", SCHEME.keys)
    journal.exclude("anna", "turned head")
    summary = folder.summary(film, "bert")
    assert (summary.status, summary.settled, summary.note) == (Status.EXCLUDED, 19, "turned head (anna)")
    journal.include("bert")
    assert (folder.summary(film, "bert").status, folder.summary(film, "bert").note) == (Status.DONE, "")
    assert folder.summary(film, "anna").status is Status.LABELLED
    journal.undo("bert")
    assert folder.summary(film, "anna").status is Status.EXCLUDED
    journal.undo("anna")
    assert folder.summary(film, "bert").status is Status.DONE


@given(
    st.lists(
        st.tuples(st.sampled_from(["anna", "bert"]), st.sampled_from(["exclude", "include", "undo", "redo"])),
        max_size=12,
    )
)
@settings(max_examples=30, deadline=None)
def test_the_last_word_on_an_exclusion_counts(acts: list[tuple[str, str]]):
    done: dict[str, list[tuple[int, str]]] = {"anna": [], "bert": []}
    undone: dict[str, list[tuple[int, str]]] = {"anna": [], "bert": []}
    with TemporaryDirectory() as folder:
        sidecar = Path(folder) / "film.dentlm.jsonl"
        journal = Journal.open(sidecar, image_ids=IDS, scheme=SCHEME)
        predict(journal)
        for number, (reader, act) in enumerate(acts):
            if act == "exclude":
                journal.exclude(reader, "blurred")
            else:
                getattr(journal, act)(reader)
            if act in ("undo", "redo"):
                taken, given_to = (done, undone) if act == "undo" else (undone, done)
                if taken[reader]:
                    given_to[reader].append(taken[reader].pop())
            else:
                done[reader].append((number, act))
                undone[reader].clear()
        last = max((word for words in done.values() for word in words), default=(0, "include"))
        expected = Status.EXCLUDED if last[1] == "exclude" else Status.LABELLED
        assert {summary_of(sidecar, reader).status for reader in ("", "anna", "bert", "carl")} == {expected}


class CountedPath(type(Path())):
    """A path that counts how often its file is read."""

    reads = 0

    def read_bytes(self) -> bytes:
        CountedPath.reads += 1
        return super().read_bytes()


@pytest.mark.parametrize("reader", ["", "anna", "carl"])
def test_a_summary_reads_the_journal_once(folder: PatientFolder, root: Path, reader: str):
    predict(journal := folder.journal(root / "film2.png", IDS))
    journal.confirm("anna", "Go")
    journal.confirm("bert", "Po")
    before = CountedPath.reads
    assert summary_of(CountedPath(journal.path), reader).total == 19
    assert CountedPath.reads == before + 1


def test_the_summary_of_a_film_labelled_by_hand_asks_for_all_landmarks(folder: PatientFolder, root: Path):
    folder.journal(root / "film2.png", IDS).place("anna", "Go", Point(1, 1))
    summary = folder.summary(root / "film2.png")
    assert (summary.settled, summary.total) == (0, len(SCHEME.keys))
    assert summary.weakest.state is State.NOT_ASSESSED


def test_the_summary_says_why(folder: PatientFolder, root: Path):
    refused = [Landmark(key, State.NOT_ASSESSED, None, reason="no face area") for key in SCHEME.keys]
    folder.journal(root / "film2.png", IDS).predict(refused, model="model:m@1", options="")
    assert folder.summary(root / "film2.png").note == "no face area"
    predict(journal := folder.journal(root / "film10.png", IDS))
    journal.exclude("anna", "turned head")
    assert folder.summary(root / "film10.png").note == "turned head (anna)"
    folder.mark_failed(root / "Anna/1.png", "truncated")
    assert folder.summary(root / "Anna/1.png").note == "truncated"


def test_statuses_are_read_again_only_after_a_change(
    folder: PatientFolder, root: Path, monkeypatch: pytest.MonkeyPatch
):
    predict(folder.journal(root / "film2.png", IDS))
    folder.entries()
    monkeypatch.setattr("napari_dentlm.core.folder.summary_of", lambda path, reader: pytest.fail(f"{path} read again"))
    assert Status.LABELLED in {entry.status for entry in folder.entries()}


def test_the_second_program_reads_only_and_says_so(folder: PatientFolder, root: Path):
    predict(folder.journal(root / "film2.png", IDS))
    with PatientFolder.open(root) as second:
        assert second.read_only
        assert f"process {os.getpid()}" in second.problem
        journal = second.journal(root / "film2.png", IDS)
        assert journal.annotation("anna").landmarks["Go"].position == Point(1, 1)
        with pytest.raises(JournalError):
            journal.confirm("anna", "Go")
        assert second.status(root / "film2.png") is Status.LABELLED
    folder.close()
    assert folder.read_only
    assert not (root / LOCK_NAME).exists()
    with PatientFolder.open(root) as third:
        assert not third.read_only


def test_a_lock_file_left_by_a_killed_process_is_taken_over(root: Path):
    code = (
        "import os, sys; from pathlib import Path; from napari_dentlm.core.lock import FileLock\n"
        "assert FileLock(Path(sys.argv[1])).acquire(); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code, root / LOCK_NAME], check=False)
    assert done.returncode == 9
    assert (root / LOCK_NAME).exists()
    with PatientFolder.open(root) as folder:
        assert not folder.read_only


def test_opened_for_reading_only_leaves_nothing_behind(root: Path):
    before = sorted(root.rglob("*"))
    with PatientFolder.open(root, read_only=True) as folder:
        assert folder.problem
        assert len(folder.entries()) == 3
    assert sorted(root.rglob("*")) == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_opened_for_reading_with_advice(root: Path):
    root.chmod(0o555)
    try:
        with PatientFolder.open(root) as folder:
            assert folder.read_only
            assert "--work" in folder.problem
    finally:
        root.chmod(0o755)


def test_a_folder_that_cannot_be_written_is_read_only(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("napari_dentlm.core.folder.os.access", lambda *_: False)
    with PatientFolder.open(root) as folder:
        assert folder.read_only
        assert "--work" in folder.problem


def test_no_such_folder(tmp_path: Path):
    with pytest.raises(DentLMError, match="no such folder"):
        PatientFolder.open(tmp_path / "none")
