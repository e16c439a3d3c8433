"""Points of a face that measures need and no scheme names: each the middle of some landmarks."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

MIDPOINTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "right_eye": ("eye_right_1", "eye_right_4"),
        "left_eye": ("eye_left_1", "eye_left_4"),
        "eyes": ("eye_right_4", "eye_left_1"),
        "brows": ("brow_right_5", "brow_left_1"),
        "stomion": ("lip_inner_3", "lip_inner_7"),
        "mouth": ("lip_outer_1", "lip_outer_7"),
    }
)
"""Name, as formulas write it, to keys of the scheme ibug68. Right and left are those of the person."""


def sources(names: Iterable[str]) -> tuple[str, ...]:
    """Landmarks that `names`, landmarks or midpoints, rest on; each once, in their order."""
    return tuple(dict.fromkeys(key for name in names for key in MIDPOINTS.get(name, (name,))))


def with_midpoints(points: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """The points, and every midpoint whose landmarks are all among them."""
    found = dict(points)
    for name, keys in MIDPOINTS.items():
        if all(key in points for key in keys):
            xs, ys = zip(*(points[key] for key in keys), strict=True)
            found[name] = (sum(xs) / len(keys), sum(ys) / len(keys))
    return found
