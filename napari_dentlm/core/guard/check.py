"""The guard's rules, over the landmarks of one annotation that have a position."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.guard.doubt import Doubt, name_of, sentence
from napari_dentlm.core.guard.face import Face, Positions, face_unit
from napari_dentlm.core.guard.limits import NEIGHBOURS, ORDERS, SN_MM, TOGETHER, TOUCHING
from napari_dentlm.core.guard.shape import ShapeStatistics
from napari_dentlm.core.scheme import LandmarkScheme

FEW = 0.25
"""Where more than this share of the landmarks stray, the whole shape is another one."""


def check(
    annotation: Annotation,
    calibration: Calibration | None,
    size: tuple[int, int],
    statistics: ShapeStatistics | None = None,
) -> tuple[Doubt, ...]:
    """What is implausible in an annotation; empty when nothing is.

    The film may be turned or mirrored. Landmarks without a position are left out; so is every rule whose landmarks
    are not all there. Rules about faces speak of the landmarks of lateral cephalograms only.

    Parameters
    ----------
    annotation
        Whose landmarks to look at.
    calibration
        Gives lengths in mm; without one, no length in mm is judged and pixels count as square.
    size
        Width and height of the film in pixels, as shown.
    statistics
        The shapes of the training films; without them, no shape is judged.
    """
    scheme, pixels = annotation.scheme, _positions(annotation, None)
    positions = _positions(annotation, calibration)
    # The shapes of films say nothing about a scheme for faces.
    known = statistics is not None and set(statistics.keys) <= set(scheme.keys)
    strays, unlike = _shape(positions, scheme, statistics) if statistics is not None and known else ((), ())
    related = [*_order(positions, scheme), *_neighbours(positions, scheme), *_together(positions, scheme)]
    if calibration is not None and calibration.is_known:
        related += _sn_length(positions)
    suspects = [doubt.keys[0] for doubt in strays]
    related = [replace(doubt, keys=_suspects_first(doubt.keys, suspects)) for doubt in related]
    # A landmark that an own sentence names already needs no second, vaguer one.
    explained = {key for doubt in related for key in doubt.keys}
    strays = tuple(doubt for doubt in strays if doubt.keys[0] not in explained)
    return (*_outside(pixels, size, scheme), *related, *strays, *unlike)


def _positions(annotation: Annotation, calibration: Calibration | None) -> dict[str, np.ndarray]:
    """Landmarks that have a position, in pixels or, with a calibration, in mm."""
    points = annotation.points()
    in_mm = calibration.to_mm(points) if calibration is not None else None
    rows = zip(annotation.scheme.keys, points if in_mm is None else in_mm, strict=True)
    return {key: point for key, point in rows if np.isfinite(point).all()}


def _outside(pixels: Positions, size: tuple[int, int], scheme: LandmarkScheme) -> Iterator[Doubt]:
    # Whole numbers are pixel centres: the film ends half a pixel beyond the last one.
    end = np.array(size) - 0.5
    for key, point in pixels.items():
        if (point < -0.5).any() or (point > end).any():
            yield Doubt(f"outside_film:{key}", (key,), sentence(f"{name_of(scheme, key)} lies outside the film"))


def _order(positions: Positions, scheme: LandmarkScheme) -> Iterator[Doubt]:
    face = Face.of(positions)
    if face is None:
        return
    for rule in ORDERS:
        if rule.first not in positions or rule.second not in positions:
            continue
        if face.ahead(positions[rule.first], positions[rule.second], rule.axis) < -rule.slack:
            relation = "lies in front of" if rule.axis == "forward" else "lies below"
            text = f"{name_of(scheme, rule.first)} {relation} {name_of(scheme, rule.second)}"
            yield Doubt(rule.code, (rule.first, rule.second), sentence(text))


def _neighbours(positions: Positions, scheme: LandmarkScheme) -> Iterator[Doubt]:
    unit = face_unit(positions)
    for rule in NEIGHBOURS:
        if unit is None or rule.one not in positions or rule.other not in positions:
            continue
        if np.linalg.norm(positions[rule.one] - positions[rule.other]) > rule.most * unit:
            text = f"{name_of(scheme, rule.one)} lies unusually far from {name_of(scheme, rule.other)}"
            yield Doubt(f"far_apart:{rule.one}-{rule.other}", (rule.one, rule.other), sentence(text))


def _together(positions: Positions, scheme: LandmarkScheme) -> Iterator[Doubt]:
    # Without a face there is no measure of near: only what is at the very same place counts.
    unit = face_unit(positions) or 0.0
    for one, other in combinations(positions, 2):
        least = TOUCHING.get(frozenset((one, other)), TOGETHER) * unit
        if np.linalg.norm(positions[one] - positions[other]) <= least:
            text = f"{name_of(scheme, one)} and {name_of(scheme, other)} lie at the same place"
            yield Doubt(f"together:{one}-{other}", (one, other), sentence(text))


def _sn_length(millimetres: Positions) -> Iterator[Doubt]:
    if "S" not in millimetres or "N" not in millimetres:
        return
    length = float(np.linalg.norm(millimetres["N"] - millimetres["S"]))
    low, high = SN_MM
    if not low <= length <= high:
        text = (
            f"sella (S) and nasion (N) are {length:.0f} mm apart, where {low:.0f} to {high:.0f} mm are usual: "
            "check the scale of the film and both points"
        )
        yield Doubt("sn_length", ("S", "N"), sentence(text))


def _shape(
    positions: Positions, scheme: LandmarkScheme, statistics: ShapeStatistics
) -> tuple[tuple[Doubt, ...], tuple[Doubt, ...]]:
    """Landmarks that stray from the rest, and the doubt about the shape of the rest."""
    absent = np.full(2, np.nan)
    points = statistics.facing(np.array([positions.get(key, absent) for key in statistics.keys]))
    keys, rows = statistics.keys, statistics.strays(points)
    if len(rows) > len(keys) * FEW:
        return (), (_unlike(tuple(keys[row] for row in rows), scheme),)
    strays = tuple(
        Doubt(f"stray:{key}", (key,), sentence(f"{name_of(scheme, key)} lies far from where other faces have it"))
        for key in (keys[row] for row in rows)
    )
    points[rows] = np.nan
    if statistics.distance(points) <= statistics.limit:
        return strays, ()
    furthest = np.argsort(-np.nan_to_num(statistics.distances(points)))[:3]
    return strays, (_unlike(tuple(keys[row] for row in furthest), scheme),)


def _unlike(keys: tuple[str, ...], scheme: LandmarkScheme) -> Doubt:
    text = f"the points form a shape unlike all training films; {name_of(scheme, keys[0])} lies furthest off"
    return Doubt("shape_unlike", keys, sentence(text))


def _suspects_first(keys: tuple[str, ...], suspects: list[str]) -> tuple[str, ...]:
    return tuple(sorted(keys, key=lambda key: key not in suspects))
