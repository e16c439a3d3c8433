"""Generated lateral films, and faces on photographs, with exactly known landmarks."""

from __future__ import annotations

from pathlib import Path

from sample_data.face import GeneratedFace, generate_face, generate_group
from sample_data.film import KEYS, GeneratedFilm, generate_film

FILM_SEEDS: tuple[int, ...] = tuple(range(9001, 9009))
GROUP_SEED, GROUP_SIZE = 91, 6
"""Of the group photograph that is shown."""


def films_folder() -> Path:
    """Return the folder with the eight shipped films and their truth.csv."""
    return Path(__file__).parent / "films"


def shipped_films() -> list[Path]:
    """Return the shipped films in the order of FILM_SEEDS."""
    return sorted(path for path in films_folder().glob("film_*") if path.suffix in {".jpg", ".dcm"})


__all__ = [
    "FILM_SEEDS",
    "GROUP_SEED",
    "GROUP_SIZE",
    "KEYS",
    "GeneratedFace",
    "GeneratedFilm",
    "films_folder",
    "generate_face",
    "generate_film",
    "generate_group",
    "shipped_films",
]
