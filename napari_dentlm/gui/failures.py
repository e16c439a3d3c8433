"""The films that long work could not do, each with the reason; a click opens the film."""

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QToolButton, QVBoxLayout, QWidget

_HEIGHT = 96


class FailureList(QWidget):
    """Hidden while there is nothing to tell.

    Parameters
    ----------
    parent
        Owner.
    """

    film_requested = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = QToolButton(checkable=True, checked=True, autoRaise=True)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setToolTip("Show or hide the list.")
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy the list as text.")
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Empty the list; the films keep their status.")
        self.list = QListWidget(wordWrap=True, maximumHeight=_HEIGHT)
        self.list.setAccessibleName("Films that failed")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setToolTip("Click to open the film.")
        for button in (self.header, self.copy, self.clear):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._arrange()
        self.header.toggled.connect(self._fold)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text()))
        self.clear.clicked.connect(lambda: self.show_failures([]))
        # Return on a row as well as a click on it.
        self.list.itemClicked.connect(self._request)
        self.list.itemActivated.connect(self._request)
        self.show_failures([])

    def show_failures(self, failures: Sequence[tuple[Path, str]]) -> None:
        """Show these, each the path of a film and one sentence, instead of those before."""
        self.list.clear()
        for path, sentence in failures:
            item = QListWidgetItem(with_name(path, sentence), self.list)
            item.setData(Qt.ItemDataRole.UserRole, str(path))
        self.header.setChecked(True)
        self._fold(True)
        self.setVisible(bool(failures))

    def text(self) -> str:
        """The list as text, one line a film."""
        return "\n".join(self.list.item(row).text() for row in range(self.list.count()))

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.header)
        row.addStretch(1)
        row.addWidget(self.copy)
        row.addWidget(self.clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.list)

    def _fold(self, shown: bool) -> None:
        self.list.setVisible(shown)
        self.header.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        count = self.list.count()
        self.header.setText("1 film failed" if count == 1 else f"{count} films failed")

    def _request(self, item: QListWidgetItem) -> None:
        self.film_requested.emit(Path(item.data(Qt.ItemDataRole.UserRole)))


def with_name(path: Path, sentence: str) -> str:
    """A sentence about a film that begins with the film's name."""
    return sentence if sentence.startswith(path.name) else f"{path.name}: {sentence}"
