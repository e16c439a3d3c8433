"""Takes the pictures of the guide from the program as it is, on generated films and faces.

Run with ``xvfb-run -a -s "-screen 0 2600x1500x24" python docs/pictures.py [OUT]`` from the repository; without OUT the
pictures in ``docs/images`` are written anew.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["NAPARI_CONFIG"] = ""

import cv2
import napari
import numpy as np
from napari.settings import get_settings
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.calibration import Calibration, SpacingSource
from napari_dentlm.gui.agreement_sheet import AgreementSheet
from napari_dentlm.gui.plugin import WorkbenchPanel
from sample_data import GROUP_SEED, GROUP_SIZE, generate_face, generate_group, shipped_films

SIZE, LARGE = (1280, 800), (2560, 1440)
SETTLED_MS = 1200
READER, SECOND = "Dr. Sample", "Dr. Second"


class Desk:
    """A viewer with the workbench, whose pictures go to a folder.

    Parameters
    ----------
    out
        The folder.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.viewer = napari.Viewer(title="napari-dentlm")
        self.viewer.window.resize(*SIZE)
        _, panel = self.viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
        assert isinstance(panel, WorkbenchPanel)
        self.panel, self.workbench, self.session = panel, panel.workbench, panel.workbench.session

    def shoot(self, name: str, widget: QWidget | None = None) -> None:
        """Wait until nothing moves any more and write a picture of the window, or of a widget."""
        QTest.qWait(SETTLED_MS)
        path = self.out / f"{name}.png"
        if widget is None:
            self.viewer.window.screenshot(str(path), canvas_only=False, flash=False)
        else:
            assert widget.grab().save(str(path))

    def page(self, title: str) -> None:
        """Show a page of the panel."""
        pages = self.panel.pages
        pages.setCurrentIndex([pages.tabText(number) for number in range(pages.count())].index(title))

    def label(self, folder: Path) -> None:
        """Open a folder and label all of it."""
        self.session.open([folder])
        worklist, labelling = self.session.worklist, self.workbench.labelling
        while worklist.unread:
            QTest.qWait(50)
        labelling.label_all()
        while labelling.running:
            QTest.qWait(50)

    def show(self, name: str) -> None:
        """Show the film whose name begins so, whole."""
        self.session.show_path(next(e.path for e in self.session.worklist.entries if e.path.name.startswith(name)))
        self.workbench.fit_film()

    def move(self, key: str, dx: float, dy: float) -> None:
        """Correct a point by some pixels."""
        place = self.session.annotation.landmarks[key].position
        self.session.put(key, Point(place.x + dx, place.y + dy))

    def confirm(self, *keys: str) -> None:
        """Confirm points."""
        for key in keys:
            self.session.select(key)
            self.session.confirm()


