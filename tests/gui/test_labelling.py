"""Labelling from the panel, through a real child process with a made-up cascade."""

from pathlib import Path

import pytest
from qtpy.QtCore import QEvent, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QApplication

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.gui.export_box import ExportBox
from napari_dentlm.gui.failures import FailureList, Finding
from napari_dentlm.gui.job_box import JobBox, words_for
from napari_dentlm.gui.labelling import ALL_LABELLED, ANEW, LOOKING, OTHERS_LABELLED, Labelling
from napari_dentlm.gui.learn_box import LearnBox
from napari_dentlm.gui.learning import Learning
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.worker_client import WorkerClient
from tests.worker.conftest import FAKE, film

__all__ = ["film"]
WAIT = 60_000


@pytest.fixture
def bench(empty_desk):
    empty_desk.workbench.client.command = list(FAKE)
    return empty_desk


def statuses(desk) -> dict[str, str]:
    return {entry.path.stem: str(entry.status) for entry in desk.session.worklist.entries}


def push(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_label_this_film(bench, film, qtbot):
    path = film("plain")
    bench.session.open([path.parent])
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_film)
        assert bench.panel.jobs.running
        assert not bench.panel.jobs.label_all.isEnabled()
    assert not bench.panel.jobs.running
    mark = bench.landmark("S")
    assert (mark.state, mark.position, mark.origin) == (State.PREDICTED, Point(10, 11), "model:fake@0")
    assert statuses(bench) == {"plain": "labelled"}
    assert bench.panel.words.text() == "Done: 1 film labelled."
    assert bench.workbench.labelling.window(path, 0).tolist() == [[0, 0], [9, 0], [9, 9], [0, 9]]
    bench.assert_shows_truth()


def test_label_all_goes_on_over_bad_films_and_lists_them(bench, film, qtbot):
    folder = film("plain_1").parent
    for name in ("plain_2", "crash", "refused", "fault"):
        film(name)
    (folder / "damaged.png").write_bytes(b"\x89PNG nothing")
    bench.session.open([folder])
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    expected = {"plain_1": "labelled", "plain_2": "labelled", "crash": "failed", "refused": "failed"}
    assert statuses(bench) == expected | {"fault": "failed", "damaged": "failed"}
    assert bench.panel.words.text().startswith("Done: 2 films labelled, 4 without points: ")
    failures = {found.path.stem: found.sentence for found in bench.workbench.labelling.failures}
    assert set(failures) == {"crash", "refused", "fault", "damaged"}
    assert failures["refused"] == "This is no film."
    notes = {entry.path.stem: entry.note for entry in bench.session.worklist.entries}
    assert notes["refused"] == "This is no film."
    assert bench.panel.failures.header.text() == "4 images without points"
    assert "damaged" in notes["damaged"]


def test_a_picture_that_is_not_read_does_not_keep_the_others_from_being_labelled_anew(bench, film, qtbot):
    path = film("plain")
    for number in range(25):
        (path.parent / f"a_{number}.heic").write_bytes(b"\x00\x00\x00\x18ftypheic")
    bench.session.open([path.parent])
    assert bench.session.film.image.path == path
    labelling = bench.workbench.labelling
    qtbot.waitUntil(lambda: bench.session.worklist.unread == 0)
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    said = bench.panel.words.text()
    assert said.startswith("Done: 1 film labelled, 25 without points: a_0.heic: this is a HEIC photo")
    assert bench.panel.failures.header.text() == "25 images without points"
    assert set(statuses(bench).values()) == {"labelled", "failed"}
    push(bench.panel.jobs.label_all)
    assert bench.panel.words.text() == f"25 images {OTHERS_LABELLED} {ANEW}"


def test_labelled_films_are_labelled_anew_only_when_asked_twice(bench, film, qtbot):
    path = film("plain")
    bench.session.open([path.parent])
    labelling = bench.workbench.labelling
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    push(bench.panel.jobs.label_all)
    assert not labelling.running
    assert bench.panel.words.text() == f"{ALL_LABELLED} {ANEW}"
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    assert bench.panel.words.text() == "Done: 1 film labelled."


def test_films_that_fail_every_time_do_not_keep_the_others_from_being_labelled_anew(bench, film, qtbot):
    folder = film("plain").parent
    film("refused")
    (folder / "damaged.png").write_bytes(b"\x89PNG nothing")
    (folder / "phone.heic").write_bytes(b"\x00\x00\x00\x18ftypheic")
    bench.session.open([folder])
    labelling = bench.workbench.labelling
    counts = []
    labelling.began.connect(counts.append)
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    push(bench.panel.jobs.label_all)
    assert not labelling.running
    assert bench.panel.words.text() == f"3 images {OTHERS_LABELLED} {ANEW}"
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    assert bench.panel.words.text().startswith("Done: 1 film labelled, 3 without points")
    assert counts == [4, 4]


def test_a_file_that_was_mended_is_tried_when_its_folder_is_opened_again(bench, film, qtbot):
    path = film("plain")
    good = path.read_bytes()
    for content in (b"\x89PNG nothing", good):
        path.write_bytes(content)
        bench.session.open([path.parent])
        with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
            push(bench.panel.jobs.label_all)
    assert bench.panel.words.text() == "Done: 1 film labelled."


