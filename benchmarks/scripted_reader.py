"""A scripted reader at the workbench: brings every point of real films near the truth with mouse and keys, confirms.

Run with ``xvfb-run -a -s "-screen 0 1600x1000x24" python -m benchmarks.scripted_reader FOLDER`` from the repository;
FOLDER holds ``isbi2015``. The reader presses Enter on a point that is near enough and otherwise clicks where the truth
lies, in place mode, and presses Enter. Printed: keys and clicks a film, and whether the journals replay to the CSV.
"""

import argparse
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

os.environ["NAPARI_CONFIG"] = ""

import napari
import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtTest import QSignalSpy, QTest

from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.formats import ExportPurpose, landmark_csv
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.plugin import WorkbenchPanel
from tests.gui import mouse

NEAR_MM = 1.5
SPACING_MM = 0.1
READER = "scripted"
SCHEME = load_scheme()


def main() -> None:
    """Review the films and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--films", type=int, default=20)
    arguments = parser.parse_args()
    source = arguments.data / "isbi2015"
    films = sorted((source / "test1").glob("*.jpg"))[: arguments.films]
    with tempfile.TemporaryDirectory() as name:
        os.environ["DENTLM_SETTINGS"] = os.path.join(name, "settings")
        folder = Path(name) / "films"
        folder.mkdir()
        for film in films:
            shutil.copy(film, folder)
        truths = {film.name: truth_of(source, film.stem) for film in films}
        review(folder, truths)


def truth_of(source: Path, number: str) -> np.ndarray:
    """(19, 2) mean of the two readers, x then y, pixels."""
    readers = [
        np.loadtxt(source / "annotations" / reader / f"{number}.txt", delimiter=",", max_rows=19)
        for reader in ("senior", "junior")
    ]
    return np.mean(readers, axis=0)


def review(folder: Path, truths: dict[str, np.ndarray]) -> None:
    """Label the folder, review film by film, export, and compare the journals with the CSV."""
    viewer = napari.Viewer(title="napari-dentlm")
    viewer.window.resize(1280, 800)
    _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
    assert isinstance(panel, WorkbenchPanel)
    session, workbench = panel.workbench.session, panel.workbench
    session.set_reader(READER)
    session.open([folder])
    mouse.settle(viewer)
    wait_for(workbench.labelling.ended, panel.jobs.label_all.click)
    counts: list[Counter[str]] = []
    session.show(0)
    while True:
        session.calibrate(Calibration.user(SPACING_MM))
        mouse.settle(viewer)
        counts.append(review_film(viewer, panel, truths[session.film.image.path.name]))
        before = session.worklist.current
        mouse.press(viewer, Qt.Key.Key_PageDown)
        if session.worklist.current == before:
            break
    target = folder / "out.csv"
    wait_for(workbench.exporter.ended, lambda: workbench.exporter.start(READER, ExportPurpose.REPORT, target))
    report(counts, folder, target, truths)
    viewer.close()


def review_film(viewer: napari.Viewer, panel: WorkbenchPanel, truth: np.ndarray) -> Counter[str]:
    """Confirm every point, moving those that lie too far from the truth."""
    session = panel.workbench.session
    count: Counter[str] = Counter()
    layer = panel.workbench.scene.points.layer
    mouse.press(viewer, Qt.Key.Key_A)
    count["other keys"] += 1
    for _ in SCHEME.keys:
        landmark, goal = session.landmark, truth[SCHEME.index(session.current)]
        point = landmark.position
        if point is None or np.hypot(point.x - goal[0], point.y - goal[1]) * SPACING_MM > NEAR_MM:
            mouse.click(viewer, mouse.on_canvas(viewer, layer, goal))
            count["clicks"] += 1
            count["corrected"] += 1
        else:
            count["accepted"] += 1
        mouse.press(viewer, Qt.Key.Key_Return)
        count["confirm keys"] += 1
    return count


def wait_for(signal: object, start) -> None:
    """Start something and wait for its end."""
    spy = QSignalSpy(signal)
    start()
    while not len(spy):
        QTest.qWait(50)


def report(counts: list[Counter[str]], folder: Path, target: Path, truths: dict[str, np.ndarray]) -> None:
    """Print the actions, the distances that remain, and whether CSV and journals agree."""
    total = sum(counts, Counter())
    print(f"{len(counts)} films, {total['accepted']} points accepted, {total['corrected']} corrected")
    print(f"{total['confirm keys'] / (total['accepted'] + total['corrected']):.2f} confirming keys a point")
    print(f"{total['clicks'] / max(total['corrected'], 1):.2f} clicks a corrected point")
    print(f"{total['other keys'] / len(counts):.1f} other keys a film (place mode)")
    rows = landmark_csv.read(target)
    off = [
        np.hypot(*(np.array((row.x, row.y)) - truths[Path(row.image).name][SCHEME.index(row.landmark)])) for row in rows
    ]
    states = {str(row.state) for row in rows}
    print(f"{len(rows)} of {19 * len(counts)} points in the CSV, all {states}")
    print(f"farthest from the truth {max(off) * SPACING_MM:.2f} mm (bar {NEAR_MM} mm)")
    differing = 0
    for row in rows:
        path = folder / row.image
        sidecar = path.with_name(path.name + ".dentlm.jsonl")
        with Journal.open(sidecar, image_ids=[row.image_id], scheme=SCHEME, read_only=True) as journal:
            mark = journal.annotation(READER).landmarks[row.landmark]
        differing += mark.position is None or (mark.position.x, mark.position.y) != (row.x, row.y)
    print(f"{differing} points differ between the journals' replay and the CSV")


if __name__ == "__main__":
    main()
