"""Films and photographs of one folder: every image gets its scheme, every face of a photo its annotation."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.prediction import Prediction, Quality
from napari_dentlm.cascade.router import Router
from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.formats.annotation_rows import rows_of
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.labelling import LabelEvent, Outcome, label_paths
from sample_data import generate_face
from tests.labelling.conftest import StandIn

FILM, FACES = load_scheme("isbi19"), load_scheme("ibug68")
LIGHT = 200


class Films(StandIn):
    """Takes dark pictures for films."""

    def _one(self, image: np.ndarray) -> Prediction:
        return super()._one(image if image.mean() < LIGHT else np.zeros_like(image))


class Sure:
    """Takes no face for the holes of a skull."""

    def no_skull(self, prediction: Prediction) -> Prediction:
        return prediction


class Faces(StandIn):
    """Finds a face for every 100 pixels of a light picture's width."""

    scheme = FACES
    keys = FACES.keys
    name = "stand-in-faces"
    photo = Sure()

    def _one(self, image: np.ndarray) -> Prediction:
        if image.mean() < LIGHT:
            return Prediction(points=None, refusal="No frontal face was found in this image.")
        faces = []
        for left in range(0, image.shape[1] - 99, 100):
            places = left + 10 + np.arange(2 * len(self.keys)).reshape(-1, 2) / 3
            faces.append(Prediction(points=places, scheme="ibug68", box=FaceBox(left + 5, 5, 90, 90, 0.9)))
        return Prediction(points=faces[0].points, scheme="ibug68", box=faces[0].box, others=tuple(faces[1:]))


