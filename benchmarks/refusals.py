"""Which images are refused: photographs, other radiographs, drawings, crops of films; and which films are not.

python benchmarks/refusals.py --data ../shared/data
python benchmarks/refusals.py --data ../shared/data --films isbi2015/test1
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade import Cascade, Quality
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats.isbi_txt import read_isbi_folder
from napari_dentlm.core.imaging import image_paths, read_image
from napari_dentlm.core.isbi_duplicates import TRAIN_TWINS
from sample_data import generate_film
from sample_data.curves import Points
from sample_data.drawing import Drawing, Pose
from sample_data.exposure import develop
from sample_data.plate import expose
from training.negatives import bodies, photographs, skulls
from training.negatives.sketch import ellipse, smooth

Image = NDArray[np.uint8]
Judge = Callable[[Image], tuple[str, float]]
"""Returns why an image is refused, or an empty text, and the score of its face."""
FIRST_SEED = 50_000_000
"""Far from every seed of the trainings."""


def main() -> None:
    """Print a line for each group."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--films", default="isbi2015/train", help="folder of real films inside --data")
    parser.add_argument("--model", default="ceph19")
    parser.add_argument("--quality", default="standard")
    parser.add_argument("--most", type=int, default=150, help="images of a group")
    parser.add_argument("--group", default="", help="only the groups whose name holds this")
    options = parser.parse_args()
    judge = _judge(options.model, options.quality)
    print(f"{'group':<36}{'images':>7}{'refused':>9}{'lowest':>9}{'5 %':>7}{'median':>8}{'95 %':>7}{'highest':>9}")
    for wanted, groups in (("to be refused", _others(options)), ("to be labelled", _films(options))):
        print(wanted)
        for name, images in groups.items():
            if options.group in name:
                _report(name, images, judge, options.most)


def _report(name: str, images: Iterable[Image], judge: Judge, most: int) -> None:
    verdicts = [judge(image) for image, _ in zip(images, range(most), strict=False)]
    if not verdicts:
        return
    scores = np.quantile([score for _, score in verdicts], [0, 0.05, 0.5, 0.95, 1])
    refused = sum(bool(reason) for reason, _ in verdicts)
    low, five, half, most_of_all, high = (f"{score:.3f}" for score in scores)
    print(f"{name:<36}{len(verdicts):>7}{refused:>9}{low:>9}{five:>7}{half:>8}{most_of_all:>7}{high:>9}", flush=True)


def _judge(model: str, quality: str) -> Judge:
    cascade = Cascade.load(model)

    def judge(image: Image) -> tuple[str, float]:
        (found,) = cascade.predict([np.ascontiguousarray(image)], quality=Quality(quality))
        return found.refusal, found.face_area.scores["face"] if found.face_area else 0.0

    return judge


def _others(options: argparse.Namespace) -> dict[str, Iterable[Image]]:
    """Groups of images that are no lateral films, named."""
    most, data = options.most, options.data
    return {
        "face photographs (300-W test)": _read(data / "faces_300w" / "test", most),
        "face photographs (YouTube)": _read(data / "faces_youtube" / "training", most),
        "DICOM folder": _read(data / "dicom", most),
        "blanks": _drawn(_blank, most),
        "noise": _drawn(_noise, most),
        "frontal skulls, drawn as films": (_frontal_film(FIRST_SEED + n) for n in range(min(most, 60))),
        "frontal skulls, drawn as negatives": _drawn(skulls.frontal_skull, most),
        "panoramics, drawn": _drawn(skulls.panoramic, most),
        "hands, drawn": _drawn(bodies.hand, most),
        "chests, drawn": _drawn(bodies.chest, most),
        "limbs, drawn": _drawn(bodies.limb, most),
        "profile photographs, drawn": _drawn(photographs.profile, most),
        "documents, drawn": _drawn(photographs.document, most),
        "crops, at most half of the points": _crops(data, most, 0.0, 0.5),
    }


