"""The help sheet: all shortcuts on one page."""

from collections.abc import Iterable, Sequence

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from napari_dentlm.gui.shortcuts import HIDE_DESCRIPTION, HIDE_KEY, SHORTCUTS, Shortcut

ROWS: tuple[Shortcut, ...] = (*SHORTCUTS, Shortcut((HIDE_KEY,), HIDE_DESCRIPTION, "Look", "hide_marks"))
_ARROWS = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}
_CAPS = {"PageUp": "Page Up", "PageDown": "Page Down", "Escape": "Esc", **_ARROWS}

Line = tuple[list[str], str]
"""Keys that do the same, and what they do."""


class HelpSheet(QDialog):
    """Shows shortcuts by group, in two columns; Escape and F1 close it.

    Parameters
    ----------
    rows
        Of the table of shortcuts.
    parent
        Owner.
    """

    def __init__(self, rows: Sequence[Shortcut] = ROWS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys of the landmark workbench")
        columns = QHBoxLayout()
        columns.setSpacing(36)
        for groups in _halves({group: lines_of(rows, group) for group in dict.fromkeys(row.group for row in rows)}):
            column = QVBoxLayout()
            column.setSpacing(16)
            for group, lines in groups.items():
                column.addLayout(_block(group, lines))
            column.addStretch(1)
            columns.addLayout(column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 14)
        layout.setSpacing(16)
        layout.addLayout(columns)
        closing = QLabel("Esc or F1 closes this sheet.")
        closing.setStyleSheet("font-size: 8pt")
        layout.addWidget(closing, 0, Qt.AlignmentFlag.AlignRight)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Close on F1, as it was opened; Escape is Qt's own."""
        if event.key() == Qt.Key.Key_F1:
            self.close()
        else:
            super().keyPressEvent(event)


def lines_of(rows: Iterable[Shortcut], group: str) -> list[Line]:
    """What a group of the sheet says; the four arrows of one action are one line.

    Parameters
    ----------
    rows
        Of the table of shortcuts.
    group
        Its heading.
    """
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.group == group:
            text = row.description
            for key in row.keys:
                text = text.replace(f" {key.rpartition('+')[2].lower()} ", " ") if _is_arrow(key) else text
            found.setdefault(text, []).extend(row.keys)
    return [(_merged(keys), text) for text, keys in found.items()]


def _is_arrow(key: str) -> bool:
    return key.rpartition("+")[2] in _ARROWS


def _merged(keys: list[str]) -> list[str]:
    """Keys as they stand on the sheet: arrows behind their common modifier."""
    prefixes = {key.rpartition("+")[0] for key in keys}
    if len(keys) < 2 or len(prefixes) > 1 or not all(map(_is_arrow, keys)):
        return ["+".join(_CAPS.get(part, part) for part in key.split("+")) for key in keys]
    arrows = " ".join(_ARROWS[key.rpartition("+")[2]] for key in keys)
    prefix = prefixes.pop()
    return [f"{prefix}+ {arrows}" if prefix else arrows]


def _halves(groups: dict[str, list[Line]]) -> tuple[dict[str, list[Line]], dict[str, list[Line]]]:
    """Share the groups out, each to the column that is shorter so far."""
    left: dict[str, list[Line]] = {}
    right: dict[str, list[Line]] = {}
    for group, lines in groups.items():
        min(left, right, key=_length)[group] = lines
    return left, right


def _length(column: dict[str, list[Line]]) -> int:
    heading = 2
    return sum(heading + len(lines) for lines in column.values())


def _block(group: str, lines: Sequence[Line]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(5)
    heading = QLabel(group)
    heading.setStyleSheet("font-size: 11pt; font-weight: bold")
    grid.addWidget(heading, 0, 0, 1, 2)
    for number, (keys, text) in enumerate(lines, start=1):
        grid.addLayout(_caps(keys), number, 0)
        grid.addWidget(QLabel(text), number, 1)
    grid.setColumnMinimumWidth(0, 150)
    grid.setColumnStretch(1, 1)
    return grid


def _caps(keys: Sequence[str]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    for key in keys:
        cap = QLabel(key)
        cap.setStyleSheet("border: 1px solid palette(mid); border-radius: 3px; padding: 1px 6px; font-weight: bold")
        row.addWidget(cap)
    row.addStretch(1)
    return row
