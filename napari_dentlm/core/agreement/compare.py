"""Two readers' points brought together, landmark by landmark."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.agreement.marks import Mark, MarkId, Marks
from napari_dentlm.core.agreement.report import Agreement, LandmarkAgreement
from napari_dentlm.core.agreement.statistics import bland_altman, dahlberg, icc
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.metrics import bootstrap_interval, mre, sdr

WITHIN_MM = 2.0
_Values = NDArray[np.float64]


def compare(
    first: Marks, second: Marks, keys: Sequence[str], *, names: tuple[str, str], resamples: int = 1000
) -> Agreement:
    """Agreement of two readers on the points that both have.

    Points are matched by image, frame, instance and landmark. Figures are in mm where both readers' tables
    give every image the same scale, else in pixels.

    Parameters
    ----------
    first, second
        The points; see `marks_of`.
    keys
        Order of the landmarks; landmarks that nobody shares are left out.
    names
        What the readers are called.
    resamples
        Draws of the bootstrap over images.

    Raises
    ------
    DentLMError
        When they share no point.
    """
    shared = [which for which in first if which in second]
    if not shared:
        raise DentLMError(f"{names[0]} and {names[1]} have no point of the same image and landmark in common.")
    in_mm = all(_same_scale(first[which], second[which]) for which in shared)
    rows = []
    for key in keys:
        own = [which for which in shared if which.landmark == key]
        if own:
            rows.append(_agreement(key, own, first, second, in_mm, resamples))
    images = {which[:2] for which in shared}
    return Agreement(
        readers=names,
        unit="mm" if in_mm else "px",
        images=len(images),
        landmarks=tuple(rows),
        overall=_agreement("all", shared, first, second, in_mm, resamples),
        only=(len(first) - len(shared), len(second) - len(shared)),
    )


def _agreement(
    key: str, shared: Sequence[MarkId], first: Marks, second: Marks, in_mm: bool, resamples: int
) -> LandmarkAgreement:
    a = np.array([_place(first[which], in_mm) for which in shared])
    b = np.array([_place(second[which], in_mm) for which in shared])
    distances = np.linalg.norm(b - a, axis=1)
    by_image = _by_image(shared, distances)
    # Places of different landmarks on a film differ so much that a correlation over all would mean nothing.
    one = key != "all"
    return LandmarkAgreement(
        key=key,
        count=len(shared),
        mean=float(distances.mean()),
        # Draws of one image are all alike: an interval without width would claim a certainty that nobody has.
        interval=bootstrap_interval(by_image, mre, resamples=resamples) if len(by_image) > 1 else (math.nan, math.nan),
        within=sdr(distances, WITHIN_MM) if in_mm else math.nan,
        dahlberg=dahlberg(b - a),
        dahlberg_xy=(dahlberg(b[:, 0] - a[:, 0]), dahlberg(b[:, 1] - a[:, 1])),
        x=bland_altman(a[:, 0], b[:, 0]),
        y=bland_altman(a[:, 1], b[:, 1]),
        icc_xy=(icc(np.stack([a[:, 0], b[:, 0]], 1)), icc(np.stack([a[:, 1], b[:, 1]], 1))) if one else None,
    )


def _by_image(shared: Sequence[MarkId], distances: _Values) -> _Values:
    """Distances as (images, most points of one image), NaN where an image has fewer: its points stay together."""
    images: dict[tuple[str, int], list[float]] = {}
    for which, distance in zip(shared, distances, strict=True):
        images.setdefault((which.image_id, which.frame), []).append(float(distance))
    padded = np.full((len(images), max(map(len, images.values()))), np.nan)
    for row, own in enumerate(images.values()):
        padded[row, : len(own)] = own
    return padded


def _place(mark: Mark, in_mm: bool) -> tuple[float, float]:
    if not in_mm or mark.spacing is None:
        return mark.x, mark.y
    return mark.x * mark.spacing[0], mark.y * mark.spacing[1]


def _same_scale(one: Mark, other: Mark) -> bool:
    """Whether both tables state the same scale of the image."""
    if one.spacing is None or other.spacing is None:
        return False
    return all(math.isclose(a, b, rel_tol=1e-4) for a, b in zip(one.spacing, other.spacing, strict=True))
