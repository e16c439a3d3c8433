"""What a click on the film means: a point, the two contours of a point, the ends of a ruler, or a face's box."""

from dataclasses import dataclass
from enum import StrEnum

from qtpy.QtCore import QObject, Signal

from napari_dentlm.core.annotation import Point
from napari_dentlm.core.box import Box
from napari_dentlm.core.calibration import Calibration, SpacingSource
from napari_dentlm.core.errors import CalibrationError
from napari_dentlm.core.scheme import PHOTO
from napari_dentlm.gui.session import Session


class Tool(StrEnum):
    """What the next click does."""

    NONE = "none"
    PLACE = "place"
    SIDES = "sides"
    RULER = "ruler"
    FACE = "face"


@dataclass(frozen=True, slots=True)
class Ruler:
    """A line drawn on the film along something of known length; `end` is None until the second click."""

    start: Point
    end: Point | None = None

    @property
    def length_px(self) -> float:
        """Length in pixels of the film; 0 until it has an end."""
        if self.end is None:
            return 0.0
        return ((self.end.x - self.start.x) ** 2 + (self.end.y - self.start.y) ** 2) ** 0.5

    def calibration(self, length_mm: float) -> Calibration:
        """The spacing that follows when the line is `length_mm` long.

        Raises
        ------
        CalibrationError
            When the line is too short to measure by, or the length is not positive.
        """
        if self.end is None or self.length_px < _SHORTEST_PX:
            raise CalibrationError("The ruler is too short. Draw it along the longest known length on the film.")
        spacing = length_mm / self.length_px
        ends = f"({self.start.x:.1f}, {self.start.y:.1f}) to ({self.end.x:.1f}, {self.end.y:.1f})"
        return Calibration(spacing, spacing, SpacingSource.RULER, f"{length_mm:g} mm from {ends}")


_SHORTEST_PX = 50.0
_SMALLEST_FACE_PX = 24.0
FILM_HAS_NO_FACES = "This film has points of its own. B is for photos: it adds a face that was not found."
BOTH_PLACED = "both contours have their place, and the point lies between them. Enter confirms it, D places them anew."
PUT_AWAY = "The tool is put away; a click moves the view again."


