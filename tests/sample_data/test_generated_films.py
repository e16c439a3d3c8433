"""Generated films: deterministic, different from each other, and anatomically sound."""

import numpy as np
import pytest

from sample_data import FILM_SEEDS, KEYS, GeneratedFilm, generate_film

SEEDS = (1, 2, 17, 194, 400, *FILM_SEEDS[:2])


@pytest.fixture(scope="module")
def films() -> list[GeneratedFilm]:
    return [generate_film(seed) for seed in SEEDS]


def at(film: GeneratedFilm, key: str) -> np.ndarray:
    return film.points[KEYS.index(key)]


def test_same_seed_same_film(films: list[GeneratedFilm]) -> None:
    again = generate_film(SEEDS[0])
    np.testing.assert_array_equal(again.pixels, films[0].pixels)
    np.testing.assert_array_equal(again.points, films[0].points)


def test_no_two_films_are_alike(films: list[GeneratedFilm]) -> None:
    for number, one in enumerate(films):
        for other in films[number + 1 :]:
            shapes = [film.points - at(film, "S") for film in (one, other)]
            assert np.abs(shapes[0] - shapes[1]).max() > 20
            assert np.abs(one.pixels.astype(int) - other.pixels).mean() > 5


def test_format(films: list[GeneratedFilm]) -> None:
    for film in films:
        assert film.pixels.shape == (2400, 1935)
        assert film.pixels.dtype == np.uint8
        assert film.points.shape == (19, 2)
        assert film.spacing_mm == 0.1
        assert film.pixels.std() > 30


def test_landmarks_inside_the_film(films: list[GeneratedFilm]) -> None:
    for film in films:
        assert film.points.min() > 40
        assert (film.points < [1935 - 40, 2400 - 40]).all()


@pytest.mark.parametrize(
    ("front", "back"),
    [
        ("N", "S"),
        ("Or", "Po"),
        ("ANS", "PNS"),
        ("ANS", "A"),
        ("Pog", "Me"),
        ("Pog", "Go"),
        ("Me", "Go"),
        ("Ls", "U1"),
        ("Li", "L1"),
        ("Pogs", "Pog"),
        ("Sn", "ANS"),
        ("S", "Ar"),
        ("Gn", "Me"),
        ("Ar", "Po"),
    ],
)
def test_in_front_of(films: list[GeneratedFilm], front: str, back: str) -> None:
    for film in films:
        assert at(film, front)[0] > at(film, back)[0], film.seed


@pytest.mark.parametrize(
    ("below", "above"),
    [
        ("A", "ANS"),
        ("B", "A"),
        ("Pog", "B"),
        ("Gn", "Pog"),
        ("Me", "Gn"),
        ("Me", "Go"),
        ("Go", "Ar"),
        ("Ar", "S"),
        ("Or", "N"),
        ("ANS", "Or"),
        ("U1", "A"),
        ("B", "L1"),
        ("Li", "Ls"),
        ("Ls", "Sn"),
        ("Pogs", "Li"),
    ],
)
def test_below(films: list[GeneratedFilm], below: str, above: str) -> None:
    for film in films:
        assert at(film, below)[1] > at(film, above)[1], film.seed


def test_sizes_follow_the_norms(films: list[GeneratedFilm]) -> None:
    for film in films:
        base = np.linalg.norm(at(film, "N") - at(film, "S")) * film.spacing_mm
        face = np.linalg.norm(at(film, "Me") - at(film, "N")) * film.spacing_mm
        assert 50 < base < 80
        assert 85 < face < 150


def test_incisor_tip_ends_the_enamel() -> None:
    film = generate_film(5)  # A large overjet: nothing stands below the upper incisor.
    x, y = np.round(at(film, "U1")).astype(int)
    inside, outside = film.pixels[y - 24 : y - 14, x - 5 : x + 1], film.pixels[y + 12 : y + 20, x - 3 : x + 4]
    assert inside.mean() > outside.mean() + 40


def test_smaller_film() -> None:
    film = generate_film(3, width=1501, height=1901)
    assert film.pixels.shape == (1901, 1501)
