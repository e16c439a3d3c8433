"""``dentlm measure``."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.measures import VERSION
from tests.core.measures.tracings import annotation

IMAGE = "films/017.png"


def write_table(path: Path, points=None, calibration: Calibration | None = None, image: str = IMAGE) -> Path:
    rows = landmark_csv.rows_of(
        points or annotation(),
        image=image,
        image_size=(1935, 2400),
        calibration=calibration or Calibration.user(0.1),
        patient="P1",
    )
    landmark_csv.write(path, rows)
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """One film with the golden tracing, all points confirmed."""
    return write_table(tmp_path / "points.csv")


def records(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return {record["measure"]: record for record in csv.DictReader(stream)}


def line_of(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(f"{name}  "))


def test_the_table_is_for_people(run_dentlm, table: Path) -> None:
    code, out, err = run_dentlm("measure", table)
    assert (code, err) == (0, "")
    assert out.startswith(f"{IMAGE}, points of the model, 0.1 mm per pixel (user)")
    assert line_of(out, "SN-GoGn").split() == ["SN-GoGn", "27.6°", "S", "confirmed", "norm", "32"]
    assert "steiner" in out
    assert "U1-NA" in out
    assert "not a medical device" in out
    assert "DRAFT" not in out
    assert "challenge" not in out
    assert "edge to edge" not in out


def test_a_draft_is_called_one(run_dentlm, tmp_path: Path) -> None:
    table = write_table(tmp_path / "points.csv", annotation(A=State.PREDICTED))
    _, out, _ = run_dentlm("measure", table, "--analysis", "steiner")
    # SNA, ANB and U1-NA need A.
    assert "DRAFT: 3 of 8 measures rest on a point that nobody confirmed" in out
    assert "A predicted" in line_of(out, "SNA")
    assert "N confirmed" in line_of(out, "SNB")


def test_the_challenges_eight_only_on_request(run_dentlm, table: Path) -> None:
    code, out, _ = run_dentlm("measure", table, "--analysis", "challenge")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if line.startswith("    ")] == [
        "ANB",
        "SNB",
        "SNA",
        "ODI",
        "APDI",
        "FHI",
        "FMA",
        "MW",
    ]
    assert line_of(out, "ANB").endswith("3 Class III")
    assert "FMA (SN-GoGn)" in out
    assert "±" not in out


def test_several_analyses(run_dentlm, table: Path) -> None:
    _, out, _ = run_dentlm("measure", table, "--analysis", "tweed", "--analysis", "kim")
    sections = [line.strip() for line in out.splitlines() if line.startswith("  ") and not line.startswith("   ")]
    assert sections == ["tweed", "kim"]


def test_the_csv_has_one_row_for_each_measure(run_dentlm, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "exports" / "measures.csv"
    code, text, _ = run_dentlm("measure", table, "--out", out)
    assert code == 0
    assert "Measures of 1 image written" in text
    found = records(out)
    assert len(found) == 54
    assert found["SNA"] == {
        "image": f"../{IMAGE}",
        "image_id": "ab" * 32,
        "frame": "0",
        "instance": "0",
        "patient": "P1",
        "annotator": "",
        "measure": "SNA",
        "name": "SNA",
        "analysis": "steiner",
        "definitions_version": VERSION,
        "value": found["SNA"]["value"],
        "unit": "deg",
        "spacing_source": "user",
        "grade": "",
        "weakest": "N",
        "state": "confirmed",
        "reason": "",
    }
    assert float(found["SNA"]["value"]) == pytest.approx(81.995, abs=0.001)
    assert "NOT A MEDICAL DEVICE" in (out.parent / "measures.csv.notice.txt").read_text()


def test_grades_are_in_the_csv(run_dentlm, table: Path) -> None:
    out = table.with_name("measures.csv")
    run_dentlm("measure", table, "--out", out, "--analysis", "challenge")
    assert [found["grade"] for found in records(out).values()] == ["3", "3", "1", "1", "1", "1", "1", "1"]


def test_what_cannot_be_given_is_empty_and_has_its_reason(run_dentlm, tmp_path: Path) -> None:
    table = write_table(tmp_path / "points.csv", annotation(Po=State.NOT_VISIBLE), Calibration.none("unknown"))
    out = tmp_path / "measures.csv"
    code, text, _ = run_dentlm("measure", table)
    assert code == 0
    assert "no scale" in text
    assert line_of(text, "FMA").endswith("Po is not visible")
    _, text, _ = run_dentlm("measure", table, "--out", out)
    assert text == f"Measures of 1 image written to {out}\n", "a table of thousands of rows is not printed as well"
    found = records(out)
    assert (found["FMA"]["value"], found["FMA"]["reason"]) == ("", "Po is not visible")
    assert (found["FMA"]["weakest"], found["FMA"]["state"]) == ("Po", "not_visible")
    assert (found["jarabak.S-N"]["value"], found["jarabak.S-N"]["reason"]) == ("", "no calibration, so no mm")
    assert found["jarabak.S-N"]["spacing_source"] == "none"
    assert float(found["SNA"]["value"]) == pytest.approx(81.995, abs=0.001)


def test_json_is_for_programs(run_dentlm, table: Path) -> None:
    code, text, _ = run_dentlm("measure", table, "--analysis", "tweed", "--json")
    assert code == 0
    (film,) = json.loads(text)
    assert (film["image"], film["draft"], film["definitions_version"]) == (IMAGE, False, VERSION)
    (fma,) = film["measures"]
    assert fma["value"] == pytest.approx(25.016, abs=0.001)
    assert (fma["measure"], fma["unit"], fma["state"], fma["grade"]) == ("FMA", "deg", "confirmed", None)


def test_json_stays_json_beside_a_file(run_dentlm, table: Path) -> None:
    _, text, err = run_dentlm("measure", table, "--json", "--out", table.with_name("m.csv"))
    assert len(json.loads(text)) == 1
    assert "written" in err


def test_every_reader_of_every_film_is_measured(run_dentlm, tmp_path: Path) -> None:
    rows = landmark_csv.read(write_table(tmp_path / "one.csv"))
    rows += [replace(row, annotator="bert") for row in rows]
    rows += [replace(row, image="films/018.png", image_id="cd" * 32) for row in rows]
    landmark_csv.write(tmp_path / "all.csv", rows)
    _, text, _ = run_dentlm("measure", tmp_path / "all.csv", "--analysis", "tweed", "--json")
    films = {(film["image"], film["annotator"]) for film in json.loads(text)}
    assert films == {(image, who) for image in (IMAGE, "films/018.png") for who in ("", "bert")}


def test_contours_of_both_sides_do_not_move_the_landmark(run_dentlm, table: Path) -> None:
    rows = landmark_csv.read(table)
    gonion = next(row for row in rows if row.landmark == "Go")
    rows += [replace(gonion, side=side, x=gonion.x + dx, x_mm=None) for side, dx in (("left", -30), ("right", 30))]
    landmark_csv.write(table, rows)
    _, text, _ = run_dentlm("measure", table)
    assert "27.6°" in line_of(text, "SN-GoGn")


def test_a_wide_table_gives_the_same_measures(run_dentlm, tmp_path: Path) -> None:
    table = write_table(tmp_path / "points.csv", replace(annotation(), annotator="anna"))
    wide = table.with_name("points.wide.csv")
    assert run_dentlm("convert", table, wide)[0] == 0
    assert run_dentlm("measure", wide) == run_dentlm("measure", table)


def test_two_scales_of_one_film_are_refused(run_dentlm, table: Path) -> None:
    rows = landmark_csv.read(table)
    rows[3] = replace(rows[3], spacing_x_mm=0.2, spacing_y_mm=0.2, x_mm=None, y_mm=None)
    landmark_csv.write(table, rows)
    code, _, err = run_dentlm("measure", table)
    assert code == 1
    assert f"the points of {IMAGE} have more than one spacing" in err


def test_a_table_without_points(run_dentlm, table: Path) -> None:
    landmark_csv.write(table, [])
    code, _, err = run_dentlm("measure", table)
    assert code == 1
    assert "no points" in err


def test_a_mistake_in_the_table_is_refused_with_its_row(run_dentlm, table: Path) -> None:
    lines = table.read_text().splitlines(keepends=True)
    lines[3] = lines[3].replace(",Or,", ",Ox,")
    table.write_text("".join(lines))
    code, out, err = run_dentlm("measure", table)
    assert code == 1
    assert "points.csv, row 4" in err
    assert out == ""


def test_wrong_use(run_dentlm, table: Path) -> None:
    code, _, err = run_dentlm("measure", table, "--analysis", "phrenology")
    assert code == 2
    assert "steiner" in err
    assert run_dentlm("measure", table.with_name("none.csv"))[0] == 2
    assert run_dentlm("measure", table.parent)[0] == 2


def test_only_an_older_table_of_measures_is_written_over(run_dentlm, table: Path, generated_films: Path) -> None:
    before = table.read_bytes()
    code, _, err = run_dentlm("measure", table, "--out", table)
    assert code == 1
    assert "points.csv is no table of measures" in err
    assert table.read_bytes() == before
    film = table.with_name("film.jpg")
    film.write_bytes((generated_films / "film_7101.jpg").read_bytes())
    assert run_dentlm("measure", table, "--out", film)[0] == 2
    out = table.with_name("measures.csv")
    assert run_dentlm("measure", table, "--out", out)[0] == 0
    assert run_dentlm("measure", table, "--out", out, "--analysis", "tweed")[0] == 0
    assert list(records(out)) == ["FMA"]


def test_a_target_that_cannot_be_written(run_dentlm, table: Path) -> None:
    blocked = table.with_name("file")
    blocked.touch()
    code, _, err = run_dentlm("measure", table, "--out", blocked / "out.csv")
    assert code == 1
    assert "could not be written" in err
