"""A folder of thousands of films in the panel: how soon the list is there, and whether memory stays flat.

    xvfb-run -a -s "-screen 0 1600x1200x24" python benchmarks/large_folder.py [--films 3000] [--steps 300]

Makes a folder of hard links to the generated sample films, ten to a patient, most of them with a journal in one of
five states. Prints the seconds until the list is shown, until all journals were read and until the visible pictures
are there, the longest time in which the window did not answer while it read, the memory while the list is scrolled
through, and the seconds and the memory of stepping from film to film.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import napari
import psutil
from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QApplication

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.core.sidecars import SIDECAR_SUFFIX
from sample_data import shipped_films

MIB = 2**20
KEYS = load_scheme().keys


def make_folder(folder: Path, count: int) -> None:
    """Write the films and their journals."""
    sources = shipped_films()
    journals = [_journals_of(film, folder.parent / f"template_{number}") for number, film in enumerate(sources)]
    for number in range(count):
        source = sources[number % len(sources)]
        target = folder / f"patient_{number // 10 + 1:03d}" / f"film_{number + 1:04d}{source.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(source, target)
        journal = journals[number % len(sources)][number // 3 % 6]
        if journal is not None:
            shutil.copyfile(journal, target.with_name(target.name + SIDECAR_SUFFIX))


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _journals_of(film: Path, folder: Path) -> list[Path | None]:
    """Journals of one film: labelled, in review, labelled without flags, done, excluded, and none."""
    image_ids = (read_image(film).image_id,)
    made: list[Path | None] = []
    for number in range(5):
        path = folder / f"{number}{SIDECAR_SUFFIX}"
        with Journal.open(path, image_ids=image_ids, scheme=load_scheme()) as journal:
            journal.predict(_marks(flagged=number != 2), model="model:benchmark@0", options="")
            for key in KEYS[:7] if number == 1 else KEYS if number == 3 else ():
                journal.confirm("benchmark", key)
            if number == 4:
                journal.exclude("benchmark", "Head turned")
        made.append(path)
    return [*made, None]


def _marks(flagged: bool) -> list[Landmark]:
    return [
        Landmark(
            key,
            State.PREDICTED,
            Point(500 + 60 * (number % 5), 600 + 90 * number),
            expected_error_px=12.0 + number,
            flag="The looks of the model differ." if flagged and key == "Go" else "",
        )
        for number, key in enumerate(KEYS)
    ]


class Paints(QObject):
    """Notes when a widget was first drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.first = 0.0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Let everything pass."""
        if event.type() == QEvent.Type.Paint and not self.first:
            self.first = time.perf_counter()
        return False


def wait(ready: Callable[[], bool], seconds: float = 120.0) -> float:
    """Run the window until something is so; returns the longest time in which it did not answer."""
    longest, until = 0.0, time.perf_counter() + seconds
    while not ready() and time.perf_counter() < until:
        began = time.perf_counter()
        QApplication.processEvents()
        longest = max(longest, time.perf_counter() - began)
        time.sleep(0.001)
    return longest


def memory() -> float:
    """Resident memory of this process in MiB."""
    return psutil.Process().memory_info().rss / MIB


def open_folder(panel: QObject, folder: Path) -> None:
    """Open the folder in the panel and print how soon it is there."""
    session, films = panel.workbench.session, panel.films
    paints = Paints()
    films.viewport().installEventFilter(paints)
    began = time.perf_counter()
    session.open([folder])
    print(f"first film shown after {time.perf_counter() - began:.2f} s")
    wait(lambda: paints.first > 0)
    print(f"list of {films.model().rowCount()} films drawn after {paints.first - began:.2f} s")

    def pictures_there() -> bool:
        rows = [session.worklist.shown[row] for row in films.visible_rows()]
        return all(films.thumbnails.get(session.worklist.entries[row].path) is not None for row in rows)

    wait(pictures_there)
    print(f"visible pictures there after {time.perf_counter() - began:.2f} s")
    still = wait(lambda: session.worklist.unread == 0)
    print(f"all journals read after {time.perf_counter() - began:.2f} s; window still for {1e3 * still:.0f} ms at most")


def scroll_through(panel: QObject) -> None:
    """Scroll through the whole list, waiting for the pictures of every page."""
    films, bar = panel.films, panel.films.verticalScrollBar()
    before, pages = memory(), 0
    while True:
        entries = panel.workbench.session.worklist.entries
        paths = [entries[panel.workbench.session.worklist.shown[row]].path for row in films.visible_rows()]
        wait(lambda paths=paths: all(films.thumbnails.get(path) is not None for path in paths), 5.0)
        pages += 1
        if bar.value() >= bar.maximum():
            break
        bar.setValue(bar.value() + bar.pageStep())
    print(f"scrolled {pages} pages: memory {before:.0f} -> {memory():.0f} MiB, {len(films.thumbnails)} pictures kept")


def step_through(panel: QObject, steps: int) -> None:
    """Step from film to film as Page Down does, with a short look at each."""
    session, seconds, course = panel.workbench.session, [], []
    for _ in range(steps):
        following = session.worklist.neighbour(1)
        if following is None:
            break
        until = time.perf_counter() + 0.35
        wait(lambda until=until: time.perf_counter() >= until)
        began = time.perf_counter()
        session.show(following)
        QApplication.processEvents()
        seconds.append(time.perf_counter() - began)
        course.append(memory())
    slow = sorted(seconds)[int(0.95 * len(seconds))]
    print(f"next film, shown and drawn: median {1e3 * statistics.median(seconds):.0f} ms, 95 % {1e3 * slow:.0f} ms")
    tenth = course[min(9, len(course) - 1)]
    print(
        f"{len(course)} films: memory {tenth:.0f} MiB after the tenth, {min(course[9:]):.0f} to {max(course[9:]):.0f} "
        f"afterwards, {course[-1]:.0f} at the end ({course[-1] - tenth:+.0f}; bar +-50)"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=3000)
    parser.add_argument("--steps", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "films"
        make_folder(folder, options.films)
        viewer = napari.Viewer(show=True)
        viewer.window.resize(1280, 800)
        _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
        until = time.perf_counter() + 3
        wait(lambda: time.perf_counter() >= until)
        print(f"panel open: memory {memory():.0f} MiB")
        open_folder(panel, folder)
        scroll_through(panel)
        step_through(panel, options.steps)
        viewer.close()


if __name__ == "__main__":
    main()
