"""In which order a reader visits the landmarks of a film."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from napari_dentlm.core.annotation import Annotation, Landmark, State
from napari_dentlm.core.calibration import Calibration


class Order(StrEnum):
    """What comes first in a review."""

    URGENCY = "urgency"
    EFFECT = "effect"
    SCHEME = "scheme"


def review_order(annotation: Annotation, order: Order, calibration: Calibration | None = None) -> tuple[str, ...]:
    """Keys in the order of a review.

    By urgency: flagged landmarks first, then by expected error. By effect: those first whose expected error can
    change a measure most. Both follow from what the model said, so that the order stays when the reader confirms.

    Parameters
    ----------
    annotation
        The film as the reader sees it.
    order
        What comes first.
    calibration
        For the effect on lengths.
    """
    keys = annotation.scheme.keys
    if order is Order.SCHEME:
        return keys
    effects: dict[str, float] = {}
    if order is Order.EFFECT:
        # Definitions are read from a file: only for a reader who asks for this order.
        from napari_dentlm.core.measures import effects as effects_on_measures

        effects = effects_on_measures(annotation, calibration)

    def urgency(key: str) -> tuple[bool, float, float]:
        landmark = annotation.landmarks[key]
        flagged = order is Order.URGENCY and bool(landmark.flag)
        return not flagged, -effects.get(key, 0.0), -(landmark.expected_error_px or 0.0)

    return tuple(sorted(keys, key=urgency))


def neighbour(order: Sequence[str], current: str, by: int) -> str:
    """The landmark `by` places after the current one, round and round."""
    return order[(order.index(current) + by) % len(order)]


def next_unfinished(annotation: Annotation, order: Sequence[str], current: str = "") -> str:
    """The next landmark after `current` that still needs the reader; empty when there is none."""
    return _next(annotation, order, current, lambda landmark: not landmark.state.is_final)


def next_missing(annotation: Annotation, order: Sequence[str], current: str) -> str:
    """The next landmark after `current` that has no point and no ruling; empty when there is none."""
    return _next(annotation, order, current, lambda landmark: landmark.state is State.NOT_ASSESSED)


def may_confirm_in_bulk(annotation: Annotation, seen: set[str]) -> tuple[str, ...]:
    """Keys that one key may confirm together: looked at closely, not flagged, and not settled yet."""
    return tuple(
        key
        for key, landmark in annotation.landmarks.items()
        if key in seen and not landmark.flag and landmark.position is not None and not landmark.state.is_final
    )


def _next(annotation: Annotation, order: Sequence[str], current: str, wanted: Callable[[Landmark], bool]) -> str:
    start = order.index(current) + 1 if current else 0
    found = (key for key in (*order[start:], *order[:start]) if wanted(annotation.landmarks[key]))
    return next(found, "")
