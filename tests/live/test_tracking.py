"""Following faces: every frame gets its points, the detector looks only now and then, nothing is found in noise."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.core.errors import BundleError
from napari_dentlm.live.sources import frames_of
from napari_dentlm.live.tracking import Tracker
from napari_dentlm.live.watching import watch
from sample_data import generate_face


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """A folder with three frames that show nothing."""
    folder = tmp_path / "frames"
    folder.mkdir()
    random = np.random.default_rng(1)
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), random.integers(0, 255, (120, 160), dtype=np.uint8))
    return folder


def test_a_model_for_films_is_refused(cascade, noise: Path) -> None:
    with pytest.raises(BundleError, match="is not for photographs"):
        next(watch(frames_of(str(noise)), cascade))


def test_frames_without_a_face_have_none(
    run_dentlm: Callable[..., tuple[int, str, str]], noise: Path, tmp_path: Path
) -> None:
    code, out, _ = run_dentlm("live", noise, "--headless", "--device", "cpu", "--out", tmp_path / "points.csv")
    assert code == 0
    assert "3 frames, 0 faces (3 frames without one)" in out
    assert len((tmp_path / "points.csv").read_text().splitlines()) == 1


def test_a_face_that_leaves_is_gone_at_once_and_found_when_it_is_back() -> None:
    faces = Cascade.load("face68", "cpu")
    tracker = Tracker(faces.photo)
    face = cv2.cvtColor(generate_face(41, size=360).pixels, cv2.COLOR_RGB2GRAY)
    noise = np.random.default_rng(3).integers(0, 256, face.shape, dtype=np.uint8)
    for empty in (np.zeros_like(face), np.full_like(face, 110), noise):
        assert [len(tracker.label(frame)) for frame in (face, face, empty, empty, face)] == [1, 1, 0, 0, 1]


def test_a_face_that_stays_is_followed_without_searching() -> None:
    faces = Cascade.load("face68", "cpu")
    tracker = Tracker(faces.photo)
    face = cv2.cvtColor(generate_face(42, size=360).pixels, cv2.COLOR_RGB2GRAY)
    for shift in range(10):
        (found,) = tracker.label(np.roll(face, 3 * shift, axis=1))
        assert found.points is not None
    assert tracker.searches == 1
