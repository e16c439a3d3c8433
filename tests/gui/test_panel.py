"""The panel: folders, lists, calibration, export, and failures in words."""

import subprocess
import sys
from pathlib import Path

import pytest
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDropEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QScrollBar,
    QTabBar,
    QTableView,
)

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.calibration import SpacingSource
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.folder import PatientFolder
from napari_dentlm.core.formats import ExportPurpose, landmark_csv
from napari_dentlm.core.settings import load_settings
from napari_dentlm.gui.plugin import WorkbenchPanel
from napari_dentlm.gui.reading import default_reader
from tests.gui import mouse
from tests.gui.conftest import KEYS, prediction_of


def drop(panel, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    keys, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    panel.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))


def cells(view, column: int) -> list[str]:
    model = view.model()
    return [model.data(model.index(row, column)) for row in range(model.rowCount())]


def test_a_dropped_folder_opens(empty_desk, films):
    drop(empty_desk.panel, films)
    assert cells(empty_desk.panel.films, 0) == ["film_7101.jpg", "film_7102.jpg", "film_7103.dcm"]
    assert cells(empty_desk.panel.films, 1) == ["○ new"] * 3
    assert empty_desk.session.film.image.path.name == "film_7101.jpg"


def test_dropped_files_are_listed_alone(empty_desk, films):
    drop(empty_desk.panel, films / "film_7102.jpg", films / "film_7103.dcm")
    assert cells(empty_desk.panel.films, 0) == ["film_7102.jpg", "film_7103.dcm"]


def test_the_list_follows_the_review(desk, qtbot):
    assert cells(desk.panel.films, 1)[0] == "◔ labelled"
    desk.workbench.confirm_and_next()
    qtbot.waitUntil(lambda: cells(desk.panel.films, 1)[0] == "◑ in review")


