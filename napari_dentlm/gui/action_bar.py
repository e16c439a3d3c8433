"""The buttons of the reader's acts; each has a key as well, which its tooltip tells."""

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QGridLayout, QPushButton, QWidget

from napari_dentlm.gui.shortcuts import tooltip
from napari_dentlm.gui.tools import Tool

# Callback of the controller, text, row, column, columns wide.
_BUTTONS: tuple[tuple[str, str, int, int, int], ...] = (
    ("toggle_placing", "Place", 0, 0, 1),
    ("place_sides", "Both sides", 0, 1, 1),
    ("mark_not_visible", "Not visible", 0, 2, 1),
    ("mark_outside", "Outside", 0, 3, 1),
    ("reset", "Reset", 0, 4, 1),
    ("undo", "Undo", 0, 5, 1),
    ("previous_film", "◀ Film", 1, 0, 1),
    ("confirm_and_next", "Confirm, next point", 1, 1, 2),
    ("confirm_seen", "Confirm seen", 1, 3, 1),
    ("toggle_loop", "Loop", 1, 4, 1),
    ("next_film", "Film ▶", 1, 5, 1),
)
_CHECKABLE = ("toggle_placing", "place_sides", "toggle_loop")


class ActionBar(QWidget):
    """Two rows of buttons.

    Parameters
    ----------
    parent
        Owner.
    """

    about_to_act = Signal()
    action = Signal(str)  # name of the controller's method

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QPushButton] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        for name, text, row, column, width in _BUTTONS:
            button = self.buttons[name] = QPushButton(text)
            # The canvas keeps the keyboard: Space would press a focused button again.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setMinimumWidth(30)
            button.setStyleSheet("padding: 3px 4px;")
            button.setCheckable(name in _CHECKABLE)
            button.setToolTip(tooltip(name))
            button.clicked.connect(lambda _checked=False, name=name: self._act(name))
            grid.addWidget(button, row, column, 1, width)

    def _act(self, name: str) -> None:
        self.about_to_act.emit()
        self.action.emit(name)

    def show_tool(self, tool: Tool) -> None:
        """Show which tool is in hand."""
        self.buttons["toggle_placing"].setChecked(tool is Tool.PLACE)
        self.buttons["place_sides"].setChecked(tool is Tool.SIDES)

    def show_loop(self, looping: bool) -> None:
        """Show whether the loop is on."""
        self.buttons["toggle_loop"].setChecked(looping)
