import os
import shutil
import sys
from pathlib import Path

import pydicom
import pytest
from film_files import KINDS
from pydicom.data import get_testdata_file

from napari_dentlm.core.errors import UnreadableImageError
from napari_dentlm.core.imaging import image_paths, is_image_file, read_image


def names_below(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in image_paths(folder)]


def test_folders_are_searched_in_natural_order(tmp_path):
    film = KINDS["jpeg"](tmp_path)
    (tmp_path / "b").mkdir()
    for name in ("10.jpg", "2.JPG", "b/1.tiff", "a.png", "B.bmp"):
        shutil.copy(film, tmp_path / name)
    film.unlink()
    assert names_below(tmp_path) == ["2.JPG", "10.jpg", "a.png", "b/1.tiff", "B.bmp"]


def test_hidden_files_own_outputs_and_other_files_are_skipped(tmp_path):
    (tmp_path / ".hidden").mkdir()
    for name in (
        "film.jpg",
        ".film.jpg",
        ".hidden/film.jpg",
        "film.jpg.dentlm.jsonl",
        "film.jpg.dentlm.png",
        "notes.txt",
        "labels.csv",
        "DICOMDIR",
    ):
        (tmp_path / name).write_bytes(b"x")
    assert names_below(tmp_path) == ["film.jpg"]


def test_dicom_files_without_ending_are_found(tmp_path):
    KINDS["dicom"](tmp_path).rename(tmp_path / "IM000001")
    (tmp_path / "IM000002").write_bytes(b"x" * 200)
    assert names_below(tmp_path) == ["IM000001"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_pipes_and_folders_with_image_names_are_no_images(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    assert not is_image_file(tmp_path / "pipe.jpg")
    assert not is_image_file(tmp_path / "folder.jpg")
    assert not is_image_file(tmp_path / "absent.jpg")
    assert names_below(tmp_path) == []


def test_a_file_stands_for_itself_even_when_it_is_no_image(tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"x")
    assert image_paths(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]
    with pytest.raises(UnreadableImageError, match="no such file or folder"):
        image_paths(tmp_path / "absent")


def test_a_dicomdir_lists_its_images(tmp_path):
    source = Path(get_testdata_file("DICOMDIR"))
    listed = image_paths(source)
    assert listed
    assert all(path.is_relative_to(source.parent) for path in listed)
    assert all(path.exists() for path in listed)
    assert read_image(listed[0]).pixels.shape == (16, 16)
    with pytest.raises(UnreadableImageError, match="table of contents"):
        read_image(source)


def test_a_dicomdir_cannot_point_outside_its_folder(tmp_path):
    dataset = pydicom.dcmread(get_testdata_file("DICOMDIR"))
    images = [record for record in dataset.DirectoryRecordSequence if record.DirectoryRecordType == "IMAGE"]
    images[0].ReferencedFileID = ["..", "SECRET"]
    images[1].ReferencedFileID = ["CASE", "film"]
    dataset.save_as(tmp_path / "DICOMDIR")
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "FILM").write_bytes(b"x")
    listed = image_paths(tmp_path / "DICOMDIR")
    assert len(listed) == len(images) - 1
    assert tmp_path / "case" / "FILM" in listed


def test_a_damaged_dicomdir_is_refused(tmp_path):
    (tmp_path / "DICOMDIR").write_bytes(b"x" * 500)
    with pytest.raises(UnreadableImageError, match="DICOMDIR is damaged"):
        image_paths(tmp_path / "DICOMDIR")


def test_a_folder_that_cannot_be_read_is_listed_and_says_so(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir()
    (tmp_path / "1.png").touch()
    scandir, access = os.scandir, os.access

    def refusing(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "locked" and access(path, mode))
    assert names_below(tmp_path) == ["1.png", "locked"]
    with pytest.raises(UnreadableImageError, match="locked: this folder cannot be read"):
        read_image(tmp_path / "locked")


def test_a_file_that_cannot_be_looked_at_is_no_image(monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", refused)
    assert not is_image_file("/somewhere/film.png")


@pytest.mark.parametrize("name", ["IMG_2041.HEIC", "face.webp", "face.avif", "scan.jp2"])
def test_pictures_that_are_not_read_are_listed_all_the_same(name, tmp_path):
    (tmp_path / name).write_bytes(b"\x00\x00\x00\x18ftypheic")
    assert image_paths(tmp_path) == [tmp_path / name]
