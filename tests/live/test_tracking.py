"""Following faces: every frame gets its points, the detector looks only now and then, nothing is found in noise."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.core.errors import BundleError
from napari_dentlm.live.sources import frames_of
from napari_dentlm.live.watching import watch


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