class ClickTools(QObject):
    """The tool in hand, and what its clicks have said so far.

    Parameters
    ----------
    session
        Carries the acts out.
    parent
        Owner.
    """

    changed = Signal(object, object)  # Tool, Ruler or None
    face_drawn = Signal(object)  # Box

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.tool = Tool.NONE
        self.ruler: Ruler | None = None
        self._left: Point | None = None
        self._corner: Point | None = None
        session.placing_changed.connect(self._follow_place_mode)
        session.film_changed.connect(self.drop)
        session.current_changed.connect(self._follow_point)

    def take(self, tool: Tool) -> None:
        """Take a tool into the hand, or put it away when it is there already."""
        if tool is self.tool or self._session.film is None:
            self.put_away()
            return
        refusal = self._refusal(tool)
        if refusal:
            self._say(refusal)
            # The button that asked for it must not stay pressed.
            self.changed.emit(self.tool, self.ruler)
            return
        self._set(tool)
        self._session.set_placing(tool is Tool.PLACE)
        self._say(self._instruction())

    def put_away(self) -> None:
        """Put the tool away and say so."""
        if self.tool is not Tool.NONE:
            self._say(PUT_AWAY)
        self.drop()

    def drop(self) -> None:
        """Have no tool in hand; a click then moves the view again."""
        self._set(Tool.NONE)
        self._session.set_placing(False)

    def click(self, point: Point) -> None:
        """Do what the tool does at a place on the film; napari's own add tool places as well."""
        if self.tool is Tool.SIDES:
            self._click_side(point)
        elif self.tool is Tool.RULER:
            self._click_ruler(point)
        elif self.tool is Tool.FACE:
            self._click_face(point)
        else:
            self._session.place(point)

    def use_ruler(self, length_mm: float) -> None:
        """Calibrate the film with the drawn ruler."""
        if self.ruler is None:
            self._say("Draw the ruler first: press the button, then click on its two ends.")
            return
        try:
            calibration = self.ruler.calibration(length_mm)
        except CalibrationError as error:
            self._say(str(error))
            return
        if self._session.calibrate(calibration):
            self.drop()
            self._say(f"Calibrated with the ruler: {calibration.row_mm:.4g} mm per pixel.")

    # ---- inner workings ------------------------------------------------------------------------------------------

    def _set(self, tool: Tool) -> None:
        self.tool, self._left, self._corner, self.ruler = tool, None, None, None
        self.changed.emit(self.tool, self.ruler)

    def _follow_place_mode(self, placing: bool) -> None:
        if placing != (self.tool is Tool.PLACE):
            self._set(Tool.PLACE if placing else Tool.NONE)

    def _follow_point(self) -> None:
        if self.tool is Tool.SIDES:
            self.put_away()
        elif self.tool is Tool.PLACE:
            self._say(self._instruction())

    def _refusal(self, tool: Tool) -> str:
        """Why a tool is of no use here, in words; empty where it is."""
        film, annotation, key = self._session.film, self._session.annotation, self._session.current
        if film is None or annotation is None:
            return ""
        if tool is Tool.SIDES and not annotation.scheme.landmark(key).bilateral:
            return f"{key} is one point. Both contours are placed for Go, Po, Or and Ar."
        # The journal, because a blind reader does not see the points.
        is_film = annotation.scheme.name != PHOTO and film.journal.has_points
        return FILM_HAS_NO_FACES if tool is Tool.FACE and is_film else ""

    def _click_side(self, point: Point) -> None:
        if self._left is None:
            self._left = point
            self._say(self._instruction())
            self.changed.emit(self.tool, self.ruler)
        else:
            left, self._left = self._left, None
            key = self._session.current
            if self._session.place_sides(key, left, point):
                self.drop()
                self._say(f"{key}: {BOTH_PLACED}")
            else:
                self.changed.emit(self.tool, self.ruler)

    def _click_ruler(self, point: Point) -> None:
        if self.ruler is None or self.ruler.end is not None:
            self.ruler = Ruler(point)
            self._say("Click on the other end of the known length.")
        else:
            self.ruler = Ruler(self.ruler.start, point)
            self._say(f"The ruler is {self.ruler.length_px:.0f} pixels long. Type its length in mm and press Use.")
        self.changed.emit(self.tool, self.ruler)

    def _click_face(self, point: Point) -> None:
        if self._corner is None:
            self._corner = point
            self._say(self._instruction())
            self.changed.emit(self.tool, self.ruler)
            return
        width, height = abs(point.x - self._corner.x), abs(point.y - self._corner.y)
        if min(width, height) < _SMALLEST_FACE_PX:
            self._say("This box is too small for a face. Click on the opposite corner, farther away.")
            return
        box = Box(min(point.x, self._corner.x), min(point.y, self._corner.y), width, height)
        self.drop()
        self.face_drawn.emit(box)

    @property
    def marks(self) -> tuple[Point, ...]:
        """Places clicked so far, to be shown on the film."""
        if self.ruler is not None:
            return (self.ruler.start,) if self.ruler.end is None else (self.ruler.start, self.ruler.end)
        first = self._left or self._corner
        return () if first is None else (first,)

    def _instruction(self) -> str:
        key = self._session.current
        if self.tool is Tool.SIDES:
            side = "left" if self._left is None else "right"
            return f"Click on the {side} contour of {key}. Escape ends."
        if self.tool is Tool.FACE:
            if self._corner is None:
                return "A face that was not found: click left of and above its eyebrows. Escape ends."
            return "Now click right of and below its chin."
        if self.tool is Tool.RULER:
            return "Click on one end of a known length, such as the ruler on the film. Escape ends."
        return f"Click where {key} lies. Escape ends placing."

    def _say(self, text: str) -> None:
        self._session.message.emit(text)
