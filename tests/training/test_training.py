"""A whole training on generated films: from nothing, resumed after a stop, and from a bundle."""

import json
import os
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

from napari_dentlm.cascade.bundle import load_bundle
from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.trust import FLOOR
from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.formats import landmark_csv
from sample_data import generate_film
from training import train
from training.calibration import WIDTH_MARGIN, HeldOut, calibrate, usual_doubt
from training.checkpoints import fingerprint
from training.division import LEARNT, Division, mark
from training.films import RawFilm, fit_shape, prepare
from training.recipe import load_recipe
from training.report import TrainingReport


@pytest.fixture
def recipe(tmp_path):
    """The ceph19 recipe without generated films."""
    text = (resources.files("training") / "recipes" / "ceph19.toml").read_text()
    path = tmp_path / "tiny.toml"
    path.write_text(text.replace("generated = 20", "generated = 0").replace("folds = 4", "validation = 0.34"))
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


@pytest.mark.skipif(os.name == "nt", reason="Windows names are Unicode")
def test_films_whose_names_are_no_unicode_are_learnt_from(labels, recipe, films, tmp_path):
    new_names = {path.name: os.fsdecode(f"M\xfcller {path.name}".encode("latin-1")) for path in films.iterdir()}
    for old, new in new_names.items():
        (films / old).rename(films / new)
    rows = [replace(row, image=new_names[row.image], patient="") for row in landmark_csv.read(labels)]
    landmark_csv.write(labels, rows)
    report = _train(labels, recipe, tmp_path / "new", films)
    assert len(report.training) + len(report.validation) == 3
    assert all(name.startswith("M\\udcfcller film_") for name in (*report.training, *report.validation))
    assert "M" not in "".join(load_bundle(tmp_path / "new").card.data["held_out_0"])


def test_with_folds_every_film_is_measured_by_a_member_that_never_saw_it(labels, recipe, generated_films, tmp_path):
    recipe.write_text(recipe.read_text().replace("validation = 0.34", "folds = 3"))
    report = _train(labels, recipe, tmp_path / "new", generated_films)
    assert load_bundle(tmp_path / "new").card.members == 3
    assert len(report.training) == len(report.validation) == len(report.new.names) == 3
    assert set(report.history) == {"face_area", *(f"{s}-{m}" for s in ("coarse", "refine") for m in range(3))}


def test_with_repeats_every_film_is_measured_once_by_all_members_that_never_saw_it(
    labels, recipe, generated_films, tmp_path
):
    recipe.write_text(recipe.read_text().replace("validation = 0.34", "folds = 3\nrepeats = 2"))
    report = _train(labels, recipe, tmp_path / "new", generated_films)
    card = load_bundle(tmp_path / "new").card
    assert card.members == 6
    held = [name for member in range(6) for name in card.data[f"held_out_{member}"]]
    assert sorted(held) == sorted(map(mark, [*report.validation, *report.validation]))
    assert sorted(report.new.names) == sorted(report.validation)


def test_final_members_are_the_bundle_and_the_folds_stay_beside(labels, recipe, generated_films, tmp_path):
    recipe.write_text(
        recipe.read_text().replace("validation = 0.34", "folds = 2\nfinal = 1").replace("final = 4\n", "")
    )
    report = _train(labels, recipe, tmp_path / "new", generated_films)
    bundle, judges = load_bundle(tmp_path / "new"), load_bundle(tmp_path / "new" / "out-of-fold")
    assert (bundle.card.members, judges.card.members) == (1, 2)
    assert len(report.new.names) == 3
    held = bundle.card.data["held_out_0"] + bundle.card.data["held_out_1"]
    assert sorted(held) == sorted(map(mark, report.validation))
    assert any((bundle.stage("coarse.0")[k] != v).any() for k, v in judges.stage("coarse.0").items())


