"""``dentlm label`` with the shipped bundle on generated films."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.cascade.bundle import find_bundle
from napari_dentlm.core.annotation import State
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.journal import verify
from napari_dentlm.overlay import shown_by


@pytest.fixture(autouse=True)
def one_thread(cascade) -> None:
    """Load torch with one thread; the cascade itself is loaded by the command again."""


def test_a_folder_of_films(run_dentlm, films: Path, tmp_path: Path) -> None:
    out, overlays = tmp_path / "result" / "points.csv", tmp_path / "result" / "pictures"
    code, text, err = run_dentlm("label", films, "--out", out, "--overlay", overlays, "--device", "cpu")
    assert code == 0
    assert "Files: 3, of which 0 failed. Images: 3 labelled" in text
    assert "Labelling" in err
    rows = landmark_csv.read(out)
    assert len(rows) == 57
    assert {row.state for row in rows} == {State.PREDICTED}
    assert [row.image for row in rows[::19]] == [f"../films/{path.name}" for path in sorted(films.glob("film_*.???"))]
    assert rows[0].image_id == read_image(films / "film_7101.jpg").image_id
    assert all(row.x_mm is None for row in rows if row.image.endswith(".jpg"))
    assert all(row.x_mm == pytest.approx(0.1 * row.x) for row in rows if row.image.endswith(".dcm"))
    assert all(row.patient.startswith("P") and "SAMPLE" not in row.patient for row in rows)
    for sidecar in films.glob("*.dentlm.jsonl"):
        assert verify(sidecar) == []
    pictures = sorted(overlays.iterdir())
    assert [path.name for path in pictures] == [f"film_710{n}.dentlm.png" for n in (1, 2, 3)]
    assert cv2.imread(str(pictures[0])).shape == (1000, 806, 3)


def test_points_are_near_the_true_ones(run_dentlm, films: Path, generated_films: Path, tmp_path: Path) -> None:
    run_dentlm("label", films, "--out", tmp_path / "points.csv", "--device", "cpu")
    code, _, _ = run_dentlm(
        "evaluate", tmp_path / "points.csv", generated_films / "truth.csv", "--json", tmp_path / "figures.json"
    )
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert code == 0
    assert figures["tables"]["truth"]["all films"]["overall"]["mre_mm"] <= 1.5


def test_again_nothing_is_computed_and_the_table_is_the_same(run_dentlm, films: Path, tmp_path: Path) -> None:
    out = tmp_path / "points.csv"
    arguments = ("label", films, "--out", out, "--overlay", tmp_path / "pictures", "--device", "cpu")
    run_dentlm(*arguments)
    before = out.read_bytes()
    pictures = {path: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}
    code, text, _ = run_dentlm(*arguments, "--json")
    assert code == 0
    summary = json.loads(text)
    assert (summary["labelled"], summary["unchanged"]) == (0, 3)
    assert out.read_bytes() == before
    assert {path: path.read_bytes() for path in (tmp_path / "pictures").iterdir()} == pictures


def test_a_spacing_gives_millimetres(run_dentlm, films: Path, tmp_path: Path) -> None:
    out = tmp_path / "points.csv"
    run_dentlm("label", films / "film_7101.jpg", "--out", out, "--spacing", "0.2", "--device", "cpu")
    rows = landmark_csv.read(out)
    assert {(row.spacing_x_mm, row.spacing_source) for row in rows} == {(0.2, "user")}
    assert all(row.x_mm == pytest.approx(0.2 * row.x) for row in rows)


def test_bad_files_are_one_line_each(run_dentlm, films: Path, tmp_path: Path) -> None:
    whole = (films / "film_7101.jpg").read_bytes()
    (films / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (films / "empty.dcm").touch()
    (films / "letter.png").write_text("Dear colleague")
    (films / "notes.txt").write_text("not an image at all")
    noise = np.random.default_rng(0).integers(0, 255, (900, 700), dtype=np.uint8)
    cv2.imwrite(str(films / "noise.png"), noise)
    shutil.copy(films / "film_7102.jpg", films / "twin.jpg")
    out = tmp_path / "points.csv"
    code, text, err = run_dentlm("label", films, "--out", out, "--device", "cpu", "--json")
    summary = json.loads(text)
    assert code == 1
    assert "Traceback" not in err
    assert {Path(entry["path"]).name for entry in summary["failed"]} == {"cut.jpg", "empty.dcm", "letter.png"}
    assert all(entry["reason"] for entry in summary["failed"])
    assert [Path(entry["path"]).name for entry in summary["refused"]] == ["noise.png"]
    assert [Path(entry["path"]).name for entry in summary["duplicates"]] == ["twin.jpg"]
    rows = landmark_csv.read(out)
    refused = [row for row in rows if row.image.endswith("noise.png")]
    assert {(row.state, bool(row.reason)) for row in refused} == {(State.NOT_ASSESSED, True)}
    assert len(rows) == 19 * 5


@pytest.mark.parametrize("damage", ["weights", "version", "scheme", "missing"])
def test_a_damaged_bundle_is_refused_before_anything(run_dentlm, films: Path, tmp_path: Path, damage: str) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(find_bundle("ceph19"), bundle)
    card = bundle / "model.toml"
    if damage == "weights":
        data = bytearray((bundle / "weights.safetensors").read_bytes())
        data[len(data) // 2] ^= 1
        (bundle / "weights.safetensors").write_bytes(data)
    elif damage == "version":
        card.write_text(card.read_text().replace("format_version = 2", "format_version = 99"))
    elif damage == "scheme":
        card.write_text(card.read_text().replace('scheme = "isbi19"', 'scheme = "isbi20"'))
    else:
        shutil.rmtree(bundle)
    out = tmp_path / "result" / "points.csv"
    code, _, err = run_dentlm("label", films, "--out", out, "--model", bundle, "--device", "cpu")
    assert code == (2 if damage == "missing" else 1)
    assert "model" in err.lower()
    assert "Traceback" not in err
    assert not out.parent.exists()
    assert not list(films.glob("*.jsonl"))


def test_a_table_that_cannot_be_written_is_found_out_first(run_dentlm, films: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, err = run_dentlm("label", films, "--out", tmp_path / "file" / "points.csv", "--device", "cpu")
    assert code == 1
    assert "cannot be made" in err
    assert not list(films.glob("*.jsonl"))


def test_a_read_only_folder_is_left_alone(run_dentlm, films: Path, tmp_path: Path) -> None:
    films.chmod(0o555)
    try:
        code, told, _ = run_dentlm("label", films, "--out", tmp_path / "points.csv", "--device", "cpu")
    finally:
        films.chmod(0o755)
    assert code == 0
    assert f"dentlm open {films} --work {tmp_path / 'points_work'}" in told
    assert len(list(films.iterdir())) == 3
    assert len(list((tmp_path / "points_work").glob("*.dentlm.jsonl"))) == 3


def test_overlays_in_the_patient_folder_are_no_films(run_dentlm, films: Path, tmp_path: Path) -> None:
    for _ in range(2):
        code, text, _ = run_dentlm("label", films, "--out", films / "points.csv", "--overlay", films, "--device", "cpu")
        assert code == 0
        assert text.startswith("Files: 3,")


def test_an_empty_folder_is_a_sentence_and_leaves_the_table(run_dentlm, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    out = tmp_path / "points.csv"
    landmark_csv.write(out, [])
    before = out.read_bytes()
    code, _, err = run_dentlm("label", tmp_path / "films", "--out", out, "--device", "cpu")
    assert code == 1
    assert "no image" in err
    assert out.read_bytes() == before


def test_a_table_of_somebody_else_is_not_written_over_and_found_before_the_work(run_dentlm, films: Path) -> None:
    out = films / "points.csv"
    out.write_text("name,age\nAnn,9\n")
    code, _, err = run_dentlm("label", films, "--out", out, "--device", "cpu")
    assert code == 1
    assert "no table of points" in err
    assert "schema. It is not written over" in err
    assert not list(films.glob("*.jsonl"))
    assert out.read_text() == "name,age\nAnn,9\n"


def test_names_that_are_not_text_are_shown_with_escapes(films: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/odd_\xe4"
    os.mkdir(odd)
    Path(os.fsdecode(odd), "letter.png").write_text("Dear colleague")
    code = "from napari_dentlm.cli.main import main; main()"
    command = [sys.executable, "-c", code, "label", odd, "--out", tmp_path / "points.csv", "--device", "cpu"]
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 1
    assert b"letter.png" in done.stdout
    assert b"unexpected" not in done.stderr


def test_an_overlay_of_another_quality_is_drawn_anew(run_dentlm, films: Path, tmp_path: Path) -> None:
    film, out = films / "film_7101.jpg", tmp_path / "points.csv"
    arguments = ("label", film, "--out", out, "--device", "cpu")
    run_dentlm(*arguments, "--quality", "fast", "--overlay", tmp_path)
    (picture,) = tmp_path.glob("*.dentlm.png")
    run_dentlm(*arguments, "--quality", "standard")
    before = shown_by(picture)
    run_dentlm(*arguments, "--quality", "standard", "--overlay", tmp_path)
    assert "quality=fast" in before
    assert "quality=standard" in shown_by(picture)


def test_an_image_is_never_written_over(run_dentlm, films: Path) -> None:
    film = films / "film_7101.jpg"
    before = film.read_bytes()
    code, _, err = run_dentlm("label", film, "--out", film, "--device", "cpu")
    assert code == 2
    assert "name of an image" in err
    assert film.read_bytes() == before


def test_points_of_readers_in_an_older_table_are_kept(run_dentlm, generated_films: Path, films: Path) -> None:
    out = films / "points.csv"
    shutil.copy(generated_films / "truth.csv", out)
    before = out.read_bytes()
    code, text, _ = run_dentlm("label", films / "film_7101.jpg", "--out", out, "--device", "cpu")
    assert code == 0
    assert "points.before.csv" in text
    assert (films / "points.before.csv").read_bytes() == before


def test_a_file_that_is_no_table_is_not_written_over(run_dentlm, films: Path) -> None:
    out = films / "notes.csv"
    out.write_text("my notes")
    code, _, err = run_dentlm("label", films / "film_7101.jpg", "--out", out, "--device", "cpu")
    assert code == 1
    assert "choose another --out" in err
    assert out.read_text() == "my notes"
