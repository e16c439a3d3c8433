"""``dentlm info``, ``open`` and ``train``: what stands in front of the rooms they lead to."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from napari_dentlm.core.annotation import State
from napari_dentlm.core.formats import landmark_csv


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
    labels, out = tmp_path / "labels.csv", tmp_path / "new"
    labels.touch()
    code, text, _ = run_dentlm(
        *("train", labels, "--recipe", "ceph19", "--out", out),
        *(
            "--start-from",
            "ceph19",
            "--images",
            tmp_path,
            "--spacing",
            "0.1",
            "--max-steps",
            "3",
            "--one-film-a-patient",
        ),
    )
    assert code == 0
    assert text.startswith("the report\n")
    assert calls == [
        (
            (labels, "ceph19"),
            {"out": out, "start_from": "ceph19", "images": tmp_path, "spacing_mm": 0.1, "apart": True, "max_steps": 3},
        )
    ]


def test_pack_takes_films_and_labels_and_does_not_train(
    run_dentlm, monkeypatch: pytest.MonkeyPatch, generated_films: Path, tmp_path: Path
) -> None:
    import training
    from napari_dentlm.core.scheme import load_scheme
    from training.sources import load_films

    rows = landmark_csv.read(generated_films / "truth.csv")
    rows = [replace(row, patient=row.image, state=State.CONFIRMED) for row in rows]
    landmark_csv.write(tmp_path / "labels.csv", rows)
    monkeypatch.setattr(training, "train", lambda *_, **__: pytest.fail("it trained"))
    pack = tmp_path / "films.zip"
    code, text, _ = run_dentlm(
        *("train", tmp_path / "labels.csv", "--images", generated_films, "--spacing", "0.1"),
        *("--recipe", "ceph19", "--pack", pack, "--pack-loss", "1"),
    )
    assert code == 0
    assert "3 films" in text
    assert text.endswith(f"dentlm train {pack} --recipe ceph19 --out DIR\n")
    assert [film.mm_per_pixel for film in load_films(pack, load_scheme("isbi19"))] == [0.2] * 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--out"),
        (("--out", "new", "--pack", "films.zip"), "--pack"),
        (("--pack", "films.tar"), "films.tar has to end in .zip"),
    ],
)
def test_train_needs_one_place_to_write_to(run_dentlm, tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    code, _, err = run_dentlm("train", tmp_path, "--recipe", "ceph19", *options)
    assert code == 2
    assert message in err


@pytest.mark.parametrize("where", ["--out", "--pack"])
@pytest.mark.parametrize(
    ("recipe", "option", "reason"),
    [
        ("face68", ("--spacing", "0.1"), "photographs have no scale"),
        ("ceph19", ("--spacing", "0.1"), "0.1 mm per pixel"),
        ("face68", ("--pack-loss", "0"), "--pack-loss"),
    ],
)
def test_train_takes_no_option_that_says_nothing(
    run_dentlm, tmp_path: Path, where: str, recipe: str, option: tuple[str, str], reason: str
) -> None:
    code, _, err = run_dentlm("train", tmp_path, "--recipe", recipe, where, tmp_path / "new.zip", *option)
    assert code == 2
    assert option[0] in err
    assert reason in err
    assert list(tmp_path.iterdir()) == []
