"""A cascade for photographs on generated faces: points, several faces, photos on their side, refusals in words."""

import cv2
import numpy as np
import pytest

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.refusals import refuse_turned
from sample_data import generate_face, generate_film, generate_group


def grey(pixels: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def nme(found: np.ndarray, true: np.ndarray) -> float:
    """Mean distance in percent of that of the outer corners of the eyes."""
    return 100 * np.linalg.norm(found - true, axis=1).mean() / np.linalg.norm(true[45] - true[36])


@pytest.fixture(scope="module")
def faces() -> Cascade:
    return Cascade.load("face68", "cpu")


@pytest.mark.parametrize("turn", [-25.0, 0.0, 20.0])
def test_points_lie_where_they_were_drawn(faces: Cascade, turn: float) -> None:
    face = generate_face(21, turn=turn)
    (prediction,) = faces.predict([grey(face.pixels)])
    assert nme(prediction.points, face.points) < 5
    assert prediction.scheme == "ibug68"
    assert prediction.others == ()
    assert (prediction.expected_error_px > 0).all()
    assert len(prediction.flags) == 68


def test_every_face_of_a_group_has_its_box_and_points(faces: Cascade) -> None:
    group = generate_group(3, 6)
    (prediction,) = faces.predict([grey(group.pixels)])
    found = prediction.faces
    assert len(found) == 6
    sides = [face.box.side for face in found]
    assert sides == sorted(sides, reverse=True)
    for points in group.points:
        assert min(nme(face.points, points) for face in found) < 6
    assert all(face.others == () and face.scheme == "ibug68" for face in found[1:])


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_on_its_side_or_head_gives_points_in_its_own_pixels(faces: Cascade, quarters: int) -> None:
    face = generate_face(22, size=360)
    lying = np.ascontiguousarray(np.rot90(grey(face.pixels), quarters))
    (prediction,) = faces.predict([lying])
    x, y, last = face.points[:, 0], face.points[:, 1], 359
    turned = {1: (y, last - x), 2: (last - x, last - y), 3: (last - y, x)}[quarters]
    assert nme(prediction.points, np.stack(turned, axis=1)) < 5
    box, middle = prediction.box, prediction.points.mean(axis=0)
    assert box.x < middle[0] < box.x + box.width
    assert box.y < middle[1] < box.y + box.height


@pytest.mark.parametrize("brightest", [30, 10])
def test_a_dark_face_beside_a_bright_window_is_found(faces: Cascade, brightest: int) -> None:
    face = generate_face(23)
    dark = (grey(face.pixels) * (brightest / 255)).astype(np.uint8)
    (prediction,) = faces.predict([cv2.copyMakeBorder(dark, 0, 0, 0, 300, cv2.BORDER_CONSTANT, value=255)])
    assert nme(prediction.points, face.points) < 5


def test_a_batch_gives_what_each_photo_gives_alone(faces: Cascade) -> None:
    photos = [grey(generate_face(seed, size=200 + 40 * seed).pixels) for seed in range(3)]
    photos.insert(1, np.full((200, 300), 60, dtype=np.uint8))
    together = faces.predict(photos)
    for photo, prediction in zip(photos, together, strict=True):
        (alone,) = faces.predict([photo])
        assert prediction.refusal == alone.refusal
        if alone.points is not None:
            np.testing.assert_allclose(prediction.points, alone.points, atol=0.05)


def test_best_sees_the_mirror_image_too_and_promises_as_standard_does(faces: Cascade) -> None:
    face = generate_face(26)
    fast, standard, best = (faces.predict([grey(face.pixels)], quality=quality)[0] for quality in Quality)
    np.testing.assert_array_equal(fast.points, standard.points)
    assert nme(best.points, face.points) < 5
    assert 0 < nme(best.points, standard.points) < 2
    for each in (standard, best):
        inside = np.linalg.norm(each.points - face.points, axis=1) < each.expected_error_px
        assert inside.mean() > 0.8
    assert not standard.signs.between.any()
    assert best.signs.between.all()


@pytest.mark.parametrize("kind", ["blank", "noise", "film", "teeth", "tiny"])
def test_what_shows_no_frontal_face_is_refused_in_words(faces: Cascade, kind: str) -> None:
    mouth = grey(generate_face(23).pixels)[232:272, 160:240]
    pictures = {
        "blank": np.full((300, 300), 90, dtype=np.uint8),
        "noise": np.random.default_rng(2).integers(0, 256, (300, 400), dtype=np.uint8),
        "film": generate_film(9002).pixels,
        "teeth": cv2.resize(mouth, (640, 320)),
        "tiny": np.zeros((20, 20), dtype=np.uint8),
    }
    (prediction,) = faces.predict([pictures[kind]])
    assert prediction.points is None
    assert prediction.faces == ()
    assert prediction.refusal.endswith((".", "side."))
    if kind in ("noise", "teeth"):
        assert "profile" in prediction.refusal
        assert "teeth" in prediction.refusal


def test_known_boxes_are_labelled_without_a_search(faces: Cascade) -> None:
    face = generate_face(24)
    low, size = face.points.min(axis=0), np.ptp(face.points, axis=0)
    assert faces.photo is not None
    (prediction,) = faces.photo.label([grey(face.pixels)], [FaceBox(*low, *size)])
    assert nme(prediction.points, face.points) < 5
    assert faces.photo.label([], []) == []


def test_a_nose_beyond_the_cheek_is_a_profile() -> None:
    points = generate_face(25).points
    assert refuse_turned(points) == ""
    points[30] = points[16] + [4, 0]
    assert "from the side" in refuse_turned(points)
    assert refuse_turned(np.zeros((68, 2))) != ""
