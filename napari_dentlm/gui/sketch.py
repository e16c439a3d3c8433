"""What the drawings of the landmark card have in common: their frame, their scale, and the landmark they mark."""

from abc import abstractmethod

from qtpy.QtCore import QRectF, QSize
from qtpy.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QTransform
from qtpy.QtWidgets import QSizePolicy, QWidget


class Sketch(QWidget):
    """A drawing in which one landmark is marked.

    Parameters
    ----------
    view, room
        The part of the drawing's plane that is shown, and the pixels it asks for.
    parent
        Owner.
    """

    def __init__(self, view: QRectF, room: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view, self._room = view, room
        self._key = ""
        self._colour = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for the drawing."""
        return self._room

    def mark(self, key: str, colour: QColor) -> None:
        """Mark a landmark in a colour; nothing is marked for one that the drawing does not have."""
        # Drawing anew takes milliseconds, and a nudge changes nothing here.
        if (key, colour) != (self._key, self._colour):
            self._key, self._colour = key, colour
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw in the colours of the theme, within a frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.fillPath(frame, self._ink(14))
        painter.setClipPath(frame)
        scale = min(self.width() / self._view.width(), self.height() / self._view.height())
        place = QTransform.fromTranslate(self.width() / 2, self.height() / 2).scale(scale, scale)
        place.translate(-self._view.center().x(), -self._view.center().y())
        self._draw(painter, place)

    @abstractmethod
    def _draw(self, painter: QPainter, place: QTransform) -> None:
        """Draw lines and dots; ``place`` leads from the drawing's plane to the pixels."""

    def _ink(self, strength: int) -> QColor:
        colour = QColor(self.palette().windowText().color())
        colour.setAlpha(strength)
        return colour
