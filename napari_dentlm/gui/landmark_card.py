"""What is known about the current landmark: where it belongs, who put it there, and how sure that is."""

import math

from qtpy.QtCore import QEvent, QPointF, QSize, Qt
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from qtpy.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from napari_dentlm.core.annotation import Landmark, Point
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.scheme import LandmarkDef
from napari_dentlm.gui.appearance import APPEARANCE, FLAG_COLOUR
from napari_dentlm.gui.face_sketch import FaceSketch
from napari_dentlm.gui.landmark_sketch import LandmarkSketch
from napari_dentlm.gui.landmark_table import legible, radius_text
from napari_dentlm.gui.session import Session

_FAINT = 165
_RADIUS_MEANING = (
    "Counted on films that the model had never seen: so many of its points lay within this distance of the mean of "
    "two readers. Where this one point should lie is for you to judge."
)


class LandmarkCard(QWidget):
    """Shows the session's current landmark.

    Parameters
    ----------
    session
        Gives the landmark and the calibration.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.sketch, self.face_sketch = LandmarkSketch(), FaceSketch()
        self.face_sketch.hide()
        self.key, self.name = Words(13, bold=True, elastic=False), Words(10)
        self.state = Words(9, bold=True)
        self.definition, self.note = Words(8, lines=3), Words(8, lines=2)
        self.flag, self.facts = Words(8, lines=2), Words(8, lines=3)
        self.setAccessibleName("Current landmark")
        self._arrange()
        for changed in (
            session.film_changed,
            session.annotation_changed,
            session.calibration_changed,
            session.current_changed,
        ):
            changed.connect(self._show)
        self._show()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Fits a narrow dock."""
        return QSize(340, 150)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Take on the colours of a new theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._show()

    def _arrange(self) -> None:
        title = QHBoxLayout()
        title.setSpacing(8)
        title.addWidget(self.key, 0, Qt.AlignmentFlag.AlignBottom)
        title.addWidget(self.name, 1, Qt.AlignmentFlag.AlignBottom)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addLayout(title)
        for part in (self.state, self.definition, self.note, self.flag, self.facts):
            words.addWidget(part)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(9)
        for sketch in (self.sketch, self.face_sketch):
            layout.addWidget(sketch, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)

    def _show(self) -> None:
        annotation, landmark = self._session.annotation, self._session.landmark
        if annotation is None or landmark is None:
            self._show_nothing()
            return
        look = APPEARANCE[landmark.state]
        colour = legible(look.colour, self.palette())
        flag = "" if landmark.touched else landmark.flag
        known = "\n".join(facts(landmark, self._session.calibration))
        self._show_definition(annotation.scheme.landmark(landmark.key), note_lines=1 if flag else 2)
        on_face = landmark.key in self.face_sketch.places
        for sketch, shown in ((self.sketch, not on_face), (self.face_sketch, on_face)):
            sketch.setVisible(shown)
            sketch.mark(landmark.key, colour)
        self.state.say(" ".join([look.sign, look.word, *([f"by {who}"] if (who := _whose(landmark)) else [])]), colour)
        self.flag.say(f"⚑ Look here first: {flag}" if flag else "", legible(FLAG_COLOUR, self.palette()))
        self.facts.say(known, more=_RADIUS_MEANING if _shows_radius(landmark) else "")

    def _show_definition(self, definition: LandmarkDef, note_lines: int) -> None:
        self.key.say(definition.key)
        self.name.say(definition.name, more=definition.source)
        self.definition.say(definition.definition)
        self.note.lines = note_lines
        faint = QColor(self.palette().windowText().color())
        faint.setAlpha(_FAINT)
        self.note.say(definition.note, faint)

    def _show_nothing(self) -> None:
        self.sketch.mark("", QColor())
        for part in (self.key, self.state, self.definition, self.note, self.flag, self.facts):
            part.say("")
        self.name.say("No landmark to show")


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
        return math.ceil(len(self._broken(width)) * QFontMetricsF(self._font()).height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the lines."""
        painter, font = QPainter(self), self._font()
        painter.setFont(font)
        painter.setPen(self._colour or self.palette().windowText().color())
        measure = QFontMetricsF(font)
        for number, line in enumerate(self._broken(self.width())):
            painter.drawText(QPointF(0, number * measure.height() + measure.ascent()), line)

    def _broken(self, width: int) -> list[str]:
        """The text in lines, the last of them cut short where not all of it fits."""
        lines = [line for paragraph in self.text.split("\n") for line in _wrapped(paragraph, self._font(), width)]
        if len(lines) <= self.lines:
            return lines
        rest = " ".join(lines[self.lines - 1 :])
        cut = QFontMetricsF(self._font()).elidedText(rest, Qt.TextElideMode.ElideRight, width)
        return [*lines[: self.lines - 1], cut]

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSize(self._points)
        font.setBold(self._bold)
        return font


def facts(landmark: Landmark, calibration: Calibration | None) -> list[str]:
    """What is known about a landmark's position, a line each; nothing is said that is not known.

    Parameters
    ----------
    landmark
        Of the reader's annotation.
    calibration
        Of its film; lengths are in pixels without one.
    """
    found = [landmark.reason] if landmark.reason else []
    if _shows_radius(landmark):
        found.append(f"95 % of points lie within {radius_text(landmark.expected_error_px, calibration)}")
    if landmark.confirmed_by and _name(landmark.origin) not in ("", landmark.confirmed_by):
        found.append(f"Point from {_name(landmark.origin)}")
    if landmark.predicted is not None and landmark.position not in (None, landmark.predicted):
        found.append(f"{distance_text(landmark.predicted, landmark.position, calibration)} from the model's point")
    if landmark.sides is not None:
        found.append(f"Left and right side {distance_text(*landmark.sides, calibration)} apart")
    return found


def distance_text(one: Point, other: Point, calibration: Calibration | None) -> str:
    """How far two points are apart, in mm where there is a calibration, else in pixels."""
    mm = None if calibration is None else calibration.distance_mm((one.x, one.y), (other.x, other.y))
    return f"{one.distance(other):.1f} px" if mm is None else f"{mm:.1f} mm"


def _shows_radius(landmark: Landmark) -> bool:
    # The radius belongs to the model's point; once a reader has spoken, his word stands.
    return landmark.expected_error_px is not None and not landmark.touched


def _whose(landmark: Landmark) -> str:
    """Who is behind the landmark's state."""
    return landmark.confirmed_by or _name(landmark.origin)


def _name(origin: str) -> str:
    """A reader's name, or a model's without its hash."""
    kind, _, name = origin.partition(":")
    return name.partition("@")[0] if kind == "model" else name


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
