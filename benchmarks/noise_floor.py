"""How far two independent sets of labels of the same film lie apart: what no model can be better than.

python benchmarks/noise_floor.py $DATA/isbi2015/annotations

Twenty films stand in both Train and Test1 of ISBI 2015 and were labelled twice. For each landmark: the mean distance
between the two truths (mean of the readers), and what is left of it without their mean offset, divided by the square
root of two. The first is what a perfect copy of one set would score on the other; the second is the noise of one set.
"""

import argparse
from pathlib import Path

import numpy as np

from napari_dentlm.core.formats import isbi_txt
from napari_dentlm.core.isbi_duplicates import TRAIN_TEST1_PAIRS
from napari_dentlm.core.metrics import bootstrap_interval, mre, sdr
from napari_dentlm.core.scheme import load_scheme

MM = 0.1


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("annotations", type=Path)
    readers = isbi_txt.read_isbi_folder(parser.parse_args().annotations)
    truth = {n: np.mean([points[n] for points in readers.values()], axis=0) for pair in TRAIN_TEST1_PAIRS for n in pair}
    apart = MM * np.stack([truth[second] - truth[first] for first, second in TRAIN_TEST1_PAIRS])
    distance = np.linalg.norm(apart, axis=-1)
    noise = np.linalg.norm(apart - apart.mean(axis=0), axis=-1) / np.sqrt(2)
    low, high = bootstrap_interval(distance, mre)
    print(f"all: {mre(distance):.2f} mm ({low:.2f} to {high:.2f}), {100 * sdr(distance, 2.0):.1f} % within 2 mm")
    print(f"noise of one set: {mre(noise):.2f} mm")
    for number, key in enumerate(load_scheme("isbi19").keys):
        print(f"{key:<5} apart {distance[:, number].mean():.2f} mm, noise {noise[:, number].mean():.2f} mm")


if __name__ == "__main__":
    main()
