"""``dentlm label`` on films and photographs in one folder, with the models that ship."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.box import Box
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.imaging import image_paths, read_image
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.journal_faces import FoundFace, write_added_face
from napari_dentlm.core.scheme import load_scheme
from sample_data import generate_face, generate_film, generate_group

ORIENTATION = 0x0112


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """A film, a face, a photo that a camera stored on its side, a group of six, and a blank page."""
    folder = tmp_path / "patient"
    folder.mkdir()
    Image.fromarray(generate_film(7401).pixels).save(folder / "film.png")
    Image.fromarray(generate_face(51).pixels).save(folder / "face.jpg", quality=95)
    lying = Image.fromarray(np.ascontiguousarray(np.rot90(generate_face(52).pixels)))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    lying.save(folder / "camera.jpg", quality=95, exif=exif)
    Image.fromarray(generate_group(4, 6).pixels).save(folder / "group.png")
    Image.fromarray(np.full((200, 200), 255, dtype=np.uint8)).save(folder / "page.png")
    return folder


def test_every_image_gets_its_scheme_and_every_face_its_row_and_box(run_dentlm, patient: Path, tmp_path: Path) -> None:
    out, pictures = tmp_path / "points.csv", tmp_path / "pictures"
    code, text, _ = run_dentlm("label", patient, "--out", out, "--overlay", pictures, "--device", "cpu")
    assert code == 0
    assert "4 labelled, 0 unchanged since last time, 1 refused" in text
    rows = landmark_csv.read(out)
    schemes = {Path(row.image).stem: row.scheme for row in rows if row.x is not None}
    assert schemes == {"film": "isbi19", "face": "ibug68", "camera": "ibug68", "group": "ibug68"}
    faces = {(row.instance, row.box_x, row.box_width) for row in rows if row.image.endswith("group.png")}
    assert sorted(instance for instance, _, _ in faces) == [0, 1, 2, 3, 4, 5]
    assert all(width for _, _, width in faces)
    assert {row.box_x for row in rows if row.image.endswith("film.png")} == {None}
    assert len(list(pictures.glob("*.png"))) == 5
    assert len(image_paths(patient)) == 5


def test_a_photo_turned_by_its_camera_gets_points_where_it_is_seen(run_dentlm, patient: Path, tmp_path: Path) -> None:
    out = tmp_path / "points.csv"
    run_dentlm("label", patient / "camera.jpg", "--out", out, "--device", "cpu")
    places = {row.landmark: (row.x, row.y) for row in landmark_csv.read(out)}
    true = generate_face(52).points
    assert places["eye_right_1"] == pytest.approx(true[36], abs=8)
    assert places["jaw_9"] == pytest.approx(true[8], abs=12)


def test_a_named_model_takes_its_own_kind_only(run_dentlm, patient: Path, tmp_path: Path) -> None:
    out = tmp_path / "points.csv"
    run_dentlm("label", patient, "--out", out, "--model", "face68", "--device", "cpu")
    found = {Path(row.image).stem for row in landmark_csv.read(out) if row.x is not None}
    assert found == {"face", "camera", "group"}


def test_the_scale_of_the_films_is_not_given_to_the_photographs(run_dentlm, patient: Path, tmp_path: Path) -> None:
    out = tmp_path / "points.csv"
    run_dentlm("label", patient, "--out", out, "--spacing", "0.1", "--device", "cpu")
    scales = {Path(row.image).stem: row.spacing_x_mm for row in landmark_csv.read(out) if row.x is not None}
    assert scales == {"film": 0.1, "face": None, "camera": None, "group": None}


def test_a_face_in_a_box_that_a_reader_drew_stays_where_the_model_sees_none(
    run_dentlm, patient: Path, tmp_path: Path
) -> None:
    out, page, scheme = tmp_path / "points.csv", patient / "page.png", load_scheme("ibug68")
    sidecar = Path(f"{page}.dentlm.jsonl")
    marks = [Landmark(key, State.PREDICTED, Point(9.0 + n, 20.0), "model:m@1") for n, key in enumerate(scheme.keys)]
    with Journal.open(sidecar, image_ids=[read_image(page).image_id], scheme=scheme) as journal:
        write_added_face(journal, FoundFace(tuple(marks), Box(8, 8, 90, 90)), model="model:m@1", options="")
    code, text, _ = run_dentlm("label", page, "--out", out, "--device", "cpu")
    assert code == 0
    assert "0 labelled, 1 unchanged since last time, 0 refused" in text
    assert [row.x for row in landmark_csv.read(out)] == [9.0 + n for n in range(68)]
