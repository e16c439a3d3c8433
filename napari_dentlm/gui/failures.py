"""What long work found on single films, such as films that it could not do; a click opens the film at the place."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QToolButton, QVBoxLayout, QWidget

_HEIGHT = 48


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the list.

    Parameters
    ----------
    path
        The film.
    sentence
        What is to be told about it.
    frame
        Of the film.
    key
        The landmark that it is about; empty when it is about the whole film.
    """

    path: Path
    sentence: str
    frame: int = 0
    key: str = ""


class FailureList(QWidget):
    """Keeps the findings of each kind of work until the same kind of work runs again; hidden while there are none.

    Parameters
    ----------
    parent
        Owner.
    """

    film_requested = Signal(Path, int, str)  # film, frame, landmark or ""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: dict[str, tuple[str, list[Finding]]] = {}
        self.header = QToolButton(checkable=True, checked=True, autoRaise=True)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setToolTip("Show or hide the list.")
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy the list as text.")
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Empty the list; the films keep their status.")
        self.list = QListWidget(wordWrap=True, maximumHeight=_HEIGHT)
        self.list.setAccessibleName("Films to look at")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setToolTip("Click to open the film.")
        for widget in (self.header, self.copy, self.clear, self.list):
            # The canvas keeps the keyboard.
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._arrange()
        self.header.toggled.connect(self._fold)
        self.copy.clicked.connect(self._copy)
        self.clear.clicked.connect(self.forget)
        self.list.itemClicked.connect(self._request)
        self._show_all()

    def show_failures(self, source: str, title: str, entries: Sequence[Finding]) -> None:
        """Show what one kind of work found, instead of what the same kind found before.

        Parameters
        ----------
        source
            Which work.
        title
            What the findings are, as a heading.
        entries
            The findings; none takes the old ones away.
        """
        self._found.pop(source, None)
        if entries:
            self._found[source] = title, list(entries)
        self._show_all()

    def settle(self, path: Path, frame: int, sentence: str) -> None:
        """Take away what was found on one frame of a film and is no more in question."""
        for source, (title, entries) in list(self._found.items()):
            left = [found for found in entries if (found.path, found.frame, found.sentence) != (path, frame, sentence)]
            if len(left) < len(entries):
                self.show_failures(source, title if len(left) > 1 else f"{len(left)} left", left)

    def forget(self) -> None:
        """Empty the list."""
        self._found.clear()
        self._show_all()

    def text(self) -> str:
        """The list as text, one line a finding."""
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

    def _show_all(self) -> None:
        self.list.clear()
        for _, entries in self._found.values():
            for found in entries:
                item = QListWidgetItem(with_name(found.path, found.sentence), self.list)
                item.setData(Qt.ItemDataRole.UserRole, found)
        self.header.setText("; ".join(title for title, _ in self._found.values()))
        self.header.setChecked(True)
        self._fold(True)
        self.setVisible(bool(self._found))

    def _fold(self, shown: bool) -> None:
        self.list.setVisible(shown)
        self.header.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())

    def _request(self, item: QListWidgetItem) -> None:
        found: Finding = item.data(Qt.ItemDataRole.UserRole)
        self.film_requested.emit(found.path, found.frame, found.key)


def with_name(path: Path, sentence: str) -> str:
    """A sentence about a film that begins with the film's name."""
    return sentence if sentence.startswith(path.name) else f"{path.name}: {sentence}"


def counted(count: int, one: str, many: str) -> str:
    """A number with the word for one or for many."""
    return f"{count} {one if count == 1 else many}"
