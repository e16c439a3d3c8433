"""Faces a second on photographs.

Run: python benchmarks/photo_speed.py FOLDER [--model face68] [--quality standard] [--threads 2] [--count 60]

Each photograph of the folder is put on a grey canvas of 640 x 480 pixels, one face in each. Prints the median time for
finding the faces, for the points of one whose box is known, and for both, one by one and in batches.
"""

import argparse
import statistics
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.transform import Grey
from napari_dentlm.core.imaging import image_paths, read_image

BATCH = 16


def canvas(image: Grey) -> Grey:
    """Return the photograph in the middle of 640 x 480 grey pixels."""
    scale = 440 / max(image.shape)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    whole = np.full((480, 640), 110, np.uint8)
    top, left = (480 - small.shape[0]) // 2, (640 - small.shape[1]) // 2
    whole[top : top + small.shape[0], left : left + small.shape[1]] = small
    return whole


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="face68")
    parser.add_argument("--quality", type=Quality, default=Quality.STANDARD, choices=list(Quality))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--count", type=int, default=60)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    cv2.setNumThreads(given.threads)
    images = [canvas(read_image(path).grey()) for path in image_paths(given.folder)[: given.count]]
    pipeline = Cascade.load(given.model, "cpu").photo
    if pipeline is None:
        parser.error(f"{given.model} labels films")
    finding, pointing = [], []
    for image in images:
        began = time.perf_counter()
        seen = pipeline.faces(image)
        found = time.perf_counter()
        pipeline.label([seen.image] * len(seen.boxes[:1]), seen.boxes[:1], given.quality)
        finding.append(found - began)
        pointing.append(time.perf_counter() - found)
    both = [a + b for a, b in zip(finding, pointing, strict=True)]
    for name, seconds in (("finding the faces", finding), ("points of one face", pointing), ("both", both)):
        median = statistics.median(seconds)
        print(f"{name:<20} median {1000 * median:5.1f} ms, 95 % {1000 * np.percentile(seconds, 95):5.1f} ms")
    print(f"one by one: {1 / statistics.median(both):.0f} faces a second")
    cascade, rates = Cascade.load(given.model, "cpu"), []
    for start in range(0, len(images) - BATCH + 1, BATCH):
        began = time.perf_counter()
        predictions = cascade.predict(images[start : start + BATCH], quality=given.quality)
        rates.append(sum(len(p.faces) for p in predictions) / (time.perf_counter() - began))
    print(f"batches of {BATCH}: {statistics.median(rates):.0f} faces a second")


if __name__ == "__main__":
    main()
