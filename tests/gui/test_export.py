"""Exports: tables, pictures, the archive without names; cancel, full disks and folders that cannot be written."""

import errno
import os
import time
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as PilImage
from qtpy.QtCore import QTimer

from napari_dentlm.core import files as core_files
from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import ExportPurpose, landmark_csv
from napari_dentlm.core.imaging import image_paths, read_image
from napari_dentlm.core.notice import FOOTER, NOTICE_NAME
from napari_dentlm.gui.agreeing import AgreementCheck
from napari_dentlm.gui.agreement_sheet import AgreementSheet
from napari_dentlm.gui.export import Exporter, ExportKind
from napari_dentlm.gui.session import Session
from tests.gui.conftest import ORIGIN, prediction_of
from tests.gui.test_faces import BOXES
from tests.gui.test_faces import prediction as faces_on

WAIT = 30_000
REPORT, TRAINING, EVERYTHING = ExportPurpose


@pytest.fixture
def session(qapp, films):
    """A folder whose three films are labelled; anna corrected one point and confirmed two on the first, bob one."""
    session = Session()
    session.set_reader("anna")
    session.open([films])
    for entry in session.worklist.entries:
        session.take_prediction(prediction_of(entry.path))
    session.show(0)
    session.select("S")
    session.confirm()
    session.select("N")
    session.confirm()
    session.select("Go")
    session.nudge(4, 0)
    session.set_reader("bob")
    session.select("Or")
    session.confirm()
    session.set_reader("anna")
    yield session
    session.close()


@pytest.fixture
def run(session, qtbot):
    """Carries an export out; gives what was said at its end."""
    exporter = Exporter(session.worklist)

    def export(purpose, target, kind=ExportKind.TABLE) -> str:
        with qtbot.waitSignal(exporter.finished, timeout=WAIT) as end:
            exporter.start("anna", purpose, target, kind)
        return end.args[1]

    export.exporter = exporter
    return export


def listing(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_table_has_a_text_beside_it(run, films):
    assert "2 points of 1 image." in run(REPORT, films / "out.csv")
    text = (films / "out.csv.notice.txt").read_text()
    assert "not a medical device" in text
    assert ORIGIN.removeprefix("model:") in text
    assert "anna: 2 points of 1 films (S N)" in text
    assert "bob" not in text


def test_a_table_in_a_linked_folder_names_the_films_that_are_there(run, films, tmp_path):
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "deep")
    run(REPORT, tmp_path / "link" / "out.csv")
    images = {row.image for row in landmark_csv.read(tmp_path / "link" / "out.csv")}
    assert images == {"../../films/film_7101.jpg"}
    assert (tmp_path / "link" / "../../films/film_7101.jpg").is_file()


def test_the_text_explains_only_the_states_that_left(run, films):
    run(TRAINING, films / "out.csv")
    text = (films / "out.csv.notice.txt").read_text()
    assert "moved by a reader" in text
    assert "no reader has looked at it" not in text


def test_a_picture_of_a_film_without_such_points_is_told_of_that_film(run, session, films):
    session.show_path(films / "film_7102.jpg")
    said = run(REPORT, films / "film_7102.dentlm.png", ExportKind.FILM_PICTURE)
    assert said == "Nothing was exported: no point on film_7102.jpg is confirmed by anna."


def test_a_picture_of_the_film_in_view(run, films):
    target = films / "film_7101.dentlm.png"
    before = image_paths(films)
    run(REPORT, target, ExportKind.FILM_PICTURE)
    with PilImage.open(target) as picture:
        confirmed = np.array(picture)
    assert (films / f"{target.name}.notice.txt").exists()
    assert image_paths(films) == before
    run(EVERYTHING, target, ExportKind.FILM_PICTURE)
    with PilImage.open(target) as picture:
        everything = np.array(picture)
    green, orange = (47, 209, 158), (240, 165, 0)
    assert (confirmed == green).all(axis=2).any()
    assert not (confirmed == orange).all(axis=2).any()
    assert (everything == orange).all(axis=2).any()


