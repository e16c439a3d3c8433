"""Negatives: every kind gives an image of the scan's size, varied, reproducible, and without a whole face."""

import numpy as np
import pytest

from training.negatives import KINDS, pieces, random_negative
from training.negatives.sketch import Sketch, ellipse, letterboxed

SIZE = 96


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_varied_and_reproducible(film, kind):
    _, draw = KINDS[kind]
    first, second, again = (draw(film, np.random.default_rng(seed), SIZE) for seed in (1, 2, 1))
    assert first.shape == (SIZE, SIZE)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)


def test_all_kinds_are_drawn_in_their_turn(film):
    scans = [random_negative(film, np.random.default_rng(seed), SIZE) for seed in range(40)]
    assert len({scan.tobytes() for scan in scans}) == 40


def test_a_crop_holds_at_most_half_of_the_landmarks(film):
    boxes = [pieces.box_without_face(film, np.random.default_rng(seed)) for seed in range(40)]
    found = [box for box in boxes if box is not None]
    assert len(found) > 30
    assert max(pieces.share_inside(film.points, box) for box in found) <= pieces.MOST_INSIDE
    whole = np.array([[0, 0], [film.pyramid.width, film.pyramid.height]])
    assert pieces.share_inside(film.points, whole) == 1


def test_a_folded_film_is_symmetric(film):
    for seed in range(10):
        picture = pieces.folded(film, np.random.default_rng(seed), SIZE)
        assert np.array_equal(picture, picture[:, ::-1])


def test_letterboxed_pictures_keep_their_shape():
    picture = np.full((40, 80), 200, np.uint8)
    scans = [letterboxed(picture, np.random.default_rng(seed), SIZE) for seed in range(20)]
    plain = [scan for scan in scans if (scan == 200).sum() == SIZE * SIZE // 2]
    assert len(plain) > 10
    assert all((scan[: SIZE // 4] == 0).all() and (scan[-SIZE // 4 :] == 0).all() for scan in plain)


def test_shapes_land_where_they_are_put():
    sketch = Sketch(np.random.default_rng(0), 100, 2.0)
    sketch.fill(ellipse(1.0, 0.5, 0.2, 0.2), 1.0)
    rows, columns = np.nonzero(sketch.values > 0.5)
    assert sketch.values.shape == (50, 100)
    assert columns.mean() == pytest.approx(74.5, abs=0.6)
    assert rows.mean() == pytest.approx(37, abs=0.6)
