"""A patient folder with files that nobody decodes, for tests of folders."""

from pathlib import Path

import pytest

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme()
IDS = ("c" * 64,)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "patients"
    for name in ("film10.png", "film2.png", "Anna/1.png", "notes.txt", ".hidden.png"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not decoded")
    return root


def predict(journal: Journal, x: float = 1) -> None:
    marks = [Landmark(key, State.PREDICTED, Point(x, 1)) for key in SCHEME.keys]
    journal.predict(marks, model="model:m@1", options="")
