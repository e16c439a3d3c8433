"""``dentlm convert`` between the exchange formats."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.calibration import Calibration, SpacingSource
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme("isbi19")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """One film: the model's points, and the same film as Anna has it, half confirmed, half corrected."""
    rows = []
    for annotator in ("", "anna"):
        marks = []
        for number, key in enumerate(SCHEME.keys):
            state = State.PREDICTED
            if annotator:
                state = State.CONFIRMED if number % 2 else State.CORRECTED
            marks.append(
                Landmark(
                    key,
                    state,
                    Point(100.25 + number, 200.5),
                    f"reader:{annotator}" if annotator else "model:x@1",
                    annotator if state is State.CONFIRMED else "",
                )
            )
        rows += landmark_csv.rows_of(
            Annotation.of(SCHEME, "f" * 64, marks, annotator=annotator),
            image="films/017.png",
            image_size=(1935, 2400),
            calibration=Calibration.user(0.1),
            patient="P1",
        )
    path = tmp_path / "points.csv"
    landmark_csv.write(path, rows)
    return path


def test_csv_to_csv_gives_the_same_bytes(run_dentlm, table: Path) -> None:
    code, out, _ = run_dentlm("convert", table, table.with_name("again.csv"))
    assert code == 0
    assert "38 points of 1 image written" in out
    assert table.with_name("again.csv").read_bytes() == table.read_bytes()


@pytest.fixture
def mixed(table: Path) -> Path:
    """The film and a photograph of Anna's in one table, as the folder of a patient gives it."""
    rows = [row for row in landmark_csv.read(table) if row.annotator == "anna"]
    face = replace(rows[0], image="face.jpg", image_id="e" * 64, scheme="ibug68", landmark="jaw_1", flag="")
    landmark_csv.write(table.with_name("mixed.csv"), [*rows, face])
    return table.with_name("mixed.csv")


@pytest.mark.parametrize(("scheme", "count"), [("isbi19", 19), ("ibug68", 1)])
def test_of_films_and_photographs_the_chosen_ones_are_written(run_dentlm, mixed: Path, scheme: str, count: int) -> None:
    code, out, _ = run_dentlm("convert", mixed, mixed.with_name("one.csv"), "--scheme", scheme)
    assert code == 0
    assert {row.scheme for row in landmark_csv.read(mixed.with_name("one.csv"))} == {scheme}
    assert out.startswith(f"{count} point")


def test_a_format_of_one_scheme_asks_which(run_dentlm, mixed: Path) -> None:
    wide = mixed.with_name("points.wide.csv")
    code, _, told = run_dentlm("convert", mixed, wide)
    assert (code, wide.exists()) == (1, False)
    assert "points of isbi19 and ibug68. Choose one with --scheme" in told
    assert run_dentlm("convert", mixed, wide, "--scheme", "isbi19")[0] == 0
    assert run_dentlm("convert", mixed, mixed.with_name("again.csv"))[0] == 0


@pytest.mark.parametrize("name", ["points.wide.csv", "points.json", "texts", "017.txt"])
def test_every_format_keeps_the_points(run_dentlm, table: Path, name: str) -> None:
    out, back = table.with_name(name), table.with_name("back.csv")
    assert run_dentlm("convert", table, out, "--reader", "anna")[0] == 0
    assert run_dentlm("convert", out, back)[0] == 0
    points = {row.landmark: (row.x, row.y) for row in landmark_csv.read(back)}
    assert points == {key: (100.25 + n, 200.5) for n, key in enumerate(SCHEME.keys)}


def test_the_name_of_out_says_its_format_whatever_stands_there(run_dentlm, table: Path) -> None:
    out = table.with_name("out.csv")
    assert run_dentlm("convert", table, out, "--to", "wide")[0] == 0
    assert run_dentlm("convert", table, out)[0] == 0
    assert out.read_bytes() == table.read_bytes()
    wide = table.with_name("out.wide.csv")
    wide.write_bytes(b"\xff no text")
    assert run_dentlm("convert", table, wide)[0] == 0
    assert wide.read_text().startswith("image,image_id,")


