"""Text files of the ISBI challenge."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import SpacingSource
from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats import isbi_txt
from tests.core.format_rows import film_rows


def _isbi_file(folder: Path, name: str, offset: float = 0.0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{i + offset:g},{2 * i:g}" for i in range(19)] + ["3", "3", "2", "3", "3", "1", "2", "3"]
    (folder / name).write_text("\n".join(lines) + "\n")
    return folder / name


@pytest.mark.parametrize("prefix", ["", "400_"])
def test_isbi_folders_of_two_readers(tmp_path: Path, prefix: str):
    for reader, offset in (("senior", 0.0), ("junior", 0.5)):
        _isbi_file(tmp_path / f"{prefix}{reader}", "001.txt", offset)
        _isbi_file(tmp_path / f"{prefix}{reader}", "150.txt", offset)
    readers = isbi_txt.read_isbi_folder(tmp_path)
    assert {reader: sorted(films) for reader, films in readers.items()} == {"junior": [1, 150], "senior": [1, 150]}
    assert readers["junior"][1].shape == (19, 2)
    assert np.array_equal(readers["junior"][1] - readers["senior"][1], np.tile([0.5, 0], (19, 1)))
    rows = isbi_txt.read(tmp_path)
    assert {row.annotator for row in rows} == {"junior", "senior"}
    assert {(row.spacing_x_mm, row.spacing_source) for row in rows} == {(0.1, SpacingSource.DATASET)}
    assert len(rows) == 4 * 19


def test_isbi_text_comes_back(tmp_path: Path):
    source = _isbi_file(tmp_path, "007.txt", 0.25)
    rows = isbi_txt.read(source)
    isbi_txt.write(tmp_path / "out", rows)
    assert (tmp_path / "out" / "007.txt").read_text() == "".join(source.read_text().splitlines(True)[:19])
    isbi_txt.write(tmp_path / "one.txt", rows)
    assert np.array_equal(isbi_txt.read_points(tmp_path / "one.txt"), isbi_txt.read_points(source))


def test_isbi_text_cannot_leave_a_point_out(tmp_path: Path):
    with pytest.raises(SchemaError, match="001 has no S"):
        isbi_txt.write(tmp_path / "out", film_rows())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("line", ["1", "a,b", "1,2,3", "nan,2", ""])
def test_a_damaged_isbi_line_is_named(tmp_path: Path, line: str):
    path = _isbi_file(tmp_path, "001.txt")
    lines = path.read_text().splitlines()
    lines[4] = line
    path.write_text("\n".join(lines))
    with pytest.raises(SchemaError, match=r"001.txt, row 5"):
        isbi_txt.read_points(path)


def test_a_short_isbi_file_is_refused(tmp_path: Path):
    (tmp_path / "001.txt").write_text("1,2\n")
    with pytest.raises(SchemaError, match="1 lines"):
        isbi_txt.read_points(tmp_path / "001.txt")


def test_isbi_text_holds_films_of_its_own_spacing(tmp_path: Path):
    rows = [
        replace(row, spacing_x_mm=0.14, spacing_y_mm=0.14, spacing_source=SpacingSource.USER)
        for row in isbi_txt.read(_isbi_file(tmp_path, "001.txt"))
    ]
    with pytest.raises(SchemaError, match=r"0\.1 mm per pixel"):
        isbi_txt.write(tmp_path / "out", rows)


def test_isbi_text_takes_no_landmark_twice(tmp_path: Path):
    rows = isbi_txt.read(_isbi_file(tmp_path, "001.txt"))
    with pytest.raises(SchemaError, match="S of 001 would stand in the file twice"):
        isbi_txt.write(tmp_path / "out", [*rows, replace(rows[0], x=9.0)])


def test_isbi_readers_may_have_any_name(tmp_path: Path):
    for reader in ("anna", "400_ben"):
        _isbi_file(tmp_path / reader, "001.txt")
    assert {row.annotator for row in isbi_txt.read(tmp_path)} == {"anna", "ben"}
    assert set(isbi_txt.read_isbi_folder(tmp_path)) == {"anna", "ben"}
    assert {row.annotator for row in isbi_txt.read(tmp_path / "anna")} == {""}
    _isbi_file(tmp_path / "ben", "001.txt")
    with pytest.raises(SchemaError, match="two folders of the reader ben"):
        isbi_txt.read(tmp_path)


def test_isbi_text_says_what_would_come_back_as_something_else(tmp_path: Path):
    rows = isbi_txt.read(_isbi_file(tmp_path, "001.txt"))
    assert isbi_txt.losses(rows) == []
    predicted = [replace(rows[0], state=State.PREDICTED), *rows[1:]]
    assert isbi_txt.losses(predicted) == ["predicted points come back as placed by a reader (S of 001)"]
    unknown = dict.fromkeys(("spacing_x_mm", "spacing_y_mm", "x_mm", "y_mm"))
    unscaled = [replace(row, spacing_source=SpacingSource.NONE, **unknown) for row in rows]
    assert isbi_txt.losses(unscaled) == ["an unknown scale comes back as 0.1 mm per pixel (001)"]


def test_isbi_text_says_which_two_images_would_have_one_file(tmp_path: Path):
    rows = isbi_txt.read(_isbi_file(tmp_path, "001.txt"))
    both = [replace(row, image=f"{folder}/ceph.png") for folder in ("p1", "p2") for row in rows]
    with pytest.raises(SchemaError, match=r"p1/ceph\.png and p2/ceph\.png would both be ceph\.txt"):
        isbi_txt.write(tmp_path / "out", both)
    assert not (tmp_path / "out").exists()
    read_twice = [replace(row, annotator=reader) for reader in ("anna", "ben") for row in rows]
    with pytest.raises(SchemaError, match="001 has more than one annotation; choose one reader"):
        isbi_txt.write(tmp_path / "out", read_twice)
