"""The kinds of negatives and how often each is drawn."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.random import Generator

from napari_dentlm.cascade.transform import Grey
from training.augment import vary_grey
from training.films import TrainingFilm
from training.negatives import bodies, photographs, pieces, skulls
from training.negatives.sketch import into_scan, letterboxed

Kind = Callable[[TrainingFilm, Generator, int], Grey]


def _drawn(draw: Callable[[Generator, int], Grey], _: TrainingFilm, rng: Generator, size: int) -> Grey:
    return into_scan(draw(rng, size), rng, size)


def _plain(draw: Callable[[Generator, int], Grey], _: TrainingFilm, rng: Generator, size: int) -> Grey:
    return draw(rng, size)


def _piece(cut: Kind, film: TrainingFilm, rng: Generator, size: int) -> Grey:
    piece = vary_grey(cut(film, rng, size), rng)
    piece = 255 - piece if rng.random() < 0.5 else piece
    piece = piece[:, ::-1] if rng.random() < 0.5 else piece
    return letterboxed(np.rot90(piece, int(rng.integers(4))), rng, size)


KINDS: dict[str, tuple[float, Kind]] = {
    "frontal skull": (3.0, partial(_drawn, skulls.frontal_skull)),
    "panoramic": (2.0, partial(_drawn, skulls.panoramic)),
    "hand": (2.0, partial(_drawn, bodies.hand)),
    "chest": (2.0, partial(_drawn, bodies.chest)),
    "limb": (1.5, partial(_drawn, bodies.limb)),
    "trunk": (1.0, partial(_drawn, bodies.trunk)),
    "face": (2.0, partial(_drawn, photographs.face)),
    "profile": (2.0, partial(_drawn, photographs.profile)),
    "document": (0.7, partial(_drawn, photographs.document)),
    "scene": (1.0, partial(_drawn, photographs.scene)),
    "blank": (0.3, partial(_plain, pieces.blank)),
    "noise": (0.5, partial(_plain, pieces.noise)),
    "shapes": (0.7, partial(_plain, pieces.shapes)),
    "detail": (1.0, partial(_piece, pieces.detail)),
    "crop": (4.0, partial(_piece, pieces.crop)),
    "folded": (1.5, partial(_piece, pieces.folded)),
    "shuffled": (0.7, partial(_piece, pieces.shuffled)),
}
"""Name of each kind, its relative frequency, and what draws it."""


def random_negative(film: TrainingFilm, rng: Generator, size: int) -> Grey:
    """Return a (size, size) uint8 image of any kind without a whole lateral face; pieces are cut from ``film``."""
    weights = np.array([weight for weight, _ in KINDS.values()])
    names = list(KINDS)
    _, draw = KINDS[names[rng.choice(len(names), p=weights / weights.sum())]]
    return draw(film, rng, size)
