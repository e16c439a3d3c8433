"""The part of the panel with the films: what to show, in which order, the list, and how many there are."""

from qtpy.QtCore import QSignalBlocker, Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from napari_dentlm.core.review_status import Status
from napari_dentlm.gui.film_row import STATUS_LOOKS
from napari_dentlm.gui.image_list import ImageList
from napari_dentlm.gui.worklist import Show, Sort, Worklist

_ORDER = (Status.DONE, Status.IN_REVIEW, Status.LABELLED, Status.NEW, Status.EXCLUDED, Status.FAILED)


class FindBox(QLineEdit):
    """What to find in the list. Enter and Escape give the keyboard back to the workbench; the text stays."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Type, or end typing."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.clearFocus()
        else:
            super().keyPressEvent(event)


class WorklistBox(QWidget):
    """Filter, order, list and footer.

    Parameters
    ----------
    worklist
        The films.
    parent
        Owner.
    """

    def __init__(self, worklist: Worklist, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worklist = worklist
        self.films = ImageList(worklist)
        self.show_box, self.sort_box, self.text = QComboBox(), QComboBox(), FindBox()
        self.footer = QLabel(wordWrap=True)
        self.footer.setTextFormat(Qt.TextFormat.PlainText)
        self._fill()
        self._arrange()
        for changed in (worklist.reset, worklist.shown_changed):
            changed.connect(self._show_wishes)
        for changed in (worklist.reset, worklist.counts_changed, worklist.shown_changed):
            changed.connect(self._show_counts)
        self._show_wishes()
        self._show_counts()

    def _fill(self) -> None:
        worklist = self._worklist
        for box, words, name in (
            (self.show_box, [str(each) for each in Show], "Which films are listed"),
            (self.sort_box, [str(each) for each in Sort], "In which order films are listed and turned over"),
        ):
            box.addItems(words)
            box.setToolTip(name)
            box.setAccessibleName(name)
            box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.show_box.setItemData(list(Show).index(Show.SET_ASIDE), "Failed or excluded", Qt.ItemDataRole.ToolTipRole)
        # Not with Tab, which goes to the next landmark.
        self.text.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.text.setPlaceholderText("Find…")
        self.text.setClearButtonEnabled(True)
        self.text.setAccessibleName("Find films by name or folder")
        self.text.setToolTip("Find films by name or folder.")
        self.show_box.currentIndexChanged.connect(lambda index: worklist.arrange(show=list(Show)[index]))
        self.sort_box.currentIndexChanged.connect(lambda index: worklist.arrange(sort=list(Sort)[index]))
        self.text.textChanged.connect(lambda text: worklist.arrange(text=text))

    def _arrange(self) -> None:
        wishes = QHBoxLayout()
        wishes.setSpacing(3)
        for widget, share in ((self.show_box, 3), (self.sort_box, 3), (self.text, 2)):
            widget.setMinimumWidth(40)
            wishes.addWidget(widget, share)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(wishes)
        layout.addWidget(self.films, 1)
        layout.addWidget(self.footer)

    def _show_wishes(self) -> None:
        wish = self._worklist.arrangement
        blocked = [QSignalBlocker(widget) for widget in (self.show_box, self.sort_box, self.text)]
        self.show_box.setCurrentIndex(list(Show).index(wish.show))
        self.sort_box.setCurrentIndex(list(Sort).index(wish.sort))
        # A space typed at the end stays, though it does not count.
        if self.text.text().strip() != wish.text:
            self.text.setText(wish.text)
        del blocked

    def _show_counts(self) -> None:
        self.footer.setText(footer_text(self._worklist))


def footer_text(worklist: Worklist) -> str:
    """How many films there are, and how many of each status: "30 films: 12 done, 3 in review, 1 failed"."""
    count = len(worklist.entries)
    if not count:
        return ""
    films = "1 film" if count == 1 else f"{count} films"
    if len(worklist.shown) < count:
        films = f"{len(worklist.shown)} listed of {films}"
    if worklist.unread:
        return f"{films}; reading {count - worklist.unread} of {count} label files"
    found = worklist.counts()
    parts = (f"{found[status]} {STATUS_LOOKS[status].word}" for status in _ORDER if found[status])
    return f"{films}: {', '.join(parts)}"
