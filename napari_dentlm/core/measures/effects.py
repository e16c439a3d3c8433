"""How much the uncertainty of a landmark changes the measures of the strip."""

from collections.abc import Mapping

import numpy as np

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.measures.definition import Definition
from napari_dentlm.core.measures.definitions import definition, strip
from napari_dentlm.core.measures.engine import evaluate
from napari_dentlm.core.measures.geometry import Vector
from napari_dentlm.core.measures.tracing import Tracing, positions, to_units

DEFAULT_STEP = 3.0
"""Degrees or percent that count as one unit where the norm has no standard deviation."""

_TURNS = np.arange(16) * np.pi / 8
_DIRECTIONS = np.stack([np.cos(_TURNS), np.sin(_TURNS)], axis=1)


def effects(annotation: Annotation, calibration: Calibration | None) -> dict[str, float]:
    """The largest change of a measure of the strip when a landmark moves by its expected error.

    Returns
    -------
    dict
        Key of each landmark that has a position and an expected error, to the change in standard deviations of the
        norm, or in units of 3 degrees or 3 % where it has none; 0 for a landmark that no such measure needs.
    """
    points = positions(annotation, calibration)
    tracing = Tracing(points)
    before = {
        each: value
        for each in map(definition, strip(annotation.scheme))
        if (value := _value(each, tracing)) is not None
    }
    found = {}
    for key, (x, y) in points.items():
        radius = annotation.landmarks[key].expected_error_px
        if radius is not None:
            steps = to_units(radius * _DIRECTIONS, calibration)
            found[key] = _largest_change(key, [(x + float(dx), y + float(dy)) for dx, dy in steps], points, before)
    return found


def _largest_change(
    key: str, places: list[Vector], points: Mapping[str, Vector], before: Mapping[Definition, float]
) -> float:
    concerned = [each for each in before if key in each.landmarks]
    changes = [0.0]
    for tracing in (Tracing({**points, key: place}) for place in places) if concerned else ():
        for each in concerned:
            if (after := _value(each, tracing)) is not None:
                changes.append(abs(after - before[each]) / _step(each))
    return max(changes)


def _value(wanted: Definition, tracing: Tracing) -> float | None:
    return evaluate(wanted, tracing)[0] if all(key in tracing for key in wanted.landmarks) else None


def _step(wanted: Definition) -> float:
    return (wanted.norm and wanted.norm.sd) or DEFAULT_STEP