def main() -> None:
    """Take all pictures."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images"
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        os.environ["DENTLM_SETTINGS"] = str(Path(name) / "settings")
        films, photos = make_films(Path(name) / "films"), make_photos(Path(name) / "photos")
        desk = Desk(out)
        desk.shoot("first-start")
        desk.panel.notice.understood.click()
        desk.session.set_reader(READER)
        desk.label(films)
        picture_failures(desk)
        picture_review(desk)
        picture_doubt(desk)
        picture_second_reader(desk)
        desk.label(photos)
        picture_photos(desk)
        desk.viewer.close()


def make_films(folder: Path) -> Path:
    """The shipped films, one that was copied only halfway, and a picture without anything on it."""
    folder.mkdir()
    for path in shipped_films():
        shutil.copy(path, folder)
    whole = (folder / "film_9001.jpg").read_bytes()
    (folder / "film_9998_half_copied.jpg").write_bytes(whole[: len(whole) // 2])
    cv2.imwrite(str(folder / "film_9999_no_film.png"), np.full((1200, 1000), 90, np.uint8))
    return folder


def make_photos(folder: Path) -> Path:
    """A face and a group."""
    folder.mkdir()
    for name, face in (("face", generate_face(9101)), ("group", generate_group(GROUP_SEED, GROUP_SIZE))):
        cv2.imwrite(str(folder / f"{name}.png"), face.pixels[..., ::-1])
    return folder


def picture_failures(desk: Desk) -> None:
    """What could not be labelled, and where the model looked."""
    desk.show("film_9002")
    desk.shoot("failures")
    desk.panel.failures.clear.click()
    desk.page("View")
    desk.workbench.scene.show_overlay(stages=True)
    desk.shoot("stages")
    desk.workbench.scene.show_overlay(stages=False)


def picture_review(desk: Desk) -> None:
    """A film in review: the window, its points, the drawing, the measures, the export."""
    desk.show("film_9004")
    desk.confirm("S", "N", "ANS")
    for key, dx, dy in (("Or", 12, -8), ("A", 5, 6), ("Go", -14, 9)):
        desk.move(key, dx, dy)
    desk.session.select("Po")
    desk.session.rule(State.NOT_VISIBLE)
    desk.session.calibrate(Calibration(0.1, 0.1, SpacingSource.RULER, "50 mm from (1850.0, 600.0) to (1850.0, 1100.0)"))
    desk.session.select("Or")
    desk.page("Review")
    desk.shoot("plugin")
    picture_looks(desk)
    desk.page("Points")
    desk.shoot("points")
    desk.page("View")
    desk.workbench.scene.show_overlay(tracing=True, planes=True)
    desk.workbench.scene.show_errors(True)
    desk.shoot("view")
    desk.workbench.scene.show_overlay(tracing=False, planes=False)
    desk.workbench.scene.show_errors(False)
    desk.page("Measures")
    desk.shoot("measures")
    desk.page("Export")
    desk.shoot("export")
    desk.workbench.show_help()
    desk.shoot("keys", desk.workbench.help)
    desk.workbench.help.close()


def picture_looks(desk: Desk) -> None:
    """The same window in the light theme and on a large screen."""
    appearance, window = get_settings().appearance, desk.viewer.window
    for theme, size in (("light", SIZE), ("light", LARGE), ("dark", LARGE)):
        appearance.theme = theme
        window.resize(*size)
        desk.shoot(f"plugin-{theme}-{size[0]}")
    window.resize(*SIZE)


def picture_doubt(desk: Desk) -> None:
    """The spines changed places."""
    desk.show("film_9006")
    back, front = (desk.session.annotation.landmarks[key].position for key in ("PNS", "ANS"))
    desk.session.put("ANS", back)
    desk.session.put("PNS", front)
    desk.session.select("ANS")
    desk.page("Review")
    desk.workbench.confirm_seen()
    desk.shoot("doubt")


def picture_second_reader(desk: Desk) -> None:
    """Two readers of the same films, and how well they agree."""
    rng = np.random.default_rng(5)
    films = [f"film_{number}" for number in range(9001, 9006)]
    for reader, spread in ((SECOND, 14.0), (READER, 6.0)):
        desk.session.set_reader(reader)
        for film in films:
            desk.show(film)
            desk.session.calibrate(Calibration.user(0.1))
            for key in desk.session.annotation.landmarks:
                if desk.session.annotation.landmarks[key].position is not None:
                    desk.move(key, *rng.normal(0, spread, 2))
    desk.show("film_9001")
    desk.page("Readers")
    desk.session.compare_with(SECOND)
    desk.panel.readers.show_readers()
    desk.shoot("readers")
    desk.panel.readers.report.click()
    while not (
        sheets := [w for w in QApplication.topLevelWidgets() if isinstance(w, AgreementSheet) and w.isVisible()]
    ):
        QTest.qWait(50)
    desk.shoot("agreement", sheets[0])
    sheets[0].close()
    desk.session.compare_with(None)


def picture_photos(desk: Desk) -> None:
    """The measures of a face, and a group."""
    desk.show("face")
    desk.workbench.scene.show_overlay(planes=True)
    desk.page("Measures")
    desk.shoot("face")
    desk.workbench.scene.show_overlay(planes=False)
    desk.show("group")
    desk.page("Review")
    desk.shoot("group")


if __name__ == "__main__":
    main()
