"""Retraining from the panel, in a real child process, and the switch that only a human turns."""

import json
import os
import signal

import cv2
import numpy as np
import psutil
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_dentlm.core.annotation import State
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.imaging import image_paths
from napari_dentlm.core.settings import change_settings, load_settings
from napari_dentlm.gui.job_box import JobBox
from napari_dentlm.gui.labelling import DEFAULT_MODEL, Labelling
from napari_dentlm.gui.learn_box import LearnBox
from napari_dentlm.gui.learning import LEAST_FILMS, Learning
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.worker_client import GONE, WorkerClient
from sample_data.files import write_films
from sample_data.film import generate_film
from tests.gui.conftest import prediction_of
from tests.gui.test_faces import BOXES
from tests.gui.test_faces import prediction as faces_of

WAIT = 120_000


def push(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


class Bench:
    """A session with labelling, learning and the widgets that show them."""

    def __init__(self, qtbot) -> None:
        self.session = Session()
        self.session.set_reader("anna")
        self.labelling = Labelling(self.session, WorkerClient(self.session), self.session)
        self.learning = Learning(self.session, self.labelling, self.session)
        self.box, self.jobs = LearnBox(self.learning), JobBox()
        self.jobs.follow("Retraining", self.learning, self.box.start)
        self.box.requested.connect(lambda apart: self.learning.start(apart=apart))
        self.said: list[str] = []
        self.stages: list[str] = []
        self.learning.message.connect(self.said.append)
        self.learning.stage_changed.connect(self.stages.append)
        for widget in (self.box, self.jobs):
            qtbot.addWidget(widget)
            widget.show()

    @property
    def row(self):
        return self.jobs.rows["Retraining"]

    def confirm_all(self) -> None:
        """Correct one point of every film and confirm the rest."""
        for index, entry in enumerate(self.session.worklist.entries):
            self.session.take_prediction(prediction_of(entry.path))
            self.session.show(index)
            self.session.select("Go")
            self.session.nudge(3, 0)
            for key in self.session.annotation.landmarks:
                self.session.select(key)
                self.session.confirm()
        self.session.close_film()


@pytest.fixture
def bench(qapp, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("DENTLM_SETTINGS", str(tmp_path / "settings"))
    bench = Bench(qtbot)
    yield bench
    bench.session.close()
    bench.learning.stop()


def trained(folder, name="2026-01-02_03-04-05", verdict="The new model is better."):
    """The folder of a model that was trained earlier."""
    model = folder / "dentlm-models" / name
    model.mkdir(parents=True)
    (model / "model.toml").write_text("")
    (model / "report.txt").write_text(f"Trained on 12 films.\n{verdict}\n")
    (model / "report.json").write_text(json.dumps({"verdict": verdict}))
    return model


def test_few_corrections_are_told_before_anything_starts(bench, films):
    bench.session.open([films])
    push(bench.box.start)
    assert f"fewer than {LEAST_FILMS}" in bench.box.words.text()
    assert not bench.learning.running
    assert not (films / "dentlm-models").exists()


def test_who_wants_to_all_the_same_is_told_that_there_is_nothing_to_learn_from(bench, films, qtbot):
    bench.session.open([films])
    for entry in bench.session.worklist.entries:
        bench.session.take_prediction(prediction_of(entry.path))
    push(bench.box.start)
    with qtbot.waitSignal(bench.learning.ended, timeout=WAIT):
        push(bench.box.start)
    assert "no point in this folder is confirmed, corrected or placed by anna" in bench.said[-1]
    assert not (films / "dentlm-models").exists()
    assert bench.box.start.text() == "Retrain on my corrections"


def test_films_that_are_gone_are_listed_and_not_called_unconfirmed(bench, films, qtbot):
    bench.session.open([films])
    bench.confirm_all()
    for entry in bench.session.worklist.entries:
        entry.path.unlink()
    lists = []
    bench.learning.failures_changed.connect(lambda *found: lists.append(found))
    with qtbot.waitSignal(bench.learning.ended, timeout=WAIT):
        bench.learning.start()
    assert bench.said[-1].startswith("Nothing was exported: 3 films could not be read")
    source, heading, found = lists[-1]
    assert (source, heading, len(found)) == ("Retraining", "Retraining: 3 films failed", 3)
    assert not (films / "dentlm-models").exists()


def test_without_a_folder_it_says_so(bench):
    bench.learning.start()
    assert bench.said == ["Open a patient folder first."]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere; Windows has other rights")
def test_a_read_only_folder_is_told_in_words(bench, films):
    films.chmod(0o500)
    bench.session.open([films])
    bench.learning.start()
    assert "cannot be written" in bench.said[-1]
    films.chmod(0o700)


def test_only_what_the_reader_touched_is_learnt_from_and_cancel_leaves_nothing(bench, films, qtbot):
    bench.session.open([films])
    bench.confirm_all()
    bench.session.take_prediction(prediction_of(bench.session.worklist.entries[0].path, shift=1))
    labels = []
    bench.learning.client.started.connect(
        lambda *_: labels.extend(landmark_csv.read(next(films.glob("dentlm-models/*/labels.csv"))))
    )
    before = sorted(path.name for path in films.iterdir())
    with qtbot.waitSignal(bench.learning.client.started, timeout=WAIT):
        bench.learning.start(apart=True)
    assert bench.row.isVisible()
    assert not bench.box.start.isEnabled()
    with qtbot.waitSignal(bench.learning.ended, timeout=WAIT):
        push(bench.row.cancel)
    assert {row.state for row in labels} == {State.CONFIRMED}
    assert len(labels) == 3 * 19
    assert len({row.patient for row in labels}) == 3
    assert sorted(path.name for path in films.iterdir()) == before
    assert "stopped" in bench.said[-1]
    assert bench.row.isHidden()
    assert bench.box.start.isEnabled()
    assert bench.labelling.model == DEFAULT_MODEL


def test_with_a_work_folder_nothing_is_written_beside_the_films(bench, films, tmp_path, qtbot):
    bench.session.open([films], tmp_path / "work")
    bench.confirm_all()
    before = sorted(films.rglob("*"))
    with qtbot.waitSignal(bench.learning.client.started, timeout=WAIT):
        bench.learning.start()
    labels = next((tmp_path / "work").glob("dentlm-models/*/labels.csv"))
    assert all((labels.parent / row.image).is_file() for row in landmark_csv.read(labels))
    bench.learning.cancel()
    assert sorted(films.rglob("*")) == before
    trained(tmp_path / "work")
    bench.learning.models.look()
    assert bench.learning.models.newest is not None


@pytest.fixture
def photo(films):
    """A photo of a corrected face beside the films."""
    assert cv2.imwrite(str(films / "face.png"), np.random.default_rng(1).integers(0, 255, (900, 1300), dtype=np.uint8))
    return films / "face.png"


def correct(bench, photo) -> None:
    """Open the folder, label the photo and move one of its points."""
    bench.session.open([photo.parent])
    bench.session.take_prediction(faces_of(photo, BOXES[0]))
    bench.session.show_path(photo)
    bench.session.select("jaw_9")
    bench.session.nudge(3, 0)


def test_films_are_learnt_from_in_a_folder_with_photographs(bench, photo, films, qtbot):
    correct(bench, photo)
    for number, entry in enumerate(bench.session.worklist.entries):
        if entry.path != photo:
            bench.session.take_prediction(prediction_of(entry.path))
            bench.session.show(number)
            bench.session.confirm()
    bench.session.close_film()
    with qtbot.waitSignal(bench.learning.client.started, timeout=WAIT):
        bench.learning.start()
    rows = landmark_csv.read(next(films.glob("dentlm-models/*/labels.csv")))
    assert {row.scheme for row in rows} == {"isbi19"}
    assert bench.stages[-1] == "Reading 3 films …"
    bench.learning.cancel()


def test_with_photographs_alone_there_is_nothing_to_learn_from(bench, photo, films, qtbot):
    correct(bench, photo)
    with qtbot.waitSignal(bench.learning.ended, timeout=WAIT):
        bench.learning.start()
    assert "only photographs are corrected" in bench.said[-1]
    assert not (films / "dentlm-models").exists()


def test_a_child_that_dies_is_told_and_leaves_nothing(bench, films, qtbot):
    bench.session.open([films])
    bench.confirm_all()
    with qtbot.waitSignal(bench.learning.client.started, timeout=WAIT):
        bench.learning.start()
    with qtbot.waitSignal(bench.learning.ended, timeout=WAIT):
        os.kill(bench.learning.client.pid, signal.SIGKILL)
    assert bench.said[-1] == GONE
    assert not (films / "dentlm-models").exists()


def test_closing_the_window_ends_the_child_and_leaves_nothing(bench, films, qtbot):
    bench.session.open([films])
    bench.confirm_all()
    with qtbot.waitSignal(bench.learning.client.started, timeout=WAIT):
        bench.learning.start()
    pid = bench.learning.client.pid
    bench.learning.stop()
    qtbot.waitUntil(lambda: not psutil.pid_exists(pid), timeout=WAIT)
    assert not (films / "dentlm-models").exists()


@pytest.mark.slow
def test_a_retraining_ends_in_a_report_and_waits_for_a_human(bench, qtbot, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    write_films([generate_film(seed) for seed in (7201, 7202, 7203)], folder, dicom=frozenset(), mirrored=frozenset())
    (folder / "truth.csv").unlink()
    bench.session.open([folder])
    bench.confirm_all()
    bench.learning.max_steps = 1
    steps = []
    bench.learning.advanced.connect(lambda done, total: steps.append((done, total)))
    films = image_paths(folder)
    bench.box.apart.click()
    push(bench.box.start)
    with qtbot.waitSignal(bench.learning.ended, timeout=WAIT):
        push(bench.box.start)

    model = bench.learning.models.newest
    assert model is not None, bench.said
    assert steps[0] == (1, 8)
    assert steps[-1] == (0, 0)
    assert any("network 3 of 8" in stage for stage in bench.stages)
    assert "The model in use stays as it is." in bench.box.verdict.text()
    assert "held out" in bench.box.report.toPlainText()
    assert image_paths(folder) == films
    assert bench.labelling.model == DEFAULT_MODEL
    assert load_settings().model == ""
    push(bench.box.use_new)
    assert bench.labelling.model == str(model) == load_settings().model
    assert "retrained" in bench.box.in_use.text()
    path = bench.session.worklist.entries[0].path
    bench.session.show(0)
    with qtbot.waitSignal(bench.labelling.ended, timeout=WAIT):
        bench.labelling.label_film()
    assert bench.session.annotation.landmarks["S"].predicted is not None
    assert bench.labelling.coarse(path, 0).shape == (19, 2)
    bench.labelling._client.stop()


def test_a_model_trained_earlier_is_offered_and_can_be_left_again(bench, films, qtbot):
    model = trained(films)
    trained(films, "2025-01-01_00-00-00", "The new model is worse.")
    bench.session.open([films])
    assert bench.box.verdict.text() == "The new model is better."
    assert bench.box.use_shipped.isHidden()
    push(bench.box.details)
    assert "Trained on 12 films" in bench.box.report.toPlainText()
    assert bench.box.report.isVisible()
    push(bench.box.use_new)
    assert (bench.labelling.model, load_settings().model) == (str(model), str(model))
    assert bench.box.use_new.isHidden()
    push(bench.box.use_shipped)
    assert (bench.labelling.model, load_settings().model) == (DEFAULT_MODEL, "")
    assert not bench.box.use_new.isHidden()


def test_the_choice_of_a_model_is_remembered(bench, films, qtbot):
    change_settings(model=str(trained(films)))
    assert Bench(qtbot).learning.models.in_use == "2026-01-02_03-04-05 (retrained)"


def test_a_remembered_model_that_is_gone_gives_way_to_the_shipped_one(bench, tmp_path, qtbot):
    change_settings(model=str(tmp_path / "gone"))
    assert Bench(qtbot).labelling.model == DEFAULT_MODEL


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "\x00"])
def test_a_damaged_report_is_no_report(bench, films, text):
    model = trained(films)
    (model / "report.json").write_text(text)
    bench.session.open([films])
    assert bench.learning.models.verdict == ""
    assert bench.box.verdict.isHidden()
    assert bench.box.use_new.isVisible()
