"""Faces missed, and the time to find them: the detector of face68 beside OpenCV's Haar cascade.

    python benchmarks/face_detection.py --data ../shared/data [--model face68] [--turns -30 0 30]

A face is found when a box overlaps the tight box of its points by half (intersection over union). Further boxes are
counted as well; some of them are faces that nobody labelled. One thread.
"""

import argparse
import statistics
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.stages.photo_area import PhotoAreaStage, overlap
from napari_dentlm.core.formats import ibug_xml

FOUND = 0.5


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default="face68")
    parser.add_argument("--turns", type=float, nargs="+", default=[-30.0, -15.0, 0.0, 15.0, 30.0])
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    photo = Cascade.load(options.model, "cpu").photo
    assert photo is not None
    folder = options.data / "faces_300w"
    faces: dict[str, list[tuple[float, float]]] = {}
    for row in ibug_xml.read(folder / "labels_ibug_300W_test.xml"):
        faces.setdefault(row.image, []).append((row.x, row.y))
    for name, stage in (("own", photo.area), ("haar", PhotoAreaStage())):
        for turn in options.turns:
            print(f"{name:<5} turned {turn:+.0f}: {_measured(stage, folder, faces, turn)}")
    print(f"640 x 480, one face: {1000 * _frame_time(photo.area, folder / next(iter(faces))):.1f} ms")


def _measured(stage: PhotoAreaStage, folder: Path, faces: dict[str, list[tuple[float, float]]], turn: float) -> str:
    missed, further, shares, times = 0, 0, [], []
    for name, places in faces.items():
        image = cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)
        height, width = image.shape
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -turn, 1.0)
        image = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        points = np.array(places) @ matrix[:, :2].T + matrix[:, 2]
        low, size = points.min(axis=0), np.ptp(points, axis=0)
        began = time.perf_counter()
        boxes = stage.find(image)
        times.append(time.perf_counter() - began)
        best = max((overlap(FaceBox(*low, *size), box) for box in boxes), default=0.0)
        missed += best < FOUND
        further += len(boxes) - (best >= FOUND)
        shares.append(best)
    middle = statistics.median(shares)
    return (
        f"{missed} of {len(faces)} missed, overlap {middle:.2f} (median), {further} further boxes, "
        f"{1000 * statistics.median(times):.1f} ms"
    )


def _frame_time(stage: PhotoAreaStage, path: Path) -> float:
    frame = np.full((480, 640), 128, dtype=np.uint8)
    face = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    frame[80 : 80 + face.shape[0], 150 : 150 + face.shape[1]] = face
    times = []
    for _ in range(40):
        began = time.perf_counter()
        stage.find(frame)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


if __name__ == "__main__":
    main()
