"""What a reader's hand, napari's buttons and scripts can do to the workbench, as acts to be drawn at random."""

import random
from collections.abc import Callable

import numpy as np
from app_model.backends.qt import QKeyBindingSequence
from app_model.types import KeyBinding, MenuItem
from napari import layers as napari_layers
from napari._app_model import get_app_model
from napari._app_model.context import get_context
from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import QEvent, QPointF, Qt, QTimer
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog

from napari_dentlm.gui.shortcuts import HIDE_KEY, SHORTCUTS, STRAY_KEYS
from tests.gui import mouse
from tests.gui.conftest import Desk

DIALOG_KEYS = frozenset(("Ctrl+Alt+/", "Ctrl+Shift+C"))
# Of napari's layer menu: what acts on the layers that are there. Sample data and windows are no stray buttons.
LAYER_COMMANDS = "napari.layer."

Act = Callable[[Desk, random.Random], object]


def all_acts(*, removals: bool) -> list[tuple[float, list[tuple[str, Act]]]]:
    """Groups of acts, each with how often it is drawn from; `removals` of our layers are what only a script can do."""
    return [
        (0.22, [(key, pressing(key)) for key in own_keys()]),
        (0.22, [(key, pressing(key)) for key in napari_keys()]),
        (0.28, list(CANVAS_ACTS.items())),
        (0.13, list(LAYER_ACTS.items())),
        (0.03 if removals else 0.0, list(REMOVALS.items())),
        (0.12, list(BUTTON_ACTS.items())),
    ]


def draw(groups: list[tuple[float, list[tuple[str, Act]]]], dice: random.Random) -> tuple[str, Act]:
    """One act."""
    (_, acts), *_ = dice.choices(groups, [weight for weight, _ in groups])
    return dice.choice(acts)


def own_keys() -> list[str]:
    """Keys of the table of shortcuts."""
    return [*(key for row in SHORTCUTS for key in row.keys), HIDE_KEY]


def napari_keys() -> list[str]:
    """Keys of napari's layers, viewer and menus, without those that open dialogs; ours among them are drawn twice."""
    kinds = [kind for kind in vars(napari_layers).values() if isinstance(kind, type) and issubclass(kind, Layer)]
    maps = [kind.class_keymap for kind in (*kinds, ViewerModel)]
    found = {str(key) for keymap in maps for key in keymap} | set(STRAY_KEYS)
    return sorted(found - DIALOG_KEYS - {"Shift"})


def pressing(key: str) -> Act:
    """The act of pressing a key on the canvas."""
    combination = QKeyBindingSequence(KeyBinding.from_str(key))[0]
    # Qt's own spelling of this key depends on whether Shift is held.
    code = Qt.Key.Key_Return if combination.key() == Qt.Key.Key_Enter else combination.key()

    def press(desk: Desk, _dice: random.Random) -> None:
        mouse.press(desk.viewer, code, combination.keyboardModifiers())
        if desk.workbench.help is not None:
            desk.workbench.help.hide()

    return press


def somewhere(desk: Desk, dice: random.Random) -> np.ndarray:
    """A place on the canvas."""
    native = mouse.canvas_of(desk.viewer)
    return np.array([dice.randrange(2, native.width() - 2), dice.randrange(2, native.height() - 2)], dtype=float)


def at_a_mark(desk: Desk, dice: random.Random) -> np.ndarray:
    """The place of a mark on the canvas; any place where there is none."""
    keys = [key for key, mark in desk.session.annotation.landmarks.items() if mark.position is not None]
    return desk.place_of(dice.choice(keys)) if keys and desk.points in desk.viewer.layers else somewhere(desk, dice)


def nearby(place: np.ndarray, dice: random.Random) -> np.ndarray:
    """A place some pixels of the screen away."""
    return place + np.array([dice.randint(-60, 60), dice.randint(-60, 60)])


def drag_mark(desk: Desk, dice: random.Random) -> None:
    """Drag one mark a little."""
    place = at_a_mark(desk, dice)
    mouse.drag(desk.viewer, place, nearby(place, dice))


def place_with_click(desk: Desk, dice: random.Random) -> None:
    """Place mode and a click."""
    desk.workbench.toggle_placing()
    mouse.click(desk.viewer, somewhere(desk, dice))


