"""Checkpoints belong to one training: the same recipe, films and starting point. Others must not be resumed."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from napari_dentlm.cascade.bundle import Bundle
from napari_dentlm.core.files import write_text
from training.division import Division
from training.films import TrainingFilm
from training.recipe import Recipe

UNFINISHED = "unfinished"
"""Folder among the checkpoints for a bundle that is still to be measured."""
_NAME = "training.sha256"


def fingerprint(
    recipe: Recipe, films: Sequence[TrainingFilm], division: Division, start: Bundle | None, max_steps: int
) -> str:
    """Return a hash over everything that decides how a training goes."""
    digest = hashlib.sha256(recipe.model_dump_json().encode())
    digest.update(f"{start.origin if start else ''} {max_steps}".encode())
    for groups in division.held:
        digest.update("\n".join(sorted(groups)).encode() + b"\0")
    for film in films:
        place = film.frame.centre.tolist(), film.frame.unit, film.frame.angle
        digest.update(f"{film.name} {film.mm_per_pixel} {place}".encode() + film.readers.tobytes())
        digest.update(film.pyramid.levels()[0].tobytes())
    return digest.hexdigest()


def keep_only(folder: Path, wanted: str) -> None:
    """Empty the folder of checkpoints unless they belong to the wanted training."""
    mark = folder / _NAME
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_text(mark, wanted)
