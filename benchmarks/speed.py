"""Time and memory of labelling.

Run: python benchmarks/speed.py [--films FOLDER] [--threads 2] [--memory-films 150]
                               [--qualities fast standard best]

Prints the seconds for one film (read, cascade, write) in a warm process, by part and quality, and the peak memory of
``dentlm label`` on many films, with its course. Without --films it makes films of its own.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import psutil
import torch

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.core.imaging import image_paths, read_image
from napari_dentlm.labelling import label_paths
from sample_data import generate_film
from sample_data.files import write_films

MIB = 2**20


def time_of_one_film(films: list[Path], model: str, quality: str) -> None:
    """Print medians over the films, each labelled alone in a warm process."""
    cascade = Cascade.load(model, "cpu")
    cascade.predict([read_image(films[0]).grey()], quality=quality)
    reading, thinking, whole = [], [], []
    with tempfile.TemporaryDirectory() as work:
        for path in films:
            began = time.perf_counter()
            grey = read_image(path).grey()
            read = time.perf_counter()
            cascade.predict([grey], quality=quality)
            done = time.perf_counter()
            label_paths([path], cascade, work=Path(work), quality=quality)
            reading.append(read - began)
            thinking.append(done - read)
            whole.append(time.perf_counter() - done)
    for name, seconds in (("read", reading), ("cascade", thinking), ("read + cascade + write", whole)):
        slow = sorted(seconds)[int(0.95 * len(seconds))]
        print(
            f"{quality:<9} {name:<22} median {statistics.median(seconds):.3f} s, 95 % {slow:.3f} s, {len(films)} films"
        )


def memory_of_many(films: Path, model: str, count: int) -> None:
    """Print the peak of the resident memory of ``dentlm label``, and its value at every fifth of the time."""
    with tempfile.TemporaryDirectory() as folder:
        code = "from napari_dentlm.cli.main import main; main()"
        arguments = ["label", str(films), "--out", f"{folder}/points.csv", "--work", f"{folder}/w", "--model", model]
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", code, *arguments], stderr=subprocess.DEVNULL)
        watched, course = psutil.Process(process.pid), []
        while process.poll() is None:
            try:
                course.append(watched.memory_info().rss / MIB)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.2)
    fifths = [course[len(course) * part // 5] for part in range(1, 5)] + [course[-1]]
    seconds = time.perf_counter() - began
    print(f"dentlm label on {count} films: {seconds:.0f} s, exit code {process.returncode}")
    print(f"peak memory {max(course):.0f} MiB; course " + ", ".join(f"{mib:.0f}" for mib in fifths))


def make_films(folder: Path, count: int) -> None:
    """Write a few generated films and shifted copies of them: generating takes longer than labelling."""
    write_films([generate_film(7301)], folder, dicom=frozenset(), mirrored=frozenset())
    film = cv2.imread(str(folder / "film_7301.jpg"), cv2.IMREAD_GRAYSCALE)
    for number in range(1, count):
        cv2.imwrite(str(folder / f"copy_{number:03d}.jpg"), film[number % 40 :, number // 40 :])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=Path)
    parser.add_argument("--model", default="ceph19")
    parser.add_argument("--qualities", nargs="+", default=["fast", "standard", "best"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--timed-films", type=int, default=20)
    parser.add_argument("--memory-films", type=int, default=150)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        films = options.films or Path(folder)
        if options.films is None:
            make_films(films, max(options.timed_films, options.memory_films))
        paths = image_paths(films)
        for quality in options.qualities:
            time_of_one_film(paths[: options.timed_films], options.model, quality)
        if options.memory_films:
            memory_of_many(films, options.model, len(paths))


if __name__ == "__main__":
    main()
