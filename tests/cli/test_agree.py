"""``dentlm agree``: two tables or one, readers and the model, and every wrong use in words."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import SpacingSource
from napari_dentlm.core.formats import LandmarkRow, landmark_csv
from napari_dentlm.core.imaging import image_paths
from napari_dentlm.core.scheme import load_scheme

KEYS = load_scheme().keys


def reader_rows(name: str, shift: float, *, images: int = 12, folder: str = "films") -> list[LandmarkRow]:
    """Points of a reader, `shift` pixels to the right and two pixels off the model's."""
    return [
        LandmarkRow(
            image=f"{folder}/{image:03d}.png",
            image_id=f"{image:064d}",
            spacing_x_mm=0.1,
            spacing_y_mm=0.1,
            spacing_source=SpacingSource.USER,
            scheme="isbi19",
            landmark=key,
            x=100.0 * place + image + shift,
            y=50.0 * place + image,
            x_predicted=100.0 * place + image,
            y_predicted=50.0 * place + image + 2,
            state=State.CORRECTED,
            annotator=name,
        )
        for image in range(images)
        for place, key in enumerate(KEYS)
    ]


def write(path: Path, rows: list[LandmarkRow]) -> Path:
    landmark_csv.write(path, rows)
    return path


@pytest.fixture
def anna(tmp_path: Path) -> Path:
    return write(tmp_path / "anna.csv", reader_rows("anna", 0))


@pytest.fixture
def both(tmp_path: Path) -> Path:
    return write(tmp_path / "both.csv", [*reader_rows("anna", 0), *reader_rows("bert", 30)])


def overall(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))["overall"]


def test_two_tables_with_images_under_other_names(run_dentlm, anna: Path, tmp_path: Path) -> None:
    bert = write(tmp_path / "bert.csv", reader_rows("bert", 30, folder="elsewhere")[::-1])
    figures, picture = tmp_path / "figures.json", tmp_path / "picture.dentlm.png"
    code, out, err = run_dentlm("agree", anna, bert, "--json", figures, "--picture", picture)
    assert (code, err) == (0, "")
    assert "anna (first) and bert (second), 12 images" in out
    assert overall(figures)["mean_mm"] == pytest.approx(3.0)
    assert overall(figures)["x"]["bias_mm"] == pytest.approx(3.0)
    assert Image.open(picture).format == "PNG"


def test_one_table_with_two_readers(run_dentlm, both: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    assert run_dentlm("agree", both, "--reader-a", "bert", "--json", figures)[0] == 0
    assert json.loads(figures.read_text(encoding="utf-8"))["readers"] == ["bert", "anna"]
    assert overall(figures)["x"]["bias_mm"] == pytest.approx(-3.0)


def test_films_beside_photographs_are_compared_when_chosen(run_dentlm, both: Path, tmp_path: Path) -> None:
    rows = landmark_csv.read(both)
    face = replace(rows[0], image="face.jpg", image_id="e" * 64, scheme="ibug68", landmark="jaw_1")
    landmark_csv.write(tmp_path / "mixed.csv", [*rows, face])
    code, _, told = run_dentlm("agree", tmp_path / "mixed.csv")
    assert code == 1
    assert "Choose one with --scheme" in told
    assert run_dentlm("agree", tmp_path / "mixed.csv", "--scheme", "isbi19")[:2] == run_dentlm("agree", both)[:2]


def test_a_reader_against_the_model(run_dentlm, both: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    code, out, _ = run_dentlm("agree", both, "--reader-a", "anna", "--against", "model", "--json", figures)
    assert code == 0
    assert "anna (first) and the model (second)" in out
    assert "Unless the reader worked blind" in out
    assert overall(figures)["mean_mm"] == pytest.approx(0.2)


def test_the_same_reader_twice(run_dentlm, anna: Path, tmp_path: Path) -> None:
    again = write(tmp_path / "again.csv", reader_rows("anna", 10))
    code, out, _ = run_dentlm("agree", anna, again)
    assert code == 0
    assert "anna in anna.csv (first) and anna in again.csv (second)" in out


def test_few_images_are_said(run_dentlm, tmp_path: Path) -> None:
    table = write(tmp_path / "few.csv", [*reader_rows("anna", 0, images=3), *reader_rows("bert", 30, images=3)])
    assert "rest on 3 images: too few" in run_dentlm("agree", table)[1]


def test_points_without_a_readers_name_are_a_readers(run_dentlm, anna: Path, tmp_path: Path) -> None:
    nameless = write(tmp_path / "nameless.csv", reader_rows("", 20))
    code, out, _ = run_dentlm("agree", anna, nameless)
    assert code == 0
    assert "anna (first) and reader (second)" in out


def test_texts_of_the_challenge_are_matched_by_number(run_dentlm, tmp_path: Path) -> None:
    for reader, shift in (("senior", 0), ("junior", 30)):
        (tmp_path / reader).mkdir()
        for number in (1, 2):
            lines = [f"{100 + 10 * place + shift},{200 + number}" for place in range(19)]
            (tmp_path / reader / f"{number:03d}.txt").write_text("\n".join([*lines, *"11111111"]) + "\n", "utf-8")
    code, out, _ = run_dentlm("agree", tmp_path / "senior", tmp_path / "junior")
    assert code == 0
    assert "senior (first) and junior (second), 2 images" in out
    assert np.isclose(float(out.splitlines()[2].split()[2]), 3.0)


def test_wrong_use_is_explained(run_dentlm, anna: Path, both: Path, tmp_path: Path) -> None:
    for arguments, words in [
        ((anna,), "only the reader anna"),
        ((both, "--reader-a", "carl"), "no reader in both.csv. There: anna, bert"),
        ((both, anna), "several readers"),
        ((both, "--reader-a", "anna", "--reader-b", "anna"), "named twice"),
        ((anna, anna), "the table anna.csv once more"),
        ((both, "--against", "model"), "several readers"),
        ((both, "--against", "model", "--reader-a", "anna", "--reader-b", "bert"), "no second reader"),
        ((both, "--picture", tmp_path / "p.png"), "name the picture p.dentlm.png"),
    ]:
        code, out, err = run_dentlm("agree", *arguments)
        assert (code, out) == (2, "")
        assert words in " ".join(err.split())


@pytest.mark.parametrize("option", ["--picture", "--json"])
def test_figures_never_replace_a_film(run_dentlm, both: Path, tmp_path: Path, option: str) -> None:
    film = tmp_path / "film.png"
    film.write_bytes(b"a film")
    assert run_dentlm("agree", both, option, film)[0] == 2
    assert film.read_bytes() == b"a film"


def test_the_picture_is_no_film_for_the_next_command(run_dentlm, both: Path, tmp_path: Path) -> None:
    picture = tmp_path / "agreement.dentlm.png"
    assert run_dentlm("agree", both, "--picture", picture)[0] == 0
    assert picture.is_file()
    assert image_paths(tmp_path) == []


def test_what_cannot_be_done_is_said_before_anything_is_computed(run_dentlm, anna: Path, tmp_path: Path) -> None:
    predicted = [replace(row, annotator="", state=State.PREDICTED) for row in reader_rows("", 0)]
    model = write(tmp_path / "model.csv", predicted)
    code, _, err = run_dentlm("agree", anna, model)
    assert code == 1
    assert "no point that a reader placed" in err
    code, out, err = run_dentlm("agree", anna, anna, "--json", tmp_path / "nowhere" / "x.json")
    assert (code, out) == (1, "")
    assert "no such folder" in err
