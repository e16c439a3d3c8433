"""Every key and button of napari, and of ours, in random order: no point may be lost, doubled or shifted.

Run with ``xvfb-run -a -s "-screen 0 1600x1000x24" python -m benchmarks.stray_sequences [--sequences 500]``. The keys
are read from napari itself, so that a new release's keys are covered. After each act, what is on the screen is compared
with the annotation, and the annotation with the journal read anew from the disk; after each sequence, undo until
nothing is left must lead back to the model's points. A failure is printed with its seed; ``--seed N --sequences 1``
repeats it. A dialog that a button opens, such as the choice of a colour, is dismissed at once.

Left out, because they open a dialog of files, another program or a window of their own, or end napari: Ctrl+O,
Ctrl+Alt+O, Ctrl+Shift+O (open), Ctrl+S, Ctrl+Alt+S, Alt+S, Shift+Alt+S (save), Ctrl+N (new from the clipboard),
Ctrl+, and Ctrl+Alt+/ (preferences), Ctrl+Shift+C (console), Ctrl+Shift+P (palette), Alt+T, Shift+Alt+T (trace),
Ctrl+W, Ctrl+Q.
"""

import argparse
import faulthandler
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

os.environ.setdefault("NAPARI_CONFIG", "")

import napari
import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QDockWidget

from benchmarks.stray_acts import all_acts, draw
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui import canvas
from tests.gui import mouse
from tests.gui.conftest import Desk, predicted_points, prediction_of

READER = "anna"
LENGTH = 15
SEEDS = (9201, 9202)
_RAISED: list[str] = []


