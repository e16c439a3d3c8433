"""Text that takes a few lines and no more, for a panel that is narrow and short."""

import math

from qtpy.QtCore import QPointF, QSize, Qt
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from qtpy.QtWidgets import QSizePolicy, QWidget


class Words(QWidget):
    """Text that wraps over a few lines and then ends in an ellipsis; the tooltip has the whole of it.

    Parameters
    ----------
    points
        Size of the type.
    bold
        Its weight.
    lines
        How many lines it may take.
    elastic
        Whether it takes the width that is there instead of the text's own.
    """

    def __init__(self, points: int, bold: bool = False, lines: int = 1, elastic: bool = True) -> None:
        super().__init__()
        self.text, self.lines = "", lines
        self._points, self._bold = points, bold
        self._colour: QColor | None = None
        self._said: tuple[str, QColor | None, str, int] | None = None
        across = QSizePolicy.Policy.Ignored if elastic else QSizePolicy.Policy.Fixed
        policy = QSizePolicy(across, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def say(self, text: str, colour: QColor | None = None, more: str = "") -> None:
        """Show a text, or take no room without one.

        Parameters
        ----------
        text
            May hold line breaks.
        colour
            The theme's when None.
        more
            What the tooltip adds.
        """
        tooltip = "\n".join(part for part in (text, more) if part)
        # Qt would lay the whole card out anew, for every nudge.
        if (text, colour, tooltip, self.lines) == self._said:
            return
        self._said = text, colour, tooltip, self.lines
        self.text, self._colour = text, colour
        self.setToolTip(tooltip)
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """The text on one line."""
        measure = QFontMetricsF(self._font())
        return QSize(math.ceil(measure.horizontalAdvance(self.text)), math.ceil(measure.height()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as one line."""
        return QSize(0, self.sizeHint().height())

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """As high as the lines that the text takes at this width."""
        return math.ceil(len(self._broken(width, self.lines)) * QFontMetricsF(self._font()).height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the lines; in a card that is squeezed, as many as fit whole."""
        painter, font = QPainter(self), self._font()
        painter.setFont(font)
        painter.setPen(self._colour or self.palette().windowText().color())
        measure = QFontMetricsF(font)
        room = max(1, math.floor((self.height() + 1) / measure.height()))
        for number, line in enumerate(self._broken(self.width(), min(self.lines, room))):
            painter.drawText(QPointF(0, number * measure.height() + measure.ascent()), line)

    def _broken(self, width: int, most: int) -> list[str]:
        """The text in lines, `most` at most, the last of them cut short where not all of it fits."""
        lines = [line for paragraph in self.text.split("\n") for line in _wrapped(paragraph, self._font(), width)]
        if len(lines) <= most:
            return lines
        rest = " ".join(lines[most - 1 :])
        cut = QFontMetricsF(self._font()).elidedText(rest, Qt.TextElideMode.ElideRight, width)
        return [*lines[: most - 1], cut]

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSize(self._points)
        font.setBold(self._bold)
        return font


def _wrapped(paragraph: str, font: QFont, width: int) -> list[str]:
    layout = QTextLayout(paragraph, font)
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    layout.beginLayout()
    lines = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 1))
        lines.append(paragraph[line.textStart() : line.textStart() + line.textLength()].rstrip())
    layout.endLayout()
    return lines