@pytest.mark.parametrize(("purpose", "count"), [("report", 9), ("training", 19), ("everything", 38)])
def test_only_what_the_purpose_allows_leaves(run_dentlm, table: Path, purpose: str, count: int) -> None:
    out = table.with_name("out.csv")
    assert run_dentlm("convert", table, out, "--for", purpose)[0] == 0
    assert len(landmark_csv.read(out)) == count


def test_paths_of_images_follow_the_table(run_dentlm, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "exports" / "new" / "out.csv"
    assert run_dentlm("convert", table, out)[0] == 0
    assert {row.image for row in landmark_csv.read(out)} == {"../../films/017.png"}


def test_nothing_to_write_is_said(run_dentlm, table: Path) -> None:
    code, _, err = run_dentlm("convert", table, table.with_name("out.csv"), "--reader", "bert")
    assert code == 1
    assert "no point" in err
    assert not table.with_name("out.csv").exists()


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("landmark", "Nose", "not a landmark"),
        ("landmark", "N", "already"),
        ("x", "nan", "finite"),
        ("x", "", "x and y"),
        ("scheme", "ibug68", "scheme"),
        ("state", "guessed", "state"),
    ],
)
def test_a_mistake_is_refused_with_its_row(run_dentlm, table: Path, column: str, value: str, reason: str) -> None:
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows[4][column] = value
    broken = table.with_name("broken.csv")
    with broken.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    target = table.with_name("out.json")
    code, _, err = run_dentlm("convert", broken, target)
    assert code == 1
    assert "broken.csv, row 6" in err
    assert reason in err
    assert not target.exists()
    assert "Traceback" not in err


def test_unknown_endings_are_refused(run_dentlm, table: Path) -> None:
    code, _, err = run_dentlm("convert", table, table.with_name("points.xlsx"))
    assert code == 2
    assert ".wide.csv" in err


def test_a_target_that_cannot_be_written(run_dentlm, table: Path) -> None:
    blocked = table.with_name("file")
    blocked.touch()
    code, _, err = run_dentlm("convert", table, blocked / "out.csv")
    assert code == 1
    assert "Traceback" not in err


def test_paths_count_from_where_a_link_leads(run_dentlm, table: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "deep")
    out = tmp_path / "link" / "out.csv"
    assert run_dentlm("convert", table, out)[0] == 0
    assert {row.image for row in landmark_csv.read(out)} == {"../../films/017.png"}


def test_neither_an_image_nor_the_table_itself_is_written_over(run_dentlm, generated_films, tmp_path):
    table, film = tmp_path / "t.csv", tmp_path / "film.jpg"
    table.write_bytes((generated_films / "truth.csv").read_bytes())
    film.write_bytes((generated_films / "film_7101.jpg").read_bytes())
    before = table.read_bytes(), film.read_bytes()
    assert run_dentlm("convert", table, film, "--to", "csv")[0] == 2
    assert run_dentlm("convert", table, table, "--for", "training")[0] == 2
    assert (table.read_bytes(), film.read_bytes()) == before


def test_isbi_text_does_not_turn_predictions_into_readers_points(run_dentlm, table: Path) -> None:
    out = table.with_name("texts")
    code, _, err = run_dentlm("convert", table, out, "--reader", "")
    assert code == 1
    assert "predicted points come back as placed by a reader (19, such as S of films/017.png)" in err
    assert "--accept-loss" in err
    assert not out.exists()
    code, text, _ = run_dentlm("convert", table, out, "--reader", "", "--accept-loss")
    assert code == 0
    assert "Accepted: predicted points come back" in text
    assert (out / "017.txt").is_file()


def test_isbi_text_does_not_invent_a_scale(run_dentlm, table: Path) -> None:
    unscaled = dict.fromkeys(("spacing_x_mm", "spacing_y_mm", "x_mm", "y_mm", "expected_error_mm"))
    rows = [
        replace(row, spacing_source=SpacingSource.NONE, **unscaled) for row in landmark_csv.read(table) if row.annotator
    ]
    landmark_csv.write(table, rows)
    code, _, err = run_dentlm("convert", table, table.with_name("017.txt"))
    assert code == 1
    assert "an unknown scale comes back as 0.1 mm per pixel (films/017.png)" in err
    assert not table.with_name("017.txt").exists()
    assert run_dentlm("convert", table, table.with_name("points.json"))[0] == 0
    assert run_dentlm("convert", table, table.with_name("017.txt"), "--accept-loss")[0] == 0
