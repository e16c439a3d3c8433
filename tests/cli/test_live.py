"""``dentlm live`` without a window: neither Ctrl-C nor a damaged frame takes points away."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from napari_dentlm.core.files import TEMPORARY_PREFIX
from napari_dentlm.core.formats import landmark_csv
from sample_data import generate_face

MAIN = "from napari_dentlm.cli.main import main; main()"


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    """A folder with three frames of one drawn face."""
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(3):
        assert cv2.imwrite(str(folder / f"{number}.png"), generate_face(41, size=240).pixels)
    return folder


def test_a_damaged_frame_is_left_out_and_told(
    run_dentlm: Callable[..., tuple[int, str, str]], frames: Path, tmp_path: Path
) -> None:
    (frames / "1.png").write_bytes(b"no picture")
    table = tmp_path / "a new folder" / "points.csv"
    code, out, told = run_dentlm("live", frames, "--headless", "--device", "cpu", "--out", table)
    assert code == 0
    assert "2 frames, 2 faces" in out
    assert "Left out: 1.png" in told
    assert [row.image for row in landmark_csv.read(table)][::68] == ["../frames/0.png", "../frames/2.png"]


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to all processes of a console")
def test_ctrl_c_ends_it_and_the_points_are_written(frames: Path, tmp_path: Path) -> None:
    for number in range(3, 3000):
        os.link(frames / "0.png", frames / f"{number}.png")
    table = tmp_path / "points.csv"
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "live", frames, "--headless", "--device", "cpu", "--out", table],
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not _bytes_written(tmp_path) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    rows = landmark_csv.read(table)
    assert 0 < len(rows) < 3000 * 68
    assert told.startswith(f"{len(rows) // 68} frames")


def _bytes_written(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob(f"{TEMPORARY_PREFIX}*"))
