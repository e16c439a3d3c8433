"""``python -m sample_data OUT_DIR [--seeds 1-20]``: write generated films and their truth.csv.

With ``--faces`` it writes photographs of faces, a group among them, and their truth.xml.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sample_data import FILM_SEEDS, GROUP_SEED, GROUP_SIZE, generate_face, generate_film, generate_group
from sample_data.files import write_films
from sample_data.photos import write_photos

# Of the shipped films one faces left and one is a DICOM file, so that a demo meets both.
MIRRORED = frozenset({9007})
DICOM = frozenset({9008})
FACE_SEEDS = (9101, 9102, 9103)


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
    """Run the command; without ``--seeds`` the eight shipped films, or three faces."""
    parser = argparse.ArgumentParser(prog="python -m sample_data", description="Write generated films or faces.")
    parser.add_argument("out_dir", type=Path, help="folder for the images and their true points")
    parser.add_argument("--seeds", type=parse_seeds, help="such as 1-20 or 3,5,8")
    parser.add_argument("--faces", action="store_true", help="photographs of faces and a group, not films")
    given = parser.parse_args(arguments)
    if given.faces:
        seeds = given.seeds or FACE_SEEDS
        truth = write_photos([*map(generate_face, seeds), generate_group(GROUP_SEED, GROUP_SIZE)], given.out_dir)
        print(f"{len(seeds)} faces, a group and {truth.name} written to {given.out_dir}")
        return
    seeds = given.seeds or FILM_SEEDS
    films = (generate_film(seed) for seed in seeds)
    truth = write_films(films, given.out_dir, dicom=DICOM, mirrored=MIRRORED)
    print(f"{len(seeds)} films and {truth.name} written to {given.out_dir}")


if __name__ == "__main__":
    main()
