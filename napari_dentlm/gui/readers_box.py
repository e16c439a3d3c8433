"""A second reader: whose points stand beside one's own, reading blind, and the report of agreement."""

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QPushButton, QWidget

from napari_dentlm.gui.session import Session

_NOBODY, _MODEL = "nobody", "the model"


class ReadersBox(QWidget):
    """Chooses what stands beside the reader's own points.

    Parameters
    ----------
    session
        Knows the readers of the film in view.
    parent
        Owner.
    """

    compared_changed = Signal(object)  # a reader, "" for the model, None for nobody
    blind_toggled = Signal(bool)
    agreement_requested = Signal(str, str)  # reader, other reader or "" for the model

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.blind = QCheckBox("Read blind")
        self.blind.setToolTip("The model's points stay hidden until you have placed your own.")
        self.compared = QComboBox()
        self.compared.setAccessibleName("Points to show beside your own")
        self.compared.setToolTip("Whose points are shown as small dots beside your own.")
        self.report = QPushButton("Agreement report…")
        self.report.setToolTip("How far your points and the other's lie apart, over all films of the folder.")
        self.words = QLabel(
            "Two readers, one film: type the second reader's name above, place the points (blind is best), then "
            "compare.",
            wordWrap=True,
        )
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.words)
        form.addRow(self.blind)
        form.addRow("Show beside mine", self.compared)
        form.addRow(self.report)
        for widget in (self.blind, self.report):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.blind.toggled.connect(self.blind_toggled)
        self.compared.activated.connect(lambda _row: self.compared_changed.emit(self.chosen))
        self.report.clicked.connect(self._ask_report)
        self.blind.setChecked(session.blind)
        session.blind_changed.connect(self.blind.setChecked)
        for changed in (session.film_changed, session.reader_changed):
            changed.connect(self.show_readers)
        self.show_readers()

    @property
    def chosen(self) -> str | None:
        """The reader to show beside; ``""`` for the model, None for nobody."""
        return self.compared.currentData()

    def show_readers(self, _reader: str = "") -> None:
        """Offer the readers of the film in view; the choice stays where it still can."""
        chosen = self._session.compared
        film = self._session.film
        others = [] if film is None else [name for name in film.journal.readers() if name != self._session.reader]
        if chosen and chosen not in others:
            others.append(chosen)
        self.compared.clear()
        self.compared.addItem(_NOBODY, None)
        self.compared.addItem(_MODEL, "")
        for name in others:
            self.compared.addItem(name, name)
        self.compared.setCurrentIndex(max(0, self.compared.findData(chosen)))

    def _ask_report(self) -> None:
        self.agreement_requested.emit(self._session.reader, self.chosen or "")
