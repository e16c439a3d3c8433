import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.gui.worker_client import WorkerClient

FAKE = (sys.executable, str(Path(__file__).with_name("fake_worker.py")))
SHADES = {"plain": 9, "crash": 1, "slow": 2, "refused": 3, "fault": 4, "photo": 5}


@pytest.fixture
def film(tmp_path):
    """Makes a small image that tells the fake cascade what to do."""
    folder = tmp_path / "films"
    folder.mkdir()

    def make(name: str) -> Path:
        image = np.full((60, 50), SHADES[name.split("_")[0]], np.uint8)
        image[30:, 30:] = 200
        image[20, : len(name)] = 77
        image[21, sum(map(ord, name)) % 50] = 99
        path = folder / f"{name}.png"
        cv2.imwrite(str(path), image)
        return path

    return make


class Record:
    """Everything a client has said."""

    def __init__(self, client: WorkerClient) -> None:
        self.progress, self.results, self.failed, self.finished, self.errors, self.restarts = ([] for _ in range(6))
        client.progress.connect(lambda *args: self.progress.append(args))
        client.result.connect(lambda job, event: self.results.append(event))
        client.failed.connect(lambda job, path, message: self.failed.append((Path(path).stem, message)))
        client.finished.connect(lambda job, summary: self.finished.append(summary))
        client.error.connect(lambda job, message: self.errors.append(message))
        client.restarted.connect(self.restarts.append)


@pytest.fixture
def client(qapp):
    client = WorkerClient(command=FAKE)
    client.record = Record(client)
    yield client
    client.stop()
