"""The page a reader works on: worklist, landmark card, loupe and measures strip."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSplitter, QVBoxLayout, QWidget

from napari_dentlm.gui.face_chooser import FaceChooser
from napari_dentlm.gui.landmark_card import LandmarkCard
from napari_dentlm.gui.loupe import Loupe
from napari_dentlm.gui.measures_strip import MeasuresStrip
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.worklist_box import WorklistBox


class ReviewPage(QWidget):
    """Four parts above each other; the reader may give one more room.

    Parameters
    ----------
    session
        What the parts show.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.worklist = WorklistBox(session.worklist)
        self.films = self.worklist.films
        self.faces = FaceChooser(session)
        self.card = LandmarkCard(session)
        self.loupe = Loupe(session)
        self.strip = MeasuresStrip(session)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        for number, (part, least, share) in enumerate(self._rooms()):
            part.setMinimumHeight(least)
            parts.addWidget(part)
            parts.setStretchFactor(number, share)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.addWidget(parts)

    def _rooms(self) -> tuple[tuple[QWidget, int, int], ...]:
        """Each part with its least height and its share of what is left."""
        card = QWidget()
        column = QVBoxLayout(card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.faces)
        column.addWidget(self.card, 1)
        return (self.worklist, 100, 3), (card, 120, 1), (self.loupe, 100, 3), (self.strip, 44, 0)
