"""The six measures that stand beside an image while it is corrected, each as sure as its weakest landmark."""

from qtpy.QtCore import QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from qtpy.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from napari_dentlm.core.annotation import State
from napari_dentlm.core.measures import FACE_STRIP, STRIP, Measured, measure, strip
from napari_dentlm.gui.appearance import APPEARANCE
from napari_dentlm.gui.landmark_table import legible
from napari_dentlm.gui.session import Session

_DRAFT = {
    State.PREDICTED: "is only predicted",
    State.CORRECTED: "was corrected and not yet confirmed",
    State.PLACED: "was placed and not yet confirmed",
}
_SHORT = {
    "face.eye_tilt": "Eyes",
    "face.mouth_to_eyes": "Mouth",
    "face.thirds": "Thirds",
    "face.lower_third": "Lips",
    "face.fifth_between": "Canthi",
    "face.midline_chin": "Chin",
}
_FAINT, _GROUND, _GROUND_HOVERED = 165, 15, 34


class MeasuresStrip(QWidget):
    """Shows the measures of the film in view and asks for the landmark that makes one of them a draft.

    Parameters
    ----------
    session
        Gives the annotation and the calibration.
    parent
        Owner.
    """

    landmark_requested = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._sets = {keys: {key: MeasureCell(_SHORT.get(key, key)) for key in keys} for keys in (STRIP, FACE_STRIP)}
        self.cells = self._sets[STRIP]
        self.setAccessibleName("Measures")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for cells in self._sets.values():
            for cell in cells.values():
                layout.addWidget(cell, cell.sizeHint().width())
                cell.setVisible(cells is self.cells)
                cell.clicked.connect(lambda _checked=False, cell=cell: self._ask(cell))
        for changed in (session.film_changed, session.annotation_changed, session.calibration_changed):
            changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        annotation = self._session.annotation
        taken: tuple[Measured, ...] = ()
        if annotation is not None:
            keys = strip(annotation.scheme)
            self._choose(self._sets[keys])
            taken = measure(annotation, self._session.calibration, keys=keys)
        found = {each.definition.key: each for each in taken}
        for key, cell in self.cells.items():
            cell.show_measure(found.get(key))

    def _choose(self, cells: "dict[str, MeasureCell]") -> None:
        """Show the cells of a film, or those of a face."""
        if cells is not self.cells:
            for cell in self.cells.values():
                cell.hide()
            self.cells = cells
            for cell in cells.values():
                cell.show()

    def _ask(self, cell: "MeasureCell") -> None:
        if cell.measured is not None:
            self.landmark_requested.emit(cell.measured.weakest)


NOTHING = "There is nothing to measure yet: open a film or a photo and label it."


class MeasureCell(QAbstractButton):
    """One measure: its name with the sign of its weakest landmark, and its value below.

    Parameters
    ----------
    name
        Of the measure.
    parent
        Owner.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measured: Measured | None = None
        self._name = name
        # The canvas keeps the keyboard: Space would press a focused button again.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(NOTHING)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def value_text(self) -> str:
        """The value as it is shown."""
        return "–" if self.measured is None else self.measured.text

    @property
    def value_font(self) -> QFont:
        """Slanted while it rests on a point that nobody looked at, bold once all its points are confirmed."""
        font = QFont(self.font())
        font.setPointSize(10)
        if self.measured is not None and self.measured.value is not None:
            font.setItalic(self.measured.state is State.PREDICTED)
            font.setBold(not self.measured.is_draft)
        return font

    def show_measure(self, measured: Measured | None) -> None:
        """Show a result; None without a film."""
        if measured == self.measured:
            return
        self.measured = measured
        self.setToolTip(NOTHING if measured is None else explanation(measured) + ask_text(measured))
        sure = "" if measured is None else APPEARANCE[measured.state].word
        self.setAccessibleName(" ".join(part for part in (self._name, self.value_text, sure) if part))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for the sign and the name, and for an angle of three digits."""
        name = QFontMetrics(self._name_font()).horizontalAdvance(f"□ {self._name}") + 4
        value = QFontMetrics(self.value_font).horizontalAdvance("88.8°") + 4
        return QSize(max(name, value), 36)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Names are never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the cell in the colours of the theme."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ink(_GROUND_HOVERED if self.underMouse() else _GROUND))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        self._draw_name(painter)
        measured = self.measured
        unsure = measured is None or measured.value is None or measured.state is State.PREDICTED
        painter.setFont(self.value_font)
        painter.setPen(self._ink(_FAINT if unsure else 255))
        painter.drawText(self.rect().adjusted(0, 14, 0, 0), Qt.AlignmentFlag.AlignCenter, self.value_text)

    def _draw_name(self, painter: QPainter) -> None:
        font = self._name_font()
        sign = "" if self.measured is None else f"{APPEARANCE[self.measured.state].sign} "
        measure_text = QFontMetrics(font)
        width = measure_text.horizontalAdvance(sign)
        left = (self.width() - width - measure_text.horizontalAdvance(self._name)) // 2
        line = self.rect().adjusted(left, 3, 0, 0)
        painter.setFont(font)
        if self.measured is not None:
            painter.setPen(legible(APPEARANCE[self.measured.state].colour, self.palette()))
            painter.drawText(line, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, sign)
        painter.setPen(self._ink(_FAINT))
        painter.drawText(
            line.adjusted(width, 0, 0, 0), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, self._name
        )

    def _name_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSize(7)
        return font

    def _ink(self, strength: int) -> QColor:
        colour = QColor(self.palette().windowText().color())
        colour.setAlpha(strength)
        return colour


def draft_text(measured: Measured) -> str:
    """What a value rests on, in words: that it is missing, a draft, or confirmed."""
    if measured.value is None:
        return f"No value: {measured.reason}."
    if measured.is_draft:
        return f"Draft: {measured.weakest} {_DRAFT[measured.state]}."
    return "All its points are confirmed."


def explanation(measured: Measured) -> str:
    """Construction, norm with its source, and what the value rests on, a line each."""
    definition = measured.definition
    lines = [f"{definition.name}  {measured.text}", definition.construction]
    if definition.norm is not None:
        lines.append(f"Norm {definition.norm.text} ({definition.norm.source})")
        lines += [definition.norm.note] if definition.norm.note not in ("", definition.norm.text.rstrip("*")) else []
    return "\n".join([*lines, draft_text(measured)])


def ask_text(measured: Measured) -> str:
    """What a click does, as the last line of a tooltip; empty when nothing is left to do."""
    return f"\nClick to go to {measured.weakest}." if measured.is_draft else ""
