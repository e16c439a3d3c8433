"""``dentlm evaluate`` with a model that labels the films itself."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Prediction
from napari_dentlm.core.annotation import State
from napari_dentlm.core.imaging import read_image
from tests.cli.evaluate_rows import ORIGIN, SCHEME, rows_for, write


class StandIn:
    """A cascade that puts every point at the centre of the picture."""

    scheme, keys, origin = SCHEME, SCHEME.keys, ORIGIN
    photo = film = None

    def predict(self, images: Sequence[np.ndarray], *, quality: object = None) -> list[Prediction]:
        return [Prediction(np.tile(np.array(image.shape[::-1]) / 2, (19, 1))) for image in images]


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two films and their truth, with a model that needs no networks."""
    monkeypatch.setattr(Cascade, "load", lambda *_: StandIn())
    folder, rows = tmp_path / "patient", []
    folder.mkdir()
    for number in (1, 2):
        pixels = np.random.default_rng(number).integers(1, 255, (60, 50), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), pixels)
        image_id = read_image(folder / f"{number}.png").image_id
        placed = rows_for(number, state=State.PLACED, annotator="anna")
        rows.append([dataclasses.replace(row, image=f"{number}.png", image_id=image_id) for row in placed])
    write(folder / "truth.csv", *rows)
    return folder


def test_a_model_labels_the_films_of_the_truth_only(run_dentlm, patient: Path) -> None:
    (patient / "unrelated.png").write_text("no picture")
    cv2.imwrite(str(patient / "other.png"), np.full((40, 40), 7, np.uint8))
    (patient / "2.png").rename(patient / "renamed.png")
    code, out, _ = run_dentlm("evaluate", "ceph19", patient / "truth.csv", "--per-film")
    assert code == 0
    assert "1.png" in out
    assert "renamed.png" in out
    assert "other.png" not in out
    assert "no prediction" not in out


def test_a_film_of_the_truth_must_be_readable(run_dentlm, patient: Path) -> None:
    (patient / "2.png").write_text("no picture")
    code, _, err = run_dentlm("evaluate", "ceph19", patient / "truth.csv")
    assert code == 1
    assert "1 film could not be labelled, such as 2.png" in err


def test_films_have_no_boxes_of_faces(run_dentlm, patient: Path) -> None:
    code, _, err = run_dentlm("evaluate", "ceph19", patient / "truth.csv", "--boxes", "file")
    assert code == 2
    assert "--boxes" in err


def test_a_bundle_labels_the_films_itself(run_dentlm, generated_films: Path) -> None:
    code, out, _ = run_dentlm("evaluate", "ceph19", generated_films / "truth.csv", "--per-film", "--device", "cpu")
    assert code == 0
    assert "Points of model:ceph19@" in out
    assert "film_7101.jpg" in out
    assert not list(generated_films.glob("*.jsonl"))