def _silent(_words: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Failure:
    """A sequence that ended with something other than the truth on the screen.

    Parameters
    ----------
    seed
        Repeats it.
    acts
        What was done, the last one last.
    reason
        What was found.
    """

    seed: int
    acts: tuple[str, ...]
    reason: str


def main() -> None:
    """Run the sequences and print the count of failures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=500)
    parser.add_argument("--length", type=int, default=LENGTH)
    parser.add_argument("--seed", type=int, default=0, help="seed of the first sequence")
    parser.add_argument("--keep-layers", action="store_true", help="never remove our layers, which only scripts can")
    parser.add_argument("--tell", action="store_true", help="print each act before it is done")
    arguments = parser.parse_args()
    # Should napari or Qt end the process, what was under way is told.
    faulthandler.enable()
    tell = print if arguments.tell else _silent
    began, done, failures = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as name:
        os.environ["DENTLM_SETTINGS"] = os.path.join(name, "settings")
        films = make_films(Path(name) / "films")
        desk = seat()
        sys.excepthook = remember_error
        for seed in range(arguments.seed, arguments.seed + arguments.sequences):
            work, removals = Path(name) / f"work{seed}", not arguments.keep_layers
            acts, failure = run(desk, films, work, seed, arguments.length, removals=removals, tell=tell)
            done += acts
            if failure is not None:
                failures += 1
                print(f"seed {failure.seed}: {' | '.join(failure.acts)}\n    {failure.reason}", flush=True)
        desk.viewer.close()
    took = time.monotonic() - began
    print(f"{arguments.sequences} sequences, {done} acts, {failures} failures, {took:.0f} s")
    raise SystemExit(1 if failures else 0)


def remember_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Keep what our code raised inside Qt's events, where nobody can catch it; napari's own troubles are its own."""
    lines = traceback.format_exception(kind, error, trace)
    if any("napari_dentlm" in line or "benchmarks" in line for line in lines[1:]):
        _RAISED.append("".join(lines[-3:]))
    print("".join(lines), file=sys.stderr)


def make_films(folder: Path) -> Path:
    """A folder with two generated films."""
    from sample_data import generate_film
    from sample_data.files import write_films

    folder.mkdir()
    write_films([generate_film(seed) for seed in SEEDS], folder, dicom=frozenset(), mirrored=frozenset())
    (folder / "truth.csv").unlink(missing_ok=True)
    return folder


def seat() -> Desk:
    """A viewer with the workbench."""
    viewer = napari.Viewer(title="napari-dentlm")
    _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
    viewer.window.resize(1280, 800)
    panel.workbench.session.set_reader(READER)
    return Desk(viewer, panel)


def run(
    desk: Desk,
    films: Path,
    work: Path,
    seed: int,
    length: int,
    *,
    removals: bool = True,
    tell: Callable[[str], object] = _silent,
) -> tuple[int, Failure | None]:
    """One sequence from a newly labelled folder; the number of acts comes back, and what went wrong."""
    tell(f"seed {seed}")
    start(desk, films, work)
    dice = random.Random(seed)
    acts = all_acts(removals=removals)
    done: list[str] = []
    try:
        for _ in range(length):
            name, act = draw(acts, dice)
            done.append(name)
            tell(name)
            act(desk, dice)
            check(desk)
        done.append("undo all")
        check_undone(desk)
    except AssertionError as error:
        return len(done), Failure(seed, tuple(done), " ".join(str(error).split())[:900])
    return len(done), None


def start(desk: Desk, films: Path, work: Path) -> None:
    """Open the folder with journals of its own, everything as the model left it and napari as it is at its start."""
    viewer, session = desk.viewer, desk.session
    # napari's docks grow with their widest controls and never shrink again; hundreds of sequences leave no canvas.
    window = viewer.window._qt_window
    docks = window.findChildren(QDockWidget)
    window.resizeDocks(docks, [1] * len(docks), Qt.Orientation.Horizontal)
    for layer in viewer.layers:
        layer.visible = True
    for layer in [layer for layer in viewer.layers if not canvas.is_ours(layer)]:
        viewer.layers.remove(layer)
    session.open([films], work=work)
    for entry in session.worklist.entries:
        session.take_prediction(prediction_of(entry.path))
    session.show(0)
    desk.points.visible = True
    desk.points.mode = "pan_zoom"
    viewer.layers.selection.active = desk.points
    mouse.settle(viewer, still=2)
    viewer.reset_view()


# ---- checks ----------------------------------------------------------------------------------------------------------


def check(desk: Desk) -> None:
    """What is on the screen is the annotation, and the annotation is what the journal on the disk replays to."""
    for _ in range(5):
        # What napari did is put right between events.
        QApplication.processEvents()
    raised, _RAISED[:] = "; ".join(_RAISED), []
    assert not raised, f"an event ended in an error: {raised}"
    session = desk.session
    film = session.film
    assert film is not None, "no film in view"
    with Journal.open(film.journal.path, image_ids=film.image_ids, scheme=load_scheme(), read_only=True) as journal:
        assert journal.annotation(READER) == session.annotation, "the annotation is not what the journal replays to"
    assert desk.points in desk.viewer.layers, "the landmarks have no layer"
    if desk.points.visible:
        desk.assert_shows_truth()
    check_aligned(desk)
    check_drawn(desk)


def check_aligned(desk: Desk) -> None:
    """Film, marks and landmarks lie on each other."""
    dims = desk.viewer.dims
    assert dims.ndisplay == 2, "the film does not lie flat"
    assert tuple(dims.order) == tuple(range(dims.ndim)), "the film lies on its side"
    assert not desk.viewer.canvas.grid.enabled, "film and marks lie side by side"
    for layer in desk.viewer.layers:
        if canvas.is_ours(layer):
            assert np.array_equal(layer.affine.affine_matrix, np.eye(3)), f"{layer.name} was shifted"
            assert not np.any(layer.translate), f"{layer.name} was shifted"
            assert np.array_equal(layer.rotate, np.eye(2)), f"{layer.name} was turned"
            assert tuple(layer.scale) == tuple(desk.points.scale), f"{layer.name} has another scale"


def check_drawn(desk: Desk) -> None:
    """The marks that are seen are those of the annotation: drawing them anew changes nothing."""
    marks = desk.workbench.scene.drawing.marks.layer
    assert marks is not None
    assert marks in desk.viewer.layers, "the marks have no layer"
    if marks.visible:
        seen = np.array(marks.vertices), np.array(marks.vertex_colors)
        desk.workbench.scene.render()
        for before, now in zip(seen, (marks.vertices, marks.vertex_colors), strict=True):
            assert np.array_equal(before, now), "the marks on the screen are not those of the annotation"


def check_undone(desk: Desk) -> None:
    """Undo until nothing is left leads back to the model's points, on every film."""
    session = desk.session
    for row in range(len(session.worklist.entries)):
        session.show(row)
        left = -1
        while left != len(session.film.journal.events):
            left = len(session.film.journal.events)
            session.undo()
        found = session.annotation.landmarks
        assert {key: mark.position for key, mark in found.items()} == predicted_points(), "undo left a point elsewhere"
        assert {str(mark.state) for mark in found.values()} == {"predicted"}, "undo left a state"
        check(desk)


if __name__ == "__main__":
    main()
