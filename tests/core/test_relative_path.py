"""Paths of images in tables."""

import os
from pathlib import Path

import pytest

from napari_dentlm.core.relative_path import relative_path


def test_a_path_leads_from_the_folder_to_the_image(tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "1.png").touch()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "deep")
    relative = relative_path(tmp_path / "films" / "1.png", tmp_path / "link")
    assert relative == "../../films/1.png"
    assert (tmp_path / "link" / relative).is_file()


def test_another_drive_gives_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_drive(*_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(os.path, "relpath", other_drive)
    assert relative_path(tmp_path / "1.png", tmp_path) == (tmp_path.resolve() / "1.png").as_posix()