def test_a_click_in_the_list_opens_the_film(desk):
    view = desk.panel.films
    place = view.visualRect(view.model().index(1, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert desk.session.film.image.path.name == "film_7102.jpg"


def test_page_keys_go_through_the_films(desk):
    desk.press(Qt.Key.Key_PageDown)
    assert desk.session.film.image.path.name == "film_7102.jpg"
    desk.press(Qt.Key.Key_PageUp)
    desk.press(Qt.Key.Key_PageUp)
    assert desk.session.film.image.path.name == "film_7101.jpg"
    assert desk.panel.words.text() == "This is the first film."


def test_the_landmark_table_shows_the_states(desk):
    desk.session.select("Po")
    desk.workbench.mark_not_visible()
    table = desk.panel.landmarks
    assert [cell.split()[0] for cell in cells(table, 0)] == list(KEYS)
    assert cells(table, 1)[KEYS.index("Po")] == "– not visible"
    assert cells(table, 2)[KEYS.index("S")] == "± 20 px"
    assert table.currentIndex().row() == KEYS.index("Po")


def test_a_click_in_the_landmark_table_selects_the_point(desk):
    table = desk.panel.landmarks
    place = table.visualRect(table.model().index(4, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert desk.session.current == "A"


def test_without_a_calibration_no_mm_are_shown(desk):
    assert not desk.viewer.canvas.overlays.scale_bar.visible
    assert "No calibration" in desk.panel.calibration.source.text()
    assert not any("mm" in cell for cell in cells(desk.panel.landmarks, 2))


def test_typing_a_calibration(desk, journal_of):
    box = desk.panel.calibration
    box.value.setValue(0.125)
    QTest.mouseClick(box.apply, Qt.MouseButton.LeftButton)
    known = journal_of().calibration("anna")
    assert (known.row_mm, known.column_mm, known.source) == (0.125, 0.125, SpacingSource.USER)
    assert "0.125 mm per pixel, typed" in box.source.text()
    assert tuple(desk.points.scale) == (0.125, 0.125)
    assert desk.viewer.canvas.overlays.scale_bar.visible
    assert cells(desk.panel.landmarks, 2)[0] == "± 2.5 mm"
    mouse.settle(desk.viewer)
    goal = desk.drag("Go", (90, -60))
    assert desk.apart("Go", goal) <= desk.tolerance
    desk.workbench.undo()
    desk.workbench.undo()
    assert "No calibration" in box.source.text()
    assert tuple(desk.points.scale) == (1, 1)


def test_a_calibration_of_the_file_is_shown_with_its_source(desk):
    desk.session.show(2)
    assert "0.1 mm per pixel, from the file" in desk.panel.calibration.source.text()


@pytest.mark.parametrize(
    ("purpose", "keys"),
    [
        (ExportPurpose.REPORT, {"S"}),
        (ExportPurpose.TRAINING, {"S", "Go"}),
        (ExportPurpose.EVERYTHING, set(KEYS)),
    ],
)
def test_export(desk, qtbot, films, purpose, keys):
    desk.session.select("S")
    desk.workbench.confirm_and_next()
    desk.session.select("Po")
    desk.workbench.mark_not_visible()
    desk.drag("Go", (90, -60))
    with qtbot.waitSignal(desk.workbench.exporter.ended):
        desk.workbench.exporter.start("anna", purpose, films / "out.csv")
    rows = landmark_csv.read(films / "out.csv")
    assert {row.landmark for row in rows} == keys
    assert {row.image for row in rows} == {"film_7101.jpg"}
    assert {(row.annotator, row.width, row.height) for row in rows} == {("anna", 1935, 2400)}
    assert all(row.patient.startswith("P") for row in rows)
    assert f"{len(rows)} point" in desk.panel.words.text()


def test_an_empty_export_writes_nothing_and_says_so(desk, qtbot, films):
    with qtbot.waitSignal(desk.workbench.exporter.ended):
        desk.workbench.exporter.start("anna", ExportPurpose.REPORT, films / "out.csv")
    assert not (films / "out.csv").exists()
    assert "Nothing was exported" in desk.panel.words.text()


def test_an_export_stops_when_another_folder_opens(desk, qtbot, films, tmp_path):
    exporter = desk.workbench.exporter
    with qtbot.waitSignal(exporter.advanced):
        exporter.start("anna", ExportPurpose.EVERYTHING, films / "out.csv")
    with qtbot.waitSignal(exporter.ended):
        desk.session.open([tmp_path])
    assert not (films / "out.csv").exists()


def test_a_folder_that_was_closed_gives_no_journals(desk, films):
    film, worklist = desk.session.film, desk.session.worklist
    desk.session.close()
    with pytest.raises(DentLMError, match=r"film_7101\.jpg"):
        worklist.journal(film.image.path, film.image_ids)


def test_what_was_said_about_a_film_does_not_stay_on_the_next_one(desk):
    for key in KEYS:
        desk.session.select(key)
        desk.session.confirm()
    desk.session.select(KEYS[-1])
    desk.workbench.confirm_and_next()
    assert desk.panel.words.text().startswith("Every point of this film is settled")
    desk.workbench.next_film()
    assert desk.panel.words.text().startswith("Label all films")
    desk.session.take_prediction(prediction_of(desk.session.film.image.path))
    desk.workbench.previous_film()
    assert desk.panel.words.text() == "Every point of this film is settled. Page Down shows the next film."
    desk.workbench.next_film()
    assert desk.panel.words.text().startswith("19 points wait for you.")
    for key in KEYS:
        desk.session.select(key)
        desk.session.nudge(1, 0)
    desk.session.show(1)
    assert desk.panel.words.text().startswith("19 points wait for you."), "corrected points are not confirmed yet"
    desk.panel.readers.blind.setChecked(True)
    assert desk.panel.words.text().startswith("19 points wait for you."), "this reader has placed his own"
    desk.session.set_reader("bert")
    desk.session.show(1)
    assert desk.panel.words.text().startswith("You read blind")
    desk.panel.readers.blind.setChecked(False)
    assert desk.panel.words.text().startswith("19 points wait for you.")
    desk.panel.readers.blind.setChecked(True)
    assert desk.panel.words.text().startswith("You read blind")
    desk.panel.readers.blind.setChecked(False)
    desk.session.exclude("Head turned")
    desk.session.show(1)
    assert desk.panel.words.text().startswith("This film is excluded")


def test_a_damaged_film_is_a_sentence_and_the_next_one_opens(empty_desk, films):
    (films / "a_damaged.jpg").write_bytes(b"\xff\xd8 nothing")
    empty_desk.session.open([films])
    assert "a_damaged.jpg" in empty_desk.panel.words.text()
    assert cells(empty_desk.panel.films, 1)[0] == "✕ failed"
    assert empty_desk.session.film.image.path.name == "film_7101.jpg"
    empty_desk.session.show(0)
    assert empty_desk.session.annotation is None
    empty_desk.workbench.confirm_and_next()
    empty_desk.workbench.nudge(1, 0)
    empty_desk.workbench.undo()
    empty_desk.workbench.next_film()
    assert empty_desk.session.film.image.path.name == "film_7101.jpg"


def test_a_torn_last_line_is_said_and_nothing_else_is_lost(desk, films, tmp_path):
    desk.session.select("S")
    desk.workbench.confirm_and_next()
    sidecar = desk.session.film.journal.path
    desk.session.open([tmp_path])
    with sidecar.open("ab") as file:
        file.write(b'{"seq":3,"utc":"2026')
    desk.session.open([films])
    assert "set aside" in desk.panel.words.text()
    assert desk.landmark("S").state is State.CONFIRMED


def test_an_empty_folder_is_a_sentence(empty_desk, tmp_path):
    empty_desk.session.open([tmp_path])
    assert empty_desk.panel.words.text() == "There are no films in this folder."


def test_a_second_window_only_reads_and_says_so(empty_desk, films):
    with PatientFolder.open(films):
        empty_desk.session.open([films])
        assert "open in another program" in empty_desk.panel.problem.text()
        assert empty_desk.panel.problem.isVisible()
        empty_desk.session.select("S")
        empty_desk.workbench.mark_not_visible()
        assert empty_desk.landmark("S").state is State.NOT_ASSESSED
        empty_desk.session.place(Point(10, 20))
        assert empty_desk.session.current == "S"
        empty_desk.workbench.labelling.label_all()
        assert not empty_desk.workbench.client.busy


def test_every_control_says_what_it_does(desk):
    kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider, QAbstractSpinBox)
    # Qt's own parts: the buttons of tabs and scroll bars, the field inside a spin box, what empties a field.
    inner = (QScrollBar, QTabBar, QAbstractSpinBox, QComboBox, QHeaderView, QTableView, QLineEdit)
    silent = [
        f"{type(widget).__name__} {getattr(widget, 'text', str)()} {widget.accessibleName()}".strip()
        for kind in kinds
        for widget in desk.panel.findChildren(kind)
        if not widget.toolTip() and not isinstance(widget, QScrollBar) and not isinstance(widget.parent(), inner)
    ]
    assert silent == []


def test_a_second_panel_shows_what_the_first_one_chose_and_both_stay_alike(desk):
    first = desk.panel
    first.view.looks.setCurrentText("Bone")
    first.view.planes.click()
    first.view.names.click()
    first.readers.blind.click()
    second = WorkbenchPanel(desk.viewer)
    assert second.view.looks.currentText() == "Bone"
    assert second.view.planes.isChecked()
    assert not second.view.names.isChecked()
    assert second.readers.blind.isChecked()
    second.readers.blind.click()
    second.view.planes.click()
    second.view.looks.setCurrentText("Plain")
    assert not first.readers.blind.isChecked()
    assert not first.view.planes.isChecked()
    assert first.view.looks.currentText() == "Plain"
    assert not desk.workbench.scene.overlay.show_planes
    second.deleteLater()


def test_a_reader_who_typed_no_name_sees_an_empty_field(make_napari_viewer, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("DENTLM_SETTINGS", str(tmp_path / "settings"))
    viewer = make_napari_viewer()
    _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
    assert panel.reader.text() == ""
    assert panel.workbench.session.reader == default_reader()
    panel.reader.setText("Dr. Anna")
    panel.reader.editingFinished.emit()
    assert panel.workbench.session.reader == "Dr. Anna"
    assert load_settings().reader == "Dr. Anna"
    panel.reader.setText("")
    panel.reader.editingFinished.emit()
    assert panel.workbench.session.reader == default_reader()
    assert load_settings().reader == ""
    panel.workbench.shutdown()


def test_a_second_panel_of_the_viewer_shares_the_controller(desk):
    second = WorkbenchPanel(desk.viewer)
    assert second.workbench is desk.workbench
    assert cells(second.films, 0) == cells(desk.panel.films, 0)
    second.deleteLater()
    QTest.qWait(20)
    assert desk.session.film is not None


def test_colour_and_grey_films_take_turns(desk, films):
    import cv2
    import numpy as np

    cv2.imwrite(str(films / "a_photo.png"), np.random.default_rng(0).integers(0, 255, (600, 500, 3), np.uint8))
    desk.session.open([films])
    for index in (0, 1, 0, 1):
        desk.session.show(index)
        assert desk.viewer.dims.ndim == 2
        assert [layer.name for layer in desk.viewer.layers if layer.visible and layer.name in ("Film", "Photo")] == [
            "Photo" if index == 0 else "Film"
        ]


def test_stepping_adds_no_layers(desk, films):
    desk.session.take_prediction(prediction_of(films / "film_7102.jpg", 10.0))
    count = len(desk.viewer.layers)
    for _ in range(4):
        desk.workbench.next_film()
        desk.workbench.previous_film()
    assert len(desk.viewer.layers) == count
    desk.assert_shows_truth()


def test_the_frames_of_a_file_are_films_of_their_own(empty_desk, tmp_path):
    import numpy as np
    from PIL import Image as Picture

    dice = np.random.default_rng(1)
    pages = [Picture.fromarray(dice.integers(0, 255, (90, 80), np.uint8)) for _ in range(3)]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    session = empty_desk.session
    session.open([tmp_path])
    session.put("S", Point(10, 20))
    empty_desk.workbench.next_film()
    assert session.film.image.frame == 1
    assert empty_desk.panel.words.text().startswith("Image 2 of 3 in this file. Label all films lets")
    assert empty_desk.landmark("S").state is State.NOT_ASSESSED
    session.put("N", Point(30, 40))
    empty_desk.workbench.previous_film()
    assert empty_desk.landmark("S").position == Point(10, 20)
    assert empty_desk.landmark("N").position is None


LAUNCH = """
import sys
from pathlib import Path
import napari
from qtpy.QtTest import QTest
from napari_dentlm.gui import plugin
from napari_dentlm.gui.launch import launch

def run():
    QTest.qWait(100)
    viewer = napari.current_viewer()
    workbench = plugin.workbench_of(viewer)
    print("RESULT", workbench.session.film.image.path.name, "Landmarks" in viewer.layers)
    viewer.close()

napari.run = run
launch(Path(sys.argv[1]))
"""


def test_launch_opens_a_folder(films):
    done = subprocess.run(
        [sys.executable, "-c", LAUNCH, str(films)], capture_output=True, text=True, timeout=120, check=True
    )
    assert "RESULT film_7101.jpg True" in done.stdout
