"""Films and photographs of one folder, told apart without being told: how many get the scheme they should.

    python benchmarks/routing.py --data ../shared/data [--photo-model face68] [--films 150] [--photos 330]

Prints a line for each image that got the wrong scheme or none, then the shares and the time for each image.
"""

import argparse
import time
from pathlib import Path

import torch

from napari_dentlm.cascade.router import Router
from napari_dentlm.core.imaging import read_image


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--film-model", default="ceph19")
    parser.add_argument("--photo-model", default="face68")
    parser.add_argument("--films", type=int, default=150)
    parser.add_argument("--photos", type=int, default=330)
    options = parser.parse_args()
    torch.set_num_threads(1)
    router = Router.load((options.film_model, options.photo_model), "cpu")
    films = sorted((options.data / "isbi2015" / "test1").glob("*.jpg"))[: options.films]
    photos = sorted((options.data / "faces_300w" / "test").glob("*.jpg"))[: options.photos]
    right = 0
    for wanted, paths in (("isbi19", films), ("ibug68", photos)):
        began, good = time.perf_counter(), 0
        for path in paths:
            image = read_image(path)
            (routed,) = router.predict([image.grey()], in_colour=[image.in_colour])
            scheme = routed.cascade.scheme.name if routed.prediction.points is not None else "none"
            good += scheme == wanted
            if scheme != wanted:
                print(f"{path.name}: {scheme} instead of {wanted}. {routed.prediction.refusal}")
        each = (time.perf_counter() - began) / max(1, len(paths))
        print(f"{wanted}: {good} of {len(paths)} right, {1000 * each:.0f} ms an image with decoding")
        right += good
    print(f"together {100 * right / (len(films) + len(photos)):.2f} % of {len(films) + len(photos)}")


if __name__ == "__main__":
    main()
