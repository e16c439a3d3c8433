"""How far points move when a film is mirrored, turned, inverted, halved or padded; accuracy on generated films.

python benchmarks/changed_films.py --generated 20 --first-seed 20000
python benchmarks/changed_films.py FOLDER [--films 20]
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade import Cascade
from napari_dentlm.core.imaging import image_paths, read_image
from sample_data import generate_film

Image = NDArray[np.uint8]
Points = NDArray[np.float64]
Change = Callable[[Image], tuple[Image, Callable[[Points], Points]]]
MM = 0.1


def mirror(image: Image) -> tuple[Image, Callable[[Points], Points]]:
    """Left and right exchanged."""
    return image[:, ::-1], lambda p: np.stack([image.shape[1] - 1 - p[:, 0], p[:, 1]], axis=1)


def turn(image: Image, quarters: int) -> tuple[Image, Callable[[Points], Points]]:
    """Turned clockwise by so many quarters."""
    height, width = image.shape
    back = {
        1: lambda p: np.stack([p[:, 1], height - 1 - p[:, 0]], axis=1),
        2: lambda p: np.array([width - 1, height - 1]) - p,
        3: lambda p: np.stack([width - 1 - p[:, 1], p[:, 0]], axis=1),
    }
    return np.rot90(image, -quarters), back[quarters]


def halve(image: Image) -> tuple[Image, Callable[[Points], Points]]:
    """Reduced to half size."""
    size = image.shape[1] // 2, image.shape[0] // 2
    factor = np.array([image.shape[1] / size[0], image.shape[0] / size[1]])
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA), lambda p: (p + 0.5) * factor - 0.5


def pad(image: Image, grey: int) -> tuple[Image, Callable[[Points], Points]]:
    """Padded by 20 % of the width on all sides."""
    border = image.shape[1] // 5
    return np.pad(image, border, constant_values=grey), lambda p: p - border


CHANGES: dict[str, Change] = {
    "mirrored": mirror,
    "turned by 90": lambda i: turn(i, 1),
    "turned by 180": lambda i: turn(i, 2),
    "turned by 270": lambda i: turn(i, 3),
    "inverted": lambda i: (255 - i, lambda p: p),
    "half size": halve,
    "padded black": lambda i: pad(i, 0),
    "padded white": lambda i: pad(i, 255),
    "mirrored, turned, inverted": lambda i: (lambda t: (255 - t[0], lambda p: mirror(i)[1](t[1](p))))(
        turn(np.ascontiguousarray(mirror(i)[0]), 1)
    ),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--films", type=int, default=20)
    parser.add_argument("--generated", type=int, default=0)
    parser.add_argument("--first-seed", type=int, default=20000)
    parser.add_argument("--model", default="ceph19")
    options = parser.parse_args()
    cascade = Cascade.load(options.model)
    if options.folder:
        images = [read_image(p).grey() for p in image_paths(options.folder)[: options.films]]
    else:
        drawn = [generate_film(options.first_seed + n) for n in range(options.generated)]
        images = [film.pixels for film in drawn]
    plain = [cascade.predict([image])[0] for image in images]
    if not options.folder:
        errors = [np.linalg.norm(p.points - f.points, axis=1).mean() * MM for p, f in zip(plain, drawn, strict=True)]
        print(f"against the true points: mean {np.mean(errors):.2f} mm, worst film {np.max(errors):.2f} mm")
    print(f"{'change':<30}{'mean mm':>8}{'worst film':>12}{'refused':>9}")
    for name, change in CHANGES.items():
        moved, refused = [], 0
        for image, before in zip(images, plain, strict=True):
            changed, back = change(image)
            (after,) = cascade.predict([np.ascontiguousarray(changed)])
            if after.points is None or before.points is None:
                refused += 1
                continue
            moved.append(np.linalg.norm(back(after.points) - before.points, axis=1).mean() * MM)
        print(f"{name:<30}{np.mean(moved):>8.3f}{np.max(moved):>12.3f}{refused:>9}", flush=True)


if __name__ == "__main__":
    main()
