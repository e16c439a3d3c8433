"""Faces of the test set as other sources show them: large and small, cropped, padded, dark, blurred, pressed.

    python benchmarks/changed_faces.py --data $DATA [--model face68] [--quality standard] [--every 1]

Each photograph goes through the whole cascade, its own detector included. A face is missed when no points lie within
25 % (of the distance between the eyes) of the true ones on average. The truth is moved with the pixels.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.transform import Grey
from napari_dentlm.core.formats import ibug_xml
from napari_dentlm.core.nme import FAILURE, relative_errors
from napari_dentlm.core.scheme import load_scheme

Points = NDArray[np.float64]
Change = Callable[[Grey, Points], tuple[Grey, Points]]
MISSED = 25.0
"""Percent from which on points belong to something else."""


def _scaled(factor: float) -> Change:
    def change(image: Grey, points: Points) -> tuple[Grey, Points]:
        kind = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
        return cv2.resize(image, None, fx=factor, fy=factor, interpolation=kind), (points + 0.5) * factor - 0.5

    return change


def _padded(grey: int, share: float = 1.5) -> Change:
    def change(image: Grey, points: Points) -> tuple[Grey, Points]:
        y, x = (int(share * side) for side in image.shape)
        return cv2.copyMakeBorder(image, y, y, x, x, cv2.BORDER_CONSTANT, value=grey), np.add(points, (x, y))

    return change


def _cropped(image: Grey, points: Points) -> tuple[Grey, Points]:
    """Nothing but the face: 6 % around its points, and some forehead."""
    low, high = points.min(axis=0), points.max(axis=0)
    size = high - low
    left, top = np.maximum(low - (0.06, 0.21) * size, 0).astype(int)
    right, bottom = (high + 0.06 * size).astype(int) + 1
    return image[top:bottom, left:right], points - (left, top)


def _beside_white(image: Grey, points: Points) -> tuple[Grey, Points]:
    return cv2.copyMakeBorder(image, 0, 0, 0, image.shape[1] * 3 // 4, cv2.BORDER_CONSTANT, value=255), points


def _grey(table: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Change:
    levels = np.clip(255 * table(np.linspace(0, 1, 256)), 0, 255).astype(np.uint8)
    return lambda image, points: (levels[image], points)


def _pressed(image: Grey, points: Points) -> tuple[Grey, Points]:
    _, file = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 15])
    return cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), points


def _both(first: Change, second: Change) -> Change:
    return lambda image, points: second(*first(image, points))


CHANGES: dict[str, Change] = {
    "as it is": lambda image, points: (image, points),
    "six times as large": _scaled(6),
    "half as large": _scaled(0.5),
    "a third as large": _scaled(1 / 3),
    "cropped to the face": _cropped,
    "cropped, six times as large": _both(_cropped, _scaled(6)),
    "portrait: light ground, eight times as large": _both(_padded(235, 0.3), _scaled(8)),
    "small on white": _padded(255),
    "small on black": _padded(0),
    "dark": _grey(lambda level: level**2.5),
    "very dark, beside a white wall": _both(_grey(lambda level: 0.1 * level), _beside_white),
    "bright": _grey(lambda level: level**0.4),
    "low contrast": _grey(lambda level: 0.6 + 0.25 * level),
    "blurred by 3 pixels": lambda image, points: (cv2.GaussianBlur(image, (0, 0), 3), points),
    "JPEG of quality 15": _pressed,
}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default="face68")
    parser.add_argument("--quality", type=Quality, default=Quality.STANDARD, choices=list(Quality))
    parser.add_argument("--only", nargs="+", default=list(CHANGES), help="only these changes")
    parser.add_argument("--every", type=int, default=1, help="only every so many photographs")
    options = parser.parse_args()
    cascade, scheme = Cascade.load(options.model, "cpu"), load_scheme("ibug68")
    folder = options.data / "faces_300w"
    faces: dict[str, Points] = {}
    for row in ibug_xml.read(folder / "labels_ibug_300W_test.xml"):
        faces.setdefault(row.image, np.full((len(scheme.keys), 2), np.nan))[scheme.index(row.landmark)] = row.x, row.y
    chosen = list(faces.items())[:: options.every]
    for name, change in ((name, CHANGES[name]) for name in options.only):
        errors = []
        for image, points in chosen:
            pixels, truth = change(cv2.imread(str(folder / image), cv2.IMREAD_GRAYSCALE), points)
            (found,) = cascade.predict([pixels], quality=options.quality)
            seen = [face.points for face in (found, *found.others) if face.points is not None]
            errors.append(min((float(relative_errors(p[None], truth[None], scheme).mean()) for p in seen), default=100))
        near = np.array([error for error in errors if error < MISSED])
        print(
            f"{name:<45} {len(errors) - len(near)} of {len(errors)} missed, NME {near.mean():.2f} %, "
            f"{100 * (near > FAILURE).mean():.1f} % above {FAILURE:.0f} %",
            flush=True,
        )


if __name__ == "__main__":
    main()
