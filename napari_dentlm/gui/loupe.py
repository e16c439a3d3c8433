"""A loupe that follows the cursor, and leaves free what lies in its centre."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QWheelEvent
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from napari_dentlm.core.annotation import Point
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.gui.session import Session

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image

LEAST, MOST, FIRST = 2, 8, 4
SEE_PIXELS_FROM = 6
"""From this magnification on every pixel of the film is a square; below it they are smoothed."""
GAP = 9
"""Screen pixels from the centre to the start of a hairline."""
NOTHING = "Move the mouse over the film"
_GROUND = QColor("#101114")
_HAIR, _EDGE = QColor(255, 255, 255, 235), QColor(0, 0, 0, 150)


class Loupe(QWidget):
    """Shows the film magnified around a place: the cursor's, else the current landmark's.

    Parameters
    ----------
    session
        Gives the film, the current landmark and the calibration.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._cursor: Point | None = None
        self._landmark: tuple[str, Point | None] = ("", None)
        self.view = LoupeView()
        self.readout, self.factor = QLabel(), QLabel()
        self.slider = QSlider(Qt.Orientation.Horizontal, minimum=LEAST, maximum=MOST, value=FIRST)
        self.setAccessibleName("Loupe")
        self._arrange()
        self.slider.valueChanged.connect(self._magnify)
        self.view.turned.connect(lambda by: self.slider.setValue(self.slider.value() + by))
        session.film_changed.connect(self._show_film)
        session.calibration_changed.connect(self._show_place)
        for changed in (session.annotation_changed, session.current_changed):
            changed.connect(self._show_landmark)
        self._magnify(FIRST)
        self._show_film()

    @property
    def place(self) -> Point | None:
        """What the loupe shows in its centre; None when there is nothing to show."""
        return self._cursor if self._cursor is not None else self._landmark[1]

    def look_at(self, point: Point | None) -> None:
        """Show a place of the film, x then y in pixels; None shows the current landmark."""
        self._cursor = point
        self._show_place()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Fits a narrow dock."""
        return QSize(340, 150)

    def _arrange(self) -> None:
        self.slider.setFixedWidth(52)
        self.slider.setPageStep(1)
        # The canvas keeps the keyboard: its arrows move points.
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.slider.setAccessibleName("Magnification")
        self.slider.setToolTip("Magnification; the wheel over the loupe changes it too.")
        self.readout.setStyleSheet("font-size: 8pt")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.factor.setStyleSheet("font-size: 8pt")
        self.factor.setFixedWidth(self.factor.fontMetrics().horizontalAdvance("8 ×") + 8)
        row = QHBoxLayout()
        row.setSpacing(5)
        row.addWidget(self.readout, 1)
        row.addWidget(self.slider)
        row.addWidget(self.factor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.view, 1)
        layout.addLayout(row)

    def _magnify(self, factor: int) -> None:
        self.factor.setText(f"{factor} ×")
        self.view.magnify(factor)

    def _show_film(self) -> None:
        film = self._session.film
        self.view.show_image(None if film is None else film.image)
        self._cursor = None
        self._show_landmark()

    def _show_landmark(self) -> None:
        """Turn to the current landmark when it is another one or has moved; until the cursor moves again."""
        landmark = self._session.landmark
        known = ("", None) if landmark is None else (landmark.key, landmark.position)
        if known != self._landmark:
            self._landmark = known
            # A landmark without a point is about to be placed where the cursor is.
            self._cursor = self._cursor if known[1] is None else None
        self._show_place()

    def _show_place(self) -> None:
        place = self.place
        at_landmark = self._cursor is None and place is not None
        self.view.look_at(place, self._landmark[0] if at_landmark else "")
        self.readout.setText(NOTHING if place is None else place_text(place, self._session.calibration))


class LoupeView(QWidget):
    """The magnified film with four hairlines around a free centre; no mark is drawn on it.

    Parameters
    ----------
    parent
        Owner.
    """

    turned = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: Image | None = None
        self._table: NDArray[np.uint8] | None = None
        self._place: Point | None = None
        self._name = ""
        self._factor = FIRST
        self.setMinimumSize(120, 80)

    def show_image(self, image: "Image | None") -> None:
        """Take another film's pixels, as they are shown first."""
        self._image, self._table = image, None
        if image is not None and image.pixels.ndim == 2:
            # Decoders take half a second to import; the panel opens without them.
            from napari_dentlm.core.imaging.image import window_table

            self._table = window_table(image.window, image.pixels.dtype)
        self.update()

    def look_at(self, place: Point | None, name: str = "") -> None:
        """Put a place of the film into the centre; `name` says what lies there."""
        self._place, self._name = place, name
        self.update()

    def magnify(self, factor: int) -> None:
        """Show a pixel of the film `factor` screen pixels wide."""
        self._factor = factor
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Ask for another magnification."""
        if event.angleDelta().y():
            self.turned.emit(1 if event.angleDelta().y() > 0 else -1)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the few pixels that are seen, then the hairlines."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        if self._image is None or self._place is None:
            return
        self._draw_film(painter, self._image, self._place)
        self._draw_hairlines(painter)
        if self._name:
            self._draw_name(painter)

    def _draw_film(self, painter: QPainter, image: "Image", place: Point) -> None:
        centre = self._centre()
        half_x, half_y = centre.x() / self._factor, centre.y() / self._factor
        # Whole numbers are pixel centres, so a pixel reaches from half a pixel before to half a pixel after.
        left, right = _span(place.x + 0.5, half_x, image.width)
        top, bottom = _span(place.y + 0.5, half_y, image.height)
        if left >= right or top >= bottom:
            return
        picture = self._picture(image.pixels[top:bottom, left:right])
        corner = QPointF((left - 0.5 - place.x + half_x) * self._factor, (top - 0.5 - place.y + half_y) * self._factor)
        size = QPointF((right - left) * self._factor, (bottom - top) * self._factor)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._factor < SEE_PIXELS_FROM)
        painter.drawImage(QRectF(corner, corner + size), picture)

    def _picture(self, pixels: NDArray[np.generic]) -> QImage:
        if self._table is None:
            shown = np.ascontiguousarray(pixels)
            kind = QImage.Format.Format_RGB888
        else:
            shown = self._table[pixels]
            kind = QImage.Format.Format_Grayscale8
        height, width = shown.shape[:2]
        # A copy, because the array is gone before Qt has drawn.
        return QImage(shown.tobytes(), width, height, shown.strides[0], kind).copy()

    def _draw_hairlines(self, painter: QPainter) -> None:
        centre = self._centre()
        lines = [
            QLineF(centre + QPointF(dx * GAP, dy * GAP), centre + QPointF(dx * self.width(), dy * self.height()))
            for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1))
        ]
        for colour, width in ((_EDGE, 3), (_HAIR, 1)):
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLines(lines)

    def _draw_name(self, painter: QPainter) -> None:
        box = painter.fontMetrics().boundingRect(self._name).adjusted(-5, -2, 5, 2)
        box.moveTopLeft(self.rect().topLeft())
        painter.fillRect(box, _EDGE)
        painter.setPen(_HAIR)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._name)

    def _centre(self) -> QPointF:
        """The centre of a screen pixel, so that the hairlines are sharp."""
        return QPointF(self.width() // 2 + 0.5, self.height() // 2 + 0.5)


def place_text(place: Point, calibration: Calibration | None) -> str:
    """A place in pixels and, with a calibration, in mm from the centre of the first pixel."""
    text = f"x {place.x:.1f} y {place.y:.1f} px"
    mm = None if calibration is None else calibration.to_mm((place.x, place.y))
    return text if mm is None else f"{text} · {mm[0]:.1f}, {mm[1]:.1f} mm"


def _span(centre: float, half: float, length: int) -> tuple[int, int]:
    """First pixel that is seen and the one after the last, with a pixel more on both sides to smooth with."""
    return max(math.floor(centre - half) - 1, 0), min(math.ceil(centre + half) + 1, length)
