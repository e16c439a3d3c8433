"""Films are divided by patient, turned upright by their labels, and predicted points are never learnt from."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.cascade.transform import Transform2D
from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.scheme import load_scheme
from sample_data import FILM_SEEDS, generate_film
from training.films import RawFilm, fit_shape, prepare, split
from training.sources import generated_films, load_films, load_isbi

SCHEME = load_scheme("isbi19")


def _film(name: str, group: str, seed: int = 6101) -> RawFilm:
    film = generate_film(seed)
    return RawFilm(name, group, lambda: film.pixels, film.points[None], 0.1)


@given(st.lists(st.integers(0, 12), min_size=2, max_size=40), st.floats(0.05, 0.6), st.integers(0, 99))
def test_no_patient_is_on_both_sides(groups, share, seed):
    readers = np.zeros((1, 19, 2))
    films = [RawFilm(str(n), str(g), lambda: None, readers, 0.1) for n, g in enumerate(groups)]
    training, validation = split(films, share, seed)
    assert len(training) + len(validation) == len(films)
    assert not {f.group for f in training} & {f.group for f in validation}
    assert training
    again, _ = split(films[::-1], share, seed)
    assert {f.name for f in again} == {f.name for f in training}


def test_generated_films_never_validate_and_are_not_the_shown_ones():
    films = [*generated_films(3), _film("a", "a"), _film("b", "b")]
    _, validation = split(films, 0.5, 0)
    assert validation
    assert not any(f.generated for f in validation)
    assert not {f"generated-{seed}" for seed in FILM_SEEDS} & {f.name for f in generated_films(3)}


@pytest.mark.parametrize(("rotation", "mirrored"), [(90, False), (180, True), (0, True)])
def test_a_turned_film_is_prepared_upright(rotation, mirrored):
    plain = generate_film(6102)
    shape = fit_shape([_film("a", "a"), _film("b", "b", 6103)])
    pixels = plain.pixels[:, ::-1] if mirrored else plain.pixels
    pixels = np.rot90(pixels, -rotation // 90)
    stored = Transform2D.upright(pixels.shape[1], pixels.shape[0], rotation, mirrored).inverse().apply(plain.points)
    (film,), left_out = prepare([RawFilm("t", "t", lambda: pixels, stored[None], 0.1)], shape, 1)
    assert left_out == []
    assert np.allclose(film.points, plain.points)


def test_a_film_with_one_point_is_left_out_and_said():
    film = _film("lonely", "a")
    points = film.readers.copy()
    points[:, 1:] = np.nan
    shape = fit_shape([_film("a", "a"), _film("b", "b", 6103)])
    films, left_out = prepare([replace(film, readers=points)], shape, 1)
    assert films == []
    assert "lonely" in left_out[0]


def test_no_average_face_without_spacing():
    with pytest.raises(TrainingError, match="--spacing"):
        fit_shape([replace(_film("a", "a"), mm_per_pixel=None)])


def test_only_touched_points_are_learnt(generated_films, tmp_path):
    rows = landmark_csv.read(generated_films / "truth.csv")
    states = {"S": State.CONFIRMED, "N": State.CORRECTED, "Go": State.PLACED}
    rows = [replace(row, state=states.get(row.landmark, State.PREDICTED)) for row in rows]
    labels = tmp_path / "labels.csv"
    landmark_csv.write(labels, rows)
    films = load_films(labels, SCHEME, images=generated_films)
    assert len(films) == 3
    for film in films:
        known = {SCHEME.keys[k] for k in np.flatnonzero(np.isfinite(film.points).all(axis=1))}
        assert known == set(states)


def test_predictions_alone_are_refused(generated_films, tmp_path):
    rows = [replace(row, state=State.PREDICTED) for row in landmark_csv.read(generated_films / "truth.csv")]
    landmark_csv.write(tmp_path / "labels.csv", rows)
    with pytest.raises(TrainingError, match="no confirmed, corrected or placed point"):
        load_films(tmp_path / "labels.csv", SCHEME, images=generated_films)


def test_a_changed_image_is_refused(generated_films, tmp_path):
    rows = [replace(row, image_id="0" * 64) for row in landmark_csv.read(generated_films / "truth.csv")]
    landmark_csv.write(tmp_path / "labels.csv", rows)
    with pytest.raises(TrainingError, match="changed"):
        load_films(tmp_path / "labels.csv", SCHEME, images=generated_films)


def test_a_folder_that_is_not_isbi_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="--images"):
        load_films(tmp_path, SCHEME)


@pytest.mark.data
def test_isbi_training_films_are_those_without_a_twin_in_test1(data_folder):
    films = load_isbi(data_folder / "isbi2015")
    assert len(films) == 130
    assert all(film.readers.shape == (2, 19, 2) for film in films)
    assert not {"001", "144"} & {film.name for film in films}
