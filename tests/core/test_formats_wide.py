"""The wide CSV."""

from collections.abc import Callable
from pathlib import Path

import pytest

from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats import wide_csv
from tests.core.format_rows import MODEL_COLUMNS, film_rows, kept


def test_the_wide_view_gives_back_points_and_states(tmp_path: Path):
    rows = film_rows("a.jpg") + film_rows("b, c.jpg")
    wide_csv.write(tmp_path / "a.wide.csv", rows)
    assert len((tmp_path / "a.wide.csv").read_text().splitlines()) == 3
    back = wide_csv.read(tmp_path / "a.wide.csv")
    dropped = (*MODEL_COLUMNS, "origin", "confirmed_by", "reason")
    assert kept(back, *dropped) == kept(rows, *dropped)


def test_a_wide_table_with_a_bad_row_is_refused(tmp_path: Path):
    path = tmp_path / "a.wide.csv"
    wide_csv.write(path, film_rows())
    path.write_text(path.read_text().replace("694.25", "nan"))
    with pytest.raises(SchemaError, match="row 2"):
        wide_csv.read(path)


def _wide(tmp_path: Path, change: Callable[[list[list[str]]], list[list[str]]]) -> Path:
    path = tmp_path / "a.wide.csv"
    wide_csv.write(path, film_rows("a.jpg") + film_rows("b.jpg"))
    lines = [line.split(",") for line in path.read_text().splitlines()]
    path.write_text("\n".join(",".join(line) for line in change(lines)) + "\n")
    return path


def test_a_wide_table_with_a_position_but_no_state_is_refused(tmp_path: Path):
    def without_state(lines: list[list[str]]) -> list[list[str]]:
        place = next(i for i, name in enumerate(lines[0]) if name.endswith("_x") and lines[2][i] and i > 11)
        lines[2][place + 2] = ""
        return lines

    with pytest.raises(SchemaError, match=r"row 3: .* has a position"):
        wide_csv.read(_wide(tmp_path, without_state))


def test_a_wide_table_with_a_row_twice_is_refused(tmp_path: Path):
    with pytest.raises(SchemaError, match=r"row 4: .* stands in row 2 already"):
        wide_csv.read(_wide(tmp_path, lambda lines: [*lines, lines[1]]))


def test_a_wide_table_with_a_column_twice_is_refused(tmp_path: Path):
    with pytest.raises(SchemaError, match="row 1: a column stands there twice"):
        wide_csv.read(_wide(tmp_path, lambda lines: [[*line, line[0]] for line in lines]))


def test_blank_lines_of_a_wide_table_are_passed_over_and_rows_keep_their_numbers(tmp_path: Path):
    def spaced(lines: list[list[str]]) -> list[list[str]]:
        return [lines[0], [""], lines[1], [""] * len(lines[0]), *lines[2:], [""]]

    assert len(wide_csv.read(_wide(tmp_path, spaced))) == 2 * len(film_rows())
    with pytest.raises(SchemaError, match=r"row 7: .* stands in row 3 already"):
        wide_csv.read(_wide(tmp_path, lambda lines: [*spaced(lines), lines[1]]))
