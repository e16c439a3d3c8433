"""``python -m sample_data OUT_DIR [--seeds 1-20]``: write generated films and their truth.csv."""

from __future__ import annotations

import argparse
from pathlib import Path

from sample_data import FILM_SEEDS, generate_film
from sample_data.files import write_films

# Of the shipped films one faces left and one is a DICOM file, so that a demo meets both.
MIRRORED = frozenset({9007})
DICOM = frozenset({9008})


def parse_seeds(text: str) -> tuple[int, ...]:
    """Read seeds such as ``1-20`` or ``3,5,9001-9008``.

    Raises
    ------
    argparse.ArgumentTypeError
        When a part is not a number or a range that counts up.
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            raise argparse.ArgumentTypeError(f"{part!r} is neither a number nor a range such as 1-20")
        found = range(int(first), int(last or first) + 1)
        if not found:
            raise argparse.ArgumentTypeError(f"the range {part!r} counts down")
        seeds += found
    return tuple(dict.fromkeys(seeds))


def main(arguments: list[str] | None = None) -> None:
    """Run the command; the eight shipped films without ``--seeds``."""
    parser = argparse.ArgumentParser(prog="python -m sample_data", description="Write generated lateral films.")
    parser.add_argument("out_dir", type=Path, help="folder for the films and truth.csv")
    parser.add_argument("--seeds", type=parse_seeds, default=FILM_SEEDS, help="such as 1-20 or 3,5,8")
    given = parser.parse_args(arguments)
    films = (generate_film(seed) for seed in given.seeds)
    truth = write_films(films, given.out_dir, dicom=DICOM, mirrored=MIRRORED)
    print(f"{len(given.seeds)} films and {truth.name} written to {given.out_dir}")


if __name__ == "__main__":
    main()
