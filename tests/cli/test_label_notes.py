"""What ``dentlm label`` tells about its table, with a cascade that needs no networks."""

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.cascade.router import Router
from napari_dentlm.core.annotation import State
from napari_dentlm.core.formats import landmark_csv
from tests.labelling.conftest import StandIn


class Wavering(StandIn):
    """Gives the same picture a millionth of a pixel elsewhere each time, as another batch does."""

    device = "cpu"

    def _one(self, image: np.ndarray):
        self.seen += 1
        prediction = super()._one(image)
        prediction.points[:] += 1e-6 * self.seen
        return prediction


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one small film of unknown scale."""
    monkeypatch.setattr(Router, "load", lambda *_: Router([Wavering()]))
    folder = tmp_path / "patient"
    folder.mkdir()
    pixels = np.random.default_rng(1).integers(1, 255, (60, 50), dtype=np.uint8)
    assert cv2.imwrite(str(folder / "1.png"), pixels)
    return folder


def test_a_spacing_counts_for_this_table_and_says_so(run_dentlm, patient: Path) -> None:
    out = patient / "points.csv"
    code, text, _ = run_dentlm("label", patient, "--out", out, "--spacing", "0.2")
    assert code == 0
    assert "0.2 mm per pixel stands in this table only. Give --spacing again" in text
    assert {row.spacing_x_mm for row in landmark_csv.read(out)} == {0.2}
    assert "Expected error: up to 2.5 mm for half of the points, 2.5 mm at most." in text
    assert "Look first" not in text
    _, text, _ = run_dentlm("label", patient, "--out", out)
    assert "No millimetres for 1 film of unknown scale. Give it with --spacing MM." in text


def test_a_run_in_which_everything_fails_leaves_the_older_table(run_dentlm, patient: Path) -> None:
    out = patient / "points.csv"
    assert f"19 points written to {out}" in run_dentlm("label", patient, "--out", out)[1]
    before = out.read_bytes()
    (patient / "1.png").write_text("no longer a picture")
    code, text, _ = run_dentlm("label", patient, "--out", out)
    assert code == 1
    assert "No image could be labelled: points.csv stays as it was." in text
    assert "written to" not in text
    assert out.read_bytes() == before


def test_flagged_points_are_counted(run_dentlm, patient: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Doubtful(Wavering):
        def _one(self, image: np.ndarray):
            prediction = super()._one(image)
            return replace(prediction, flags=("large expected error", *prediction.flags[1:]))

    monkeypatch.setattr(Router, "load", lambda *_: Router([Doubtful()]))
    _, text, _ = run_dentlm("label", patient, "--out", patient / "points.csv")
    assert f"Look first at 1 of {len(Doubtful().keys)} points: see the column flag." in text


def test_copies_labelled_in_other_batches_have_the_same_labels(run_dentlm, patient: Path) -> None:
    shutil.copy(patient / "1.png", patient / "copy.png")
    out = patient / "points.csv"
    _, text, _ = run_dentlm("label", patient, "--out", out)
    first, second = (rows for rows in np.array([row.x for row in landmark_csv.read(out)]).reshape(2, -1))
    assert (first != second).all()
    assert "The same picture twice" in text
    assert "different labels" not in text


def _placed(out: Path, **change: object) -> bytes:
    """Turn the points of a table into ones that a person placed; what the file holds then."""
    rows = [replace(row, state=State.PLACED, origin="", **change) for row in landmark_csv.read(out)]
    landmark_csv.write(out, rows)
    return out.read_bytes()


def test_points_of_a_reader_without_a_name_are_kept_aside(run_dentlm, patient: Path) -> None:
    out = patient / "points.csv"
    run_dentlm("label", patient, "--out", out)
    before = _placed(out)
    _, text, _ = run_dentlm("label", patient, "--out", out)
    assert "see points.before.csv" in text
    assert (patient / "points.before.csv").read_bytes() == before
    assert {row.state for row in landmark_csv.read(out)} == {State.PREDICTED}


def test_what_was_kept_aside_is_never_written_over(run_dentlm, patient: Path) -> None:
    out, aside = patient / "points.csv", []
    run_dentlm("label", patient, "--out", out)
    for reader in ("anna", "ben", "cleo"):
        aside.append(_placed(out, annotator=reader))
        _, text, _ = run_dentlm("label", patient, "--out", out)
    assert "see points.before-3.csv" in text
    names = ("points.before.csv", "points.before-2.csv", "points.before-3.csv")
    assert [(patient / name).read_bytes() for name in names] == aside


def test_a_point_that_a_reader_ruled_not_visible_is_kept_aside(run_dentlm, patient: Path) -> None:
    out = patient / "points.csv"
    run_dentlm("label", patient, "--out", out)
    nowhere = dict.fromkeys(("x", "y", "x_mm", "y_mm"))
    first, *rest = landmark_csv.read(out)
    landmark_csv.write(out, [replace(first, state=State.NOT_VISIBLE, origin="reader:anna", **nowhere), *rest])
    _, text, _ = run_dentlm("label", patient, "--out", out)
    assert "see points.before.csv" in text
