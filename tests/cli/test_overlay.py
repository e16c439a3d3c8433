"""Overlay pictures."""

from pathlib import Path

import numpy as np
import pytest

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.overlay import draw_overlay, shown_by, write_overlay

SCHEME = load_scheme("isbi19")


def annotation(*marks: Landmark) -> Annotation:
    return Annotation.of(SCHEME, "0" * 64, marks)


def predicted(key: str, x: float, y: float, flag: str = "") -> Landmark:
    return Landmark(key, State.PREDICTED, Point(x, y), "model:x@1", flag=flag)


@pytest.mark.parametrize("shape", [(2400, 1935), (300, 500)])
def test_the_picture_has_the_film_s_proportions(shape: tuple[int, int]) -> None:
    picture = draw_overlay(np.full(shape, 90, np.uint8), annotation())
    assert picture.size == (round(shape[1] * 1000 / shape[0]), 1000)


@pytest.mark.parametrize(
    ("shape", "size"), [((1, 1), (4, 4)), ((2, 60000), (4000, 1)), ((60000, 2), (1, 1000)), ((100, 80), (320, 400))]
)
def test_strips_and_tiny_films_give_small_pictures(shape: tuple[int, int], size: tuple[int, int]) -> None:
    assert draw_overlay(np.full(shape, 90, np.uint8), annotation(predicted("Go", 1, 1))).size == size


def test_points_stand_where_they_are() -> None:
    film = np.full((500, 400), 60, np.uint8)
    marks = annotation(predicted("Go", 100, 400), predicted("S", 300, 100, flag="look here"))
    pixels = np.asarray(draw_overlay(film, marks))
    assert tuple(pixels[801, 201]) == (240, 165, 0)
    assert tuple(pixels[201, 601]) == (240, 165, 0)
    assert (pixels[900:, :100] == 60).all()


def test_a_name_to_look_at_first_is_longer() -> None:
    film = np.zeros((500, 400), np.uint8)
    plain, flagged = (np.asarray(draw_overlay(film, annotation(predicted("Go", 100, 400, f)))) for f in ("", "far"))
    assert (flagged != plain).any()


def test_a_reader_s_point_has_its_own_colour() -> None:
    mark = Landmark("Go", State.CORRECTED, Point(100, 400), "reader:anna")
    pixels = np.asarray(draw_overlay(np.zeros((500, 400), np.uint8), annotation(mark)))
    assert tuple(pixels[801, 201]) == (86, 180, 233)


def test_names_do_not_cover_each_other() -> None:
    film = np.zeros((1000, 1000), np.uint8)
    close = [predicted(key, 500 + 4 * n, 500 + 3 * n) for n, key in enumerate(("Pog", "Gn", "Me"))]
    alone = [np.asarray(draw_overlay(film, annotation(mark))).any(axis=2).sum() for mark in close]
    together = np.asarray(draw_overlay(film, annotation(*close))).any(axis=2).sum()
    # Three dots overlap; of the three names nothing is lost.
    assert together > 0.75 * sum(alone)


def test_points_outside_the_film_are_no_problem() -> None:
    marks = annotation(predicted("Go", -50, 2000), predicted("S", 5000, -9))
    assert draw_overlay(np.zeros((100, 80), np.uint8), marks, message="look").size == (320, 400)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    picture = draw_overlay(np.zeros((100, 80), np.uint8), annotation())
    with pytest.raises(DentLMError, match="could not be written"):
        write_overlay(tmp_path / "missing" / "film.png", picture)


def test_a_damaged_overlay_shows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    write_overlay(path, draw_overlay(np.zeros((100, 80), np.uint8), annotation()), "film 1")
    assert shown_by(path) == "film 1"
    whole = path.read_bytes()
    for place in (29, 33, 40):  # the first checksum, the length of the next part, the text itself
        path.write_bytes(whole[:place] + b"\xff" * 4 + whole[place + 4 :])
        assert shown_by(path) in ("", "film 1")
