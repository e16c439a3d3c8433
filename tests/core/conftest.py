"""Fixtures of the tests of the core."""

from pathlib import Path

import pytest

from napari_dentlm.core.journal import Journal
from tests.core.journal_setup import MODEL, opened, predictions


@pytest.fixture
def sidecar(tmp_path: Path) -> Path:
    return tmp_path / "film.jpg.dentlm.jsonl"


@pytest.fixture
def journal(sidecar: Path) -> Journal:
    """A journal with the model's points."""
    journal = opened(sidecar)
    journal.predict(predictions(), model=MODEL, options="standard")
    return journal
