"""Generated faces: the same from the same seed, with points where the drawing has them."""

from pathlib import Path

import numpy as np
import pytest

from napari_dentlm.core.formats import ibug_xml
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.scheme import load_scheme
from sample_data import generate_face, generate_group
from sample_data.__main__ import main


def test_equal_seeds_give_equal_faces() -> None:
    one, again, other = generate_face(3), generate_face(3), generate_face(4)
    assert np.array_equal(one.pixels, again.pixels)
    assert np.array_equal(one.points, again.points)
    assert not np.array_equal(one.pixels, other.pixels)


@pytest.mark.parametrize(("size", "turn"), [(200, 0.0), (400, 25.0), (333, -30.0)])
def test_points_lie_on_the_picture(size: int, turn: float) -> None:
    face = generate_face(1, size=size, turn=turn)
    assert face.pixels.shape == (size, size, 3)
    assert face.points.shape == (68, 2)
    assert (face.points > 0).all()
    assert (face.points < size - 1).all()


def test_the_head_turns_clockwise() -> None:
    eyes = np.subtract(*generate_face(1, turn=20.0).points[[45, 36]])
    assert np.rad2deg(np.arctan2(eyes[1], eyes[0])) == pytest.approx(20.0, abs=1e-6)


def test_the_drawn_face_is_symmetric() -> None:
    scheme, points = load_scheme("ibug68"), generate_face(1).points
    swapped = points[list(scheme.mirror_order)]
    middle = points[:, 0].mean()
    assert 2 * middle - swapped[:, 0] == pytest.approx(points[:, 0], abs=1e-6)
    assert swapped[:, 1] == pytest.approx(points[:, 1])


def test_eyes_are_dark_and_lips_are_red() -> None:
    face = generate_face(2)
    x, y = np.rint(face.points[36:42].mean(axis=0)).astype(int)
    assert face.pixels[y, x].mean() < 90
    x, y = np.rint(face.points[[51, 62]].mean(axis=0)).astype(int)
    red, green, _ = face.pixels[y, x].astype(int)
    assert red > green + 30


def test_a_group_has_its_largest_face_first() -> None:
    group = generate_group(1, 6)
    assert group.points.shape == (6, 68, 2)
    sides = np.ptp(group.points, axis=1).max(axis=1)
    assert (np.diff(sides) < 0).all()
    assert group.pixels.shape == (600, 900, 3)


def test_the_command_writes_photographs_and_their_true_points(tmp_path: Path) -> None:
    main([str(tmp_path / "photos"), "--faces", "--seeds", "3,4"])
    faces = ibug_xml.read_faces(tmp_path / "photos" / "truth.xml")
    assert [face.image for face in faces] == ["face_3.jpg", "face_4.jpg"] + ["group_91.jpg"] * 6
    assert faces[1].array == pytest.approx(generate_face(4).points, abs=0.01)
    photo = read_image(tmp_path / "photos" / "face_3.jpg").pixels
    assert np.abs(photo.astype(int) - generate_face(3).pixels).mean() < 8
