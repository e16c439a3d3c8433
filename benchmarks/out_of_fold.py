"""What each part of the cascade buys, on training films that the member at work has never seen.

python benchmarks/out_of_fold.py $DATA/isbi2015 [--model ceph19]

Every film is labelled by the one member of the bundle that was trained without its fold. One line for each way of
joining the looks: the mean error, its difference from the standard way with the 95 % interval over films (paired),
the share within 2 mm and beyond 4 mm, and the mean error of gonion, of all films and of the last fifty. Before them
the changes of the readers' habits (see `training/conventions.py`).
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from napari_dentlm.cascade.bundle import Bundle, load_bundle
from napari_dentlm.cascade.dense import CORNERS, TURNS, DensePipeline
from napari_dentlm.cascade.shape import Frame
from napari_dentlm.cascade.stages.refine import COARSE_SHARE, Voice
from napari_dentlm.core.metrics import bootstrap_interval, mre, sdr
from training.conventions import find_changes, in_words, residuals
from training.division import mark
from training.films import RawFilm, prepare
from training.sources import load_films

Array = NDArray[np.float64]
ALL, LAST = slice(None), slice(-50, None)


@dataclass(frozen=True, slots=True)
class Looks:
    """All looks at N films, in mm.

    Parameters
    ----------
    truth
        (N, K, 2) mean of the readers.
    coarse
        (N, T, K, 2), one for each turn of the window, the plain one first.
    centre
        (N, K, 2) refinement from the coarse point itself.
    corners
        (N, 4, K, 2) refinement from beside it.
    again
        (N, K, 2) refinement from ``centre``.
    """

    truth: Array
    coarse: Array
    centre: Array
    corners: Array
    again: Array


def _mixed(looks: Looks, share: float, turns: int = 1) -> Array:
    return share * looks.coarse[:, :turns].mean(axis=1) + (1 - share) * looks.corners.mean(axis=1)


STANDARD = "four starts, coarse point with weight 1/4 (standard)"
CHOICES: dict[str, Callable[[Looks], Array]] = {
    STANDARD: lambda a: _mixed(a, COARSE_SHARE),
    "coarse alone": lambda a: a.coarse[:, 0],
    "coarse alone, window turned three ways": lambda a: a.coarse.mean(axis=1),
    "refined once": lambda a: a.centre,
    "refined a second time from the first result": lambda a: a.again,
    "refined from two starts": lambda a: a.corners[:, :2].mean(axis=1),
    "refined from four starts": lambda a: a.corners.mean(axis=1),
    "four starts, coarse point with weight 1/2": lambda a: _mixed(a, 0.5),
    "four starts, coarse point turned three ways with weight 1/4": lambda a: _mixed(a, 0.25, len(TURNS)),
}


def look(pipeline: DensePipeline, bundle: Bundle, film: RawFilm) -> tuple[Array, ...] | None:
    """Return the looks at one film in its own pixels, or None when it is refused."""
    found = pipeline.locate(film.load())
    if found is None:
        return None
    plain = Frame(found.frame.centre, found.frame.unit)
    coarse = np.stack([pipeline.coarse.points([found.view], [plain], 1, [turn])[0] for turn in TURNS])
    frame = bundle.shape.frame(coarse[0])

    def refined(starts: Array, shift: Array) -> Array:
        return pipeline.refine.once(found.view, frame, starts, Voice(0, shift))[0]

    centre = refined(coarse[0], np.zeros(2))
    corners = np.stack([refined(coarse[0], corner) for corner in CORNERS])
    again = refined(centre, np.zeros(2))
    return tuple(found.area.upright.inverse().apply(points) for points in (coarse, centre, corners, again))


def collect(model: str, folder: Path) -> Looks:
    """Look at every training film with the member that has not seen it."""
    bundle = load_bundle(model)
    films = load_films(folder, bundle.scheme)
    members = [DensePipeline(bundle, torch.device("cpu"), [member]) for member in range(bundle.card.members)]
    pipelines = {
        name: pipeline for number, pipeline in enumerate(members) for name in bundle.card.data[f"held_out_{number}"]
    }
    # Cards of older models hold the names of the films themselves.
    pipelines_of = [pipelines.get(mark(film.name)) or pipelines[film.name] for film in films]
    looks = [(f, found) for f, own in zip(films, pipelines_of, strict=True) if (found := look(own, bundle, f))]
    print(f"{len(looks)} of {len(films)} films labelled")
    print_changes([film for film, _ in looks], [coarse[0] for _, (coarse, *_) in looks], bundle)
    in_mm = [tuple((film.mm_per_pixel or np.nan) * points for points in (film.points, *found)) for film, found in looks]
    return Looks(*(np.stack(part) for part in zip(*in_mm, strict=True)))


def print_changes(films: Sequence[RawFilm], coarse: Sequence[Array], bundle: Bundle) -> None:
    """Print where readers changed their habits."""
    prepared, _ = prepare(films, bundle.shape, 1)
    references = [film.upright.apply(points) for film, points in zip(prepared, coarse, strict=True)]
    print(*in_words(find_changes(residuals(prepared, references)), prepared, bundle.scheme), sep="\n")


def report(looks: Looks, gonion: int, films: slice) -> None:
    """Print a line for each way of joining the looks."""
    errors = {name: np.linalg.norm(choice(looks) - looks.truth, axis=-1)[films] for name, choice in CHOICES.items()}
    for name, error in errors.items():
        low, high = bootstrap_interval(error - errors[STANDARD], mre)
        print(
            f"{name:<60} {mre(error):.3f} mm  {mre(error - errors[STANDARD]):+.3f} ({low:+.3f} to {high:+.3f})  "
            f"{100 * sdr(error, 2.0):.1f} % <= 2 mm  {100 * (error > 4).mean():.2f} % > 4 mm  "
            f"Go {error[:, gonion].mean():.2f} mm"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="ceph19")
    options = parser.parse_args()
    looks = collect(options.model, options.folder)
    gonion = load_bundle(options.model).card.landmarks.index("Go")
    for title, films in (("All films", ALL), ("The last fifty", LAST)):
        print(f"\n{title}")
        report(looks, gonion, films)


if __name__ == "__main__":
    main()
