"""A drawn profile of a head that shows where a landmark lies; no film, no patient, the same for everybody."""

from collections.abc import Sequence

from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QPainter, QPainterPath, QPen, QTransform
from qtpy.QtWidgets import QWidget

from napari_dentlm.gui.sketch import Sketch

Outline = Sequence[tuple[float, float]]

# Millimetres of an average face facing right: origin in sella, x to the front along the Frankfort plane, y down.
PLACES: dict[str, tuple[float, float]] = {
    "S": (0, 0),
    "N": (69.5, -8.5),
    "Or": (54, 22),
    "Po": (-23.5, 22),
    "A": (68.2, 52),
    "B": (63.3, 90),
    "Pog": (64.6, 102.5),
    "Me": (56.5, 111.4),
    "Gn": (62.2, 108.9),
    "Go": (-5.4, 80.4),
    "L1": (70.3, 71.9),
    "U1": (73.3, 74.2),
    "Ls": (85.3, 65.2),
    "Li": (84.2, 79.7),
    "Sn": (82, 50.5),
    "Pogs": (76.4, 104),
    "PNS": (18.8, 44.5),
    "ANS": (71.8, 45.5),
    "Ar": (-15.2, 32.4),
}
_VIEW = QRectF(-42, -50, 148, 176)

_CROWN = [(12, 171), (13, 134), (-95, 150), (-118, 40), (-112, -40), (-76, -98), (-28, -118), (20, -114), (54, -93)]
_BROW = [(70.5, -66), (76.5, -42), (79.3, -22), (76.5, -7.5)]
_NOSE = [(82.3, 6), (90.4, 26), (97, 35.5), (99.2, 40.2), (95.2, 46)]
_LIPS = [(82, 50.5), (82.6, 58), (85.3, 65.2), (79.4, 71), (79.2, 72.6), (84.2, 79.7), (76, 90.5), (76.4, 104)]
_THROAT = [(68.5, 118), (56, 121.5), (40, 119), (20, 121), (12, 136), (10, 171)]
_SKIN: Outline = [*_BROW, *_NOSE, *_LIPS, *_THROAT]
_TABLES = [(69.5, -8.5), (71, -20), (70, -42), (62, -68), (50, -82), (46, -78), (57, -64), (64, -42)]
_FRONTAL: Outline = [(62.5, -14), *_TABLES]
_PLANUM = [(62.5, -14), (47.5, -9.5), (28, -7.5), (16, -6.5), (9, -6)]
_FOSSA = [(5.2, -4.2), (5, 0), (3.1, 3.4), (0, 4.2), (-3.1, 3.4), (-5, 0), (-5.2, -4.2)]
_CLIVUS = [(-8, -6), (-10.5, 0), (-15, 14), (-20, 27), (-25, 38.5)]
_BASE: Outline = [*_PLANUM, *_FOSSA, *_CLIVUS]
_NASAL: Outline = [(69.5, -8.5), (71, -4), (74, 4), (78.5, 14), (70.5, 5), (65.5, -3), (66, -7)]
_ORBIT: Outline = [(50, -5), (44, 2), (43.5, 12), (47, 19.5), (54, 22), (58.5, 18.5), (60, 12)]
_PALATE = [(62, 63), (55, 52.5), (42.5, 48.8), (26, 47.2), (18.8, 44.5), (34, 44.2), (56, 44.4)]
_MAXILLA: Outline = [*_PALATE, (71.8, 45.5), (69.2, 47.8), (68.2, 52), (70, 58.5), (72.5, 64.5)]
_CHIN = [(67.4, 80), (65, 85), (63.3, 90), (64, 96.5), (64.6, 102.5), (62.2, 108.9), (56.5, 111.4), (49, 109.4)]
_BORDER = [(34.4, 100.4), (14.5, 90.1), (3.5, 86.2), (-5.4, 80.4), (-9, 70), (-12.2, 48), (-15.2, 32.4)]
_CONDYLE = [(-15.4, 27.4), (-13.4, 23), (-9.3, 21.4), (-5.3, 24.4), (-4.8, 30), (-1.5, 36.5), (4.2, 36.2), (10.5, 28.6)]
_RAMUS = [(14.5, 31), (15.5, 44), (22, 58), (31, 74), (44, 80), (56, 80.5)]
_MANDIBLE: Outline = [*_CHIN, *_BORDER, *_CONDYLE, *_RAMUS]
_UPPER_INCISOR: Outline = [(73.3, 74.2), (74.2, 69), (73, 63), (65.2, 52.4), (66.6, 63), (69, 68.5)]
_LOWER_INCISOR: Outline = [(70.3, 71.9), (69.6, 77.5), (66.4, 83), (58.5, 89.8), (61.6, 80.8), (66, 75)]
_CROWNS = [(61.5, 68), (53.5, 66.5), (44.5, 65), (34.5, 63.5), (59, 75.5), (51, 74), (41.5, 72.5), (31.5, 71)]