def _films(options: argparse.Namespace) -> dict[str, Iterable[Image]]:
    """Groups of lateral films, named."""
    data, seeds = options.data, range(30000, 30000 + min(options.most, 20))
    twins = [image for image, _ in _labelled_films(data, TRAIN_TWINS)][: options.most]
    generated = (
        [generate_film(seed).pixels for seed in seeds] if "generated" in options.group or not options.group else []
    )
    groups: dict[str, Iterable[Image]] = {
        f"films of {options.films}": _read(data / options.films, options.most),
        "Bolton film": _read(data / "ceph_other", options.most, "bolton"),
        "films not trained on": twins,
        "generated films": generated,
        "films cut behind the ear": _cut_films(data, "behind"),
        "films cut above the chin's edge": _cut_films(data, "below"),
    }
    for name, change in CHANGES.items():
        groups[f"films not trained on, {name}"] = map(change, twins)
        groups[f"generated films, {name}"] = map(change, generated)
    return groups


def _read(folder: Path, most: int, start: str = "") -> Iterator[Image]:
    """Images of a folder, evenly picked; one without pixels is a blank."""
    paths = [path for path in image_paths(folder) if path.name.startswith(start)]
    for path in paths[:: max(1, len(paths) // most)]:
        try:
            yield read_image(path).grey()
        except DentLMError:
            yield np.zeros((64, 64), np.uint8)


def _drawn(draw: Callable[[np.random.Generator, int], Image], count: int) -> Iterator[Image]:
    for number in range(count):
        rng = np.random.default_rng(FIRST_SEED + number)
        yield draw(rng, int(rng.choice([300, 400, 600])))


def _blank(rng: np.random.Generator, size: int) -> Image:
    slope = np.linspace(rng.uniform(0, 255), rng.uniform(0, 255), size)[None] * np.ones((int(size * 1.2), 1))
    return np.clip(slope + rng.normal(0, rng.uniform(0, 12), slope.shape), 0, 255).astype(np.uint8)


def _noise(rng: np.random.Generator, size: int) -> Image:
    field = rng.normal(0, 1, (size, int(size * rng.uniform(0.6, 1.6))))
    field = cv2.GaussianBlur(field, (0, 0), float(np.exp(rng.uniform(-1, 4))))
    return np.clip(128 + 60 * field / field.std(), 0, 255).astype(np.uint8)


def _labelled_films(data: Path, numbers: Iterable[int]) -> Iterator[tuple[Image, Points]]:
    """Films of the training part with the mean of their readers."""
    readers = list(read_isbi_folder(data / "isbi2015" / "annotations").values())
    for number in sorted(numbers):
        (path,) = (data / "isbi2015" / "train").glob(f"{number:03d}.*")
        yield read_image(path).grey(), np.mean([points[number] for points in readers], axis=0)


def _crops(data: Path, count: int, least: float, most: float) -> Iterator[Image]:
    """Parts of films not trained on, with that share of the points inside."""
    rng, films = np.random.default_rng(FIRST_SEED), list(_labelled_films(data, TRAIN_TWINS))
    found = 0
    while found < count:
        image, points = films[rng.integers(len(films))]
        size = np.array(image.shape[::-1])
        extent = rng.uniform(0.2, 0.9, 2) * size
        low = (rng.uniform(0, 1, 2) * (size - extent)).astype(int)
        high = low + extent.astype(int)
        if least <= ((points >= low) & (points < high)).all(axis=1).mean() <= most:
            found += 1
            yield image[low[1] : high[1], low[0] : high[0]]


def _cut_films(data: Path, side: str) -> Iterator[Image]:
    """Films not trained on that end just so that two of their points lie outside."""
    for image, points in _labelled_films(data, TRAIN_TWINS):
        if side == "behind":
            yield image[:, int(np.sort(points[:, 0])[1]) + 1 :]
        else:
            yield image[: int(np.sort(points[:, 1])[-2])]


def _frontal_film(seed: int) -> Image:
    """A skull from the front, drawn and developed as the generated lateral films are."""
    rng = np.random.default_rng(seed)
    drawing = Drawing()
    wide, tall = rng.uniform(68, 82), rng.uniform(78, 92)
    low = tall + rng.uniform(40, 60)
    jaw = [
        (-0.8 * wide, 40),
        (-0.78 * wide, low - 40),
        (-25, low),
        (25, low),
        (0.78 * wide, low - 40),
        (0.8 * wide, 40),
    ]
    drawing.fill(ellipse(0, 25, 1.1 * wide, 1.35 * tall), rng.uniform(0.1, 0.2), 3.0)
    vault = ellipse(0, 0, wide, tall)
    drawing.bone(np.vstack([vault, vault[:1]]), rng.uniform(0.2, 0.35), rng.uniform(0.4, 0.7), rng.uniform(3, 7))
    drawing.fill(smooth([*jaw, (0.6 * wide, 45), (45, low - 45), (-45, low - 45), (-0.6 * wide, 45)], closed=True), 0.3)
    for side in (-1, 1):
        orbit = ellipse(side * rng.uniform(30, 36), 25, rng.uniform(17, 22), rng.uniform(15, 20), side * 8, 2.4)
        drawing.fill(orbit, -0.2, 0.8)
        drawing.line(orbit, 1.6, 0.3)
        drawing.fill(ellipse(side * 28, 65, 14, 18), -0.12, 1.0)
        drawing.line([(side * 12, 48), (side * 62, 38)], 6, rng.uniform(0.1, 0.3), 1.0)
    drawing.fill(ellipse(0, 58, 12, 20, power=1.7), -0.2, 0.6)
    drawing.line([(0, 35), (rng.uniform(-2, 2), 78)], 1.5, 0.3)
    for row, height in ((-1, 9.0), (1, 8.0)):
        for number in range(-7, 8):
            drawing.bone(ellipse(number * 6.5, 92 + row * height, 3.1, height, power=3), 0.3, 0.15, 0.8)
    for number in range(4):
        drawing.bone(ellipse(0, low + 4 + 17 * number, 14, 7.5, power=4), 0.25, 0.15, 1.0)
    width, height = int(rng.uniform(1700, 2300)), 2400
    centre = np.array([width / 20 + rng.uniform(-8, 8), 85 + rng.uniform(-6, 6)])
    pose = Pose(rng.uniform(0.85, 1.0), float(rng.normal(0, 4)), centre)
    absorption = expose(drawing.posed(pose).strokes, (width // 2 + 1, height // 2), 0.2)
    return develop(absorption, (width, height), rng)


def _labels(image: Image) -> Image:
    """A ruler along one side, a label and a name."""
    height, width = image.shape
    marked = image.copy()
    for mark in range(30):
        cv2.rectangle(marked, (width - 60, 60 * mark), (width - 20, 60 * mark + 6), 255, -1)
    cv2.rectangle(marked, (40, height - 420), (600, height - 160), 240, -1)
    cv2.putText(marked, "NAME 12.03.1987", (70, height - 280), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 20, 4)
    cv2.putText(marked, "L", (width // 2, 160), cv2.FONT_HERSHEY_SIMPLEX, 4, 255, 12)
    return marked


def _resized(image: Image, factor: float) -> Image:
    return cv2.resize(
        image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    )


CHANGES: dict[str, Callable[[Image], Image]] = {
    "mirrored": lambda i: i[:, ::-1],
    "turned by 90": lambda i: np.rot90(i, -1),
    "turned by 180": lambda i: np.rot90(i, 2),
    "turned by 270": np.rot90,
    "inverted": lambda i: 255 - i,
    "0.3 mm": lambda i: _resized(i, 1 / 3),
    "0.05 mm": lambda i: _resized(i, 2.0),
    "padded black": lambda i: np.pad(i, i.shape[1] // 5),
    "padded white": lambda i: np.pad(i, i.shape[1] // 5, constant_values=255),
    "with ruler and label": _labels,
}


if __name__ == "__main__":
    main()
