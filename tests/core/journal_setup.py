"""A journal of one film as the tests of the journal open it, and the model's points in it."""

from pathlib import Path

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme()
IDS = ("a" * 64,)
MODEL = "model:ceph19@0001"


def predictions(shift: float = 0.0) -> list[Landmark]:
    points = enumerate(SCHEME.keys)
    return [Landmark(key, State.PREDICTED, Point(i + shift, 2 * i), expected_error_px=9) for i, key in points]


def opened(path: Path, **how) -> Journal:
    return Journal.open(path, image_ids=how.pop("image_ids", IDS), scheme=SCHEME, **how)
