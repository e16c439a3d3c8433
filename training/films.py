"""The films a cascade is trained on: pixels that can be read at any scale, and the points of their readers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade.dense import DensePipeline, Found
from napari_dentlm.cascade.shape import FaceShape, Frame
from napari_dentlm.cascade.stages.refine import PATCH_SIDES, PATCH_SIZE
from napari_dentlm.cascade.transform import Grey, Pyramid, Transform2D
from napari_dentlm.core.errors import TrainingError

MIN_POINTS = 4
"""With fewer points nobody can tell a mirrored film from a plain one."""
FRAME_POINTS = 6
"""With fewer points the face's place and size are taken from the cascade that a retraining starts from."""


@dataclass(frozen=True, slots=True)
class RawFilm:
    """A film as found.

    Parameters
    ----------
    name
        What the reports call it; what is no Unicode in a file name becomes an escape.
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
    reader_names
        R names, empty where they are not known.
    """

    name: str
    group: str
    load: Callable[[], Grey]
    readers: NDArray[np.float64]
    mm_per_pixel: float | None
    generated: bool = False
    reader_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Make name and group such that cards, reports and hashes can hold them."""
        object.__setattr__(self, "name", printable(self.name))
        object.__setattr__(self, "group", printable(self.group))

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
    source, upright
        The film as found, and the map from its pixels to the upright ones.
    """

    name: str
    group: str
    pyramid: Pyramid
    points: NDArray[np.float64]
    readers: NDArray[np.float64]
    frame: Frame
    mm_per_pixel: float
    generated: bool
    source: RawFilm
    upright: Transform2D

    @property
    def axes(self) -> NDArray[np.float64]:
        """(2, 2) rotation from upright pixels to the face's own axes."""
        turn = np.deg2rad(self.frame.angle)
        return np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def fit_shape(films: Sequence[RawFilm]) -> FaceShape:
    """Average the shapes of the films with every landmark and a known spacing.

    Raises
    ------
    TrainingError
        When there is no such film.
    """
    # A missing landmark makes the extent NaN, which is not above 0 either.
    complete = [f for f in films if f.mm_per_pixel is not None and np.ptp(f.points, axis=0).max() > 0]
    complete = [f for f in complete if not f.generated] or complete
    if not complete:
        raise TrainingError(
            "No film has every landmark and a known spacing, so no average face can be computed. "
            "Start from an existing model (--start-from) or state the spacing (--spacing)."
        )
    return FaceShape.fit(np.stack([f.points for f in complete]), np.array([f.mm_per_pixel or 0.0 for f in complete]))


def prepare(
    films: Iterable[RawFilm], shape: FaceShape, finest_level: int, start: DensePipeline | None = None
) -> tuple[list[TrainingFilm], list[str]]:
    """Turn films upright and find their frames.

    Parameters
    ----------
    films, shape
        The films and the average face.
    finest_level
        Halvings of the pixels that may be left out on films of full resolution.
    start
        The pipeline a retraining goes on from. It says how each film was turned and whether it is a negative,
        and where the face lies when the readers touched only a few points.

    Returns
    -------
    films
        Those whose face was found.
    left_out
        One sentence for each film that cannot be used.
    """
    prepared, left_out = [], []
    for film in films:
        pixels = film.load()
        found = None if start is None or film.generated else start.locate(pixels)
        known = int(np.isfinite(film.points).all(axis=1).sum())
        least = 1 if found is not None else MIN_POINTS
        if known < least:
            left_out.append(f"{film.name}: {known} points, at least {least} are needed to know where the face lies")
            continue
        prepared.append(_prepare(film, pixels, shape, finest_level, found))
    return prepared, left_out


def _prepare(film: RawFilm, pixels: Grey, shape: FaceShape, finest_level: int, found: Found | None) -> TrainingFilm:
    height, width = pixels.shape
    rotation, mirrored = (found.area.rotation, found.area.mirrored) if found else shape.pose(film.points)
    upright = Transform2D.upright(width, height, rotation, mirrored)
    pixels = np.rot90(pixels, rotation // 90)
    pixels = pixels[:, ::-1] if mirrored else pixels
    pixels = 255 - pixels if found and found.area.inverted else pixels
    points = upright.apply(film.points)
    few = np.isfinite(points).all(axis=1).sum() < FRAME_POINTS
    frame = found.frame if found and few else shape.frame(points)
    level = needless_halvings(frame.unit, finest_level)
    return TrainingFilm(
        name=film.name,
        group=film.group,
        pyramid=Pyramid(np.ascontiguousarray(pixels), level),
        points=points,
        readers=upright.apply(film.readers),
        frame=frame,
        mm_per_pixel=film.mm_per_pixel or 1.0 / frame.unit,
        generated=film.generated,
        source=film,
        upright=upright,
    )


def needless_halvings(unit: float, most: int) -> int:
    """Return how often a film may be halved before the finest patch loses detail, ``most`` at most.

    Parameters
    ----------
    unit
        Pixels per face unit.
    most
        The recipe's ``first_level``.
    """
    finest_step = PATCH_SIDES[0] * unit / PATCH_SIZE
    return min(most, max(0, int(np.floor(np.log2(max(finest_step, 1.0)) + 0.25))))


def printable(name: str) -> str:
    """Return a file name as cards, reports and hashes can hold it: what is no Unicode becomes an escape."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
