"""The table of shortcuts, from which bindings, tooltips and the help come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from napari.layers import Layer
from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QKeyEvent


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One action of the reader that has keys.

    Parameters
    ----------
    keys
        In napari's spelling.
    description
        What it does, as the tooltip says it.
    group
        Heading of the help.
    callback
        Name of the controller's method.
    argument
        Passed to the method, where it takes one.
    """

    keys: tuple[str, ...]
    description: str
    group: str
    callback: str
    argument: Any = None


def _nudges() -> Iterator[Shortcut]:
    directions = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}
    for prefix, step in (("", 1.0), ("Shift+", 10.0), ("Alt+", 0.1)):
        for name, (dx, dy) in directions.items():
            text = f"Move the point {name.lower()} by {step:g} pixel{'' if step == 1 else 's'}"
            yield Shortcut((prefix + name,), text, "Correct", "nudge", (dx * step, dy * step))


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut(("Tab",), "Next point", "Look", "next_point"),
    Shortcut(("Shift+Tab",), "Previous point", "Look", "previous_point"),
    Shortcut(("F",), "Fit the film", "Look", "fit_film"),
    Shortcut(("G",), "Look at the point closely", "Look", "fit_point"),
    Shortcut(("I",), "Invert the film", "Look", "invert_film"),
    Shortcut(("T",), "Show or hide the tracing", "Look", "toggle_tracing"),
    Shortcut(("E",), "Show or hide the expected errors", "Look", "toggle_errors"),
    Shortcut(("F1",), "This help", "Look", "show_help"),
    Shortcut(("Enter", "Space"), "Confirm the point and go to the next", "Confirm", "confirm_and_next"),
    Shortcut(
        ("Ctrl+Enter",),
        "Confirm all points that you looked at closely and that are not flagged",
        "Confirm",
        "confirm_seen",
    ),
    *_nudges(),
    Shortcut(("A",), "Place the point with a click on the film", "Correct", "toggle_placing"),
    Shortcut(("D",), "Place the left and the right contour of the point", "Correct", "place_sides"),
    Shortcut(("Escape",), "Put the tool away", "Correct", "stop_placing"),
    Shortcut(("R",), "Back to the model's point", "Correct", "reset"),
    Shortcut(("N",), "Mark the point as not visible", "Correct", "mark_not_visible"),
    Shortcut(("O",), "Mark the point as outside the image", "Correct", "mark_outside"),
    Shortcut(("U", "Ctrl+Z"), "Undo", "Correct", "undo"),
    Shortcut(("Ctrl+Shift+Z",), "Redo", "Correct", "redo"),
    Shortcut(("PageUp",), "Previous film", "Films", "previous_film"),
    Shortcut(("PageDown",), "Next film", "Films", "next_film"),
    Shortcut(("K",), "Next face of a photo with several", "Films", "next_face"),
    Shortcut(("J",), "Previous face of a photo with several", "Films", "previous_face"),
    Shortcut(("B",), "Label a face that was not found, in a box of two clicks", "Films", "add_face"),
    Shortcut(("L",), "Loop: the same point through all films", "Films", "toggle_loop"),
)
HIDE_KEY = "H"
HIDE_DESCRIPTION = "Hide all marks while the key is held"

# Keys of napari's points layer that delete, paste, shift or switch to a mode in which a click adds points.
STRAY_KEYS: tuple[str, ...] = (
    *("1", "2", "3", "4", "5", "6", "P", "S", "Z", "Delete", "Backspace"),
    *("Shift+A", "Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+Delete", "Ctrl+Backspace"),
    *("Ctrl+Y", "Ctrl+E", "Ctrl+T", "Alt+P", "V", "Shift+V"),
)


class Actions(Protocol):
    """What the shortcuts call: a controller with a method for every row of the table."""

    def hide_marks(self, hidden: bool) -> None:
        """Hide or show all marks."""

    def refuse_key(self) -> None:
        """Say that napari's own key was not carried out."""


def tooltip(callback: str) -> str:
    """Text for the button of an action: what it does, and its keys."""
    rows = [row for row in SHORTCUTS if row.callback == callback]
    if not rows:
        return ""
    keys = " or ".join(key for row in rows for key in row.keys)
    return f"{rows[0].description} ({keys})"


def callbacks(actions: Actions) -> dict[str, Callable[[], None]]:
    """Every key of the table with what it calls."""
    bound: dict[str, Callable[[], None]] = {}
    for row in SHORTCUTS:
        method = getattr(actions, row.callback)
        for key in row.keys:
            bound[key] = method if row.argument is None else partial(method, *row.argument)
    return bound


def bind(layer: Layer, actions: Actions) -> None:
    """Bind the table on one layer instance, where it wins over napari's own keys, and block the stray ones."""

    def hide(_layer: Layer) -> Iterator[None]:
        actions.hide_marks(True)
        yield
        actions.hide_marks(False)

    for key in STRAY_KEYS:
        layer.bind_key(key, _ignoring_layer(actions.refuse_key), overwrite=True)
    for key, callback in callbacks(actions).items():
        layer.bind_key(key, _ignoring_layer(callback), overwrite=True)
    layer.bind_key(HIDE_KEY, hide, overwrite=True)


def _ignoring_layer(callback: Callable[[], None]) -> Callable[[Layer], None]:
    def call(_layer: Layer) -> None:
        callback()

    return call


_QT_NAMES = {
    Qt.Key.Key_Tab: "Tab",
    Qt.Key.Key_Backtab: "Tab",
    Qt.Key.Key_Return: "Enter",
    Qt.Key.Key_Enter: "Enter",
    Qt.Key.Key_Space: "Space",
    Qt.Key.Key_PageUp: "PageUp",
    Qt.Key.Key_PageDown: "PageDown",
    Qt.Key.Key_Escape: "Escape",
    Qt.Key.Key_F1: "F1",
}
_QT_MODIFIERS = (
    (Qt.KeyboardModifier.ControlModifier, "Ctrl"),
    (Qt.KeyboardModifier.ShiftModifier, "Shift"),
    (Qt.KeyboardModifier.AltModifier, "Alt"),
)


def key_name(event: QKeyEvent) -> str:
    """Spelling of a Qt key event as the table has it; empty for keys that the table cannot have."""
    key = Qt.Key(event.key())
    name = _QT_NAMES.get(key, "")
    if not name and Qt.Key.Key_A <= key <= Qt.Key.Key_Z:
        name = chr(int(key))
    modifiers = [text for flag, text in _QT_MODIFIERS if event.modifiers() & flag]
    return "+".join([*modifiers, name]) if name else ""


class KeyFilter(QObject):
    """Carries the table's keys out for a Qt widget that would use them otherwise.

    Qt takes Tab for its own focus chain before the canvas sees it, and tables search for letters.

    Parameters
    ----------
    actions
        What the shortcuts call.
    only
        The keys to take; all of the table when None.
    parent
        Owner.
    """

    def __init__(self, actions: Actions, only: tuple[str, ...] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._callbacks = {key: call for key, call in callbacks(actions).items() if only is None or key in only}

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: True when the key was carried out here."""
        if event.type() != QEvent.Type.KeyPress:
            return False
        callback = self._callbacks.get(key_name(event))
        if callback is None:
            return False
        callback()
        return True
