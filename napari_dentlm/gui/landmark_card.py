"""What is known about the current landmark: where it belongs, who put it there, and how sure that is."""

from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from napari_dentlm.core.annotation import Landmark, Point
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.scheme import LandmarkDef
from napari_dentlm.gui.appearance import APPEARANCE, FLAG_COLOUR
from napari_dentlm.gui.face_sketch import FaceSketch
from napari_dentlm.gui.landmark_sketch import LandmarkSketch
from napari_dentlm.gui.landmark_table import legible, radius_text
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.words import Words

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
        self.flag, self.facts = Words(8, lines=2), Words(8, lines=4)
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
        found.append(f"Contours {distance_text(*landmark.sides, calibration)} apart")
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
