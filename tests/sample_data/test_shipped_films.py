"""The shipped films are what their seeds draw, and read as any other film does."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.imaging import read_image
from sample_data import FILM_SEEDS, KEYS, films_folder, generate_film, shipped_films
from sample_data.__main__ import DICOM, MIRRORED, main, parse_seeds
from sample_data.files import mirror


def seed_of(path: Path) -> int:
    return int(path.stem.removeprefix("film_"))


def test_eight_films_in_order() -> None:
    assert tuple(seed_of(path) for path in shipped_films()) == FILM_SEEDS
    assert [path.suffix for path in shipped_films()].count(".dcm") == 1


def test_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in films_folder().iterdir()) < 6_000_000


@pytest.mark.parametrize("path", shipped_films(), ids=lambda path: path.name)
def test_film_and_truth_match_their_seed(path: Path) -> None:
    film = generate_film(seed_of(path))
    film = mirror(film) if film.seed in MIRRORED else film
    rows = [row for row in landmark_csv.read(films_folder() / "truth.csv") if row.image == path.name]
    assert tuple(row.landmark for row in rows) == KEYS
    np.testing.assert_allclose([(row.x, row.y) for row in rows], film.points, atol=0.006)
    image = read_image(path)
    assert {row.image_id for row in rows} == {image.image_id}
    assert np.abs(image.grey().astype(int) - film.pixels).mean() < 4


def test_dicom_states_its_spacing_and_no_person() -> None:
    (path,) = (path for path in shipped_films() if seed_of(path) in DICOM)
    calibration = read_image(path).calibration
    assert (calibration.row_mm, calibration.column_mm, calibration.source) == (0.1, 0.1, "pixel_spacing")
    dataset = pydicom.dcmread(path)
    assert dataset.PatientID == "SAMPLE"
    assert dataset.PatientBirthDate == dataset.StudyDate == ""


def test_command_writes_the_same_files_twice(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        main([str(tmp_path / folder), "--seeds", "3,9008"])
    names = ["film_3.jpg", "film_9008.dcm", "truth.csv"]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_parse_seeds() -> None:
    assert parse_seeds("1-3,7,2") == (1, 2, 3, 7)
    with pytest.raises(Exception, match="counts down"):
        parse_seeds("5-1")
    with pytest.raises(Exception, match="neither"):
        parse_seeds("a")
