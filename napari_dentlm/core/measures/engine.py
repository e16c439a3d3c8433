"""Measures of an annotation: each value with the state of its weakest landmark, or the reason why there is none."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from napari_dentlm.core.annotation import Annotation, Landmark, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.measures.definition import Definition, Unit
from napari_dentlm.core.measures.definitions import definition, load_definitions
from napari_dentlm.core.measures.tracing import Tracing

NO_VALUE = "–"
_ABSENT = {
    State.NOT_VISIBLE: "is not visible",
    State.OUTSIDE: "lies outside the image",
    State.NOT_ASSESSED: "has no point",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The result of one measure.

    Parameters
    ----------
    definition
        What was measured.
    value
        In the definition's unit; None, never 0, where it cannot be given.
    reason
        Why there is no value; else empty.
    state, weakest
        The least reviewed state among its landmarks, and the landmark that has it; of several, the one with the
        largest expected error.
    grade
        Number of the class, for the measures of the challenge.
    """

    definition: Definition
    value: float | None
    reason: str
    state: State
    weakest: str
    grade: int | None = None

    @property
    def text(self) -> str:
        """The value with its unit, or a dash."""
        return NO_VALUE if self.value is None else self.definition.unit.text(self.value)

    @property
    def is_draft(self) -> bool:
        """Whether there is a value that rests on a landmark that nobody has confirmed."""
        return self.value is not None and self.state is not State.CONFIRMED


def measure(
    annotation: Annotation, calibration: Calibration | None, keys: Collection[str] | None = None
) -> tuple[Measured, ...]:
    """Take the measures that the annotation's scheme allows.

    Parameters
    ----------
    annotation
        The landmarks.
    calibration
        Millimetres per pixel; without it there are no mm, and angles and ratios take pixels as square.
    keys
        Only these, in this order; all when None. Those that the scheme does not allow are left out.

    Raises
    ------
    SchemaError
        When a key is not that of a measure.
    """
    offered = load_definitions(annotation.scheme)
    wanted = offered if keys is None else [each for each in map(definition, keys) if each in offered]
    tracing = Tracing.of(annotation, calibration)
    calibrated = calibration is not None and calibration.is_known
    return tuple(_measured(each, annotation, tracing, calibrated) for each in wanted)


def evaluate(wanted: Definition, tracing: Tracing) -> tuple[float | None, str]:
    """Value of `wanted` on a tracing that has its landmarks; or None and the reason."""
    condition = wanted.condition
    if tracing.facing is None and (wanted.formula.needs_facing or (condition and condition.formula.needs_facing)):
        return None, "the points do not tell to which side the film faces"
    value = wanted.formula.value(tracing)
    limiting = condition.formula.value(tracing) if condition else 0.0
    if not (math.isfinite(value) and math.isfinite(limiting)):
        return None, "two of its points lie on one another"
    if condition and not condition.low <= limiting <= condition.high:
        return None, f"{condition.name} is {limiting:.1f}, not between {condition.low:g} and {condition.high:g}"
    return value, ""


def _measured(wanted: Definition, annotation: Annotation, tracing: Tracing, calibrated: bool) -> Measured:
    landmarks = [annotation.landmarks[key] for key in wanted.landmarks]
    weakest = min(landmarks, key=_strength)
    value, reason = None, _obstacle(wanted, landmarks, calibrated)
    if not reason:
        value, reason = evaluate(wanted, tracing)
    grade = None if value is None else wanted.grade(value)
    return Measured(wanted, value, reason, weakest.state, weakest.key, grade)


def _strength(landmark: Landmark) -> tuple[int, float]:
    return landmark.state.strength, -(landmark.expected_error_px or 0.0)


def _obstacle(wanted: Definition, landmarks: list[Landmark], calibrated: bool) -> str:
    missing = [f"{mark.key} {_ABSENT[mark.state]}" for mark in landmarks if mark.position is None]
    if missing:
        return ", ".join(missing)
    return "no calibration, so no mm" if wanted.unit is Unit.MM and not calibrated else ""
