"""The films a cascade is trained on: pixels that can be read at any scale, and the points of their readers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade.shape import FaceShape, Frame
from napari_dentlm.cascade.transform import Grey, Pyramid, Transform2D
from napari_dentlm.core.errors import TrainingError

MIN_FRAME_POINTS = 2


@dataclass(frozen=True, slots=True)
class RawFilm:
    """A film as found.

    Parameters
    ----------
    name
        What the reports call it.
    group
        Patient or duplicate group; a group is never divided between training and validation.
    load
        Returns the (H, W) uint8 pixels.
    readers
        (R, K, 2) float64 pixels, one set per reader; NaN where a reader gave no point.
    mm_per_pixel
        Spacing, or None where it is unknown.
    generated
        Whether the film was drawn by `sample_data`.
    """

    name: str
    group: str
    load: Callable[[], Grey]
    readers: NDArray[np.float64]
    mm_per_pixel: float | None
    generated: bool = False

    @property
    def points(self) -> NDArray[np.float64]:
        """(K, 2) mean of the readers, NaN where nobody gave a point."""
        known = np.isfinite(self.readers)
        total = np.where(known, self.readers, 0.0).sum(axis=0)
        count = known.sum(axis=0)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


@dataclass(frozen=True, slots=True)
class TrainingFilm:
    """A film turned upright and facing right, ready to be cut into windows.

    Parameters
    ----------
    pyramid
        The upright pixels.
    points, readers
        As in `RawFilm`, in upright pixels.
    frame
        Where the face lies.
    mm_per_pixel
        Spacing; for a film without one, what its face's size suggests.
    """

    name: str
    group: str
    pyramid: Pyramid
    points: NDArray[np.float64]
    readers: NDArray[np.float64]
    frame: Frame
    mm_per_pixel: float
    generated: bool


def fit_shape(films: Sequence[RawFilm]) -> FaceShape:
    """Average the shapes of the films with every landmark and a known spacing.

    Raises
    ------
    TrainingError
        When there is no such film.
    """
    complete = [f for f in films if np.isfinite(f.points).all() and f.mm_per_pixel is not None]
    complete = [f for f in complete if not f.generated] or complete
    if not complete:
        raise TrainingError(
            "No film has every landmark and a known spacing, so no average face can be computed. "
            "Start from an existing bundle (--start-from) or state the spacing (--spacing)."
        )
    return FaceShape.fit(np.stack([f.points for f in complete]), np.array([f.mm_per_pixel or 0.0 for f in complete]))


def prepare(films: Iterable[RawFilm], shape: FaceShape, first_level: int) -> tuple[list[TrainingFilm], list[str]]:
    """Turn films upright and find their frames.

    Returns
    -------
    films
        Those with at least two points.
    left_out
        One sentence for each film that cannot be used.
    """
    prepared, left_out = [], []
    for film in films:
        if np.isfinite(film.points).all(axis=1).sum() < MIN_FRAME_POINTS:
            left_out.append(f"{film.name}: fewer than {MIN_FRAME_POINTS} points")
            continue
        prepared.append(_prepare(film, shape, first_level))
    return prepared, left_out


def _prepare(film: RawFilm, shape: FaceShape, first_level: int) -> TrainingFilm:
    pixels = film.load()
    height, width = pixels.shape
    rotation, mirrored = shape.pose(film.points)
    upright = Transform2D.upright(width, height, rotation, mirrored)
    pixels = np.rot90(pixels, rotation // 90)
    if mirrored:
        pixels = pixels[:, ::-1]
    points = upright.apply(film.points)
    frame = shape.frame(points)
    return TrainingFilm(
        name=film.name,
        group=film.group,
        pyramid=Pyramid(np.ascontiguousarray(pixels), first_level),
        points=points,
        readers=upright.apply(film.readers),
        frame=frame,
        mm_per_pixel=film.mm_per_pixel or 1.0 / frame.unit,
        generated=film.generated,
    )


def only(film: TrainingFilm, indices: Sequence[int]) -> TrainingFilm:
    """Return the film with a part of its landmarks."""
    chosen = list(indices)
    return replace(film, points=film.points[chosen], readers=film.readers[:, chosen])


def split(films: Sequence[RawFilm], share: float, seed: int) -> tuple[list[RawFilm], list[RawFilm]]:
    """Divide films into training and validation by group; generated films only train.

    Parameters
    ----------
    share
        Part of the real groups that is held out; at least one group when there are two or more.
    seed
        Makes the division repeatable, whatever the order of the films.
    """
    groups = sorted({f.group for f in films if not f.generated})
    rng = np.random.default_rng(seed)
    count = min(len(groups) - 1, max(1, round(share * len(groups)))) if len(groups) > 1 and share > 0 else 0
    held = set(rng.permutation(groups)[:count].tolist())
    training = [f for f in films if f.generated or f.group not in held]
    return training, [f for f in films if not f.generated and f.group in held]
