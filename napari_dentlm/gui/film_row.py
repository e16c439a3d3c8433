"""Draws one film of the worklist in two lines: picture, name and status; patient, weakest point and progress."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qtpy.QtCore import QModelIndex, QPointF, QRect, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from qtpy.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from napari_dentlm.core.review_status import Status
from napari_dentlm.gui.appearance import APPEARANCE
from napari_dentlm.gui.landmark_table import radius_text
from napari_dentlm.gui.worklist_order import Entry

if TYPE_CHECKING:
    from napari_dentlm.gui.image_list import ImageListModel

PICTURE = 40
_MARGIN = 4
_SIGN = 11
_BAR = 3
FLAG = "⚑"


@dataclass(frozen=True, slots=True)
class StatusLook:
    """How a status is told: a word, a sign as a character, and a drawn sign.

    Parameters
    ----------
    word, sign
        For the reader.
    colour
        Of the drawn sign; one that is seen on dark and light grounds alike.
    filled
        Share of the drawn circle that is filled; None for a sign that is no circle.
    """

    word: str
    sign: str
    colour: str
    filled: float | None


STATUS_LOOKS: dict[Status, StatusLook] = {
    Status.NEW: StatusLook("new", "○", "#8A8F98", 0.0),
    Status.LABELLED: StatusLook("labelled", "◔", "#D98E04", 0.25),
    Status.IN_REVIEW: StatusLook("in review", "◑", "#2F8FD0", 0.5),
    Status.DONE: StatusLook("done", "●", "#0C9D74", 1.0),
    Status.FAILED: StatusLook("failed", "✕", "#D5502A", None),
    Status.EXCLUDED: StatusLook("excluded", "–", "#8A8F98", None),
}


def weakest_text(entry: Entry) -> str:
    """Where to look first on a film: key, expected error or state, and a flag; empty when there is nothing."""
    summary = entry.known
    if summary is None or summary.weakest is None or summary.status in (Status.DONE, Status.FAILED, Status.EXCLUDED):
        return ""
    mark = summary.weakest
    error = radius_text(mark.expected_error_px, summary.calibration or entry.calibration)
    text = APPEARANCE[mark.state].word if mark.touched or not error else error
    return f"{mark.key} {text}{f' {FLAG}' if summary.flagged else ''}"


class FilmRow(QStyledItemDelegate):
    """The rows of the worklist.

    Parameters
    ----------
    model
        Gives entries and pictures.
    parent
        Owner.
    """

    def __init__(self, model: "ImageListModel", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: N802
        """Every row is as high as its picture, or two lines of text."""
        return QSize(200, max(PICTURE, 2 * option.fontMetrics.lineSpacing()) + 2 * _MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw ground, picture and the two lines."""
        entry = self._model.entry(index.row())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        ink = self._ground(painter, option)
        area = option.rect.adjusted(_MARGIN + 2, _MARGIN, -_MARGIN - 2, -_MARGIN)
        self._picture(painter, QRect(area.left(), area.top(), PICTURE, area.height()), entry, ink)
        lines = area.adjusted(PICTURE + 8, 0, 0, 0)
        half = lines.height() // 2
        self._first_line(painter, QRect(lines.left(), lines.top(), lines.width(), half), entry, option.font, ink)
        below = QRect(lines.left(), lines.top() + half, lines.width(), lines.height() - half)
        self._second_line(painter, below, entry, option.font, ink)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> QColor:
        """Fill the row's ground and return the colour of its text."""
        palette = option.palette
        if option.state & QStyle.StateFlag.State_Selected:
            ground = palette.color(QPalette.ColorRole.Highlight)
            ink = QColor("#FFFFFF" if ground.lightness() < 150 else "#000000")
            painter.fillRect(option.rect, ground)
            painter.fillRect(QRect(option.rect.topLeft(), QSize(_BAR, option.rect.height())), ink)
            return ink
        ink = QColor(palette.color(QPalette.ColorRole.Text))
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, _faded(ink, 24))
        painter.setPen(_faded(ink, 30))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        return ink

    def _picture(self, painter: QPainter, box: QRect, entry: Entry, ink: QColor) -> None:
        picture = self._model.picture(entry)
        if picture is None:
            painter.fillRect(box, _faded(ink, 24))
            return
        painter.fillRect(box, QColor("#000000"))
        size = picture.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(box.center())
        painter.drawPixmap(place, picture)

    def _first_line(self, painter: QPainter, box: QRect, entry: Entry, font: QFont, ink: QColor) -> None:
        """Name on the left; sign and word of the status on the right."""
        if entry.known is not None:
            look = STATUS_LOOKS[entry.known.status]
            word = _last(box, QFontMetrics(font).horizontalAdvance(look.word))
            _write(painter, word, look.word, font, ink)
            sign = QRectF(word.left() - _SIGN - 5, box.center().y() - _SIGN / 2 + 1, _SIGN, _SIGN)
            _draw_sign(painter, sign, look)
            box = box.adjusted(0, 0, -word.width() - _SIGN - 13, 0)
        bold = QFont(font)
        bold.setBold(True)
        _write(painter, box, entry.path.name, bold, ink)

    def _second_line(self, painter: QPainter, box: QRect, entry: Entry, font: QFont, ink: QColor) -> None:
        """The patient's folder on the left; weakest point and progress, or what went wrong, on the right."""
        summary, pale = entry.known, _faded(ink, 170)
        folder = entry.relative.rpartition("/")[0]
        metrics = QFontMetrics(font)
        if summary is not None and entry.note and summary.status in (Status.FAILED, Status.EXCLUDED):
            # Errors begin with the name of the file, which stands above.
            note = entry.note.removeprefix(f"{entry.path.name}: ")
            _write(painter, box, f"{folder} · {note}" if folder else note, font, pale, middle=False)
            return
        progress = "" if summary is None or not summary.total else f"{summary.settled}/{summary.total}"
        width = max(metrics.horizontalAdvance("00/00"), metrics.horizontalAdvance(progress))
        _write(painter, _last(box, width), progress, font, pale, right=True)
        box = box.adjusted(0, 0, -width - 8, 0)
        weakest = "" if self._model.blind else weakest_text(entry)
        place = _last(box, metrics.horizontalAdvance(weakest)) if folder else box
        _write(painter, place, weakest, font, ink if weakest.endswith(FLAG) else pale)
        if folder:
            _write(painter, box.adjusted(0, 0, -place.width() - 8, 0), folder, font, pale)