class LandmarkSketch(Sketch):
    """A schematic lateral head with all landmarks as faint dots and one of them marked.

    Parameters
    ----------
    parent
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_VIEW, QSize(110, 130), parent)

    def _draw(self, painter: QPainter, place: QTransform) -> None:
        self._draw_head(painter, place)
        self._draw_dots(painter, place)

    def _draw_head(self, painter: QPainter, place: QTransform) -> None:
        skin = smooth(_SKIN)
        head = QPainterPath(skin)
        head.connectPath(smooth(_CROWN))
        painter.fillPath(place.map(head), self._ink(20))
        self._stroke(painter, place.map(skin), 150, 1.3)
        for outline in (_FRONTAL, _NASAL, _MAXILLA, _MANDIBLE):
            bone = place.map(smooth(outline, closed=True))
            painter.fillPath(bone, self._ink(30))
            self._stroke(painter, bone, 130, 0.9)
        for outline in (_BASE, _ORBIT):
            self._stroke(painter, place.map(smooth(outline)), 130, 0.9)
        canal = QPainterPath()
        canal.addEllipse(QPointF(-23.5, 26.3), 3.9, 4.3)
        self._stroke(painter, place.map(canal), 130, 0.9)
        for x, y in _CROWNS:
            crown = QPainterPath()
            crown.addRoundedRect(QRectF(x - 4, y - 3.4, 8, 6.8), 2.2, 2.2)
            painter.fillPath(place.map(crown), self._ink(34))
        for outline in (_LOWER_INCISOR, _UPPER_INCISOR):
            tooth = place.map(smooth(outline, closed=True))
            painter.fillPath(tooth, self._ink(70))
            self._stroke(painter, tooth, 150, 0.8)

    def _draw_dots(self, painter: QPainter, place: QTransform) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ink(150))
        for at in PLACES.values():
            painter.drawEllipse(place.map(QPointF(*at)), 1.4, 1.4)
        if self._key in PLACES:
            centre = place.map(QPointF(*PLACES[self._key]))
            painter.setBrush(self._colour)
            painter.drawEllipse(centre, 2.8, 2.8)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._colour, 1.6))
            painter.drawEllipse(centre, 6.5, 6.5)

    def _stroke(self, painter: QPainter, path: QPainterPath, strength: int, width: float) -> None:
        painter.strokePath(path, QPen(self._ink(strength), width))


def smooth(outline: Outline, closed: bool = False) -> QPainterPath:
    """A smooth curve through all points of an outline (Catmull-Rom).

    Parameters
    ----------
    outline
        x then y of at least two points.
    closed
        Whether the last point is joined to the first.
    """
    knots = [QPointF(x, y) for x, y in outline]
    last = len(knots) - 1
    path = QPainterPath(knots[0])
    for start in range(len(knots) if closed else last):
        # At the ends of an open curve the neighbour beyond is the end itself.
        before, _, end, after = (
            knots[number % len(knots)] if closed else knots[min(max(number, 0), last)]
            for number in (start - 1, start, start + 1, start + 2)
        )
        path.cubicTo(knots[start] + (end - before) / 6, end - (after - knots[start]) / 6, end)
    if closed:
        path.closeSubpath()
    return path