def double_click(desk: Desk, dice: random.Random) -> None:
    """A double click, at which napari zooms in."""
    native, place = mouse.canvas_of(desk.viewer), somewhere(desk, dice)
    local = QPointF(*place)
    there, left = QPointF(native.mapToGlobal(local.toPoint())), Qt.MouseButton.LeftButton
    for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
        event = QMouseEvent(kind, local, there, left, left, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(native, event)


CANVAS_ACTS: dict[str, Act] = {
    "click": lambda desk, dice: mouse.click(desk.viewer, somewhere(desk, dice)),
    "click on a mark": lambda desk, dice: mouse.click(desk.viewer, at_a_mark(desk, dice)),
    "drag": lambda desk, dice: mouse.drag(desk.viewer, somewhere(desk, dice), somewhere(desk, dice)),
    "drag a mark": drag_mark,
    "place with a click": place_with_click,
    "double click": double_click,
}


def any_layers(desk: Desk, dice: random.Random) -> list[Layer]:
    """Some of the layers."""
    known = list(desk.viewer.layers)
    return dice.sample(known, dice.randint(1, min(3, len(known)))) if known else []


def select_layers(desk: Desk, dice: random.Random) -> None:
    """Select some layers in the list."""
    desk.viewer.layers.selection.clear()
    desk.viewer.layers.selection.update(any_layers(desk, dice))


def activate_layer(desk: Desk, dice: random.Random) -> None:
    """Make one layer the active one, whose controls napari then shows."""
    for layer in any_layers(desk, dice)[:1]:
        desk.viewer.layers.selection.active = layer


def rename_layer(desk: Desk, dice: random.Random) -> None:
    """Give a layer another name."""
    for layer in any_layers(desk, dice)[:1]:
        layer.name = dice.choice(["Points", "Landmarks", "Film", ""])


def remove_layers(desk: Desk, dice: random.Random) -> None:
    """Remove layers one by one, as a script or another plugin does."""
    for layer in any_layers(desk, dice):
        desk.viewer.layers.remove(layer)


def clear_layers(desk: Desk, _dice: random.Random) -> None:
    """Remove all layers at once."""
    desk.viewer.layers.clear()


def move_layer(desk: Desk, dice: random.Random) -> None:
    """Drag a layer to another place of the list."""
    count = len(desk.viewer.layers)
    if count > 1:
        desk.viewer.layers.move(dice.randrange(count), dice.randrange(count))


def toggle_eye(desk: Desk, dice: random.Random) -> None:
    """Click on the eye of a layer."""
    for layer in any_layers(desk, dice)[:1]:
        layer.visible = not layer.visible


def unlock(desk: Desk, dice: random.Random) -> None:
    """Click on the lock of a layer, then press the bin."""
    for layer in any_layers(desk, dice)[:1]:
        layer.locked = not layer.locked
        desk.viewer.layers.selection.active = layer
    desk.viewer.layers.remove_selected()


def choose_points(desk: Desk, dice: random.Random) -> None:
    """Select points as napari's own tool does."""
    count = len(desk.points.data)
    desk.points.selected_data = set(dice.sample(range(count), min(count, dice.randint(1, 4))))


def layer_command(desk: Desk, dice: random.Random) -> None:
    """Something from the menus of the layer list that is not greyed out: duplicate, convert, copy, paste, link."""
    application = get_app_model()
    context = get_context(desk.viewer.layers)
    items = [item for _, menu in application.menus for item in menu]
    rules = {item.command.id: item.command.enablement for item in items if isinstance(item, MenuItem)}
    names = [name for name, rule in sorted(rules.items(), key=lambda row: row[0]) if name.startswith(LAYER_COMMANDS)]
    offered = [name for name in names if rules[name] is None or rules[name].eval(context)]
    name = dice.choice(offered)
    # As from the menu: what a command raises, it raises inside an event.
    QTimer.singleShot(0, lambda: application.commands.execute_command(name))


LAYER_ACTS: dict[str, Act] = {
    "select layers": select_layers,
    "activate a layer": activate_layer,
    "rename a layer": rename_layer,
    "move a layer": move_layer,
    "eye of a layer": toggle_eye,
    "lock and bin": unlock,
    "select points": choose_points,
    "command of the layer menu": layer_command,
}


REMOVALS: dict[str, Act] = {"remove layers": remove_layers, "clear all layers": clear_layers}


def control_of_layer(desk: Desk, dice: random.Random) -> None:
    """A button of the controls of the active layer: modes, bin, check boxes."""
    controls = desk.viewer.window._qt_viewer.controls.currentWidget()
    press_one(controls.findChildren(QAbstractButton), dice)


def list_of_layer(desk: Desk, dice: random.Random) -> None:
    """A box of the controls of the active layer, such as blending or symbol."""
    boxes = desk.viewer.window._qt_viewer.controls.currentWidget().findChildren(QComboBox)
    boxes = [box for box in boxes if box.isEnabled() and box.count()]
    if boxes:
        dice.choice(boxes).setCurrentIndex(0)


def button_of_list(desk: Desk, dice: random.Random) -> None:
    """A button below the layer list: new layers and the bin."""
    press_one(desk.viewer.window._qt_viewer.layerButtons.findChildren(QAbstractButton), dice)


def button_of_viewer(desk: Desk, dice: random.Random) -> None:
    """A button of the viewer: grid, 3D, roll, transpose, home."""
    buttons = desk.viewer.window._qt_viewer.viewerButtons
    press_one([each for each in buttons.findChildren(QAbstractButton) if each is not buttons.consoleButton], dice)


def press_one(buttons: list[QAbstractButton], dice: random.Random) -> None:
    """Press one of the buttons that can be pressed."""
    enabled = [button for button in buttons if button.isEnabled() and button.isVisible()]
    if not enabled:
        return
    dismiss = QTimer(interval=50)
    dismiss.timeout.connect(dismiss_dialog)
    dismiss.start()
    dice.choice(enabled).click()
    dismiss.stop()


def dismiss_dialog() -> None:
    """Close a dialog that waits for an answer."""
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, QDialog):
        dialog.reject()


BUTTON_ACTS: dict[str, Act] = {
    "button of the layer's controls": control_of_layer,
    "select points and press a button": lambda desk, dice: (
        activate_points(desk),
        choose_points(desk, dice),
        control_of_layer(desk, dice),
    ),
    "mode button and drag": lambda desk, dice: (control_of_layer(desk, dice), drag_mark(desk, dice)),
    "list of the layer's controls": list_of_layer,
    "button of the layer list": button_of_list,
    "button of the viewer": button_of_viewer,
}


def activate_points(desk: Desk) -> None:
    """Show the controls of the landmarks."""
    desk.viewer.layers.selection.active = desk.points
