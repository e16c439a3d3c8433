"""The router: films and photographs told apart from the image alone, and what is neither refused in words."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Prediction
from napari_dentlm.cascade.refusals import PROFILE
from napari_dentlm.cascade.router import Routed, Router, neither
from napari_dentlm.core.errors import BundleError
from napari_dentlm.core.imaging import read_image
from sample_data import generate_face, generate_film
from training.negatives.skulls import frontal_skull


def grey(seed: int) -> np.ndarray:
    return cv2.cvtColor(generate_face(seed).pixels, cv2.COLOR_RGB2GRAY)


@pytest.fixture(scope="module")
def router() -> Router:
    return Router.load(device="cpu")


def test_the_models_that_ship_are_used_unless_others_are_named(router: Router) -> None:
    assert [cascade.name for cascade in router.cascades] == ["ceph19", "face68"]
    assert router.cascade("ibug68") is router.cascades[1]
    assert router.cascade("other") is None
    assert router.cascade_of(router.cascades[0].origin) is router.cascades[0]


def test_each_image_of_a_batch_gets_the_cascade_that_fits_it(router: Router) -> None:
    film = generate_film(7301).pixels
    images = [grey(31), film, np.full((300, 300), 7, dtype=np.uint8), film[::-1, ::-1].copy(), grey(32)]
    found = router.predict(images)
    schemes = [each.prediction.scheme if each.prediction.points is not None else "" for each in found]
    assert schemes == ["ibug68", "isbi19", "", "isbi19", "ibug68"]
    assert "blank" in found[2].prediction.refusal


def test_films_get_the_very_points_of_the_film_cascade(router: Router, cascade: Cascade) -> None:
    film = generate_film(7302).pixels
    (routed,), (alone,) = router.predict([film]), cascade.predict([film])
    np.testing.assert_array_equal(routed.prediction.points, alone.points)
    np.testing.assert_array_equal(routed.prediction.expected_error_px, alone.expected_error_px)


def test_what_is_neither_is_refused_with_both_in_mind(router: Router) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (400, 500), dtype=np.uint8)
    (routed,) = router.predict([noise])
    assert routed.prediction.points is None
    assert routed.prediction.refusal.startswith("Neither a lateral cephalogram nor a frontal face")


def test_a_face_from_the_side_is_a_photo_without_points(router: Router) -> None:
    films, photos = router.cascades
    nothing = Routed(films, Prediction(None, refusal="no film"))
    profile = Routed(photos, Prediction(None, refusal=PROFILE, scheme="ibug68"))
    assert neither(nothing, profile) is profile
    found = Routed(films, Prediction(np.zeros((19, 2)), scheme="isbi19"))
    assert neither(found, profile) is found


@pytest.mark.parametrize("seed", [50_000_000, 50_000_025])
def test_the_holes_of_a_frontal_skull_are_no_face(router: Router, seed: int) -> None:
    (routed,) = router.predict([frontal_skull(np.random.default_rng(seed), 400)])
    assert routed.prediction.refusal.startswith("Neither a lateral cephalogram nor a frontal face")


def test_no_image_is_no_work(router: Router) -> None:
    assert router.predict([]) == []


def test_the_model_somebody_chose_gets_the_other_kind_beside_it() -> None:
    assert [each.name for each in Router.with_chosen("ceph19", "cpu").cascades] == ["ceph19", "face68"]
    assert [each.name for each in Router.with_chosen("face68", "cpu").cascades] == ["ceph19", "face68"]


def test_a_router_needs_one_model_of_a_kind(cascade: Cascade) -> None:
    with pytest.raises(BundleError):
        Router([cascade, cascade])
    with pytest.raises(BundleError):
        Router([])


@pytest.mark.data
def test_real_films_and_photos_are_told_apart(router: Router, data_folder: Path) -> None:
    films = sorted((data_folder / "isbi2015" / "test1").glob("*.jpg"))[::15]
    photos = sorted((data_folder / "faces_300w" / "test").glob("*.jpg"))[::10]
    for paths, scheme in ((films, "isbi19"), (photos, "ibug68")):
        assert paths
        found = router.predict([read_image(path).grey() for path in paths])
        assert [each.prediction.scheme for each in found if each.prediction.points is not None] == [scheme] * len(paths)
