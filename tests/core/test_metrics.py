"""Accuracy figures, and their agreement with the independent scorer."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_dentlm.core.formats import isbi_txt, landmark_csv
from napari_dentlm.core.metrics import SDR_MM, bootstrap_interval, mre, radial_errors, score_table, sdr
from napari_dentlm.core.scheme import load_scheme

KEYS = load_scheme().keys


def test_radial_errors_are_distances_in_mm():
    truth = np.zeros((1, 2, 2))
    predicted = np.array([[[3.0, 4.0], [np.nan, 0.0]]])
    errors = radial_errors(predicted, truth, 0.1)
    assert errors[0, 0] == pytest.approx(0.5)
    assert np.isnan(errors[0, 1])


def test_scale_per_film_and_per_axis():
    truth, predicted = np.zeros((2, 1, 2)), np.full((2, 1, 2), [3.0, 4.0])
    assert radial_errors(predicted, truth, [1.0, 2.0]).ravel().tolist() == [5.0, 10.0]
    anisotropic = radial_errors(predicted, truth, [[1.0, 1.0], [2.0, 1.0]]).ravel()
    assert anisotropic.tolist() == pytest.approx([5.0, np.hypot(6, 4)])


@pytest.mark.parametrize("scale", [0.0, -0.1, np.nan])
def test_a_scale_must_be_positive(scale: float):
    with pytest.raises(ValueError, match="positive"):
        radial_errors(np.zeros((1, 1, 2)), np.zeros((1, 1, 2)), scale)


def test_shapes_must_fit():
    with pytest.raises(ValueError, match="N, K, 2"):
        radial_errors(np.zeros((1, 19, 2)), np.zeros((1, 18, 2)))
    with pytest.raises(ValueError, match="expected errors"):
        score_table(np.zeros((3, 4)), ["a", "b"])


def test_a_missing_point_fails_at_every_distance_and_is_counted():
    errors = np.array([[1.0, np.nan], [3.0, 1.0]])
    assert mre(errors) == pytest.approx(5 / 3)
    assert sdr(errors, 2.0) == 0.5
    table = score_table(errors, ["Go", "S"])
    assert table.overall.missing == 1
    assert [score.missing for score in table.landmarks] == [0, 1]
    last = table.text().splitlines()[-2]
    assert last.startswith("all")
    assert last.endswith("1")


def test_nothing_to_score_is_said_and_not_zero():
    table = score_table(np.full((2, 1), np.nan), ["Go"])
    assert np.isnan(table.overall.mre)
    assert table.overall.sdr == (0.0,) * 4
    assert table.as_dict()["overall"]["mre_mm"] is None
    assert np.isnan(sdr(np.empty((0, 3)), 2))
    assert np.isnan(bootstrap_interval(np.empty((0, 3)), mre)).all()


def test_one_film_gives_no_interval_and_no_spread_of_one_point():
    table = score_table(np.array([[1.0, 2.0]]), ["S", "Go"])
    assert np.isnan([*table.overall.mre_interval, *table.overall.sdr2_interval]).all()
    assert table.as_dict()["overall"]["mre_interval_mm"] == [None, None]
    text = table.text()
    assert "nan" not in text
    assert text.splitlines()[1].split()[:4] == ["S", "1.00", "-", "-"]
    assert "One film gives no interval." in text


def test_a_point_without_truth_is_neither_counted_nor_missing():
    errors = np.array([[1.0, np.nan], [np.nan, 3.0], [np.nan, np.nan]])
    asked = np.array([[True, False], [True, True], [True, False]])
    first, second = score_table(errors, ["S", "Go"], asked=asked, resamples=20).landmarks
    assert (first.count, first.missing, first.mre, first.sdr[0]) == (3, 2, 1.0, pytest.approx(1 / 3))
    assert (second.count, second.missing, second.mre, second.sdr[0]) == (1, 0, 3.0, 0.0)
    assert score_table(errors, ["S", "Go"], asked=asked, resamples=20).overall.count == 4


@given(arrays(float, st.tuples(st.integers(1, 8), st.integers(1, 4)), elements=st.floats(0, 50)))
def test_shares_rise_with_the_distance_and_intervals_hold_their_ends(errors: np.ndarray):
    shares = [sdr(errors, mm) for mm in SDR_MM]
    assert shares == sorted(shares)
    low, high = bootstrap_interval(errors, mre, resamples=50)
    assert errors.mean(axis=1).min() - 1e-9 <= low <= high <= errors.mean(axis=1).max() + 1e-9


def test_the_bootstrap_draws_films_and_not_points():
    # All points of a film share one error: drawing points would give a far narrower interval.
    errors = np.repeat(np.random.default_rng(0).exponential(1.5, (20, 1)), 19, axis=1)
    low, high = bootstrap_interval(errors, mre)
    standard_error = errors[:, 0].std() / np.sqrt(20)
    assert high - low == pytest.approx(2 * 1.96 * standard_error, rel=0.2)
    assert bootstrap_interval(errors, mre) == (low, high)


def test_the_table_is_aligned_and_complete():
    errors = np.random.default_rng(0).exponential(1.0, (5, 19))
    table = score_table(errors, KEYS, resamples=20)
    lines = table.text().splitlines()
    assert len(lines) == 19 + 3
    assert len({len(line) for line in lines[:-1]}) == 1
    content = table.as_dict()
    assert list(content["landmarks"]) == list(KEYS)
    assert set(content["overall"]["sdr"]) == {"2", "2.5", "3", "4"}


@pytest.mark.data
def test_agrees_with_the_independent_scorer(data_folder: Path, tmp_path: Path):
    """The junior reader as if a model had labelled films 151 to 170, against the mean of both."""
    scorer = data_folder.parent / "tools" / "score_isbi.py"
    if not scorer.is_file():
        pytest.skip(f"the independent scorer is not at {scorer}")
    annotations = data_folder / "isbi2015" / "annotations"
    films = [f"{number:03d}" for number in range(151, 171)]
    rows = [row for row in isbi_txt.read(annotations) if row.annotator == "junior" and row.image in films]
    named = [type(row)(**{**_fields(row), "image": f"{row.image}.jpg"}) for row in rows]
    landmark_csv.write(tmp_path / "predictions.csv", named)
    command = [sys.executable, scorer, tmp_path / "predictions.csv", annotations, "151", "170"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    theirs = re.search(r"all films +n=20 MRE ([\d.]+) \[([\d.]+) ([\d.]+)\] SDR2 ([\d.]+)", said)
    readers = isbi_txt.read_isbi_folder(annotations)
    junior, senior = (np.stack([readers[who][int(film)] for film in films]) for who in ("junior", "senior"))
    ours = score_table(radial_errors(junior, (junior + senior) / 2, 0.1), KEYS).overall
    assert theirs is not None
    assert ours.mre == pytest.approx(float(theirs[1]), abs=5e-4)
    assert ours.mre_interval == pytest.approx((float(theirs[2]), float(theirs[3])), abs=5e-4)
    assert 100 * ours.sdr[0] == pytest.approx(float(theirs[4]), abs=0.05)


def _fields(row: landmark_csv.LandmarkRow) -> dict:
    return {name: getattr(row, name) for name in landmark_csv.COLUMNS}
