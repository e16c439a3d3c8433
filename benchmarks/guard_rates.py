"""How often the guard warns wrongly, and how often it finds a fault.

python benchmarks/guard_rates.py --data $DATA [--limits]

On the tracings of both readers on films 001 to 150 of ISBI 2015 (never on a test film). False alarms: films with any
doubt. "Own limits" are those of the program, which were chosen on these very films; "five folds" takes the limits
of the shape from four fifths of the films and counts on the last fifth. Faults: one is put into each tracing, and is
found when a doubt names one of the landmarks that were touched, or the scale.
`--limits` prints the extremes of the films beside every limit.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import napari_dentlm
from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.formats import isbi_txt
from napari_dentlm.core.guard import Doubt, ShapeStatistics, check
from napari_dentlm.core.guard.face import Face, face_unit
from napari_dentlm.core.guard.limits import NEIGHBOURS, ORDERS, STRAY, TOGETHER
from napari_dentlm.core.scheme import load_scheme

Points = NDArray[np.float64]
SCHEME = load_scheme("isbi19")
SIZE = (1935, 2400)
SCALE = isbi_txt.CALIBRATION
CARD = Path(napari_dentlm.__file__).parent / "cascade" / "models" / "ceph19" / "model.toml"
TRAIN = range(1, 151)
SWAPS = (("Ls", "Li"), ("ANS", "PNS"), ("U1", "L1"), ("S", "N"), ("A", "B"), ("Pog", "Me"), ("Gn", "Me"), ("Po", "Or"))
MARGIN, FOLDS = 1.2, 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with isbi2015/annotations")
    parser.add_argument("--limits", action="store_true", help="print what the limits rest on, and no rates")
    arguments = parser.parse_args()
    readers = isbi_txt.read_isbi_folder(arguments.data / "isbi2015" / "annotations")
    tracings = {reader: [films[number] for number in TRAIN] for reader, films in readers.items()}
    statistics = ShapeStatistics.from_card(CARD)
    if arguments.limits:
        print_limits([points for own in tracings.values() for points in own], statistics)
        return
    print_false_alarms(tracings, statistics)
    print_faults([points for own in tracings.values() for points in own], statistics)


def doubts(points: Points, statistics: ShapeStatistics | None, calibration: Calibration = SCALE) -> tuple[Doubt, ...]:
    """What the guard says of a tracing (K, 2)."""
    marks = [Landmark(key, State.PLACED, Point(*point)) for key, point in zip(SCHEME.keys, points, strict=True)]
    return check(Annotation.of(SCHEME, "", marks), calibration, SIZE, statistics)


def print_false_alarms(tracings: dict[str, list[Points]], statistics: ShapeStatistics) -> None:
    """Films of each reader with any doubt."""
    print("false alarms: films with any doubt")
    for reader, own in tracings.items():
        found = [doubts(points, statistics) for points in own]
        codes = [doubt.code for film in found for doubt in film]
        print(f"  {reader:<8} own limits {_share([bool(film) for film in found])}  {', '.join(codes)}")
    held_out: dict[str, list[bool]] = {reader: [] for reader in tracings}
    for fold in range(FOLDS):
        rest = [p for own in tracings.values() for film, p in enumerate(own) if film % FOLDS != fold]
        fitted = with_limits_of(rest, statistics)
        for reader, own in tracings.items():
            held_out[reader] += [bool(doubts(p, fitted)) for film, p in enumerate(own) if film % FOLDS == fold]
    for reader, found_any in held_out.items():
        print(f"  {reader:<8} five folds {_share(found_any)}")


def with_limits_of(tracings: Sequence[Points], statistics: ShapeStatistics) -> ShapeStatistics:
    """The same average face with the limits that these tracings ask for."""
    turned = [statistics.facing(points) for points in tracings]
    reach = MARGIN * np.max([statistics.distances(points) for points in turned], axis=0)
    return replace(statistics, reach=reach, limit=MARGIN * max(statistics.distance(points) for points in turned))


def print_faults(tracings: Sequence[Points], statistics: ShapeStatistics) -> None:
    """Share of each kind of fault that a doubt names."""
    print(f"\nfaults found, in {len(tracings)} tracings{'':<12}{'rules alone':>14}{'with shapes':>14}")
    rng = np.random.default_rng(0)
    for name, fault in faults(rng):
        rates = []
        for known in (None, statistics):
            rates.append(_share([fault(points, known) for points in tracings]).split(" (")[0])
        print(f"  {name:<36}" + "".join(f"{rate:>14}" for rate in rates))


def faults(rng: np.random.Generator) -> list[tuple[str, Callable[[Points, ShapeStatistics | None], bool]]]:
    """Named faults; each puts itself into a tracing and says whether it was found."""

    def swap(one: str, other: str) -> Callable[[Points, ShapeStatistics | None], bool]:
        rows = [SCHEME.index(one), SCHEME.index(other)]

        def fault(points: Points, statistics: ShapeStatistics | None) -> bool:
            changed = points.copy()
            changed[rows] = points[rows[::-1]]
            return _found(changed, rows, statistics)

        return fault

    def shift(mm: float) -> Callable[[Points, ShapeStatistics | None], bool]:
        def fault(points: Points, statistics: ShapeStatistics | None) -> bool:
            row, angle = int(rng.integers(len(points))), rng.uniform(0, 2 * np.pi)
            changed = points.copy()
            changed[row] += mm / isbi_txt.MM_PER_PIXEL * np.array([np.cos(angle), np.sin(angle)])
            return _found(changed, [row], statistics)

        return fault

    def mirror(points: Points, statistics: ShapeStatistics | None) -> bool:
        row = int(rng.integers(len(points)))
        changed = points.copy()
        changed[row, 0] = SIZE[0] - 1 - changed[row, 0]
        return _found(changed, [row], statistics)

    def off_film(points: Points, statistics: ShapeStatistics | None) -> bool:
        row = int(rng.integers(len(points)))
        changed = points.copy()
        changed[row] += (SIZE[0], 0)
        return _found(changed, [row], statistics)

    def rescale(factor: float) -> Callable[[Points, ShapeStatistics | None], bool]:
        scale = Calibration.user(isbi_txt.MM_PER_PIXEL * factor)
        return lambda points, statistics: any(d.code == "sn_length" for d in doubts(points, statistics, scale))

    return [
        *((f"{one} and {other} swapped", swap(one, other)) for one, other in SWAPS),
        *((f"one point shifted by {mm:.0f} mm", shift(mm)) for mm in (5.0, 10.0, 15.0, 20.0, 30.0)),
        ("one point mirrored on the film", mirror),
        ("one point off the film", off_film),
        *((f"scale times {factor:g}", rescale(factor)) for factor in (10.0, 2.0, 0.5, 0.1)),
    ]


def _found(points: Points, rows: list[int], statistics: ShapeStatistics | None) -> bool:
    touched = {SCHEME.keys[row] for row in rows}
    return any(touched & set(doubt.keys) for doubt in doubts(points, statistics))


def print_limits(tracings: Sequence[Points], statistics: ShapeStatistics) -> None:
    """The extremes of the tracings beside every limit."""
    faces = [dict(zip(SCHEME.keys, points, strict=True)) for points in tracings]
    frames = [(positions, face) for positions in faces if (face := Face.of(positions))]
    print(f"faces whose pose is known: {len(frames)} of {len(faces)}\norder: least distance, limit")
    for rule in ORDERS:
        least = min(face.ahead(p[rule.first], p[rule.second], rule.axis) for p, face in frames)
        print(f"  {rule.code:<28}{least:>7.1f}{-rule.slack:>7.1f}")
    print("neighbours: largest distance, limit")
    for near in NEIGHBOURS:
        most = max(np.linalg.norm(p[near.one] - p[near.other]) / face.unit for p, face in frames)
        print(f"  {near.one + '-' + near.other:<28}{most:>7.1f}{near.most:>7.1f}")
    print(f"nearest landmarks: least distance (together: {TOGETHER:g})")
    least_of = {
        (one, other): min(float(np.linalg.norm(p[one] - p[other])) / (face_unit(p) or np.nan) for p in faces)
        for one, other in combinations(SCHEME.keys, 2)
    }
    for (one, other), near_by in sorted(least_of.items(), key=lambda item: item[1])[:6]:
        print(f"  {one + '-' + other:<28}{near_by:>7.1f}")
    turned = [statistics.facing(points) for points in tracings]
    print("stray: 99th percentile, largest distance, limit")
    strays = np.array([statistics.distances(points) for points in turned])
    for key, column in zip(statistics.keys, strays.T, strict=True):
        print(f"  {key:<28}{np.percentile(column, 99):>7.1f}{column.max():>7.1f}{STRAY[key]:>7.1f}")
    print(f"shape: largest distance {max(map(statistics.distance, turned)):.2f}, limit {statistics.limit:.2f}")


def _share(hits: Sequence[bool]) -> str:
    return f"{100 * float(np.mean(hits)):5.1f} % ({sum(hits)} of {len(hits)})"


if __name__ == "__main__":
    main()
