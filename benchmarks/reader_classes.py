"""Whether the eight measures of the ISBI challenge come out in the classes that its own files state.

python benchmarks/reader_classes.py $DATA

DATA is the folder of the real films. Each of the 600 reader files holds 19 points and the eight classes. For each
measure: in how many files the class of the computed value is the stated one. Every file that disagrees is named.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.formats import isbi_txt
from napari_dentlm.core.measures import Measured, measure
from napari_dentlm.core.scheme import load_scheme

CHALLENGE_KEYS = tuple(f"isbi.{name}" for name in ("ANB", "SNB", "SNA", "ODI", "APDI", "FHI", "FMA", "MW"))
"""In the order of the class lines."""


@dataclass(frozen=True)
class Agreement:
    """How many files there are, in how many each measure agrees, and what disagrees."""

    files: int
    agreeing: dict[str, int]
    disagreements: list[str]


def agreement(annotations: Path) -> Agreement:
    """Compare the stated with the computed classes of all reader files below a folder."""
    files = sorted(annotations.glob("*/*.txt"))
    agreeing = dict.fromkeys(CHALLENGE_KEYS, 0)
    disagreements = []
    for file in files:
        for computed, stated in zip(_measured(file), _stated(file), strict=True):
            agreeing[computed.definition.key] += computed.grade == stated
            if computed.grade != stated:
                name = f"{file.parent.name}/{file.name} {computed.definition.name}"
                disagreements.append(f"{name}: {computed.text} is class {computed.grade}, the file states {stated}")
    return Agreement(len(files), agreeing, disagreements)


def _measured(file: Path) -> tuple[Measured, ...]:
    scheme = load_scheme("isbi19")
    points = zip(scheme.keys, isbi_txt.read_points(file), strict=True)
    marks = [Landmark(key, State.PLACED, Point(x, y)) for key, (x, y) in points]
    return measure(Annotation.of(scheme, "", marks), isbi_txt.CALIBRATION, CHALLENGE_KEYS)


def _stated(file: Path) -> list[int]:
    lines = file.read_text(encoding="utf-8").split()
    first = len(load_scheme("isbi19").keys)
    return [int(line) for line in lines[first : first + len(CHALLENGE_KEYS)]]


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    found = agreement(parser.parse_args().data / "isbi2015" / "annotations")
    for key, count in found.agreeing.items():
        print(f"{key.removeprefix('isbi.'):<5} {count} of {found.files}")
    print("\n".join(found.disagreements))


if __name__ == "__main__":
    main()
