"""Which face of a photo is at work: a row above the landmark card, shown where there are several or none."""

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.scheme import PHOTO
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.shortcuts import tooltip

PATIENT = "taken for the patient"
HINT = "click on another face to work on it"
NONE = "No points. Is there a face? Press + and click twice."


class FaceChooser(QWidget):
    """Says which face is at work and asks for the next or the previous one, or for one that was not found.

    Parameters
    ----------
    session
        Gives the faces.
    parent
        Owner.
    """

    step_requested = Signal(int)
    add_requested = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.words = QLabel()
        self.back, self.forward, self.add = QToolButton(), QToolButton(), QToolButton()
        self.setAccessibleName("Face at work")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        buttons = ((self.back, "◀", "previous_face"), (self.forward, "▶", "next_face"), (self.add, "+", "add_face"))
        for button, sign, action in buttons:
            button.setText(sign)
            button.setToolTip(tooltip(action))
            # The canvas keeps the keyboard.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.back.clicked.connect(lambda: self.step_requested.emit(-1))
        self.forward.clicked.connect(lambda: self.step_requested.emit(1))
        self.add.clicked.connect(lambda: self.add_requested.emit())
        layout.addWidget(self.back)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.forward)
        layout.addWidget(self.add)
        for changed in (session.film_changed, session.faces_changed, session.annotation_changed):
            changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        film, numbers, annotation = self._session.film, self._session.face_numbers, self._session.annotation
        several, none = len(numbers) > 1, annotation is not None and _shows_neither(annotation)
        self.setVisible(several or none)
        self.back.setVisible(several)
        self.forward.setVisible(several)
        if film is not None and several:
            place = numbers.index(film.instance) + 1 if film.instance in numbers else 1
            more = PATIENT if film.instance == 0 else HINT
            self.words.setText(f"Face {place} of {len(numbers)}: {more}")
        elif none:
            self.words.setText(NONE)


def _shows_neither(annotation: Annotation) -> bool:
    """Whether the model found neither a film nor a face; it gives a reason then. A face from the side is a photo."""
    marks = annotation.landmarks.values()
    return annotation.scheme.name != PHOTO and all(mark.reason and not mark.touched for mark in marks)
