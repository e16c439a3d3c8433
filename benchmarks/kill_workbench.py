"""Kills the workbench in the middle of a session, again and again; nothing confirmed may be lost.

Run with ``xvfb-run -a -s "-screen 0 1600x1000x24" python -m benchmarks.kill_workbench [--times 50]``. Each time a real
window reviews a generated film with keys and tells every act that has returned; then it is killed. The journal on the
disk must hold every act that was told, and the next start must show the same film and point.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
FILMS = 3
READER = "killed"
ABOUT = "about to press "
PAGES = ("PageDown", "PageUp")
# Undoing goes to the landmark whose act it took back.
STEPS = (*PAGES, "Return", "Tab", "U")


@dataclass(slots=True)
class Outcome:
    """What the kills did.

    Parameters
    ----------
    kills, acts
        Sessions that were killed, and acts that they had told before.
    between
        Kills that fell between two acts.
    lost
        Landmarks that the journals do not hold as they were told, one sentence each.
    elsewhere
        Starts that showed another film or point than the session before, one sentence each.
    locked
        Starts that found the folder read only.
    """

    kills: int = 0
    acts: int = 0
    between: int = 0
    lost: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    locked: int = 0


def main() -> None:
    """Kill, reopen, compare; print the count of losses."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.child:
        work_for_ever(arguments.child, arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        outcome = run(arguments.times, arguments.seed, Path(name))
    for sentence in (*outcome.lost, *outcome.elsewhere):
        print(sentence)
    print(f"{outcome.kills} kills after {outcome.acts} acts, {outcome.between} of them between two acts:")
    print(f"{len(outcome.lost)} points lost, {len(outcome.elsewhere)} starts at another film or point,", end=" ")
    print(f"{outcome.locked} starts that could not write")
    raise SystemExit(1 if outcome.lost or outcome.elsewhere or outcome.locked else 0)


def run(kills: int, seed: int, root: Path) -> Outcome:
    """Kill that many sessions on one folder, and start once more; what was found comes back."""
    folder = root / "films"
    make_films(folder)
    outcome = Outcome()
    last: dict[str, Any] | None = None
    under_way = ""
    known: dict[str, dict[str, Any]] = {}
    for number in range(kills + 1):
        lines = killed_run(folder, seed + number, further=number < kills)
        states = [json.loads(line) for line in lines if not line.startswith(ABOUT)]
        if last is not None:
            outcome.elsewhere += moved(last, states[0], under_way)
        if number == kills:
            return outcome
        last, under_way = states[-1], lines[-1].removeprefix(ABOUT).strip() if lines[-1].startswith(ABOUT) else ""
        known |= {state["film"]: state["marks"] for state in states}
        outcome.kills += 1
        outcome.acts += len(states) - 1
        outcome.between += not under_way
        outcome.locked += bool(states[0]["problem"])
        for film, marks in known.items():
            missing = changed(folder, film, marks)
            # The act under way when the session was killed may have reached the disk, but no more than that one.
            outcome.lost += missing[1:] if under_way and film == last["film"] else missing
    return outcome


def moved(before: dict[str, Any], after: dict[str, Any], under_way: str) -> list[str]:
    """Whether a start shows another place than the killed session; a key under way may have led elsewhere."""
    film_may = under_way in PAGES
    point_may = under_way in STEPS
    if (before["film"] != after["film"] and not film_may) or (before["current"] != after["current"] and not point_may):
        places = [f"{state['film']} {state['current']}" for state in (before, after)]
        return [f"killed at {places[0]}, started at {places[1]} ({under_way or 'no key'} under way)"]
    return []


def make_films(folder: Path) -> None:
    """Make a folder of generated films with the model's points."""
    from benchmarks.reaction import make_folder
    from napari_dentlm.core.folder import PatientFolder

    predictions = make_folder(folder, FILMS)
    with PatientFolder.open(folder) as patient:
        for found in predictions:
            with patient.journal(found.path, found.image_ids) as journal:
                journal.predict(found.frames[0].landmarks, model=found.origin, options=found.options)


def killed_run(folder: Path, seed: int, *, further: bool = True) -> list[str]:
    """Run a session in a process of its own and kill it at a random moment; what it told comes back."""
    dice = random.Random(seed)
    command = [sys.executable, "-m", "benchmarks.kill_workbench", "--child", str(folder), "--seed", str(seed)]
    environment = {**os.environ, "DENTLM_SETTINGS": str(folder.parent / "settings")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=REPOSITORY)
    assert process.stdout is not None
    wanted = dice.randint(3, 50) if further else 0
    lines = []
    for line in process.stdout:
        lines.append(line)
        if len(lines) > wanted:
            break
    time.sleep(dice.uniform(0, 0.2))
    process.kill()
    lines += process.stdout.readlines()
    process.wait()
    # The last line may be torn: its act is on the disk, but was not told in full.
    return [line for line in lines if line.endswith("\n")]


def work_for_ever(folder: Path, seed: int) -> None:
    """The session that is killed: random keys, and after each what the window shows."""
    os.environ["NAPARI_CONFIG"] = ""
    import napari
    from qtpy.QtCore import Qt
    from qtpy.QtTest import QTest

    from napari_dentlm.gui.plugin import WorkbenchPanel
    from tests.gui import mouse

    viewer = napari.Viewer(title="napari-dentlm")
    _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
    assert isinstance(panel, WorkbenchPanel)
    session = panel.workbench.session
    session.set_reader(READER)
    session.open([folder])
    acts = ["Return"] * 4 + ["Right", "Down", "N", "R", "U", "Tab"]
    dice = random.Random(seed)
    tell(session)
    while True:
        # A reader looks before he acts, so that some kills fall between two acts.
        QTest.qWait(dice.randint(1, 150))
        name = dice.choice([*acts, *PAGES] if dice.random() < 0.2 else acts)
        print(ABOUT + name, flush=True)
        mouse.press(viewer, getattr(Qt.Key, f"Key_{name}"))
        tell(session)


def tell(session) -> None:
    """Print film, current landmark and all states and places of the film in view, as one line."""
    marks = {
        landmark.key: [str(landmark.state), landmark.position and [landmark.position.x, landmark.position.y]]
        for landmark in session.annotation.landmarks.values()
    }
    state = {"film": session.film.image.path.name, "current": session.current, "marks": marks}
    print(json.dumps({**state, "problem": session.worklist.problem}), flush=True)


def changed(folder: Path, film: str, told: dict[str, Any]) -> list[str]:
    """Landmarks of a film that its journal does not hold as told, one sentence each."""
    from napari_dentlm.core.folder import PatientFolder
    from napari_dentlm.core.imaging import read_image

    path = folder / film
    ids = [read_image(path).image_id]
    with PatientFolder.open(folder, read_only=True) as patient, patient.journal(path, ids) as journal:
        found = journal.annotation(READER).landmarks
    sentences = []
    for key, (state, position) in told.items():
        mark = found[key]
        now = [str(mark.state), mark.position and [mark.position.x, mark.position.y]]
        if now != [state, position]:
            sentences.append(f"{film}: {key} was told to be {state} at {position}, the journal says {now}")
    return sentences


if __name__ == "__main__":
    main()