def test_one_patient_trains_a_single_member_that_nobody_measures(labels, recipe, generated_films, tmp_path):
    recipe.write_text(recipe.read_text().replace("validation = 0.34", "folds = 3"))
    rows = [replace(row, patient="one") for row in landmark_csv.read(labels)]
    landmark_csv.write(labels, rows)
    report = _train(labels, recipe, tmp_path / "new", generated_films)
    assert load_bundle(tmp_path / "new").card.members == 1
    assert (len(report.training), len(report.validation)) == (3, 0)


def test_a_training_that_is_stopped_while_films_are_measured_goes_on(labels, recipe, generated_films, tmp_path):
    out, measuring = tmp_path / "new", []
    # What it has left to do is to measure, once the unfinished model is there.
    stop = lambda: bool(measuring.append((out / ".dentlm-checkpoints" / "unfinished").exists()) or measuring[-1])  # noqa: E731
    assert _train(labels, recipe, out, generated_films, should_stop=stop).stopped
    assert not (out / "model.toml").exists()
    report = _train(labels, recipe, out, generated_films)
    assert not report.stopped
    assert load_bundle(out).card.results["validation_films"] == 1
    assert not (out / ".dentlm-checkpoints").exists()


def test_a_model_tells_whom_it_learnt_from_without_names_and_is_never_measured_on_them(
    labels, recipe, generated_films, tmp_path
):
    rows = landmark_csv.read(labels)
    first = [row for row in rows if row.image == rows[0].image]
    landmark_csv.write(tmp_path / "one.csv", first)
    _train(tmp_path / "one.csv", recipe, tmp_path / "first", generated_films, start_from="ceph19")
    card = load_bundle(tmp_path / "first").card
    assert card.data[LEARNT] == [mark(first[0].patient)]
    assert first[0].patient not in (tmp_path / "first" / "model.toml").read_text()
    # With every share held out, only the one that was learnt before trains.
    recipe.write_text(recipe.read_text().replace("validation = 0.34", "validation = 0.99"))
    again = _train(labels, recipe, tmp_path / "second", generated_films, start_from=tmp_path / "first")
    assert again.training == (first[0].image,)
    assert len(again.validation) == 2


def test_another_scale_or_other_pixels_do_not_resume_the_networks_of_these(generated_films):
    recipe, division = load_recipe("ceph19"), Division((frozenset(),))
    film = generate_film(6301)
    marks = set()
    for mm, pixels in ((0.1, film.pixels), (0.2, film.pixels), (0.1, 255 - film.pixels)):
        raw = [RawFilm("a", "a", lambda pixels=pixels: pixels, film.points[None], mm)]
        marks.add(fingerprint(recipe, prepare(raw, fit_shape(raw), 1)[0], division, None, -1))
    assert len(marks) == 3


def test_films_of_one_folder_are_held_out_when_each_shows_another_patient(labels, recipe, generated_films, tmp_path):
    landmark_csv.write(labels, [replace(row, patient="one") for row in landmark_csv.read(labels)])
    report = _train(labels, recipe, tmp_path / "new", generated_films, start_from="ceph19", apart=True)
    assert report.validation
    assert len(report.training) + len(report.validation) == 3


def test_retraining_on_few_films_keeps_calibration_and_limits(labels, recipe, generated_films, tmp_path):
    _train(labels, recipe, tmp_path / "new", generated_films, start_from="ceph19")
    new, old = load_bundle(tmp_path / "new").card, load_bundle("ceph19").card
    assert new.expected_error == old.expected_error
    assert 0 < old.normality.width_above == new.normality.width_above
    assert 0 < old.normality.between_above == new.normality.between_above


def test_another_division_does_not_resume_the_networks_of_this_one():
    films, recipe = [], load_recipe("ceph19")
    marks = {fingerprint(recipe, films, Division((frozenset(groups),)), None, -1) for groups in ("ab", "ac", "")}
    assert len(marks) == 3


