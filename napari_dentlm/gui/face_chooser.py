"""Which face of a photo is at work: a row above the landmark card, shown only where there are several."""

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from napari_dentlm.gui.session import Session
from napari_dentlm.gui.shortcuts import tooltip

PATIENT = "the largest, taken for the patient"
HINT = "click on another face to work on it"


class FaceChooser(QWidget):
    """Says which face is at work and asks for the next or the previous one.

    Parameters
    ----------
    session
        Gives the faces.
    parent
        Owner.
    """

    step_requested = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.words = QLabel()
        self.back, self.forward = QToolButton(), QToolButton()
        self.setAccessibleName("Face at work")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        ways = ((self.back, "◀", -1, "previous_face"), (self.forward, "▶", 1, "next_face"))
        for button, sign, by, action in ways:
            button.setText(sign)
            button.setToolTip(tooltip(action))
            # The canvas keeps the keyboard.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, by=by: self.step_requested.emit(by))
        layout.addWidget(self.back)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.forward)
        for changed in (session.film_changed, session.faces_changed, session.annotation_changed):
            changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        film, numbers = self._session.film, self._session.face_numbers
        self.setVisible(film is not None and len(numbers) > 1)
        if film is not None and len(numbers) > 1:
            place = numbers.index(film.instance) + 1 if film.instance in numbers else 1
            more = PATIENT if film.instance == 0 else HINT
            self.words.setText(f"Face {place} of {len(numbers)}: {more}")