def test_another_model_tries_the_films_that_failed(bench, film, qtbot):
    film("plain")
    bench.session.open([film("refused").parent])
    labelling = bench.workbench.labelling
    counts = []
    labelling.began.connect(counts.append)
    for model in ("one", "other"):
        labelling.model = model
        with qtbot.waitSignal(labelling.ended, timeout=WAIT):
            push(bench.panel.jobs.label_all)
    assert counts == [2, 1]


def test_a_folder_of_pictures_that_are_not_read_says_so(bench, film, qtbot):
    folder = film("plain").parent
    (folder / "plain.png").unlink()
    (folder / "phone.heic").write_bytes(b"\x00\x00\x00\x18ftypheic")
    bench.session.open([folder])
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    said = bench.panel.words.text()
    assert said.startswith("Done: 0 films labelled, 1 without points: phone.heic: this is a HEIC photo")


def test_label_all_waits_until_the_journals_were_read(bench, film, qtbot):
    path = film("plain")
    bench.session.open([path.parent])
    assert bench.session.worklist.unread
    push(bench.panel.jobs.label_all)
    assert bench.panel.words.text() == LOOKING
    assert not bench.workbench.labelling.running
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        pass
    assert statuses(bench) == {"plain": "labelled"}


def test_cancel_keeps_what_is_labelled(bench, film, qtbot):
    for number in range(12):
        path = film(f"slow_{number}")
    bench.session.open([path.parent])
    labelling = bench.workbench.labelling
    with qtbot.waitSignal(labelling.advanced, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.rows["Labelling"].cancel)
    assert bench.panel.words.text().startswith("Stopped:")
    # How soon the child stops is tested with the worker; here the window is busy with its first points as well.
    assert 1 <= list(statuses(bench).values()).count("labelled") < 12
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    assert set(statuses(bench).values()) == {"labelled"}


def test_the_reader_corrects_while_films_are_labelled(bench, film, qtbot):
    for name in ("plain_1", "slow_2", "slow_3"):
        path = film(name)
    bench.session.open([path.parent])
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
        qtbot.waitUntil(lambda: bench.landmark("S").position is not None, timeout=WAIT)
        bench.session.put("S", Point(20, 30))
    assert (bench.landmark("S").state, bench.landmark("S").position) == (State.CORRECTED, Point(20, 30))
    qtbot.waitUntil(lambda: set(statuses(bench).values()) == {"labelled", "in_review"})


def test_a_folder_opened_by_a_relative_path_is_labelled(bench, film, qtbot, monkeypatch, tmp_path):
    folder = film("plain").parent
    monkeypatch.chdir(tmp_path)
    bench.session.open([folder.relative_to(tmp_path)], Path("work"))
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    assert statuses(bench) == {"plain": "labelled"}
    # The folder stays the one that was opened, wherever the program goes.
    monkeypatch.chdir(folder)
    bench.session.put("S", Point(20, 30))
    assert len(list((tmp_path / "work").glob("*.dentlm.jsonl"))) == 1