def test_the_table_says_how_many_points_were_left_out(run, films):
    said = run(REPORT, films.parent / "out.csv")
    assert "2 points of 1 image. 55 points were left out because nobody has confirmed them yet." in said
    assert "left out" not in run(EVERYTHING, films.parent / "all.csv")


def test_pictures_of_all_films(run, films):
    assert run(EVERYTHING, films / "pictures", ExportKind.PICTURES).startswith("3 pictures")
    names = listing(films / "pictures")
    assert {f"film_{seed}.dentlm.png" for seed in (7101, 7102, 7103)} | {NOTICE_NAME} == names
    assert len(image_paths(films)) == 3
    assert not list(films.glob(".dentlm-*"))


def test_a_folder_of_pictures_is_never_mixed_with_another(run, films):
    (films / "pictures").mkdir()
    (films / "pictures" / "mine.txt").write_text("mine")
    assert "there already" in run(REPORT, films / "pictures", ExportKind.PICTURES)
    assert listing(films / "pictures") == {"mine.txt"}


def test_an_archive_holds_pixels_and_points_but_no_names(run, session, films, tmp_path):
    target = tmp_path / "out.zip"
    said = run(EVERYTHING, target, ExportKind.ARCHIVE)
    assert "can still tell who the patient is" in said
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        entries = archive.infolist()
        archive.extractall(tmp_path / "there")
    texts = "".join(path.read_text() for path in (tmp_path / "there").iterdir() if path.is_file())
    for name in ("anna", "bob", "film_71", "7103", str(tmp_path)):
        assert name not in texts + " ".join(entry.filename for entry in entries)
    assert {entry.date_time[0] for entry in entries} == {1980}
    assert {entry.filename for entry in entries} >= {"README.txt", NOTICE_NAME, "landmarks.csv"}
    rows = landmark_csv.read(tmp_path / "there" / "landmarks.csv")
    assert {row.annotator for row in rows} == {"R1", "R2"}
    assert {row.origin for row in rows} >= {ORIGIN}
    assert {row.updated_utc for row in rows} == {""}
    originals = {path: read_image(path) for path in image_paths(films)}
    for row in rows:
        picture = read_image(tmp_path / "there" / row.image)
        assert Path(row.image).stem.startswith(row.patient + "_")
        assert (picture.image_id, picture.width, picture.height) == (row.image_id, row.width, row.height)
        assert sum(np.array_equal(picture.pixels, other.pixels) for other in originals.values()) == 1
        with PilImage.open(tmp_path / "there" / row.image) as png:
            assert not png.info


def test_an_archive_for_a_report_leaves_other_films_at_home(run, tmp_path):
    run(REPORT, tmp_path / "out.zip", ExportKind.ARCHIVE)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert len([name for name in archive.namelist() if name.endswith(".png")]) == 1
        rows = landmark_csv_rows(archive)
    assert {(row.annotator, row.confirmed_by, row.landmark) for row in rows} == {
        ("R1", "R1", "S"),
        ("R1", "R1", "N"),
        ("R2", "R2", "Or"),
    }
    assert {row.state for row in rows} == {State.CONFIRMED}


def test_an_archive_takes_a_film_that_only_another_reader_worked_on(run, session, tmp_path):
    session.close_film()
    for entry in session.worklist.entries:
        entry.path.with_name(f"{entry.path.name}.dentlm.jsonl").unlink()
    session.open([session.worklist.root])
    session.set_reader("bob")
    session.show(1)
    session.put("S", Point(500, 400))
    session.set_reader("anna")
    assert run(TRAINING, tmp_path / "out.zip", ExportKind.ARCHIVE).startswith("1 film and 1 point were written")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert [row.landmark for row in landmark_csv_rows(archive)] == ["S"]
    assert run(REPORT, tmp_path / "other.zip", ExportKind.ARCHIVE).endswith("is confirmed by any reader.")


