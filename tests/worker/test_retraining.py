"""The job ``train`` without a training."""

import sys
from types import ModuleType

from napari_dentlm.worker.retraining import retrain


def test_a_training_of_the_gui_stays_in_its_process(monkeypatch, tmp_path):
    asked = {}
    fake = ModuleType("training")
    fake.train = lambda *args, **options: asked.update(options)
    monkeypatch.setitem(sys.modules, "lightning", ModuleType("lightning"))
    monkeypatch.setitem(sys.modules, "training", fake)
    command = {"labels": "a.csv", "recipe": "ceph19", "out": str(tmp_path), "images": None}
    retrain(command, lambda **event: None, lambda: False)
    assert asked["devices"] == 1
    assert "images" not in asked
