"""The classes that the ISBI challenge states in its own files."""

from pathlib import Path

import pytest

from benchmarks.reader_classes import CHALLENGE_KEYS, agreement


@pytest.mark.data
def test_all_classes_of_all_reader_files_agree(data_folder: Path) -> None:
    found = agreement(data_folder / "isbi2015" / "annotations")
    assert found.files == 600
    assert found.agreeing == dict.fromkeys(CHALLENGE_KEYS, 600)