@pytest.fixture
def router() -> Router:
    return Router([Films("model:films@1"), Faces("model:faces@1")])


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A film, a photo of one face, one of three, and a picture of nothing."""
    folder = tmp_path / "patient"
    folder.mkdir()
    rng = np.random.default_rng(7)
    for name, shape, low, high in (
        ("film", (90, 70), 1, 120), ("one", (100, 120), 210, 250), ("three", (100, 320), 210, 250),
    ):  # fmt: skip
        assert cv2.imwrite(str(folder / f"{name}.png"), rng.integers(low, high, shape, dtype=np.uint8))
    assert cv2.imwrite(str(folder / "zero.png"), np.zeros((80, 80), dtype=np.uint8))
    return folder


def labelled(folder: Path, cascades: Sequence[object] | Router, **options: object) -> dict[str, LabelEvent]:
    events: list[LabelEvent] = []
    label_paths([folder], cascades, on_progress=events.append, **options)
    return {event.path.stem: event for event in events}


def journal_of(image: Path, scheme=FACES) -> Journal:
    sidecar = image.with_name(image.name + ".dentlm.jsonl")
    return Journal.open(sidecar, image_ids=[read_image(image).image_id], scheme=scheme)


def test_every_image_gets_the_scheme_that_fits_it(mixed: Path, router: Router) -> None:
    events = labelled(mixed, router)
    found = {name: event.annotations[0].scheme.name for name, event in events.items()}
    assert found == {"film": "isbi19", "one": "ibug68", "three": "ibug68", "zero": "isbi19"}
    assert events["zero"].outcome is Outcome.REFUSED
    assert journal_of(mixed / "film.png", FILM).annotation("").landmarks["Go"].state is State.PREDICTED
    assert journal_of(mixed / "one.png").annotation("").landmarks["jaw_1"].state is State.PREDICTED


def test_every_face_of_a_photo_has_its_instance_and_its_box(mixed: Path, router: Router) -> None:
    event = labelled(mixed, router)["three"]
    assert [(each.instance, each.box.x) for each in event.annotations] == [(0, 5.0), (1, 105.0), (2, 205.0)]
    journal = journal_of(mixed / "three.png")
    assert journal.instances("") == (0, 1, 2)
    last = journal.annotation("", 0, 2)
    rows = rows_of(last, image="three.png", image_size=(320, 100), calibration=event.calibrations[2], patient="")
    assert {(row.instance, row.box_x, row.box_height) for row in rows} == {(2, 205.0, 90.0)}


def test_the_same_again_is_skipped(mixed: Path, router: Router) -> None:
    labelled(mixed, router)
    events = labelled(mixed, router)
    assert {event.outcome for name, event in events.items() if name != "zero"} == {Outcome.UNCHANGED}
    assert [each.instance for each in events["three"].annotations] == [0, 1, 2]
    assert events["zero"].outcome is Outcome.REFUSED
    assert [cascade.seen for cascade in router.cascades] == [4, 3]


def test_a_film_refused_when_no_photo_model_was_there_is_looked_at_again(mixed: Path) -> None:
    labelled(mixed, Films("model:films@1"))
    assert journal_of(mixed / "one.png", FILM).scheme is FILM
    events = labelled(mixed, Router([Films("model:films@1"), Faces("model:faces@1")]))
    assert events["film"].outcome is Outcome.UNCHANGED
    assert events["one"].outcome is Outcome.LABELLED
    assert journal_of(mixed / "one.png").annotation("").landmarks["jaw_1"].state is State.PREDICTED


def test_what_a_reader_did_keeps_the_scheme_of_its_image(mixed: Path, router: Router) -> None:
    with journal_of(mixed / "film.png") as journal:
        journal.place("anna", "jaw_9", Point(3, 4))
    event = labelled(mixed, router)["film"]
    # Its reader called it a photo: the photo model has the word, and refuses; the reader's point stays.
    assert event.annotations[0].scheme is FACES
    assert event.annotations[0].landmarks["jaw_9"].position == Point(3, 4)
    assert journal_of(mixed / "film.png").annotation("anna").landmarks["jaw_9"].state is State.PLACED


def test_a_corrected_face_of_a_group_is_never_overwritten(mixed: Path, router: Router) -> None:
    labelled(mixed, router)
    with journal_of(mixed / "three.png") as journal:
        journal.move("anna", "nose_bridge_4", Point(150, 50), instance=1)
    event = labelled(mixed, Router([Films("model:films@1"), Faces("model:faces@2")]))["three"]
    assert [(each.annotator, each.instance) for each in event.annotations] == [("anna", n) for n in range(3)]
    assert event.annotations[1].landmarks["nose_bridge_4"].position == Point(150, 50)
    assert event.annotations[2].landmarks["nose_bridge_4"].state is State.PREDICTED


def test_without_journals_the_faces_are_there_all_the_same(mixed: Path, router: Router) -> None:
    events = labelled(mixed, router, journals=False)
    assert [each.instance for each in events["three"].annotations] == [0, 1, 2]
    assert not list(mixed.glob("*.jsonl"))


def test_one_model_for_photos_alone_refuses_films(mixed: Path) -> None:
    events = labelled(mixed, Faces("model:faces@1"))
    assert {name: event.outcome for name, event in events.items()} == {
        "film": Outcome.REFUSED, "one": Outcome.LABELLED, "three": Outcome.LABELLED, "zero": Outcome.REFUSED
    }  # fmt: skip
    assert events["film"].message == "No frontal face was found in this image."


def test_two_models_for_one_kind_of_image_cannot_be_used_together() -> None:
    from napari_dentlm.core.errors import BundleError

    with pytest.raises(BundleError, match="One model for films and one for photographs"):
        Router([Faces(), Faces()])


def test_quality_reaches_both_models(mixed: Path, router: Router) -> None:
    labelled(mixed, router)
    events = labelled(mixed, router, quality=Quality.BEST)
    assert {event.outcome for event in events.values()} == {Outcome.LABELLED, Outcome.REFUSED}


def test_an_unclear_face_counts_where_colours_tell_that_it_is_no_xray(tmp_path: Path) -> None:
    face = cv2.GaussianBlur(generate_face(33, size=240).pixels, (0, 0), 6)
    assert cv2.imwrite(str(tmp_path / "colour.png"), cv2.cvtColor(face, cv2.COLOR_RGB2BGR))
    assert cv2.imwrite(str(tmp_path / "grey.png"), cv2.cvtColor(face, cv2.COLOR_RGB2GRAY))
    found = labelled(tmp_path, Router.load(device="cpu"))
    assert found["colour"].outcome is Outcome.LABELLED
    assert found["grey"].outcome is Outcome.REFUSED
