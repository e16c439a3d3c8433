"""Areas that scroll up and down, so that the panel never grows beyond the screen."""

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QLabel, QScrollArea, QSizePolicy, QWidget

_LINES = 3
_MARGIN = 6


class Scrolled(QScrollArea):
    """Shows a widget that may be higher than the room for it.

    Parameters
    ----------
    content
        The widget.
    """

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidget(content)
        self.setWidgetResizable(True)
        # A click on a list inside must not bring Page Up and Page Down here.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


class FewLines(Scrolled):
    """As high as three lines of its label, however long the sentence.

    Parameters
    ----------
    label
        Says the sentence.
    """

    def __init__(self, label: QLabel) -> None:
        super().__init__(label)
        self._label = label
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for three lines."""
        return QSize(200, _LINES * self._label.fontMetrics().lineSpacing() + 2 * _MARGIN)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """No more than the hint, as Qt would have it for the sake of a scroll bar."""
        return self.sizeHint()
