"""The stages that find the points of faces: boxes, looks, published networks, and bundles that hold them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.cascade.bundle import Bundle, load_bundle
from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.photo_regressors import REGRESSORS, regressor
from napari_dentlm.cascade.photo_stage import points_stage
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.stages.photo_points import BOX_SIDES, PhotoPointsStage, box_window
from napari_dentlm.core.errors import BundleError
from napari_dentlm.core.nme import relative_errors
from napari_dentlm.core.scheme import load_scheme
from tests.drawn_faces import drawn_face

SCHEME = load_scheme("ibug68")


def _box(points: np.ndarray) -> FaceBox:
    low, high = points.min(axis=0), points.max(axis=0)
    return FaceBox(*low, *(high - low))


@pytest.fixture(scope="module")
def stage() -> PhotoPointsStage:
    """The stage of the shipped model."""
    torch.set_num_threads(1)
    found = points_stage(load_bundle("face68"), torch.device("cpu"))
    assert isinstance(found, PhotoPointsStage)
    return found


def _nme(found: np.ndarray, truth: np.ndarray) -> float:
    return float(relative_errors(found[None], truth[None], SCHEME).mean())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"width": 0}, "no size"),
        ({"height": -1}, "no size"),
        ({"width": float("nan")}, "no size"),
        ({"score": 2}, "score"),
    ],
)
def test_a_box_that_exists_has_a_size_and_a_score(changes: dict[str, float], reason: str):
    with pytest.raises(ValueError, match=reason):
        FaceBox(**{"x": 1, "y": 2, "width": 3, "height": 4, **changes})


@given(*(st.floats(-1e3, 1e3) for _ in range(2)), *(st.floats(1, 1e3) for _ in range(2)))
def test_the_first_window_holds_the_box(x: float, y: float, width: float, height: float):
    centre, side = box_window(FaceBox(x, y, width, height))
    assert np.allclose(centre, [x + width / 2, y + height / 2])
    assert side == pytest.approx(BOX_SIDES * max(width, height))


@pytest.mark.parametrize("seed", range(3))
def test_drawn_faces_are_understood(stage: PhotoPointsStage, seed: int):
    image, points = drawn_face(seed)
    (found,) = stage.find([image], [_box(points)])
    assert _nme(found.points, points) < 6
    assert found.unit_px == pytest.approx(np.linalg.norm(points[36] - points[45]) / 90, rel=0.15)
    assert all((sign >= 0).all() for sign in (found.signs.width, found.signs.step, found.signs.between))


@pytest.mark.parametrize(
    ("dx", "dy", "scale"), [(0.12, 0.0, 1.0), (0.0, -0.12, 1.0), (0.0, 0.0, 1.25), (0.0, 0.0, 0.85)]
)
def test_a_box_that_is_off_changes_little(stage: PhotoPointsStage, dx: float, dy: float, scale: float):
    image, points = drawn_face(1)
    box = _box(points)
    centre, side = np.array(box.centre) + np.array([dx, dy]) * box.side, box.side * scale
    other = FaceBox(*(centre - side / 2), side, side)
    (one, two), _ = stage.points([image, image], [box, other])
    assert _nme(one, two) < 2


def test_points_follow_the_picture(stage: PhotoPointsStage):
    image, points = drawn_face(2)
    twice = np.kron(image, np.ones((2, 2), np.uint8))
    (one,), (spread,) = stage.points([image], [_box(points)])
    (two,), (wide,) = stage.points([twice], [_box(2 * points + 0.5)])
    assert _nme((two - 0.5) / 2, one) < 1
    assert np.median(wide / spread) == pytest.approx(2, rel=0.2)
    mirrored = image[:, ::-1]
    flipped = (points * [-1, 1] + [image.shape[1] - 1, 0])[list(SCHEME.mirror_order)]
    for quality, most in ((Quality.STANDARD, 2.0), (Quality.BEST, 1.0)):
        (seen,), (turned,) = (stage.find([i], [_box(p)], quality) for i, p in ((image, points), (mirrored, flipped)))
        back = (turned.points * [-1, 1] + [image.shape[1] - 1, 0])[list(SCHEME.mirror_order)]
        assert _nme(back, seen.points) < most


def test_a_face_does_not_depend_on_those_beside_it(stage: PhotoPointsStage):
    (image, points), (other, more) = drawn_face(0), drawn_face(1)
    alone, _ = stage.points([image], [_box(points)])
    beside, _ = stage.points([other, image], [_box(more), _box(points)])
    np.testing.assert_allclose(alone[0], beside[1], atol=0.02)
    nothing, spread = stage.points([], [])
    assert (nothing.shape, spread.shape) == ((0, 68, 2), (0, 68))


@pytest.mark.parametrize("name", REGRESSORS)
def test_published_networks_say_points_in_parts_of_their_window(name: str):
    kind = regressor(name)
    pixels = torch.rand(3, 68, 2) * kind.size
    assert torch.allclose(kind.positions(kind.targets(pixels)), pixels, atol=1e-3)
    assert kind.build(68).eval()(torch.zeros(1, 1, kind.size, kind.size)).shape == (1, 136)
    assert float(kind.inputs(torch.full((1,), 255.0))) == 1
    assert float(kind.inputs(torch.zeros(1))) == (-1 if kind.signed else 0)


@pytest.mark.parametrize("name", REGRESSORS)
def test_a_published_network_in_a_bundle_looks_at_the_box(name: str):
    kind = regressor(name)
    network = kind.build(68)
    with torch.no_grad():
        for value in network.parameters():
            value.zero_()
    card = load_bundle("face68").card.model_copy(update={"family": "photo-regression", "network": name})
    bundle = Bundle(card, {f"coarse.{key}": value for key, value in network.state_dict().items()}, "0")
    image, points = drawn_face(0)
    box = _box(points)
    found, spread = points_stage(bundle, torch.device("cpu")).points([image], [box])
    assert np.allclose(found[0], np.array(box.centre), atol=0.6)
    assert np.isnan(spread).all()


def test_an_unknown_network_is_refused():
    with pytest.raises(BundleError, match="no network 'alexnet'"):
        regressor("alexnet")