def _last(box: QRect, width: int) -> QRect:
    """The right end of a box."""
    return QRect(box.right() - width + 1, box.top(), width, box.height())


def _faded(colour: QColor, alpha: int) -> QColor:
    pale = QColor(colour)
    pale.setAlpha(alpha)
    return pale


def _write(
    painter: QPainter, box: QRect, text: str, font: QFont, colour: QColor, *, right: bool = False, middle: bool = True
) -> None:
    """Write one line into a box, shortened where it does not fit."""
    if box.width() <= 0 or not text:
        return
    mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.setFont(font)
    painter.setPen(colour)
    # One pixel more, because widths of fonts are rounded.
    shortened = QFontMetrics(font).elidedText(text, mode, box.width() + 1)
    painter.drawText(box.adjusted(0, 0, 1, 0), Qt.AlignmentFlag.AlignVCenter | side, shortened)


def _draw_sign(painter: QPainter, box: QRectF, look: StatusLook) -> None:
    """Draw a circle that fills up with the work, a cross for failed, a dash for excluded."""
    colour = QColor(look.colour)
    painter.setPen(QPen(colour, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inner = box.adjusted(1, 1, -1, -1)
    if look.filled is not None:
        painter.drawEllipse(inner)
        if look.filled:
            painter.setBrush(colour)
            # Qt counts sixteenths of a degree, from three o'clock and against the clock.
            painter.drawPie(inner, 90 * 16, -round(look.filled * 360 * 16))
        return
    if look.sign == "–":
        painter.drawLine(QPointF(inner.left(), inner.center().y()), QPointF(inner.right(), inner.center().y()))
    else:
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())
