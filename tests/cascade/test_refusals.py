"""What is refused before and after the stages look, and with which words."""

import numpy as np
import pytest

from napari_dentlm.cascade.refusals import refuse_area, refuse_doubt, refuse_outside, refuse_pixels, refuse_shape
from napari_dentlm.cascade.shape import Frame
from napari_dentlm.cascade.stages.face_area import FaceArea
from napari_dentlm.cascade.transform import Transform2D
from napari_dentlm.cascade.trust import Signs

WIDTH, HEIGHT, UNIT = 1935, 2400, 10.0


def _points(outside: int) -> np.ndarray:
    """Nineteen points in the middle of the film, so many of them below its lower edge."""
    points = np.full((19, 2), 1000.0)
    points[:outside, 1] = HEIGHT + 50
    return points


@pytest.mark.parametrize("outside", [0, 1, 2, 3])
def test_a_film_that_lacks_a_few_points_is_labelled(outside):
    assert refuse_outside(_points(outside), WIDTH, HEIGHT, UNIT) == ""


@pytest.mark.parametrize("outside", [4, 10, 19])
def test_a_crop_that_lacks_part_of_the_face_is_refused_in_words(outside):
    text = refuse_outside(_points(outside), WIDTH, HEIGHT, UNIT)
    assert text.startswith(f"Part of the face lies outside the image ({outside} of 19 points).")


@pytest.mark.parametrize("edge", [(-15.0, 500.0), (WIDTH + 15.0, 500.0), (500.0, -15.0), (500.0, HEIGHT + 15.0)])
def test_points_just_beyond_an_edge_count_as_inside(edge):
    assert refuse_outside(np.full((19, 2), edge), WIDTH, HEIGHT, UNIT) == ""
    assert refuse_outside(np.full((19, 2), edge), WIDTH, HEIGHT, UNIT / 5) != ""


def test_nothing_is_outside_where_no_points_are_expected():
    assert refuse_outside(np.zeros((0, 2)), WIDTH, HEIGHT, UNIT) == ""


def test_small_and_blank_images_are_refused():
    assert "only 40 x 300 pixels" in refuse_pixels(np.zeros((300, 40), np.uint8))
    assert "blank" in refuse_pixels(np.full((300, 300), 200, np.uint8))
    assert refuse_pixels(np.random.default_rng(0).integers(0, 256, (300, 300)).astype(np.uint8)) == ""


def test_a_low_score_is_refused_and_told():
    area = FaceArea(Transform2D.identity(), Frame(np.zeros(2), 1.0), 0, False, False, {"face": 0.2}, (190.0, 190.0))
    assert "No lateral face was found in this image (score 0.20 of 1)" in refuse_area(area, 0.3)
    assert refuse_area(area, 0.2) == ""


def test_a_shape_far_from_every_face_is_refused_only_with_a_limit():
    assert "do not form a face (21 mm from the average shape)" in refuse_shape(21.0, 15.0)
    assert refuse_shape(14.0, 15.0) == ""
    assert refuse_shape(99.0, 0.0) == ""


def _signs(width: float, between: float) -> Signs:
    return Signs(np.full(19, width), np.ones(19), np.full(19, between))


@pytest.mark.parametrize(("width", "between", "refused"), [(2.0, 0.3, False), (3.5, 0.3, True), (2.0, 1.2, True)])
def test_doubt_about_most_points_is_refused(width, between, refused):
    assert ("in doubt about most points" in refuse_doubt(_signs(width, between), 2.8, 0.6)) is refused
    assert refuse_doubt(_signs(width, between), 0.0, 0.0) == ""


def test_doubt_about_a_few_points_is_not_refused():
    signs = _signs(2.0, 0.3)
    signs.between[:6] = 9.0
    assert refuse_doubt(signs, 2.8, 0.6) == ""
