"""``dentlm evaluate`` on points with known errors."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from napari_dentlm.core.annotation import State
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.isbi_duplicates import TEST1_TWINS, TRAIN_TEST1_PAIRS, TRAIN_TWINS
from tests.cli.evaluate_rows import base_points, rows_for, write

FILMS = (151, 152, 201, 275)


@pytest.fixture
def readers(tmp_path: Path) -> Path:
    """An annotations folder in which junior stands 20 px right of senior, so that the mean is 10 px right."""
    folder = tmp_path / "annotations"
    for name, shift in (("senior", 0), ("junior", 20)):
        (folder / name).mkdir(parents=True)
        for film in FILMS:
            lines = [f"{x + shift:g},{y:g}" for x, y in base_points(film)]
            (folder / name / f"{film:03d}.txt").write_text("\n".join([*lines, *"11111111"]) + "\n")
    return folder


def test_against_the_mean_and_each_reader(run_dentlm, readers: Path, tmp_path: Path) -> None:
    # 15 px below the senior: 1.5 mm from the senior, hypot(15, 20) = 2.5 mm from the junior,
    # hypot(15, 10) = 1.803 mm from the mean.
    table = write(tmp_path / "points.csv", *(rows_for(film, 15) for film in FILMS))
    code, out, _ = run_dentlm("evaluate", table, readers, "--json", tmp_path / "figures.json")
    assert code == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    expected = {"senior": 1.5, "junior": 2.5, "mean": float(np.hypot(1.5, 1.0))}
    for truth, mm in expected.items():
        for films, count in (("all films", 4), ("without duplicates", 2)):
            score = figures["tables"][truth][films]
            assert score["films"] == count
            assert score["overall"]["mre_mm"] == pytest.approx(mm)
            assert score["overall"]["sdr"]["2"] == float(mm < 2)
            assert score["overall"]["sdr"]["3"] == 1.0
    assert figures["truth"] == "mean"
    assert "the mean of the readers all films              4   1.803" in out
    assert "reader junior           without duplicates     2   2.500" in out
    assert "paper" not in out


def test_the_table_of_landmarks_follows_the_chosen_reader(run_dentlm, readers: Path, tmp_path: Path) -> None:
    table = write(tmp_path / "points.csv", rows_for(151, 15))
    _, out, _ = run_dentlm("evaluate", table, readers, "--truth", "senior", "--per-film")
    assert "against reader senior" in out
    assert "151.jpg           1.50" in out
    assert run_dentlm("evaluate", table, readers, "--truth", "nobody")[0] == 2


def test_one_landmark_alone(run_dentlm, readers: Path, tmp_path: Path) -> None:
    rows = [
        dataclasses.replace(row, origin="model:gonion-paper@0123456789ab")
        for row in rows_for(151, 15)
        if row.landmark == "Go"
    ]
    code, out, _ = run_dentlm("evaluate", write(tmp_path / "gonion.csv", rows), readers)
    assert code == 0
    assert "MRE 3.68 mm; SDR 49 % at 2, 60 % at 2.5, 74 % at 3, 99 % at 4 mm" in out
    assert "\nS  " not in out


def test_a_missing_point_is_a_failure(run_dentlm, readers: Path, tmp_path: Path) -> None:
    rows = [row for row in rows_for(151, 5) if row.landmark != "S"] + rows_for(152, 5)
    figures = tmp_path / "figures.json"
    run_dentlm("evaluate", write(tmp_path / "points.csv", rows), readers, "--truth", "senior", "--json", figures)
    score = json.loads(figures.read_text())["tables"]["senior"]["all films"]["overall"]
    assert (score["count"], score["missing"]) == (38, 1)
    assert score["sdr"]["4"] == pytest.approx(37 / 38)


def test_against_our_own_table(run_dentlm, tmp_path: Path) -> None:
    truth = write(
        tmp_path / "truth.csv",
        rows_for(151, 0, state=State.PLACED, annotator="anna"),
        rows_for(152, 0, state=State.PREDICTED),
    )
    table = write(tmp_path / "points.csv", rows_for(152, 9), rows_for(151, 15, mm=None))
    code, out, _ = run_dentlm("evaluate", table, truth)
    assert code == 0
    assert "1.500" in out
    assert "Left out, because there is no truth: 1 film, such as test1/152.jpg" in out


def test_without_a_calibration_there_are_no_millimetres(run_dentlm, tmp_path: Path) -> None:
    truth = write(tmp_path / "truth.csv", rows_for(151, state=State.PLACED, annotator="anna", mm=None))
    table = write(tmp_path / "points.csv", rows_for(151, 15, mm=None))
    code, _, err = run_dentlm("evaluate", table, truth)
    assert code == 1
    assert "--spacing" in err
    code, out, _ = run_dentlm("evaluate", table, truth, "--spacing", "0.2")
    assert code == 0
    assert "3.000" in out


@pytest.mark.parametrize(
    ("predictions", "sentence"),
    [
        ([rows_for(999)], "none of its films"),
        ([rows_for(151), rows_for(151, annotator="anna", state=State.PLACED)], "2 readers"),
    ],
)
def test_what_cannot_be_compared(
    run_dentlm, readers: Path, tmp_path: Path, predictions: list[list[LandmarkRow]], sentence: str
) -> None:
    code, _, err = run_dentlm("evaluate", write(tmp_path / "points.csv", *predictions), readers)
    assert code == 1
    assert sentence in err


def test_a_damaged_table_is_refused_with_its_row(run_dentlm, readers: Path, tmp_path: Path) -> None:
    table = write(tmp_path / "points.csv", rows_for(151))
    lines = table.read_text().splitlines()
    lines[3] = lines[3].replace(",Or,", ",Nose,")
    table.write_text("\n".join(lines) + "\n")
    code, _, err = run_dentlm("evaluate", table, readers)
    assert code == 1
    assert "points.csv, row 4" in err
    assert "Nose" in err


def test_how_far_to_trust_the_expected_error_and_the_flags(run_dentlm, readers: Path, tmp_path: Path) -> None:
    # 50 px below the senior: 5 mm. The circles of 60 px hold the senior's point, those of 40 px do not.
    rows = [
        dataclasses.replace(
            row, expected_error_px=60.0 if row.landmark == "S" else 40.0, flag="far" * (row.landmark == "N")
        )
        for film in (151, 152)
        for row in rows_for(film, 50)
    ]
    table, figures = write(tmp_path / "points.csv", rows), tmp_path / "figures.json"
    code, out, _ = run_dentlm("evaluate", table, readers, "--json", figures)
    assert code == 0
    found = json.loads(figures.read_text())["expected_error"]
    assert set(found) == {"mean", "senior", "junior"}
    senior = found["senior"]
    assert (senior["circles"], senior["points"], senior["above_4_mm"]) == (38, 38, 38)
    assert senior["inside"] == pytest.approx(1 / 19)
    assert (senior["landmarks"]["S"], senior["landmarks"]["Go"]) == (1.0, 0.0)
    assert senior["median_area_mm2"] == pytest.approx(np.pi * 16)
    assert (senior["flagged"], senior["above_4_mm_flagged"]) == (2, 2)
    lines = {line[:32].strip(): line[32:].split() for line in out.splitlines()}
    assert lines["inside, %"] == ["mean", "junior", "senior"]
    assert lines["median area of the circles, mm2"] == ["50.3"] * 3
    assert lines["errors above 4 mm"] == ["38"] * 3
    assert lines["of these flagged, %"] == ["5.3"] * 3


def test_what_a_reader_moved_says_nothing_of_the_expected_error(run_dentlm, tmp_path: Path) -> None:
    truth = write(tmp_path / "truth.csv", rows_for(151, state=State.PLACED, annotator="anna"))
    rows = [dataclasses.replace(row, expected_error_px=20.0, flag="far") for row in rows_for(151, 10)]
    rows[0] = dataclasses.replace(rows[0], state=State.CORRECTED)
    figures = tmp_path / "figures.json"
    run_dentlm("evaluate", write(tmp_path / "points.csv", rows), truth, "--json", figures)
    found = json.loads(figures.read_text())["expected_error"]["anna"]
    assert (found["circles"], found["points"], found["flagged"]) == (18, 19, 18)


def test_one_film_has_no_interval(run_dentlm, readers: Path, tmp_path: Path) -> None:
    _, out, _ = run_dentlm("evaluate", write(tmp_path / "points.csv", rows_for(152, 15)), readers)
    assert "One film gives no interval." in out
    assert "nan" not in out
    assert "1.80 to 1.80" not in out
    assert "inside" not in out
    assert "Not counted, because they have no prediction: 3 films of the truth" in out


def test_the_duplicates_of_train_and_test1() -> None:
    assert len(TRAIN_TEST1_PAIRS) == len(TRAIN_TWINS) == len(TEST1_TWINS) == 20
    assert max(TRAIN_TWINS) <= 150 < min(TEST1_TWINS)


def test_a_landmark_that_the_truth_lacks_drops_no_film(run_dentlm, tmp_path: Path) -> None:
    marked = [row for row in rows_for(151, state=State.PLACED, annotator="anna") if row.landmark != "S"]
    truth = write(tmp_path / "truth.csv", marked, rows_for(152, state=State.PLACED, annotator="anna"))
    predicted = [row for row in rows_for(151, 15) if row.landmark != "Go"]
    table = write(tmp_path / "points.csv", predicted, rows_for(152, 5))
    code, out, _ = run_dentlm("evaluate", table, truth, "--json", tmp_path / "figures.json")
    assert code == 0
    assert "left out" not in out
    scores = json.loads((tmp_path / "figures.json").read_text())["tables"]["anna"]["all films"]
    assert scores["films"] == 2
    assert (scores["overall"]["count"], scores["overall"]["missing"]) == (37, 1)
    assert scores["overall"]["mre_mm"] == pytest.approx((17 * 1.5 + 19 * 0.5) / 36)
    assert scores["overall"]["sdr"]["4"] == pytest.approx(36 / 37)
    assert (scores["landmarks"]["S"]["count"], scores["landmarks"]["S"]["missing"]) == (1, 0)
    assert (scores["landmarks"]["Go"]["count"], scores["landmarks"]["Go"]["missing"]) == (2, 1)


def test_the_mean_is_that_of_the_readers_who_marked_the_point(run_dentlm, tmp_path: Path) -> None:
    anna, ben = (rows_for(151, shift, state=State.PLACED, annotator=name) for name, shift in (("anna", 0), ("ben", 20)))
    truth = write(tmp_path / "truth.csv", [row for row in anna if row.landmark != "S"], ben)
    table = write(tmp_path / "points.csv", rows_for(151, 20))
    run_dentlm("evaluate", table, truth, "--json", tmp_path / "figures.json")
    landmarks = json.loads((tmp_path / "figures.json").read_text())["tables"]["mean"]["all films"]["landmarks"]
    assert landmarks["S"]["mre_mm"] == pytest.approx(0)
    assert landmarks["N"]["mre_mm"] == pytest.approx(1)


def refused(film: int) -> list[LandmarkRow]:
    return [
        dataclasses.replace(
            row, state=State.NOT_ASSESSED, **dict.fromkeys(("x", "y", "x_mm", "y_mm", "x_predicted", "y_predicted"))
        )
        for row in rows_for(film)
    ]


def test_a_refused_film_has_no_mean_error(run_dentlm, readers: Path, tmp_path: Path) -> None:
    table = write(tmp_path / "points.csv", rows_for(151, 15), refused(152))
    figures = tmp_path / "figures.json"
    code, out, _ = run_dentlm("evaluate", table, readers, "--truth", "senior", "--per-film", "--json", figures)
    assert code == 0
    assert "152.jpg      no points" in out
    assert json.loads(figures.read_text())["per_film_mm"]["test1/152.jpg"] is None
    assert "NaN" not in figures.read_text()


def test_nothing_to_compare_is_said(run_dentlm, readers: Path, tmp_path: Path) -> None:
    code, _, err = run_dentlm("evaluate", write(tmp_path / "points.csv", refused(151)), readers)
    assert code == 1
    assert "nothing to compare" in err


def test_a_missing_folder_for_the_figures_is_found_first(run_dentlm, readers: Path, tmp_path: Path) -> None:
    table = write(tmp_path / "points.csv", rows_for(151, 15))
    code, out, err = run_dentlm("evaluate", table, readers, "--json", tmp_path / "missing" / "figures.json")
    assert (code, out) == (1, "")
    assert "no such folder" in err


def test_a_model_needs_to_know_where_the_films_are(run_dentlm, readers: Path) -> None:
    code, _, err = run_dentlm("evaluate", "ceph19", readers)
    assert code == 2
    assert "--images" in err


@pytest.mark.parametrize(
    "option", [("--boxes", "file"), ("--images", "."), ("--device", "auto"), ("--quality", "standard")]
)
def test_an_option_that_says_nothing_of_a_table_of_films_is_wrong_use(
    run_dentlm, readers: Path, tmp_path: Path, option: tuple[str, str]
) -> None:
    table = write(tmp_path / "points.csv", rows_for(151))
    code, out, err = run_dentlm("evaluate", table, readers, *option)
    assert (code, out) == (2, "")
    assert option[0] in err


def test_an_unknown_model_is_wrong_use(run_dentlm, readers: Path, tmp_path: Path) -> None:
    assert run_dentlm("evaluate", "nonsense", readers, "--images", tmp_path)[0] == 2
