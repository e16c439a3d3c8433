"""The worst points of a labelled folder, as a list and as pictures to look at.

python benchmarks/worst_points.py points.csv $DATA/isbi2015/annotations --films $DATA/isbi2015/test1 --out FOLDER

Each picture shows 60 mm around the truth: the truth (green), each reader (blue), the model (red) with its expected
error. The pictures show patients' films: keep them out of the repository.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from napari_dentlm.core.formats import isbi_txt, landmark_csv, midpoints
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.scheme import load_scheme

MM = 0.1
HALF = 300
ZOOM = 2
GREEN, BLUE, RED = (0, 220, 0), (255, 160, 60), (60, 60, 255)


def picture(film: Path, row: LandmarkRow, readers: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the neighbourhood of the truth with all marks, (H, W, 3) uint8."""
    grey = np.pad(read_image(film).grey(), HALF)
    left, top = np.rint(truth).astype(int)
    patch = cv2.resize(grey[top : top + 2 * HALF, left : left + 2 * HALF], None, fx=ZOOM, fy=ZOOM)
    canvas = cv2.cvtColor(patch, cv2.COLOR_GRAY2BGR)
    origin = np.array([left, top]) - HALF

    def place(point: np.ndarray) -> tuple[int, int]:
        x, y = np.rint((point - origin) * ZOOM).astype(int)
        return int(x), int(y)

    for reader in readers:
        cv2.drawMarker(canvas, place(reader), BLUE, cv2.MARKER_TILTED_CROSS, 20, 2)
    cv2.drawMarker(canvas, place(truth), GREEN, cv2.MARKER_CROSS, 24, 2)
    found = np.array([row.x, row.y], dtype=float)
    cv2.drawMarker(canvas, place(found), RED, cv2.MARKER_CROSS, 24, 2)
    if row.expected_error_px:
        cv2.circle(canvas, place(found), round(row.expected_error_px * ZOOM), RED, 1)
    return canvas


def main() -> None:
    """List and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", type=Path)
    parser.add_argument("annotations", type=Path)
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    scheme = load_scheme("isbi19")
    readers = isbi_txt.read_isbi_folder(options.annotations)
    found = []
    for row in midpoints(landmark_csv.read(options.csv, scheme)):
        number, key = int(Path(row.image).stem), scheme.index(row.landmark)
        marks = np.stack([points[number][key] for points in readers.values()])
        if row.x is not None and row.y is not None:
            error = MM * float(np.hypot(*(np.array([row.x, row.y]) - marks.mean(axis=0))))
            found.append((error, row, marks))
    found.sort(key=lambda entry: -entry[0])
    options.out.mkdir(parents=True, exist_ok=True)
    for rank, (error, row, marks) in enumerate(found[: options.count], start=1):
        apart = MM * float(np.hypot(*(marks[1] - marks[0])))
        radius = MM * (row.expected_error_px or np.nan)
        flag = "flagged" if row.flag else ""
        print(
            f"{rank:2d} {row.image} {row.landmark:<4} {error:.1f} mm, readers {apart:.1f}, radius {radius:.1f} {flag}"
        )
        drawn = picture(options.films / Path(row.image).name, row, marks, marks.mean(axis=0))
        cv2.imwrite(str(options.out / f"{rank:02d}_{Path(row.image).stem}_{row.landmark}.png"), drawn)


if __name__ == "__main__":
    main()
