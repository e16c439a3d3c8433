"""In which order a reader visits the landmarks of a film."""

from collections.abc import Callable

from napari_dentlm.core.annotation import Annotation, Landmark, State


def review_order(annotation: Annotation) -> tuple[str, ...]:
    """Keys in the order of a review."""
    return annotation.scheme.keys


def neighbour(annotation: Annotation, current: str, by: int) -> str:
    """The landmark `by` places after the current one, round and round."""
    order = review_order(annotation)
    return order[(order.index(current) + by) % len(order)]


def next_unfinished(annotation: Annotation, current: str = "") -> str:
    """The next landmark after `current` that still needs the reader; empty when there is none."""
    return _next(annotation, current, lambda landmark: not landmark.state.is_final)


def next_missing(annotation: Annotation, current: str) -> str:
    """The next landmark after `current` that has no point and no ruling; empty when there is none."""
    return _next(annotation, current, lambda landmark: landmark.state is State.NOT_ASSESSED)


def _next(annotation: Annotation, current: str, wanted: Callable[[Landmark], bool]) -> str:
    order = review_order(annotation)
    start = order.index(current) + 1 if current else 0
    found = (key for key in (*order[start:], *order[:start]) if wanted(annotation.landmarks[key]))
    return next(found, "")