def landmark_csv_rows(archive: zipfile.ZipFile) -> list[landmark_csv.LandmarkRow]:
    path = Path(archive.filename).with_suffix(".csv")
    path.write_bytes(archive.read("landmarks.csv"))
    return landmark_csv.read(path)


def test_the_same_film_has_the_same_pseudonym_in_every_archive(run, tmp_path):
    names = []
    for number in range(2):
        run(REPORT, tmp_path / f"{number}.zip", ExportKind.ARCHIVE)
        with zipfile.ZipFile(tmp_path / f"{number}.zip") as archive:
            names.append(sorted(archive.namelist()))
    assert names[0] == names[1]


@pytest.mark.parametrize("kind", list(ExportKind))
def test_nothing_to_export_leaves_nothing(session, run, films, tmp_path, kind):
    for _ in range(2):
        session.undo()
    session.undo()
    session.set_reader("bob")
    session.undo()
    target = tmp_path / "out"
    assert run(REPORT, target, kind).startswith("Nothing was exported")
    assert listing(tmp_path) == {"films"}


@pytest.mark.parametrize("kind", [ExportKind.TABLE, ExportKind.PICTURES, ExportKind.ARCHIVE])
def test_a_cancelled_export_leaves_nothing_half_written(session, qtbot, tmp_path, kind):
    exporter = Exporter(session.worklist)
    exporter.advanced.connect(exporter.cancel)
    with qtbot.waitSignal(exporter.finished, timeout=WAIT) as end:
        exporter.start("anna", EVERYTHING, tmp_path / "out", kind)
    assert "nothing was written" in end.args[1]
    assert listing(tmp_path) == {"films"}
    assert not exporter.running


@pytest.mark.parametrize("kind", list(ExportKind))
@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "cannot be written"), (errno.EIO, "Choose")]
)
def test_a_disk_that_takes_nothing_is_told_in_words_and_nothing_stays(run, tmp_path, monkeypatch, kind, number, words):
    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(core_files.os, "fsync", refuse)
    said = run(EVERYTHING, tmp_path / "out", kind)
    assert said.startswith("The export was not written. out: ")
    assert words in said
    assert listing(tmp_path) == {"films"}


def test_a_folder_that_is_gone_is_told_in_words(run, tmp_path):
    assert "Choose another place" in run(EVERYTHING, tmp_path / "gone" / "out.csv")


def test_a_damaged_film_is_listed_and_the_others_leave(run, session, films):
    bad = session.worklist.entries[1].path
    bad.write_bytes(b"\xff\xd8 broken")
    lists = []
    run.exporter.failures_changed.connect(lambda *found: lists.append(found))
    assert bad.name in run(EVERYTHING, films / "out.csv")
    assert lists[0] == ("Export", "", [])
    source, heading, [found] = lists[-1]
    assert (source, heading, found.path) == ("Export", "Export: 1 film failed", bad)
    assert bad.name in found.sentence
    assert len({row.image for row in landmark_csv.read(films / "out.csv")}) == 2


@pytest.mark.parametrize("kind", list(ExportKind))
def test_films_that_are_gone_are_not_called_unconfirmed(run, session, tmp_path, kind):
    gone = session.worklist.entries[0].path
    gone.unlink()
    lists = []
    run.exporter.failures_changed.connect(lambda *found: lists.append(found))
    said = run(REPORT, tmp_path / "out", kind)
    assert said.startswith("Nothing was exported: 1 film could not be read, and no other point")
    assert f"{gone.name}: there is no such file" in said
    assert [found.path for found in lists[-1][2]] == [gone]


