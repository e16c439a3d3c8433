"""A drawn face with the landmark that the card speaks of."""

from qtpy.QtCore import QPointF, QRectF, QSize
from qtpy.QtGui import QPainter, QTransform
from qtpy.QtWidgets import QWidget

from napari_dentlm.core.scheme import PHOTO, load_scheme
from napari_dentlm.gui.sketch import Sketch

# A symmetric average face in about millimetres, in the order of the scheme.
_PLACES = (
    (-76, -39),
    (-75, -19),
    (-73, 1),
    (-69, 20),
    (-61, 39),
    (-49, 54),
    (-34, 67),
    (-18, 78),
    (0, 81),
    (18, 78),
    (34, 67),
    (49, 54),
    (61, 39),
    (69, 20),
    (73, 1),
    (75, -19),
    (76, -39),
    (-61, -55),
    (-52, -63),
    (-39, -65),
    (-25, -63),
    (-13, -58),
    (13, -58),
    (25, -63),
    (39, -65),
    (52, -63),
    (61, -55),
    (0, -42),
    (0, -29),
    (0, -16),
    (0, -3),
    (-15, 6),
    (-8, 8),
    (0, 11),
    (8, 8),
    (15, 6),
    (-46, -40),
    (-38, -45),
    (-28, -45),
    (-20, -39),
    (-29, -37),
    (-39, -37),
    (20, -39),
    (28, -45),
    (38, -45),
    (46, -40),
    (39, -37),
    (29, -37),
    (-29, 30),
    (-18, 26),
    (-8, 23),
    (0, 25),
    (8, 23),
    (18, 26),
    (29, 30),
    (19, 41),
    (8, 45),
    (0, 46),
    (-8, 45),
    (-19, 41),
    (-25, 31),
    (-8, 30),
    (0, 31),
    (8, 30),
    (25, 31),
    (8, 35),
    (0, 36),
    (-8, 35),
)
_VIEW = QRectF(-88, -72, 176, 164)
_DOT, _MARKED = 1.4, 5.0


class FaceSketch(Sketch):
    """A schematic face seen from the front, with all landmarks as faint dots and one of them marked.

    Parameters
    ----------
    parent
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_VIEW, QSize(110, 110), parent)
        scheme = load_scheme(PHOTO)
        self.places = {key: QPointF(*place) for key, place in zip(scheme.keys, _PLACES, strict=True)}
        self._lines = [[self.places[key] for key in link.keys] for link in scheme.links]

    def _draw(self, painter: QPainter, place: QTransform) -> None:
        painter.setPen(self._ink(110))
        for line in self._lines:
            painter.drawPolyline([place.map(point) for point in line])
        painter.setPen(self._ink(0))
        painter.setBrush(self._ink(170))
        for point in self.places.values():
            painter.drawEllipse(place.map(point), _DOT, _DOT)
        if self._key in self.places:
            painter.setBrush(self._colour)
            painter.drawEllipse(place.map(self.places[self._key]), _MARKED, _MARKED)
