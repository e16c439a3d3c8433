"""``dentlm info``, ``open`` and ``train``: what stands in front of the rooms they lead to."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    """Let some packages look as if they were not installed."""
    found = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *rest: None if name in missing else found(name, *rest))


def test_info_names_versions_devices_and_models(run_dentlm) -> None:
    code, out, _ = run_dentlm("info", "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["devices"][0].startswith("cpu")
    assert facts["packages"]["torch"]
    assert {model["name"] for model in facts["models"]} >= {"ceph19"}
    assert all("problem" not in model for model in facts["models"])
    code, out, _ = run_dentlm("info")
    assert code == 0
    assert "model:ceph19@" in out


def test_open_without_qt_says_what_to_install(run_dentlm, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "PyQt6", "PySide6")
    code, _, err = run_dentlm("open")
    assert code == 1
    assert 'pip install "napari-dentlm[all]"' in err


def test_open_without_a_screen_is_a_sentence(run_dentlm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    code, _, err = run_dentlm("open")
    assert code == 1
    assert "no screen" in err


def test_train_without_its_packages_says_what_to_install(
    run_dentlm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without(monkeypatch, "lightning")
    code, _, err = run_dentlm("train", tmp_path, "--recipe", "ceph19", "--out", tmp_path / "new")
    assert code == 1
    assert err.strip().endswith('pip install "napari-dentlm[train]"')
    assert not (tmp_path / "new").exists()


def test_train_hands_its_options_on(run_dentlm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import training

    calls: list[Any] = []

    def recorded(*arguments: Any, **options: Any) -> str:
        calls.append((arguments, options))
        return "the report"

    monkeypatch.setattr(training, "train", recorded)
    out = tmp_path / "new"
    code, text, _ = run_dentlm(
        *("train", tmp_path, "--recipe", "ceph19", "--out", out),
        *("--start-from", "ceph19", "--images", tmp_path, "--spacing", "0.1", "--max-steps", "3"),
    )
    assert code == 0
    assert text.startswith("the report\n")
    assert calls == [
        (
            (tmp_path, "ceph19"),
            {"out": out, "start_from": "ceph19", "images": tmp_path, "spacing_mm": 0.1, "max_steps": 3},
        )
    ]
