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
from pathlib import Path

FILMS = 3
READER = "killed"
ABOUT = "about to act\n"


def main() -> None:
    """Kill, reopen, compare; print the count of losses."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        work_for_ever(arguments.child, arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        os.environ["DENTLM_SETTINGS"] = os.path.join(name, "settings")
        folder = Path(name) / "films"
        make_films(folder)
        lost = elsewhere = acts = exact = 0
        told: dict = {}
        sure = False
        for number in range(arguments.times):
            lines = killed_run(folder, number)
            states = [json.loads(line) for line in lines if line != ABOUT]
            if sure:
                exact += 1
                elsewhere += (states[0]["film"], states[0]["current"]) != (told["film"], told["current"])
            told, sure = states[-1], lines[-1] != ABOUT
            acts += len(states) - 1
            lost += missing(folder, told, 0 if sure else 1)
        print(f"{arguments.times} kills after {acts} acts: {lost} points lost")
        print(f"{exact} kills between two acts: {elsewhere} starts at another film or point")


def make_films(folder: Path) -> None:
    """Make a folder of generated films with the model's points."""
    from benchmarks.reaction import make_folder
    from napari_dentlm.core.folder import PatientFolder

    predictions = make_folder(folder, FILMS)
    with PatientFolder.open(folder) as patient:
        for found in predictions:
            with patient.journal(found.path, found.image_ids) as journal:
                journal.predict(found.frames[0].landmarks, model=found.origin, options=found.options)


def killed_run(folder: Path, seed: int) -> list[str]:
    """Run a session in a process of its own and kill it at a random moment; what it told comes back."""
    dice = random.Random(seed)
    command = [sys.executable, "-m", "benchmarks.kill_workbench", "--child", str(folder), "--seed", str(seed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    wanted = dice.randint(3, 50)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if len(lines) > wanted:
            break
    process.kill()
    lines += process.stdout.readlines()
    process.wait()
    # The last line may be torn: its act is on the disk, but was not told in full.
    return [line for line in lines if line == ABOUT or line.endswith("}\n")]


def work_for_ever(folder: Path, seed: int) -> None:
    """The session that is killed: random keys, and after each what the window shows."""
    os.environ["NAPARI_CONFIG"] = ""
    import napari
    from qtpy.QtCore import Qt

    from napari_dentlm.gui.plugin import WorkbenchPanel
    from tests.gui import mouse

    viewer = napari.Viewer(title="napari-dentlm")
    _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
    assert isinstance(panel, WorkbenchPanel)
    session = panel.workbench.session
    session.set_reader(READER)
    session.open([folder])
    key = Qt.Key
    keys = [key.Key_Return] * 4 + [key.Key_Right, key.Key_Down, key.Key_N, key.Key_R, key.Key_U, key.Key_Tab]
    dice = random.Random(seed)
    tell(session)
    while True:
        print(ABOUT, end="", flush=True)
        mouse.press(viewer, dice.choice([*keys, key.Key_PageDown, key.Key_PageUp] if dice.random() < 0.2 else keys))
        tell(session)


def tell(session) -> None:
    """Print film, current landmark and all states and places of the film in view, as one line."""
    marks = {
        landmark.key: [str(landmark.state), landmark.position and [landmark.position.x, landmark.position.y]]
        for landmark in session.annotation.landmarks.values()
    }
    print(json.dumps({"film": session.film.image.path.name, "current": session.current, "marks": marks}), flush=True)


def missing(folder: Path, told: dict, under_way: int) -> int:
    """Landmarks of the last film told that the journal does not hold as told; `under_way` acts may be further."""
    from napari_dentlm.core.folder import PatientFolder
    from napari_dentlm.core.imaging import read_image

    path = folder / told["film"]
    ids = [read_image(path).image_id]
    with PatientFolder.open(folder, read_only=True) as patient, patient.journal(path, ids) as journal:
        found = journal.annotation(READER).landmarks
    differing = 0
    for key, (state, position) in told["marks"].items():
        mark = found[key]
        differing += [str(mark.state), mark.position and [mark.position.x, mark.position.y]] != [state, position]
    return max(0, differing - under_way)


if __name__ == "__main__":
    main()
