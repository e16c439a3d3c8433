"""The key to what is drawn over a film."""

from qtpy.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QWidget

from napari_dentlm.core.annotation import State
from napari_dentlm.gui.appearance import APPEARANCE, ERROR_COLOUR, FLAG_COLOUR, LINES, Appearance, Line, LineLook
from napari_dentlm.gui.marks_view import outline

_ROW = 17
_SAMPLE = 32
# The film's own dark, so that the colours look as they do there.
_FILM = QColor("#202020")
_MARKS = tuple(APPEARANCE[state] for state in (State.PREDICTED, State.CORRECTED, State.CONFIRMED, State.PLACED))
_FLAG, _ERROR = "look here first", "expected error"


class DrawingKey(QWidget):
    """Samples of marks and lines, each with its name, in two columns.

    Parameters
    ----------
    parent
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples: list[tuple[str, Appearance | LineLook | None]] = [(mark.word, mark) for mark in _MARKS]
        self._samples += [(_FLAG, None), (_ERROR, None)]
        self._samples += [(str(line), LINES[line]) for line in Line]
        self.setAccessibleName("Key to the drawing")
        self.setAccessibleDescription("; ".join(word for word, _ in self._samples))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for all samples."""
        widest = max(self.fontMetrics().horizontalAdvance(word) for word, _ in self._samples)
        return QSize(2 * (_SAMPLE + 6 + widest), (len(self._samples) + 1) // 2 * _ROW)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Nothing is cut off."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw each sample as it is drawn on the film."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = self.width() / 2
        for number, (word, look) in enumerate(self._samples):
            corner = QPointF(number % 2 * wide, number // 2 * _ROW)
            sample = QRectF(corner.x(), corner.y() + 0.5, _SAMPLE, _ROW - 1)
            painter.fillRect(sample, _FILM)
            if isinstance(look, Appearance):
                _draw_mark(painter, sample.center(), look)
            elif isinstance(look, LineLook):
                _draw_line(painter, sample, look)
            else:
                _draw_sign(painter, sample, word)
            painter.setPen(self.palette().windowText().color())
            room = QRectF(corner.x() + _SAMPLE + 5, corner.y(), wide - _SAMPLE - 6, _ROW)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, word)


def _draw_mark(painter: QPainter, centre: QPointF, look: Appearance) -> None:
    painter.setPen(QPen(QColor(look.colour), 2))
    for start, end in outline(look.shape, 2.5, 7.0):
        painter.drawLine(QLineF(centre + QPointF(*start), centre + QPointF(*end)))


def _draw_line(painter: QPainter, sample: QRectF, look: LineLook) -> None:
    pen = QPen(QColor(look.colour), 2)
    if look.dashes:
        # Qt measures dashes in widths of the pen; two patterns have to fit into the sample.
        pen.setDashPattern([length / 3 for length in look.dashes])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    y = sample.center().y()
    painter.drawLine(QPointF(sample.left() + 2, y), QPointF(sample.right() - 2, y))


def _draw_sign(painter: QPainter, sample: QRectF, word: str) -> None:
    if word == _FLAG:
        painter.setPen(QPen(QColor(FLAG_COLOUR), 2))
        painter.drawLine(sample.center() - QPointF(0, 6), sample.center() + QPointF(0, 1.5))
        painter.drawLine(sample.center() + QPointF(0, 4), sample.center() + QPointF(0, 6))
        return
    pen = QPen(QColor(ERROR_COLOUR), 1.5)
    pen.setDashPattern([3, 1.5])
    painter.setPen(pen)
    painter.drawEllipse(sample.center(), 6.5, 6.5)
