"""The workbench on its way through a review, for the pictures of `make_pictures`."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from picture_folders import many_films, report_card
from PIL import Image
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDialog, QWidget

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.folder import PatientFolder
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.plugin import WorkbenchPanel
from sample_data import generate_face, generate_film, generate_group
from sample_data.files import write_films

SEEDS = (9002, 9003, 9004, 9005, 9006, 9008)
READER, SECOND = "Dr. Sample", "Dr. Second"
WAIT_S = 120
REST_MS = 1000

Picture = tuple[str, QWidget | None]
"""A state's name, and the window to show instead of napari's."""


class Tour:
    """The workbench on its way through a review.

    Parameters
    ----------
    panel
        The panel, new.
    folder
        Empty; the films go there.
    """

    def __init__(self, panel: WorkbenchPanel, folder: Path) -> None:
        self.panel, self.workbench, self.session = panel, panel.workbench, panel.workbench.session
        self.films = [generate_film(seed) for seed in SEEDS]
        self.clinic, self.archive, self.portraits = folder / "clinic", folder / "archive", folder / "portraits"

    def states(self) -> Iterator[Picture]:
        """Bring the workbench into each state in turn."""
        parts = (self._start, self._review, self._pages, self._readers, self._export, self._others, self._photos)
        for part in parts:
            for state in part():
                QTest.qWait(REST_MS)
                yield state

    def page(self, title: str) -> None:
        """Turn to a page of the panel."""
        pages = self.panel.pages
        pages.setCurrentIndex([pages.tabText(row) for row in range(pages.count())].index(title))

    def show(self, name: str) -> None:
        """Show a film by its file name, whole."""
        self.session.show_path(self.clinic / name)
        QTest.qWait(300)
        self.workbench.fit_film()

    # ---- states ----------------------------------------------------------------------------------------------------

    def _start(self) -> Iterator[Picture]:
        yield "first-start", None
        write_films(self.films, self.clinic, dicom=frozenset({SEEDS[-1]}), mirrored=frozenset({SEEDS[2]}))
        whole = (self.clinic / f"film_{SEEDS[0]}.jpg").read_bytes()
        (self.clinic / "film_9998_half_copied.jpg").write_bytes(whole[: len(whole) // 2])
        cv2.imwrite(str(self.clinic / "film_9999_no_film.png"), np.full((900, 900), 120, np.uint8))
        self.panel.notice.understood.click()
        self.panel.reader.setText(READER)
        self.panel.reader.editingFinished.emit()
        self.session.open([self.clinic])
        yield "not-labelled", None
        ended = self._label_all()
        wait_for(lambda: self.panel.jobs.rows["Labelling"].bar.value() >= 2)
        yield "labelling", None
        wait_for(ended)
        yield "failures", None
        self.panel.failures.clear.click()

    def _review(self) -> Iterator[Picture]:
        session = self.session
        self.show("film_9002.jpg")
        self._calibrate_with_ruler()
        for key in ("S", "N", "ANS"):
            session.select(key)
            session.confirm()
        for key, shift in (("Or", (9, -6)), ("A", (-4, 7))):
            session.put(key, self._moved(key, shift))
        session.select("Pogs")
        session.rule(State.NOT_VISIBLE)
        session.put("Pogs", self._moved("Pog", (150, -60)))
        session.select("Po")
        session.rule(State.NOT_VISIBLE)
        session.place_sides("Go", self._moved("Go", (-22, 10)), self._moved("Go", (18, -12)))
        session.select("Or")
        self.workbench.toggle_tracing()
        QTest.qWait(REST_MS)
        self.panel.say("Enter confirms the point and goes to the next one that needs you. F1 shows all keys.")
        yield "review", None
        self.workbench.fit_point()
        yield "close", None
        session.select("Go")
        self.workbench.fit_point()
        yield "both-sides", None
        self.workbench.place_sides()
        yield "placing", None
        self.workbench.stop_placing()
        self.workbench.fit_film()

    def _pages(self) -> Iterator[Picture]:
        view = self.panel.view
        self.page("Points")
        yield "points", None
        self.page("View")
        for part in (view.planes, view.errors):
            part.setChecked(True)
        yield "view", None
        for part in (view.tracing, view.planes, view.errors):
            part.setChecked(False)
        view.stages.setChecked(True)
        self.show("film_9003.jpg")
        yield "stages", None
        view.stages.setChecked(False)
        view.looks.setCurrentText("Inverted")
        yield "inverted", None
        view.looks.setCurrentText("Plain")
        self.show("film_9002.jpg")
        self.page("Measures")
        yield "measures", None
        self.panel.measures.setCurrentWidget(self.panel.measures.challenge)
        yield "challenge", None
        self.panel.measures.setCurrentWidget(self.panel.measures.clinical)
        self.workbench.draw_ruler()
        yield "ruler", None
        self.workbench.stop_placing()

    def _readers(self) -> Iterator[Picture]:
        session, readers = self.session, self.panel.readers
        self.page("Readers")
        for name in ("film_9002.jpg", "film_9003.jpg"):
            self.show(name)
            self._calibrate_with_ruler()
            self._read_all(SECOND, 14)
            self._read_all(READER, 5)
        self.show("film_9003.jpg")
        readers.show_readers()
        readers.compared.setCurrentText(SECOND)
        readers.compared_changed.emit(SECOND)
        yield "readers", None
        readers.report.click()
        sheet = self._sheet("Agreement")
        yield "agreement", sheet
        sheet.close()
        session.compare_with(None)
        self.show("film_9005.jpg")
        readers.blind.setChecked(True)
        for key in ("S", "N"):
            session.select(key)
            session.put(key, Point(*self.films[SEEDS.index(9005)].points[load_scheme().index(key)]))
        session.select_unfinished()
        self.workbench.toggle_placing()
        yield "blind", None
        self.workbench.stop_placing()
        readers.blind.setChecked(False)

    def _export(self) -> Iterator[Picture]:
        report_card(self.clinic / "dentlm-models" / "2026-01-30_12-00-00")
        self.session.open([self.clinic])
        self.show("film_9002.jpg")
        self.page("Export")
        yield "export", None
        self.panel.learn.details.setChecked(True)
        yield "report-card", None
        self.panel.learn.details.setChecked(False)
        self.page("Review")

    def _others(self) -> Iterator[Picture]:
        session = self.session
        self.show("film_9006.jpg")
        session.put("ANS", self._moved("PNS", (-60, 10)))
        session.select("S")
        self.workbench.confirm_seen()
        yield "doubt", None
        self.workbench.show_help()
        assert self.workbench.help is not None
        yield "keys", self.workbench.help
        self.workbench.help.close()
        session.close()
        with_lock = PatientFolder.open(self.clinic)
        session.open([self.clinic])
        session.nudge(1, 0)
        yield "read-only", None
        session.close()
        with_lock.close()
        many_films(self.films[0], self.archive, 400)
        session.open([self.archive])
        wait_for(lambda: self.session.worklist.unread == 0)
        QTest.qWait(1500)
        yield "many-films", None

    def _photos(self) -> Iterator[Picture]:
        self.portraits.mkdir()
        group = generate_group(4, 6)
        for name, picture in (("face.png", generate_face(7)), ("group.png", group)):
            Image.fromarray(picture.pixels).save(self.portraits / name)
        self.session.open([self.portraits])
        self.session.show_path(self.portraits / "group.png")
        QTest.qWait(REST_MS)
        self.workbench.fit_film()
        self.workbench.add_face()
        low = group.points[1].min(axis=0)
        self.workbench.tools.click(Point(float(low[0]), float(low[1])))
        yield "face-box", None
        self.workbench.stop_placing()
        wait_for(self._label_all())
        self.page("Measures")
        self.session.show_path(self.portraits / "face.png")
        self.panel.view.planes.setChecked(True)
        QTest.qWait(REST_MS)
        self.workbench.fit_film()
        yield "face", None
        self.panel.view.planes.setChecked(False)
        self.page("Review")
        self.session.show_path(self.portraits / "group.png")
        QTest.qWait(REST_MS)
        self.workbench.fit_film()
        yield "group", None

    # ---- acts ------------------------------------------------------------------------------------------------------

    def _label_all(self) -> Callable[[], bool]:
        """Begin to label everything; what comes back tells whether it has ended."""
        ended: list[bool] = []
        self.workbench.labelling.ended.connect(lambda: ended.append(True))
        self.panel.jobs.label_all.click()
        return lambda: bool(ended)

    def _moved(self, key: str, shift: tuple[float, float]) -> Point:
        annotation = self.session.annotation
        position = annotation.landmarks[key].position if annotation is not None else None
        assert position is not None, key
        return Point(position.x + shift[0], position.y + shift[1])

    def _calibrate_with_ruler(self) -> None:
        self.workbench.draw_ruler()
        for place in (Point(1850, 600), Point(1850, 1100)):
            self.workbench.tools.click(place)
        self.workbench.tools.use_ruler(50.0)

    def _read_all(self, reader: str, spread: float) -> None:
        self.session.set_reader(reader)
        shifts = np.random.default_rng(int(spread)).normal(0, spread, (19, 2))
        annotation = self.session.annotation
        assert annotation is not None
        for key, shift in zip(annotation.landmarks, shifts, strict=True):
            if annotation.landmarks[key].position is not None:
                self.session.put(key, self._moved(key, (float(shift[0]), float(shift[1]))))
        self.session.set_reader(READER)

    def _sheet(self, title: str) -> QDialog:
        def found() -> list[QDialog]:
            windows = QApplication.topLevelWidgets()
            return [w for w in windows if isinstance(w, QDialog) and w.isVisible() and title in w.windowTitle()]

        wait_for(lambda: bool(found()))
        return found()[0]


def wait_for(condition: Callable[[], bool]) -> None:
    """Let the window work until something has happened."""
    until = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until, "this took too long"
        QTest.qWait(20)
