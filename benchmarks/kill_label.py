"""Kill ``dentlm label`` and a program that edits at random moments and count what is lost: nothing may be.

Run: python benchmarks/kill_label.py [--kills 100] [--model ceph19]
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from napari_dentlm.core.annotation import State
from napari_dentlm.core.imaging import image_paths, read_image
from napari_dentlm.core.journal import Journal, verify
from napari_dentlm.core.scheme import load_scheme
from sample_data import generate_film
from sample_data.files import write_films

# Confirms one landmark after the other and says so on its output only when the journal has it.
EDITOR = """
import sys
from pathlib import Path
from napari_dentlm.core.annotation import Point
from napari_dentlm.core.folder import PatientFolder
from napari_dentlm.core.imaging import image_paths, read_image
with PatientFolder.open(Path(sys.argv[1])) as folder:
    for turn in range(int(sys.argv[2]), 1000000):
        for film in image_paths(Path(sys.argv[1])):
            with folder.journal(film, [read_image(film).image_id]) as journal:
                for key in folder.scheme.keys:
                    journal.place("anna", key, Point(turn + 0.5, 7))
                    journal.confirm("anna", key)
                    print(film.name, key, turn + 0.5, flush=True)
"""


def killed_labelling(films: Path, model: str, quality: str, seconds: float) -> None:
    """Start labelling and kill it some seconds after it wrote its first points."""
    arguments = ["label", str(films), "--out", str(films / "points.csv"), "--model", model, "--quality", quality]
    code = "from napari_dentlm.cli.main import main; main()"
    quiet = subprocess.DEVNULL
    before = journal_bytes(films)
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=quiet, stderr=quiet)
    while process.poll() is None and journal_bytes(films) == before:
        time.sleep(0.01)
    time.sleep(seconds)
    process.kill()
    process.wait()


def journal_bytes(films: Path) -> int:
    """Total size of the journals."""
    return sum(path.stat().st_size for path in films.glob("*.dentlm.jsonl"))


def killed_editing(films: Path, turn: int, seconds: float) -> dict[tuple[str, str], float]:
    """Start editing, kill it some seconds after its first edit, and give what it said was confirmed, with its x."""
    process = subprocess.Popen([sys.executable, "-c", EDITOR, str(films), str(turn)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    said, _ = process.communicate()
    lines = [line.split() for line in (first + said).splitlines() if line.count(" ") == 2]
    return {(film, key): float(x) for film, key, x in lines}


def problems(films: Path, confirmed: dict[tuple[str, str], float]) -> list[str]:
    """Journals that are unreadable, and confirmed points that are not there."""
    found: list[str] = []
    scheme = load_scheme("isbi19")
    for film in image_paths(films):
        sidecar = film.with_name(film.name + ".dentlm.jsonl")
        if not sidecar.exists():
            continue
        with Journal.open(sidecar, image_ids=[read_image(film).image_id], scheme=scheme) as journal:
            if journal.problem:
                found.append(f"{sidecar.name}: {journal.problem}")
            marks = journal.annotation("anna").landmarks
        found += [f"{sidecar.name}: {problem}" for problem in verify(sidecar)]
        for (name, key), x in confirmed.items():
            mark = marks[key]
            # A later act may already stand in the journal that the killed program could not report.
            if name == film.name and (mark.position is None or mark.position.x < x):
                found.append(f"{name} {key}: confirmed at x = {x}, now {mark.state} at {mark.position}")
            elif name == film.name and mark.position.x == x and mark.state is not State.CONFIRMED:
                found.append(f"{name} {key}: was confirmed, now {mark.state}")
    return found


def main() -> None:
    """Kill, look, repeat; the exit code is 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--model", default="ceph19")
    options = parser.parse_args()
    chance = random.Random(1)
    confirmed: dict[tuple[str, str], float] = {}
    lost: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        films = Path(folder)
        write_films(
            [generate_film(seed) for seed in range(7201, 7207)], films, dicom=frozenset({7206}), mirrored=frozenset()
        )
        for kill in range(options.kills):
            if kill % 2:
                confirmed |= killed_editing(films, 1000 * kill, chance.uniform(0.0, 1.5))
            else:
                # Another quality than last time, so that all films are labelled anew.
                killed_labelling(films, options.model, ("fast", "standard")[kill // 2 % 2], chance.uniform(0.0, 3.0))
            lost += problems(films, confirmed)
            print(f"kill {kill + 1}: {len(confirmed)} confirmed points known, {len(lost)} problems", flush=True)
    print("\n".join(lost) or f"{options.kills} kills: no journal unreadable, no confirmed point lost")
    sys.exit(bool(lost))


if __name__ == "__main__":
    main()
