"""The landmarks of the film in view, with the state of each."""

from typing import Any

from qtpy.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, Qt, Signal
from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from napari_dentlm.core.annotation import Landmark
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.gui.appearance import APPEARANCE
from napari_dentlm.gui.session import Session

_HEADERS = ("Landmark", "State", "± error")
_LEAST_CONTRAST = 4.5
_MIDDLE_GREY = 0.18


class LandmarkModel(QAbstractTableModel):
    """The annotation as Qt sees it.

    Parameters
    ----------
    session
        Gives the annotation.
    view
        Shows it, and owns it.
    """

    def __init__(self, session: Session, view: QWidget) -> None:
        super().__init__(view)
        self._session = session
        self._view = view
        self._landmarks: list[Landmark] = []
        self._names: list[str] = []
        session.film_changed.connect(self._reload)
        session.annotation_changed.connect(self._update)
        session.calibration_changed.connect(self._update)

    def key(self, row: int) -> str:
        """Key of the landmark in `row`."""
        return self._landmarks[row].key

    def row(self, key: str) -> int:
        """Row of a landmark; -1 when there is none."""
        return next((row for row, landmark in enumerate(self._landmarks) if landmark.key == key), -1)

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Number of landmarks."""
        return 0 if parent is not None and parent.isValid() else len(self._landmarks)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Landmark, state, expected error."""
        return 0 if parent is not None and parent.isValid() else len(_HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """Names of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _HEADERS[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == len(_HEADERS) - 1:
            return "Expected error of the model: the true point lies within this distance in most films."
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, colour and explanation of a cell."""
        landmark = self._landmarks[index.row()]
        look = APPEARANCE[landmark.state]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 1:
            return legible(look.colour, self._view.palette())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._explanation(index.row())
        return None

    def _text(self, row: int, column: int) -> str:
        landmark = self._landmarks[row]
        if column == 0:
            return f"{landmark.key}  {self._names[row]}"
        if column == 1:
            look = APPEARANCE[landmark.state]
            return f"{look.sign} {look.word}{' ⚑' if landmark.flag and not landmark.touched else ''}"
        return "" if landmark.touched else radius_text(landmark.expected_error_px, self._session.calibration)

    def _explanation(self, row: int) -> str:
        landmark = self._landmarks[row]
        annotation = self._session.annotation
        lines = [] if annotation is None else [self._names[row], annotation.scheme.landmark(landmark.key).definition]
        lines += [f"Look here first: {landmark.flag}"] if landmark.flag else []
        lines += [landmark.reason] if landmark.reason else []
        lines += [f"Point from {landmark.origin}"] if landmark.origin else []
        lines += [f"Confirmed by {landmark.confirmed_by}"] if landmark.confirmed_by else []
        return "\n".join(lines)

    def _reload(self) -> None:
        self.beginResetModel()
        self._read()
        self.endResetModel()

    def _update(self) -> None:
        count = len(self._landmarks)
        self._read()
        if len(self._landmarks) != count:
            self.beginResetModel()
            self.endResetModel()
        elif count:
            self.dataChanged.emit(self.index(0, 0), self.index(count - 1, len(_HEADERS) - 1))

    def _read(self) -> None:
        annotation = self._session.annotation
        self._landmarks = [] if annotation is None else list(annotation.landmarks.values())
        self._names = [] if annotation is None else [each.name for each in annotation.scheme.landmarks]


def radius_text(pixels: float | None, calibration: Calibration | None) -> str:
    """An expected error in mm where there is a calibration, else in pixels; empty where it is not known."""
    if pixels is None:
        return ""
    if calibration is not None and calibration.row_mm is not None and calibration.column_mm is not None:
        return f"± {pixels * max(calibration.row_mm, calibration.column_mm):.1f} mm"
    return f"± {pixels:.0f} px"


def legible(colour: str, palette: QPalette) -> QColor:
    """A colour as text on the theme's background: its hue stays, its lightness moves until it can be read.

    Parameters
    ----------
    colour
        Hexadecimal.
    palette
        Of the widget that shows it.
    """
    paper, ink = palette.window().color(), QColor(colour)
    dark = _luminance(paper) < _MIDDLE_GREY
    while _contrast(ink, paper) < _LEAST_CONTRAST and ink.lightness() not in (0, 255):
        ink = ink.lighter(104) if dark else ink.darker(104)
    return ink


def _contrast(one: QColor, other: QColor) -> float:
    """Ratio of two colours as the Web Content Accessibility Guidelines define it, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


class LandmarkTable(QTableView):
    """Shows the landmarks and asks for the one that is clicked.

    Parameters
    ----------
    session
        Gives the annotation and the current landmark.
    parent
        Owner.
    """

    landmark_requested = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._model = LandmarkModel(session, self)
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setAccessibleName("Landmarks")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(20)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in ((1, 118), (2, 76)):
            self.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, width)
        self.clicked.connect(lambda index: self.landmark_requested.emit(self._model.key(index.row())))
        session.current_changed.connect(self._show_current)
        session.film_changed.connect(self._show_current)

    def _show_current(self) -> None:
        index = self._model.index(self._model.row(self._session.current), 0)
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        else:
            self.clearSelection()
