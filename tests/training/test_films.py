"""Films are divided by patient, turned upright by their labels, and predicted points are never learnt from."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_dentlm.cascade.bundle import load_bundle
from napari_dentlm.cascade.dense import DensePipeline
from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.cascade.transform import Pyramid, Transform2D
from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.scheme import load_scheme
from sample_data import FILM_SEEDS, generate_film
from training.division import Division, deal, held_out
from training.films import RawFilm, fit_shape, prepare
from training.sources import generated_films, load_films, load_isbi

SCHEME = load_scheme("isbi19")


def _film(name: str, group: str, seed: int = 6101) -> RawFilm:
    film = generate_film(seed)
    return RawFilm(name, group, lambda: film.pixels, film.points[None], 0.1)


def test_generated_films_never_validate_and_are_not_the_shown_ones():
    films = [*generated_films(3), _film("a", "a"), _film("b", "b")]
    for held in (held_out(films, 0.5, 0), *deal(films, 2, 0)):
        division = Division((held,))
        assert [f.name for f in division.measured(films, 0)] != []
        assert not any(f.generated for f in division.measured(films, 0))
        assert sum(f.generated for f in division.training(films, 0)) == 3
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
    window = Transform2D.window(film.frame.centre, 1200, (120, 120))
    assert np.array_equal(film.pyramid.sample(window, (120, 120)), Pyramid(plain.pixels, 1).sample(window, (120, 120)))


def test_films_of_a_table_come_in_the_order_in_which_they_were_marked(generated_films, tmp_path):
    rows = landmark_csv.read(generated_films / "truth.csv")
    names = list(dict.fromkeys(row.image for row in rows))
    days = dict(zip(names, ("2026-03-01", "2026-01-01", "2026-02-01"), strict=True))
    rows = [replace(row, updated_utc=f"{days[row.image]}T10:00:00Z", state=State.CONFIRMED) for row in rows]
    landmark_csv.write(tmp_path / "labels.csv", rows)
    films = load_films(tmp_path / "labels.csv", SCHEME, images=generated_films)
    assert [film.name for film in films] == [names[1], names[2], names[0]]


def _with_points(film: RawFilm, count: int) -> RawFilm:
    points = film.readers.copy()
    points[:, count:] = np.nan
    return replace(film, readers=points)


def test_a_film_with_three_points_is_left_out_and_said():
    shape = fit_shape([_film("a", "a"), _film("b", "b", 6103)])
    films, left_out = prepare([_with_points(_film("lonely", "a"), 3)], shape, 1)
    assert films == []
    assert "lonely: 3 points" in left_out[0]


@pytest.mark.parametrize("inverted", [False, True])
def test_a_retraining_sees_a_film_with_two_points_as_the_cascade_does(inverted):
    plain = generate_film(6104)
    start = DensePipeline(load_bundle("ceph19"), torch.device("cpu"))
    pixels = np.ascontiguousarray(plain.pixels[:, ::-1])
    pixels = 255 - pixels if inverted else pixels
    stored = plain.points * [-1, 1] + [plain.pixels.shape[1] - 1, 0]
    film = _with_points(RawFilm("t", "t", lambda: pixels, stored[None], None), 2)
    (prepared,), _ = prepare([film], start_shape(), 1, start)
    assert np.allclose(prepared.points[:2], plain.points[:2])
    whole = start_shape().frame(plain.points)
    assert np.linalg.norm(prepared.frame.centre - whole.centre) < 3 * whole.unit
    window = Transform2D.window(whole.centre, 1200, (120, 120))
    assert np.array_equal(
        prepared.pyramid.sample(window, (120, 120)), Pyramid(plain.pixels, 1).sample(window, (120, 120))
    )


def start_shape() -> FaceShape:
    return load_bundle("ceph19").shape


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


def test_films_are_learnt_from_a_table_with_photographs(generated_films, tmp_path):
    rows = landmark_csv.read(generated_films / "truth.csv")
    photo = replace(rows[0], image="face.jpg", image_id="", scheme="ibug68", landmark="jaw_1")
    landmark_csv.write(tmp_path / "labels.csv", [photo, *rows])
    assert len(load_films(tmp_path / "labels.csv", SCHEME, images=generated_films)) == 3


def test_the_same_image_twice_is_one_film_and_conflicts_are_refused(generated_films, tmp_path):
    rows = landmark_csv.read(generated_films / "truth.csv")
    first = [row for row in rows if row.image == rows[0].image]
    copies = [replace(row, image=f"copy_{row.image}", patient="another folder") for row in first]
    (tmp_path / copies[0].image).write_bytes((generated_films / first[0].image).read_bytes())
    (tmp_path / first[0].image).write_bytes((generated_films / first[0].image).read_bytes())
    landmark_csv.write(tmp_path / "labels.csv", [*first, *copies])
    assert len(load_films(tmp_path / "labels.csv", SCHEME, images=tmp_path)) == 1
    moved = [replace(row, x=row.x + 5) for row in copies]
    landmark_csv.write(tmp_path / "labels.csv", [*first, *moved])
    with pytest.raises(TrainingError, match="different labels"):
        load_films(tmp_path / "labels.csv", SCHEME, images=tmp_path)


def test_predictions_alone_are_refused(generated_films, tmp_path):
    rows = [replace(row, state=State.PREDICTED) for row in landmark_csv.read(generated_films / "truth.csv")]
    landmark_csv.write(tmp_path / "labels.csv", rows)
    with pytest.raises(TrainingError, match="no confirmed, corrected or placed point"):
        load_films(tmp_path / "labels.csv", SCHEME, images=generated_films)


def test_a_changed_image_is_refused(generated_films, tmp_path):
    rows = [replace(row, image_id=row.image_id[::-1]) for row in landmark_csv.read(generated_films / "truth.csv")]
    landmark_csv.write(tmp_path / "labels.csv", rows)
    with pytest.raises(TrainingError, match="changed"):
        load_films(tmp_path / "labels.csv", SCHEME, images=generated_films)


def test_a_folder_that_is_not_isbi_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="--images"):
        load_films(tmp_path, SCHEME)


def test_a_film_that_one_reader_has_not_marked_is_named(generated_films, tmp_path):
    (tmp_path / "train").mkdir()
    for number, path in enumerate(sorted(generated_films.glob("film_*.jpg")), start=2):
        (tmp_path / "train" / f"{number:03d}.jpg").write_bytes(path.read_bytes())
        for reader in ("senior", "junior")[: 3 - number + 1]:
            (tmp_path / "annotations" / reader).mkdir(parents=True, exist_ok=True)
            text = "\n".join([*(f"{9 * n},{8 * n}" for n in range(19)), *"11111111"])
            (tmp_path / "annotations" / reader / f"{number:03d}.txt").write_text(text)
    with pytest.raises(TrainingError, match="003: the reader junior has no points"):
        load_isbi(tmp_path)


@pytest.mark.data
def test_isbi_training_films_are_those_without_a_twin_in_test1(data_folder):
    films = load_isbi(data_folder / "isbi2015")
    assert len(films) == 130
    assert all(film.readers.shape == (2, 19, 2) for film in films)
    assert not {"001", "144"} & {film.name for film in films}
