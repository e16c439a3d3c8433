"""``dentlm evaluate`` on faces."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.core.annotation import State
from napari_dentlm.core.formats import ibug_xml, landmark_csv, pts
from napari_dentlm.core.formats.faces import Face, points_by_key, rows_of_faces
from tests.cli.evaluate_rows import rows_for
from tests.drawn_faces import drawn_face


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photographs of drawn faces and their truth."""
    folder, faces = tmp_path_factory.mktemp("faces"), []
    for seed in range(3):
        image, points = drawn_face(seed)
        cv2.imwrite(str(folder / f"{seed}.png"), image)
        faces.append(Face(f"{seed}.png", points_by_key([(float(x), float(y)) for x, y in points])))
    ibug_xml.write(folder / "truth.xml", rows_of_faces(faces))
    return folder / "truth.xml"


@pytest.mark.parametrize("boxes", ["file", "detector"])
def test_a_model_labels_the_faces_of_the_truth(run_dentlm, truth: Path, tmp_path: Path, boxes: str):
    file = tmp_path / "figures.json"
    code, out, _ = run_dentlm("evaluate", "face68", truth, "--boxes", boxes, "--json", file, "--per-film")
    assert code == 0
    assert "percent of the distance between the outer corners of the eyes" in out
    assert "2.png" in out
    figures = json.loads(file.read_text())
    assert (figures["faces"], figures["missing"], figures["failures"]) == (3, 0, 0)
    assert figures["nme"] < 6
    assert 0 < figures["inside"] <= 1


def test_a_table_is_scored_face_by_face_and_missing_faces_are_failures(run_dentlm, truth: Path, tmp_path: Path):
    rows = ibug_xml.read(truth)
    moved = [
        replace(
            row, x=row.x + 1, state=State.PREDICTED, origin="model:m@1", expected_error_px=1.5, image=f"x/{row.image}"
        )
        for row in rows
        if row.image != "1.png"
    ]
    elsewhere = [replace(row, x=row.x + 90, instance=1) for row in moved if row.image == "x/0.png"]
    landmark_csv.write(tmp_path / "found.csv", [*elsewhere, *moved])
    code, out, told = run_dentlm("evaluate", tmp_path / "found.csv", truth, "--json", tmp_path / "f.json")
    assert code == 0
    assert told == "Counted as failures: 1 face of the truth on images that the table does not name\n"
    assert "model:m@1" in out
    figures = json.loads((tmp_path / "f.json").read_text())
    assert (figures["missing"], figures["inside"]) == (1, 1)
    assert figures["failures"] == pytest.approx(1 / 3)
    widths = [np.linalg.norm(drawn_face(seed)[1][36] - drawn_face(seed)[1][45]) for seed in (0, 2)]
    assert figures["nme"] == pytest.approx(np.mean(100 / np.array(widths)), rel=1e-3)


def test_a_table_of_films_and_faces_is_scored_by_scheme(run_dentlm, truth: Path, tmp_path: Path):
    rows = [*ibug_xml.read(truth), *rows_for(151)]
    marked = [replace(row, state=State.CONFIRMED, annotator="anna", confirmed_by="anna") for row in rows]
    landmark_csv.write(tmp_path / "both.csv", marked)
    code, _, err = run_dentlm("evaluate", tmp_path / "both.csv", tmp_path / "both.csv")
    assert code == 1
    assert "Choose one with --scheme" in err
    for scheme, unit in (("ibug68", "NME"), ("isbi19", "MRE")):
        code, out, _ = run_dentlm("evaluate", tmp_path / "both.csv", tmp_path / "both.csv", "--scheme", scheme)
        assert code == 0
        assert unit in out


def test_a_table_of_dentlm_label_is_scored_though_an_image_was_refused(run_dentlm, truth: Path, tmp_path: Path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes((truth.parent / f"{number}.png").read_bytes())
    cv2.imwrite(str(folder / "1.png"), np.full((200, 200), 80, dtype=np.uint8))
    table = tmp_path / "found.csv"
    run_dentlm("label", folder, "--out", table, "--device", "cpu")
    code, _, told = run_dentlm("evaluate", table, truth, "--json", tmp_path / "f.json")
    assert (code, told) == (0, "")
    assert json.loads((tmp_path / "f.json").read_text())["missing"] == 1


@pytest.fixture
def archive(truth: Path, tmp_path: Path) -> Path:
    """A folder as 300-W hands them out: the photographs, and one PTS file beside each."""
    folder = tmp_path / "archive"
    pts.write(folder, ibug_xml.read(truth))
    for image in truth.parent.glob("*.png"):
        (folder / image.name).write_bytes(image.read_bytes())
    return folder


@pytest.mark.parametrize(("which", "faces"), [("", 3), ("1.pts", 1)])
def test_pts_files_find_the_photographs_beside_them(run_dentlm, archive: Path, which: str, faces: int):
    figures = archive / "figures.json"
    code, _, err = run_dentlm("evaluate", "face68", archive / which, "--json", figures)
    assert (code, "Traceback" in err) == (0, False)
    found = json.loads(figures.read_text())
    assert (found["faces"], found["missing"]) == (faces, 0)
    assert found["nme"] < 6


@pytest.mark.parametrize("which", ["", "1.pts"])
def test_a_table_is_scored_against_pts_files(run_dentlm, truth: Path, archive: Path, tmp_path: Path, which: str):
    found = [replace(row, state=State.PREDICTED, image=f"x/{row.image}") for row in ibug_xml.read(truth)]
    landmark_csv.write(tmp_path / "found.csv", found)
    code, _, _ = run_dentlm("evaluate", tmp_path / "found.csv", archive / which, "--json", tmp_path / "f.json")
    assert code == 0
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["missing"] == 0
    assert figures["nme"] == pytest.approx(0, abs=1e-9)


def test_a_pts_file_has_one_photograph(run_dentlm, archive: Path):
    (archive / "1.bmp").write_bytes((archive / "1.png").read_bytes())
    code, _, err = run_dentlm("evaluate", "face68", archive / "1.pts")
    assert code == 1
    assert "1.bmp and 1.png" in err
    for name in ("1.bmp", "1.png"):
        (archive / name).unlink()
    code, _, err = run_dentlm("evaluate", "face68", archive / "1.pts")
    assert code == 1
    assert "no such file" in err


@pytest.mark.parametrize("option", [("--truth", "mean"), ("--spacing", "0.1")])
def test_an_option_that_says_nothing_of_faces_is_wrong_use(run_dentlm, truth: Path, option: tuple[str, str]):
    code, out, err = run_dentlm("evaluate", "face68", truth, *option)
    assert (code, out) == (2, "")
    assert option[0] in err


def test_boxes_say_nothing_of_a_table_of_faces(run_dentlm, truth: Path, tmp_path: Path):
    landmark_csv.write(tmp_path / "found.csv", ibug_xml.read(truth))
    code, _, err = run_dentlm("evaluate", tmp_path / "found.csv", truth, "--boxes", "detector")
    assert (code, "--boxes" in err) == (2, True)


def test_what_does_not_fit_is_said(run_dentlm, truth: Path, tmp_path: Path):
    code, _, err = run_dentlm("evaluate", "ceph19", truth)
    assert code == 1
    assert "labels films, but the truth is about faces" in err
    rows = [replace(row, image="other.png") for row in ibug_xml.read(truth) if row.image == "0.png"]
    landmark_csv.write(tmp_path / "found.csv", rows)
    code, _, err = run_dentlm("evaluate", tmp_path / "found.csv", truth)
    assert (code, "none of its images" in err) == (1, True)