def test_nothing_is_written_into_a_folder_that_was_closed(bench, film, qtbot, tmp_path):
    for number in range(6):
        path = film(f"slow_{number}")
    other = tmp_path / "other"
    other.mkdir()
    (other / "next.png").write_bytes(film("plain").read_bytes())
    bench.session.open([path.parent])
    labelling = bench.workbench.labelling
    with qtbot.waitSignal(labelling.advanced, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        bench.session.open([other])
        before = sorted(path.parent.iterdir())
    assert sorted(path.parent.iterdir()) == before
    assert statuses(bench) == {"next": "new"}
    assert bench.panel.words.text() == f"Stopped: {_labelled(before)} labelled."


def _labelled(files: list[Path]) -> str:
    count = len([file for file in files if file.suffix == ".jsonl"])
    return "1 film" if count == 1 else f"{count} films"


@pytest.fixture
def labelling(qapp):
    """Labelling without a window."""
    session = Session()
    labelling = Labelling(session, WorkerClient(session, command=FAKE), session)
    labelling.session, labelling.said = session, []
    session.message.connect(labelling.said.append)
    yield labelling
    session.close()
    labelling._client.stop()


def test_a_refused_film_is_not_counted_as_labelled(labelling, film, qtbot):
    for name in ("plain_1", "plain_2", "refused"):
        path = film(name)
    labelling.session.open([path.parent])
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        labelling.label_all()
    assert labelling.said[-1] == "Done: 2 films labelled, 1 without points: refused.png: This is no film."


def test_films_and_photos_are_counted_apart(labelling, film, qtbot):
    for name in ("plain_1", "photo_1", "photo_2"):
        path = film(name)
    labelling.session.open([path.parent])
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        labelling.label_all()
    assert labelling.said[-1] == "Done: 1 film and 2 photos labelled."


def test_the_stages_are_remembered_in_this_session(labelling, film, qtbot):
    path = film("plain")
    labelling.session.open([path.parent])
    assert labelling.coarse(path, 0) is None
    assert not labelling.knows_stages(path, 0)
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        labelling.label_all()
    assert labelling.coarse(path, 0)[0].tolist() == [11, 12]
    assert labelling.window(path, 0).shape == (4, 2)
    assert labelling.knows_stages(path, 0)


@pytest.fixture
def failures(qtbot):
    """A list of films that failed, as wide as the panel."""
    found = FailureList()
    found.resize(330, 120)
    qtbot.addWidget(found)
    return found


TWO = [
    Finding(Path("a/one.jpg"), "one.jpg: the picture in it is damaged."),
    Finding(Path("a/two.png"), "This is no film.", frame=1, key="Go"),
]


def test_the_failures_are_a_list_that_opens_the_film(failures, qtbot):
    assert failures.isHidden()
    failures.show_failures("Export", "2 films failed", TWO)
    assert failures.isVisible()
    assert failures.header.text() == "2 films failed"
    for row, place_on_film in enumerate(([Path("a/one.jpg"), 0, ""], [Path("a/two.png"), 1, "Go"])):
        place = failures.list.visualItemRect(failures.list.item(row)).center()
        with qtbot.waitSignal(failures.film_requested) as wish:
            QTest.mouseClick(failures.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert wish.args == place_on_film
    failures.show_failures("Export", "", [])
    assert failures.isHidden()


def test_one_kind_of_work_leaves_the_failures_of_another(failures):
    failures.show_failures("Labelling", "1 film without points", TWO[:1])
    failures.show_failures("Checking", "1 doubt on 1 film", TWO[1:])
    assert failures.header.text() == "1 film without points; 1 doubt on 1 film"
    assert failures.list.count() == 2
    failures.show_failures("Checking", "", [])
    assert failures.header.text() == "1 film without points"
    assert failures.text() == "one.jpg: the picture in it is damaged."


def test_an_export_leaves_the_list_of_films_without_points(bench, film, qtbot, tmp_path):
    for name in ("plain", "refused"):
        path = film(name)
    bench.session.open([path.parent])
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    with qtbot.waitSignal(bench.workbench.exporter.ended, timeout=WAIT):
        bench.workbench.exporter.start("anna", ExportPurpose.EVERYTHING, tmp_path / "out.csv")
    assert bench.panel.failures.text() == "refused.png: This is no film."


def test_the_failures_fold_copy_and_clear(failures, qapp):
    failures.show_failures("Labelling", "2 films without points", TWO)
    push(failures.copy)
    assert qapp.clipboard().text() == "one.jpg: the picture in it is damaged.\ntwo.png: This is no film."
    push(failures.header)
    assert failures.list.isHidden()
    push(failures.header)
    assert failures.list.isVisible()
    push(failures.clear)
    assert failures.isHidden()


def test_each_work_has_its_own_progress_and_cancel(labelling, film, qtbot):
    jobs = JobBox()
    qtbot.addWidget(jobs)
    jobs.show()
    jobs.follow("Labelling", labelling, jobs.label_film, jobs.label_all)
    jobs.follow("Export", Labelling(labelling.session, labelling._client, labelling.session))
    row = jobs.rows["Labelling"]
    for number in range(6):
        path = film(f"slow_{number}")
    labelling.session.open([path.parent])
    assert not jobs.running
    with qtbot.waitSignal(labelling.advanced, timeout=WAIT):
        labelling.label_all()
    assert jobs.running
    assert row.bar.text() == "Labelling  1 of 6"
    assert row.time_left.text().endswith("left")
    assert jobs.rows["Export"].isHidden()
    assert not jobs.label_all.isEnabled()
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        push(row.cancel)
        assert row.time_left.text() == "stopping …"
    assert not jobs.running
    assert jobs.label_all.isEnabled()


def test_work_that_ends_after_its_widgets_does_no_harm(labelling, qtbot):
    jobs, box = JobBox(), LearnBox(Learning(labelling.session, labelling, labelling.session))
    learning = box._learning
    jobs.follow("Labelling", labelling, jobs.label_film, box.start)
    jobs.follow("Retraining", learning, box.start)
    for widget in (jobs, box):
        widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    with qtbot.captureExceptions() as raised:
        for work in (labelling, learning):
            work.began.emit(3)
            work.ended.emit()
    assert not raised
    learning.stop()


def test_the_keyboard_stays_with_the_film(labelling, qtbot):
    jobs, box = JobBox(), LearnBox(Learning(labelling.session, labelling, labelling.session))
    jobs.follow("Labelling", labelling)
    export = ExportBox()
    for widget in (jobs, box, export):
        qtbot.addWidget(widget)
        for button in widget.findChildren(QAbstractButton):
            assert button.focusPolicy() is Qt.FocusPolicy.NoFocus, button.text()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 s left"), (89, "89 s left"), (100, "2 min left"), (3000, "50 min left"), (9000, "2.5 h left")],
)
def test_time_left_in_words(seconds, text):
    assert words_for(seconds) == text