@pytest.mark.parametrize("kind", [ExportKind.TABLE, ExportKind.ARCHIVE])
def test_without_the_salt_points_leave_under_pseudonyms_for_once(run, tmp_path, monkeypatch, kind):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("DENTLM_SETTINGS", str(tmp_path / "file" / "below"))
    target = tmp_path / "out.csv"
    said = run(EVERYTHING, target, kind)
    assert "pseudonym-salt: the salt of the pseudonyms cannot be read or made" in said
    assert "for this export alone" in said
    if kind is ExportKind.ARCHIVE:
        with zipfile.ZipFile(target) as archive:
            assert "nobody can turn them back" in archive.read("README.txt").decode()
            rows = landmark_csv_rows(archive)
    else:
        rows = landmark_csv.read(target)
    assert len({row.image for row in rows}) == 3
    # The two JPEGs belong to one patient, the DICOM film to another.
    assert len({row.patient for row in rows}) == 2


def test_images_are_never_written_over(session, qtbot, films):
    exporter = Exporter(session.worklist)
    film = films / "film_7101.jpg"
    before = film.read_bytes()
    with qtbot.waitSignal(exporter.message) as said:
        exporter.start("anna", REPORT, film)
    assert "never written over" in said.args[0]
    assert film.read_bytes() == before


@pytest.mark.parametrize("kind", [ExportKind.ARCHIVE, ExportKind.PICTURES])
def test_the_window_stays_alive(run, tmp_path, kind):
    """A timer of the window is never late by more than a moment, although every film takes longer."""
    late, last = [], time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        late.append(now - last)
        last = now

    timer = QTimer(interval=0)
    timer.timeout.connect(tick)
    timer.start()
    run(EVERYTHING, tmp_path / "out", kind)
    timer.stop()
    assert len(late) > 20
    assert np.percentile(late, 95) < 0.3


def test_an_agreement_report_has_a_text_beside_it_and_no_film_is_written_over(session, qtbot, films, tmp_path):
    exporter = Exporter(session.worklist)
    check = AgreementCheck(session.worklist, "anna")
    with qtbot.waitSignal(exporter.finished, timeout=WAIT):
        exporter.run(check)
    sheet = AgreementSheet(check.report)
    qtbot.addWidget(sheet)
    sheet.save(tmp_path / "J. Doe.txt")
    assert listing(tmp_path) == {"films", "J. Doe.txt", "J. Doe.dentlm.png", "J. Doe.txt.notice.txt"}
    assert "not a medical device" in (tmp_path / "J. Doe.txt.notice.txt").read_text()
    with pytest.raises(DentLMError, match="never written over"):
        sheet.save(films / "film_7101.jpg")


def test_readers_of_photographs_are_compared_though_a_film_is_labelled_too(session, qtbot, films):
    path = films / "group.png"
    assert cv2.imwrite(str(path), np.random.default_rng(3).integers(0, 255, (800, 1200, 3), dtype=np.uint8))
    session.open([films])
    session.take_prediction(faces_on(path, *BOXES))
    session.show_path(path)
    for reader, shift in (("anna", 2), ("bob", 5)):
        session.set_reader(reader)
        for number in (0, 2):
            session.choose_face(number)
            place = session.annotation.landmarks["jaw_1"].position
            session.put("jaw_1", Point(place.x + shift, place.y))
    exporter = Exporter(session.worklist)
    check = AgreementCheck(session.worklist, "bob", "anna")
    with qtbot.waitSignal(exporter.finished, timeout=WAIT):
        exporter.run(check)
    assert check.summary == ""
    assert check.report.overall.count == 2


def test_the_footer_stands_on_the_picture():
    from napari_dentlm.core.annotation import Annotation
    from napari_dentlm.core.scheme import load_scheme
    from napari_dentlm.overlay import draw_overlay

    nothing = Annotation(load_scheme(), "id")
    black = np.zeros((600, 500), np.uint8)
    plain, with_footer = (np.array(draw_overlay(black, nothing, footer=text)) for text in ("", FOOTER))
    changed = np.argwhere((plain != with_footer).any(axis=2))
    assert changed[:, 0].min() > 0.9 * plain.shape[0]
    assert changed[:, 1].max() < plain.shape[1] - 5
