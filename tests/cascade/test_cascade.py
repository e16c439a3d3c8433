"""The shipped bundle on generated films: right points whatever was done to the film, and refusals in words."""

import cv2
import numpy as np
import pytest
import torch

from napari_dentlm.cascade import Cascade, Quality
from sample_data import generate_film

SEEDS = (5101, 5102)


@pytest.fixture(scope="module")
def cascade():
    torch.set_num_threads(1)
    return Cascade.load("ceph19", device="cpu")


@pytest.fixture(scope="module")
def plain(cascade):
    films = [generate_film(seed) for seed in SEEDS]
    return films, cascade.predict([film.pixels for film in films])


def test_points_lie_where_they_were_drawn(plain):
    films, predictions = plain
    for film, prediction in zip(films, predictions, strict=True):
        assert prediction.refusal == ""
        assert np.linalg.norm(prediction.points - film.points, axis=1).mean() * film.spacing_mm <= 1.5


def test_every_stage_can_be_seen(plain):
    for prediction in plain[1]:
        assert prediction.face_area.corners.shape == (4, 2)
        assert set(prediction.face_area.scores) == {"face", "head", "forehead", "spine", "mouth"}
        assert np.linalg.norm(prediction.coarse - prediction.points, axis=1).mean() < 60
        assert (prediction.expected_error_px > 0).all()


def _mirror(image):
    return image[:, ::-1], lambda p: np.stack([image.shape[1] - 1 - p[:, 0], p[:, 1]], axis=1)


def _turn(image):
    return np.rot90(image, -1), lambda p: np.stack([p[:, 1], image.shape[0] - 1 - p[:, 0]], axis=1)


def _upside_down(image):
    return image[::-1, ::-1], lambda p: np.array([image.shape[1] - 1, image.shape[0] - 1]) - p


def _invert(image):
    return 255 - image, lambda p: p


def _half(image):
    small = cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return small, lambda p: (p + 0.5) * [image.shape[1] / small.shape[1], image.shape[0] / small.shape[0]] - 0.5


def _pad(image):
    border = image.shape[1] // 5
    return np.pad(image, border), lambda p: p - border


@pytest.mark.parametrize("change", [_mirror, _turn, _upside_down, _invert, _half, _pad])
def test_a_changed_film_gives_the_same_points(cascade, plain, change):
    for film, prediction in zip(*plain, strict=True):
        changed, back = change(film.pixels)
        (found,) = cascade.predict([np.ascontiguousarray(changed)])
        assert found.refusal == ""
        assert np.linalg.norm(back(found.points) - prediction.points, axis=1).mean() * film.spacing_mm < 1.0


def test_a_batch_gives_the_points_of_each_alone(cascade, plain):
    films, together = plain
    (alone,) = cascade.predict([films[1].pixels])
    assert np.allclose(alone.points, together[1].points, atol=0.05)


def test_the_fast_quality_promises_no_radius(cascade, plain):
    (prediction,) = cascade.predict([plain[0][0].pixels], quality=Quality.FAST)
    assert prediction.expected_error_px is None
    assert not any(prediction.flags)
    (by_name,) = cascade.predict([plain[0][0].pixels], quality="fast")
    assert np.array_equal(by_name.points, prediction.points)


@pytest.mark.parametrize("quality", [Quality.FAST, Quality.BEST])
def test_every_quality_labels(cascade, plain, quality):
    film = plain[0][0]
    (prediction,) = cascade.predict([film.pixels], quality=quality)
    assert np.linalg.norm(prediction.points - film.points, axis=1).mean() * film.spacing_mm <= 2.0


@pytest.mark.parametrize(
    "image",
    [
        np.full((800, 600), 90, dtype=np.uint8),
        np.zeros((20, 30), dtype=np.uint8),
        np.random.default_rng(0).integers(0, 256, (900, 700), dtype=np.uint8),
        np.tile(np.linspace(0, 255, 640).astype(np.uint8), (480, 1)),
    ],
    ids=["blank", "tiny", "noise", "gradient"],
)
def test_what_is_no_film_is_refused_with_a_reason(cascade, image):
    (prediction,) = cascade.predict([image])
    assert prediction.points is None
    assert prediction.refusal.endswith(".")


def test_no_images_no_predictions(cascade):
    assert cascade.predict([]) == []
