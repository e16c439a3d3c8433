"""The box that says how the film is shown and what lies on it; it decides nothing."""

from math import log
from typing import TYPE_CHECKING

from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from napari_dentlm.gui.drawing_key import DrawingKey
from napari_dentlm.gui.looks import GAMMAS, LOOKS, PLAIN, Look

if TYPE_CHECKING:
    from napari_dentlm.gui.scene import Scene

_STEPS = 100


class ViewBox(QWidget):
    """Looks of the film, what is drawn over it, and the key to the drawing.

    Parameters
    ----------
    parent
        Owner.
    """

    look_changed = Signal(object)  # Look
    tracing_toggled = Signal(bool)
    planes_toggled = Signal(bool)
    stages_toggled = Signal(bool)
    errors_toggled = Signal(bool)
    names_toggled = Signal(bool)
    fit_film_requested = Signal()
    fit_point_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.looks = QComboBox()
        self.looks.addItems([look.name for look in LOOKS])
        self.looks.setAccessibleName("Look of the film")
        self.looks.setToolTip("How the film is shown. The film itself never changes.")
        self.brightness, self.contrast, self.gamma = _slider("Brightness"), _slider("Contrast"), _slider("Gamma")
        self.reset = _button("Reset", "Set brightness, contrast and gamma back to those of the look.")
        self.fit_film = _button("Whole film", "Show the whole film.")
        self.fit_point = _button("This point", "Look at the current point closely.")
        self.tracing, self.planes = _check("Tracing", "Lines of the tracing."), _check("Planes", "Reference planes.")
        self.stages = _check("Stages", "Where the model looked: face area, and the points before refinement.")
        self.errors = _check("Expected errors", "Circles that most probably hold the true points.")
        self.names = _check("Names", "Short names beside the points.")
        self.names.setChecked(True)
        self.key = DrawingKey()
        self._scene: Scene | None = None
        self._arrange()
        self._connect()
        self.show_look(PLAIN)

    @property
    def look(self) -> Look:
        """The look as the controls have it."""
        return LOOKS[self.looks.currentIndex()].adjusted(
            brightness=self.brightness.value() / _STEPS,
            contrast=self.contrast.value() / _STEPS,
            gamma=_gamma(self.gamma.value()),
        )

    def show_look(self, look: Look) -> None:
        """Set the controls without a signal."""
        blocked = [QSignalBlocker(each) for each in (self.looks, self.brightness, self.contrast, self.gamma)]
        self.looks.setCurrentText(look.name)
        self.brightness.setValue(round(look.brightness * _STEPS))
        self.contrast.setValue(round(look.contrast * _STEPS))
        self.gamma.setValue(_position(look.gamma))
        for each in blocked:
            each.unblock()

    def follow(self, scene: "Scene") -> None:
        """Show what the scene shows, also when another panel changes it."""
        self._scene = scene
        scene.dressed.connect(self._take_over)
        self._take_over()

    def invert(self) -> None:
        """Choose the inverted look, or the plain one when the film is inverted already."""
        look = PLAIN if self.look.invert else next(look for look in LOOKS if look.invert)
        self.looks.setCurrentText(look.name)

    def _take_over(self) -> None:
        scene = self._scene
        if scene is None:
            return
        if scene.film.look != self.look:
            self.show_look(scene.film.look)
        for name, shown in scene.switches().items():
            check = getattr(self, name)
            blocked = QSignalBlocker(check)
            check.setChecked(shown)
            blocked.unblock()

    def _choose(self) -> None:
        self.show_look(LOOKS[self.looks.currentIndex()])
        self.look_changed.emit(self.look)

    def _connect(self) -> None:
        self.looks.currentIndexChanged.connect(self._choose)
        self.reset.clicked.connect(self._choose)
        for slider in (self.brightness, self.contrast, self.gamma):
            slider.valueChanged.connect(lambda _value: self.look_changed.emit(self.look))
        self.tracing.toggled.connect(self.tracing_toggled)
        self.planes.toggled.connect(self.planes_toggled)
        self.stages.toggled.connect(self.stages_toggled)
        self.errors.toggled.connect(self.errors_toggled)
        self.names.toggled.connect(self.names_toggled)
        self.fit_film.clicked.connect(self.fit_film_requested)
        self.fit_point.clicked.connect(self.fit_point_requested)

    def _arrange(self) -> None:
        top = QHBoxLayout()
        for widget in (self.looks, self.fit_film, self.fit_point):
            top.addWidget(widget, 1 if widget is self.looks else 0)
        sliders = QGridLayout()
        sliders.setSpacing(3)
        for row, slider in enumerate((self.brightness, self.contrast, self.gamma)):
            sliders.addWidget(QLabel(slider.accessibleName()), row, 0)
            sliders.addWidget(slider, row, 1)
        sliders.addWidget(self.reset, 1, 2)
        checks = QGridLayout()
        checks.setSpacing(3)
        for place, check in enumerate((self.tracing, self.planes, self.stages, self.names, self.errors)):
            checks.addWidget(check, place // 3, place % 3, 1, 2 if check is self.errors else 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (top, sliders, checks):
            layout.addLayout(part)
        layout.addWidget(self.key)
        layout.addStretch(1)


def _slider(name: str) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(-_STEPS, _STEPS)
    slider.setAccessibleName(name)
    slider.setToolTip(f"{name} of the film as it is shown; its pixels never change.")
    slider.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    return slider


def _check(text: str, tooltip: str) -> QCheckBox:
    check = QCheckBox(text)
    check.setToolTip(tooltip)
    # The canvas keeps the keyboard.
    check.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return check


def _button(text: str, tooltip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


def _gamma(position: int) -> float:
    """Gamma at a place of the slider; right is lighter, and 1 lies in the middle."""
    return float(min(max(GAMMAS[1] ** (-position / _STEPS), GAMMAS[0]), GAMMAS[1]))


def _position(gamma: float) -> int:
    """The place of the slider for a gamma."""
    return round(-log(gamma) / log(GAMMAS[1]) * _STEPS)
