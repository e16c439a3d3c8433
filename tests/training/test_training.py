"""A whole training on generated films: from nothing, resumed after a stop, and from a bundle."""

from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

from napari_dentlm.cascade.bundle import load_bundle
from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.formats import landmark_csv
from training import train
from training.calibration import HeldOut, calibrate
from training.report import TrainingReport


@pytest.fixture
def recipe(tmp_path):
    """The ceph19 recipe without generated films."""
    text = (resources.files("training") / "recipes" / "ceph19.toml").read_text()
    path = tmp_path / "tiny.toml"
    path.write_text(text.replace("generated = 40", "generated = 0").replace("validation = 0.12", "validation = 0.34"))
    return path


@pytest.fixture
def labels(generated_films, tmp_path):
    """The truth of three generated films, each another patient."""
    rows = landmark_csv.read(generated_films / "truth.csv")
    rows = [replace(row, patient=row.image, state=State.CONFIRMED) for row in rows]
    landmark_csv.write(tmp_path / "labels.csv", rows)
    return tmp_path / "labels.csv"


def _train(labels, recipe, out, images, **options):
    return train(labels, recipe, out=out, images=images, max_steps=2, progress_bar=False, **options)


def test_from_nothing_gives_a_bundle_that_labels(labels, recipe, generated_films, tmp_path):
    report = _train(labels, recipe, tmp_path / "new", generated_films)
    bundle = load_bundle(tmp_path / "new")
    assert bundle.card.landmarks == bundle.scheme.keys
    assert len(report.training) == 2
    assert len(report.validation) == 1
    assert {p.name for p in (tmp_path / "new").iterdir()} >= {"report.txt", "report.json"}
    assert not (tmp_path / "new" / ".dentlm-checkpoints").exists()
    (prediction,) = Cascade(bundle, "cpu").predict([np.zeros((300, 300), dtype=np.uint8)])
    assert prediction.refusal


def test_retraining_keeps_the_face_area_and_compares_with_the_old_bundle(labels, recipe, generated_films, tmp_path):
    report = _train(labels, recipe, tmp_path / "new", generated_films, start_from="ceph19")
    new, old = load_bundle(tmp_path / "new"), load_bundle("ceph19")
    assert all((new.stage("face_area")[k] == v).all() for k, v in old.stage("face_area").items())
    assert any((new.stage("coarse")[k] != v).any() for k, v in old.stage("coarse").items())
    assert "95 % interval" in report.verdict()
    assert "stays as it is" in report.verdict()


def test_a_stopped_training_says_so_and_goes_on_where_it_was(labels, recipe, generated_films, tmp_path):
    seen: list[tuple[str, int]] = []

    def run(stop: bool) -> TrainingReport:
        seen.clear()
        return _train(
            labels,
            recipe,
            tmp_path / "new",
            generated_films,
            should_stop=lambda: stop and ("coarse", 1) in seen,
            on_progress=lambda stage, step, _: seen.append((stage, step)),
        )

    assert "Run it again" in str(run(stop=True))
    assert not (tmp_path / "new" / "model.toml").exists()
    assert run(stop=False).new is not None
    assert ("face_area", 1) not in seen


def test_another_recipes_bundle_is_refused(labels, generated_films, tmp_path):
    with pytest.raises(TrainingError, match="Use the same recipe"):
        train(labels, "gonion-paper", out=tmp_path / "new", images=generated_films, start_from="ceph19")


def test_the_folder_of_a_bundle_is_never_written_over(labels, recipe, generated_films, tmp_path):
    _train(labels, recipe, tmp_path / "new", generated_films)
    before = (tmp_path / "new" / "weights.safetensors").read_bytes()
    with pytest.raises(TrainingError, match="another --out"):
        _train(labels, recipe, tmp_path / "new", generated_films)
    assert (tmp_path / "new" / "weights.safetensors").read_bytes() == before


def _held_out(errors: np.ndarray, spread: np.ndarray | None = None, refused: int = 0) -> HeldOut:
    names = tuple(map(str, range(len(errors))))
    gone = np.arange(len(errors)) < refused
    spread = np.ones_like(errors) if spread is None else spread
    return HeldOut(names, names, np.where(gone[:, None], np.nan, errors), gone, "mm", errors, spread)


def test_calibration_holds_its_share_of_points():
    rng = np.random.default_rng(0)
    spread = rng.uniform(0.5, 2.0, (400, 19))
    errors = np.abs(rng.normal(0, spread))
    calibration = calibrate(_held_out(errors[:200], spread[:200]))
    expected = np.array(calibration.offset) + np.array(calibration.factor) * spread[200:]
    assert 0.93 < (errors[200:] <= expected).mean() < 0.98


def test_no_calibration_from_a_handful_of_films():
    assert calibrate(_held_out(np.ones((1, 19)))) is None


def _report(folder, new, old) -> TrainingReport:
    return TrainingReport(folder, ("S",) * 19, ("a",), ("b",), new=new, old=old)


@pytest.mark.parametrize(
    ("change", "films", "refused", "word"),
    [
        (-0.5, 20, 0, "is better"),
        (0.5, 20, 0, "is worse"),
        (0.0, 20, 0, "neither"),
        (-0.5, 20, 3, "is worse"),
        (-0.5, 5, 0, "too few"),
    ],
)
def test_verdict_needs_patients_and_counts_refusals(tmp_path, change, films, refused, word):
    rng = np.random.default_rng(0)
    old = rng.uniform(0.5, 2.5, (films, 19))
    new = old + change + rng.normal(0, 0.2, old.shape) * (change == 0)
    assert word in _report(tmp_path, _held_out(new, refused=refused), _held_out(old)).verdict()
