"""Read 500 damaged files, each in a child process with a time and a memory limit, and print what happened.

Run from the repository: ``python benchmarks/damaged_files.py [--count 500] [--seed 0]``. Every kind of file that
is read takes part (made here, and real ones from DENTLM_DATA or ../shared/data where they exist). Each file must
end in an image or in an `UnreadableImageError`; a truncated one always in the error. Exit code 1 otherwise.
POSIX only.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from napari_dentlm.core.errors import UnreadableImageError
from napari_dentlm.core.imaging import iter_frames

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "core" / "imaging"))
from film_files import DAMAGES, KINDS, damaged  # noqa: E402

SECONDS = 10
BYTES = 2_000_000_000
REAL = (
    "isbi2015/train/001.jpg",
    "isbi2015/train/002.jpg",
    "dicom/RG3_J2KR.dcm",
    "dicom/RG3_JLSL.dcm",
    "dicom/RG3_JPLL.dcm",
    "dicom/RG3_RLE.dcm",
    "dicom/panoramic_CR_MONOCHROME1_JPEGLossless.dcm",
    "dicom/CT_no_PixelSpacing.dcm",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one damaged file did."""

    kind: str
    damage: str
    result: str
    seconds: float
    megabytes: float
    noise: str
    message: str


def read_in_child(path: Path, errors: Path, answer: Connection) -> None:
    """Read all frames of a file and send (result, message, peak MB)."""
    resource.setrlimit(resource.RLIMIT_AS, (2 * BYTES, 2 * BYTES))
    os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    result, message = "read", ""
    try:
        for image in iter_frames(path):
            image.grey()
    except UnreadableImageError as error:
        result, message = "refused", str(error)
    except BaseException as error:  # noqa: BLE001 - the point is to see what else comes out
        result, message = "other error", repr(error)
    answer.send((result, message, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000))


def try_file(path: Path, kind: str, damage: str) -> Outcome:
    """Read one file in a child process under the limits."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    errors = path.with_name("stderr.txt")
    started = time.perf_counter()
    child = context.Process(target=read_in_child, args=(path, errors, sender))
    child.start()
    sender.close()
    result, message, megabytes = "crash", "", 0.0
    if not receiver.poll(SECONDS):
        result = "too slow"
        child.kill()
    else:
        try:
            result, message, megabytes = receiver.recv()
        except EOFError:
            child.join()
            message = f"exit code {child.exitcode}"
    seconds = time.perf_counter() - started
    child.join()
    if megabytes * 1e6 > BYTES:
        result = "too large"
    noise = errors.read_text(errors="replace")[:200] if errors.exists() else ""
    return Outcome(kind, damage, result, seconds, megabytes, noise, message)


def sources(folder: Path) -> dict[str, Path]:
    """One whole file of every kind."""
    data = Path(os.environ.get("DENTLM_DATA", REPOSITORY / ".." / "shared" / "data"))
    files = {kind: write(folder) for kind, write in KINDS.items()}
    return files | {f"real {Path(name).name}": data / name for name in REAL if (data / name).exists()}


def is_wrong(outcome: Outcome) -> bool:
    """Whether an outcome breaks a rule."""
    return outcome.result not in ("read", "refused") or (outcome.damage == "truncated" and outcome.result != "refused")


def print_table(outcomes: list[Outcome]) -> None:
    """Print counts by damage, then everything that is wrong or noisy."""
    results = ["refused", "read", "other error", "crash", "too slow", "too large"]
    print(f"{'damage':24}" + "".join(f"{result:>13}" for result in results))
    for damage in (*DAMAGES, "all"):
        counts = Counter(o.result for o in outcomes if damage in (o.damage, "all"))
        print(f"{damage:24}" + "".join(f"{counts[result]:13}" for result in results))
    slowest, largest = max(o.seconds for o in outcomes), max(o.megabytes for o in outcomes)
    noisy = [o for o in outcomes if o.noise]
    print(f"slowest {slowest:.2f} s, largest {largest:.0f} MB, {len(noisy)} wrote to the standard error stream")
    for outcome in noisy[:10]:
        print(f"  noise   {outcome.kind}, {outcome.damage}: {outcome.noise.splitlines()[0]}")
    for outcome in filter(is_wrong, outcomes):
        print(f"  WRONG   {outcome.kind}, {outcome.damage}: {outcome.result} {outcome.message}")


def main() -> int:
    """Damage and read; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    outcomes = []
    with tempfile.TemporaryDirectory() as name:
        files = sources(Path(name))
        kinds = list(files)
        for number in range(options.count):
            kind, damage = kinds[number % len(kinds)], DAMAGES[number // len(kinds) % len(DAMAGES)]
            other = files[kinds[int(rng.integers(len(kinds)))]].read_bytes()
            path = Path(name, f"damaged{files[kind].suffix}")
            path.write_bytes(damaged(files[kind].read_bytes(), other, damage, rng))
            outcomes.append(try_file(path, kind, damage))
    print_table(outcomes)
    return int(any(map(is_wrong, outcomes)))


if __name__ == "__main__":
    sys.exit(main())
