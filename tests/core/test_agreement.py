"""Agreement of two readers: known answers, matching, and what is said where it cannot be said."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from napari_dentlm.core.agreement import (
    MODEL,
    Agreement,
    bland_altman,
    compare,
    dahlberg,
    icc,
    marks_of,
    marks_of_annotations,
)
from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.calibration import Calibration, SpacingSource
from napari_dentlm.core.errors import DentLMError, SchemaError
from napari_dentlm.core.formats import LandmarkRow, isbi_txt
from napari_dentlm.core.metrics import mre, radial_errors, score_table, sdr
from napari_dentlm.core.scheme import load_scheme

KEYS = load_scheme().keys
# Table 2 of Shrout and Fleiss (1979): six targets, four judges.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
lengths = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))


def row(reader: str, image: int, key: str, x: float, y: float, **more: object) -> LandmarkRow:
    values: dict[str, object] = {
        "image": f"{reader}/{image}.png",
        "image_id": f"{image:064d}",
        "scheme": "isbi19",
        "landmark": key,
        "x": x,
        "y": y,
        "state": State.PLACED,
        "annotator": reader,
        "spacing_x_mm": 0.1,
        "spacing_y_mm": 0.1,
        "spacing_source": SpacingSource.USER,
    }
    return LandmarkRow(**(values | more))


def agreed(first: list[LandmarkRow], second: list[LandmarkRow]) -> Agreement:
    return compare(marks_of(first, "anna"), marks_of(second, "bert"), KEYS, names=("anna", "bert"), resamples=50)


def test_icc_gives_the_published_value():
    assert icc(SHROUT_FLEISS) == pytest.approx(0.29, abs=0.005)


def test_icc_counts_a_constant_difference_as_disagreement():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    assert icc(np.stack([values, values], 1)) == pytest.approx(1)
    # By hand: the images' mean square is 10/3, the readers' 8, the error's 0; so (10/3) / (10/3 + 2 * 8 / 4).
    assert icc(np.stack([values, values + 2], 1)) == pytest.approx(10 / 22)


def test_what_varies_nowhere_has_no_icc():
    assert np.isnan(icc([[1.0, 1.0], [1.0, 1.0]]))
    assert np.isnan(icc([[1.0, 2.0]]))


@given(arrays(float, st.tuples(st.integers(2, 9), st.just(2)), elements=lengths), lengths)
def test_icc_does_not_depend_on_the_origin_nor_on_who_comes_first(ratings, shift):
    known = icc(ratings)
    # Readers who contradict each other exactly divide by zero; close to that, rounding decides.
    if np.ptp(ratings) > 1e-2 and abs(known) < 100:
        assert icc(ratings[:, ::-1]) == pytest.approx(known, abs=1e-6)
        assert icc(ratings + shift) == pytest.approx(known, abs=1e-6)
        assert known <= 1 + 1e-9


def test_dahlberg_and_limits_of_agreement_by_hand():
    assert dahlberg([1.0, -1.0, 2.0]) == pytest.approx(1.0)
    assert dahlberg([[3.0, 4.0], [0.0, 0.0]]) == pytest.approx(2.5)
    plot = bland_altman([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    assert plot.means.tolist() == [1.5, 3.0, 4.5]
    assert (plot.bias, plot.low, plot.high) == pytest.approx((2.0, 2.0 - 1.96, 2.0 + 1.96))


def test_points_are_matched_by_image_and_landmark_whatever_their_order():
    first = [row("anna", image, key, 10.0 * image, 5.0) for image in range(12) for key in ("S", "N")]
    second = [row("bert", image, key, 10.0 * image + 30, 45.0) for image in range(12) for key in ("N", "S")][::-1]
    found = agreed(first, second)
    assert (found.images, found.unit, found.warnings) == (12, "mm", ())
    for key in ("S", "N"):
        sella = found.landmark(key)
        assert (sella.count, sella.mean, sella.within) == (12, pytest.approx(5.0), 0)
        assert (sella.x.bias, sella.y.bias) == pytest.approx((3.0, 4.0))
        assert sella.dahlberg == pytest.approx(5 / np.sqrt(2))
        assert sella.interval == pytest.approx((5.0, 5.0))


def test_frames_and_instances_are_not_mixed_and_single_points_are_counted():
    first = [row("anna", 1, "S", 0, 0), row("anna", 1, "S", 0, 0, frame=1), row("anna", 1, "N", 0, 0)]
    second = [row("bert", 1, "S", 10, 0, frame=1), row("bert", 1, "S", 99, 0, instance=1)]
    found = agreed(first, second)
    assert [(each.key, each.count, each.mean) for each in found.landmarks] == [("S", 1, pytest.approx(1.0))]
    assert found.only == (2, 1)
    assert any("only anna has them: 2" in warning for warning in found.warnings)


def test_each_axis_has_its_own_scale():
    spacing = {"spacing_x_mm": 0.1, "spacing_y_mm": 0.2}
    found = agreed([row("anna", 1, "S", 0, 0, **spacing)], [row("bert", 1, "S", 30, 20, **spacing)])
    assert found.overall.mean == pytest.approx(5.0)


@pytest.mark.parametrize(
    "other", [{"spacing_x_mm": None, "spacing_y_mm": None, "spacing_source": "none"}, {"spacing_x_mm": 0.2}]
)
def test_without_one_known_scale_the_figures_are_pixels_and_say_so(other):
    if "spacing_source" in other:
        other = {**other, "spacing_source": SpacingSource.NONE}
    found = agreed([row("anna", 1, "S", 0, 0)], [row("bert", 1, "S", 3, 4, **other)])
    assert (found.unit, found.overall.mean) == ("px", 5.0)
    assert np.isnan(found.overall.within)
    assert any("pixels" in warning for warning in found.warnings)
    assert "mean_px" in found.as_dict()["overall"]


def test_few_images_are_said_in_words():
    found = agreed([row("anna", 1, "S", 0, 0)], [row("bert", 1, "S", 3, 4)])
    assert "rest on 1 image: too few" in found.table()
    assert np.isnan(found.overall.interval).all()
    assert np.isnan(found.landmark("S").x.low)


def test_nothing_in_common_is_refused():
    with pytest.raises(DentLMError, match="anna and bert have no point"):
        agreed([row("anna", 1, "S", 0, 0)], [row("bert", 2, "S", 0, 0)])
    with pytest.raises(SchemaError, match="no image_id"):
        marks_of([row("anna", 1, "S", 0, 0, image_id="")], "anna")


def test_a_prediction_is_never_a_readers_point_and_the_model_keeps_its_own():
    rows = [
        row("anna", 1, "S", 10, 10, state=State.CORRECTED, x_predicted=1.0, y_predicted=2.0),
        row("anna", 1, "N", 20, 20, state=State.PREDICTED),
        row("anna", 1, "Go", 30, 30),
    ]
    assert {which.landmark for which in marks_of(rows, "anna")} == {"S", "Go"}
    model = {which.landmark: (mark.x, mark.y) for which, mark in marks_of(rows, MODEL).items()}
    assert model == {"S": (1.0, 2.0), "N": (20, 20)}


def test_annotations_give_the_same_marks_as_rows():
    marks = [
        Landmark("S", State.CORRECTED, Point(10, 10), predicted=Point(1, 2)),
        Landmark("N", State.PREDICTED, Point(20, 20)),
        Landmark("Go", State.NOT_VISIBLE, None, predicted=Point(7, 8)),
    ]
    annotation = Annotation.of(load_scheme(), "a" * 64, marks, annotator="anna")
    scale = {("a" * 64, 0): Calibration.user(0.1)}
    reader = marks_of_annotations([annotation], scale)
    assert {(which.landmark, *mark) for which, mark in reader.items()} == {("S", 10, 10, (0.1, 0.1))}
    model = marks_of_annotations([annotation], {}, model=True)
    assert {(which.landmark, *mark) for which, mark in model.items()} == {
        ("S", 1, 2, None),
        ("N", 20, 20, None),
        ("Go", 7, 8, None),
    }


@given(arrays(float, (4, 2, 2, 2), elements=st.floats(0, 2000)))
def test_distances_are_those_of_the_accuracy_figures(points):
    """`points`: image, landmark, reader, x and y."""
    tables = [
        [row(name, image, key, *points[image, place, reader]) for image in range(4) for place, key in enumerate("SN")]
        for reader, name in enumerate(("anna", "bert"))
    ]
    found = agreed(*tables)
    errors = radial_errors(points[:, :, 1], points[:, :, 0], 0.1)
    assert found.overall.mean == pytest.approx(mre(errors))
    assert found.overall.within == pytest.approx(sdr(errors, 2.0), abs=0.13)
    assert found.landmark("N").mean == pytest.approx(mre(errors[:, 1]))


def test_the_picture_shows_every_landmark(tmp_path: Path):
    def picture(keys: tuple[str, ...]) -> np.ndarray:
        first = [row("anna", image, key, 10.0 * image, 5.0) for image in range(5) for key in keys]
        second = [row("bert", image, key, 10.0 * image + 7 * (image % 3), 15.0) for image in range(5) for key in keys]
        agreed(first, second).picture(tmp_path / "agreement.png")
        return np.asarray(Image.open(tmp_path / "agreement.png").convert("RGB"))

    blue = [
        int(((image[..., 2] > 120) & (image[..., 0] < 90)).sum())
        for image in (picture(("S",)), picture(("S", "N", "Or", "Po", "A", "B")))
    ]
    assert blue[0] > 50
    assert blue[1] == pytest.approx(6 * blue[0], rel=0.1)


@pytest.mark.data
def test_the_readers_of_the_training_films_are_as_far_apart_as_the_accuracy_figures_say(data_folder: Path):
    folder = data_folder / "isbi2015" / "annotations"
    readers = isbi_txt.read_isbi_folder(folder)
    points = {name: np.array([films[number] for number in range(1, 151)]) for name, films in readers.items()}
    expected = score_table(radial_errors(points["junior"], points["senior"], 0.1), KEYS, resamples=10)
    tables = {
        name: [
            row(name, image, key, *place)
            for image, film in enumerate(own)
            for key, place in zip(KEYS, film, strict=True)
        ]
        for name, own in points.items()
    }
    marks = {name: marks_of(table, name) for name, table in tables.items()}
    found = compare(marks["senior"], marks["junior"], KEYS, names=("senior", "junior"), resamples=50)
    assert found.overall.mean == pytest.approx(2.35, abs=0.005)
    assert [each.mean for each in found.landmarks] == pytest.approx([each.mre for each in expected.landmarks])
    assert [each.within for each in found.landmarks] == pytest.approx([each.sdr[0] for each in expected.landmarks])
    # The README of the data: soft pogonion 3.7 mm forward and 8.3 mm up.
    soft = found.landmark("Pogs")
    assert (soft.x.bias, soft.y.bias) == pytest.approx((3.7, -8.3), abs=0.05)
