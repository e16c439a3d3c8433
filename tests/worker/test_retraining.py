"""The job ``train`` without a training."""

import sys
from threading import Event
from types import ModuleType

import pytest

from napari_dentlm.worker.retraining import retrain
from training.report import TrainingReport


@pytest.fixture
def asked(monkeypatch):
    """What a training that ends at once was asked for; ``write`` of it is called with its folder."""
    asked = {"write": lambda folder: None, "stopped": lambda: False}

    def train(*_: object, **options: object) -> TrainingReport:
        asked.update(options)
        asked["write"](options["out"])
        return TrainingReport(options["out"], (), (), (), stopped=asked["stopped"]())

    fake = ModuleType("training")
    fake.train = train
    inner = ModuleType("training.training")
    inner.CHECKPOINTS = ".dentlm-checkpoints"
    monkeypatch.setitem(sys.modules, "lightning", ModuleType("lightning"))
    monkeypatch.setitem(sys.modules, "training", fake)
    monkeypatch.setitem(sys.modules, "training.training", inner)
    return asked


def run(out, should_stop=lambda: False, **command):
    events = []
    command = {"labels": "a.csv", "recipe": "ceph19", "out": str(out), "images": None, **command}
    return retrain(command, lambda **event: events.append(event), should_stop), events


def test_a_training_of_the_gui_stays_in_its_process(asked, tmp_path):
    run(tmp_path)
    assert asked["devices"] == 1
    assert "images" not in asked


def test_it_says_which_model_it_starts_from_and_how_many_networks_there_are(asked, tmp_path):
    _, (event,) = run(tmp_path, start_from="ceph19")
    assert event["event"] == "started"
    assert event["origin"].startswith("model:ceph19@")
    assert event["stages"] == 8


def test_a_stopped_training_leaves_nothing_but_what_was_there(asked, tmp_path):
    stop = Event()

    def write(folder):
        (folder / ".dentlm-checkpoints").mkdir(parents=True)
        (folder / ".dentlm-checkpoints" / "coarse-0-last.ckpt").write_bytes(b"half")
        stop.set()

    asked["write"], asked["stopped"] = write, stop.is_set
    empty, other = tmp_path / "empty", tmp_path / "other"
    other.mkdir()
    (other / "labels.csv").write_text("mine")
    assert run(empty, stop.is_set)[0]["cancelled"]
    assert run(other, stop.is_set)[0]["cancelled"]
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
    assert [path.name for path in other.iterdir()] == ["labels.csv"]


def test_a_wish_to_stop_that_comes_too_late_takes_nothing_away(asked, tmp_path):
    asked["write"] = lambda folder: (folder / "model.toml").write_text("whole")
    result, _ = run(tmp_path, lambda: True)
    assert not result["cancelled"]
    assert (tmp_path / "model.toml").exists()


def test_a_missing_part_is_told_in_words(monkeypatch, tmp_path):
    from napari_dentlm.core.errors import TrainingError

    monkeypatch.setitem(sys.modules, "lightning", None)
    with pytest.raises(TrainingError, match=r"pip install \"napari-dentlm\[train\]\""):
        run(tmp_path)
