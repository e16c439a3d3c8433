"""``dentlm label`` is killed at random moments; no journal breaks, no reader's point is lost, the rest is done."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.journal import Journal, verify
from napari_dentlm.core.scheme import load_scheme

KILLS = 3
COPIES = 4


def start(films: Path, out: Path) -> subprocess.Popen[bytes]:
    code = "import torch; torch.set_num_threads(1); from napari_dentlm.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "label", str(films), "--out", str(out), "--device", "cpu"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def journals(films: Path) -> list[Path]:
    return sorted(films.glob("*.dentlm.jsonl"))


@pytest.mark.slow
def test_killed_labelling_goes_on_where_it_stopped(films: Path, tmp_path: Path, cascade) -> None:
    import cv2

    film = cv2.imread(str(films / "film_7101.jpg"), cv2.IMREAD_GRAYSCALE)
    for number in range(COPIES):
        # Other pixels, so that every file is a picture of its own.
        assert cv2.imwrite(str(films / f"more_{number}.png"), film[number + 1 :, :])
    touched = films / "film_7101.jpg"
    sidecar = touched.with_name(touched.name + ".dentlm.jsonl")
    ids = [read_image(touched).image_id]
    with Journal.open(sidecar, image_ids=ids, scheme=load_scheme("isbi19")) as journal:
        journal.place("anna", "Go", Point(700.5, 1500.25))
        journal.confirm("anna", "Go")
    out, chance = tmp_path / "points.csv", random.Random(20)
    for _ in range(KILLS):
        before = len(journals(films))
        process = start(films, out)
        deadline = time.monotonic() + 120
        while len(journals(films)) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.4))
        process.kill()
        process.wait()
        for path in journals(films):
            # A line that was torn in the middle is set aside when the journal is opened next.
            assert [problem for problem in verify(path) if "torn" not in problem.lower()] == []
    process = start(films, out)
    assert process.wait(timeout=300) == 0
    rows = landmark_csv.read(out)
    assert len(rows) == 19 * (3 + COPIES)
    gonion = next(row for row in rows if row.image.endswith(touched.name) and row.landmark == "Go")
    assert (gonion.x, gonion.y, gonion.state) == (700.5, 1500.25, State.CONFIRMED)
    assert all(verify(path) == [] for path in journals(films))
    assert not list(films.glob(".dentlm-*"))