def test_limits_of_doubt_leave_room_above_the_usual():
    signs = np.log(np.random.default_rng(0).uniform(0.5, 1.0, (50, 19, 3)) + FLOOR)
    limits = usual_doubt(_held_out(np.ones((50, 19)), signs))
    assert 0.8 < limits["width_above"] / WIDTH_MARGIN < 1.0
    assert usual_doubt(_held_out(np.ones((2, 19)), signs[:2])) == {}


def test_retraining_keeps_the_face_area_and_compares_with_the_old_bundle(labels, recipe, generated_films, tmp_path):
    report = _train(labels, recipe, tmp_path / "new", generated_films, start_from="ceph19")
    new, old = load_bundle(tmp_path / "new"), load_bundle("ceph19")
    assert all((new.stage("face_area")[k] == v).all() for k, v in old.stage("face_area").items())
    assert any((new.stage("coarse.1")[k] != v).any() for k, v in old.stage("coarse.1").items())
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
            should_stop=lambda: stop and ("coarse-0", 1) in seen,
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


def test_a_place_that_cannot_be_written_is_told_before_anything_is_read(recipe, tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(TrainingError, match=r"new: nothing can be written into notes\.txt"):
        train(tmp_path / "labels that are not there.csv", recipe, out=tmp_path / "notes.txt" / "new")


def _held_out(errors: np.ndarray, signs: np.ndarray | None = None, refused: int = 0) -> HeldOut:
    names = tuple(map(str, range(len(errors))))
    gone = np.arange(len(errors)) < refused
    signs = np.zeros((*errors.shape, 3)) if signs is None else signs
    return HeldOut(names, names, np.where(gone[:, None], np.nan, errors), gone, "mm", errors, signs)


def test_calibration_holds_its_share_of_points():
    rng = np.random.default_rng(0)
    signs = rng.normal(0, 0.5, (400, 19, 3))
    difficulty = np.exp(rng.normal(0, 0.4, 19))
    errors = rng.rayleigh(difficulty * np.exp(signs @ [0.8, 0.4, 0.0]))
    calibration = calibrate(_held_out(errors[:200], signs[:200]))
    expected = np.array(calibration.factor) * np.exp(signs[200:] @ calibration.exponents)
    inside = errors[200:] <= expected
    assert 0.93 < inside.mean() < 0.97
    assert inside.mean(axis=0).min() > 0.87
    assert np.allclose(calibration.exponents, [0.8, 0.4, 0.0], atol=0.1)
    assert (expected > calibration.flag_above).mean() < 0.13


def test_calibration_from_few_films_holds_its_share_as_well():
    inside = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        difficulty = rng.uniform(0.6, 2.0, 19)
        signs = rng.normal(0, 0.5, (400, 19, 3))
        errors = difficulty * np.exp(signs @ [0.3, 0.1, 0.2]) * rng.gamma(2, 0.5, (400, 19))
        calibration = calibrate(_held_out(errors[:10], signs[:10]))
        expected = np.array(calibration.factor) * np.exp(signs[10:] @ calibration.exponents)
        inside.append((errors[10:] <= expected).mean())
    assert np.mean(inside) > 0.94


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


def test_a_verdict_speaks_of_patients_however_many_films_one_of_them_has(tmp_path):
    groups = (*["many"] * 20, *(f"p{number}" for number in range(9)))
    old = np.full((29, 19), 2.0)
    new = old + np.array([-1.0] * 20 + [0.5] * 9)[:, None]
    held = [replace(_held_out(errors), groups=groups) for errors in (new, old)]
    verdict = _report(tmp_path, *held).verdict()
    assert "changes by +0.35 mm" in verdict


def test_errors_in_pixels_have_no_figures_in_mm(tmp_path):
    report = _report(tmp_path, replace(_held_out(np.full((9, 19), 6.0)), unit="px"), None)
    report.save()
    content = json.loads((tmp_path / "report.json").read_text())
    assert (content["scores"], content["unit"]) == (None, "px")
    assert "6.00 px" in content["verdict"]
