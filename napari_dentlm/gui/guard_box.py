"""Says what looks impossible on the film, leads there, and takes the reader's decision."""

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from napari_dentlm.gui.guarding import Guard


class GuardBox(QFrame):
    """Hidden while nothing is doubtful.

    Parameters
    ----------
    guard
        Gives the doubts and takes the decision.
    parent
        Owner.
    """

    landmark_requested = Signal(str)

    def __init__(self, guard: Guard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._guard = guard
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.words = QLabel(wordWrap=True)
        self.words.setObjectName("doubt")
        self.show_point = QPushButton("Show")
        self.show_point.setToolTip("Go to the point.")
        self.accept = QPushButton("It is right")
        self.accept.setToolTip("You looked and it is right; the journal keeps your decision.")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 2, 2, 2)
        layout.setSpacing(3)
        layout.addWidget(self.words, 1)
        for button in (self.show_point, self.accept):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            layout.addWidget(button)
        self.show_point.clicked.connect(lambda: self.landmark_requested.emit(guard.doubts[0].keys[0]))
        self.accept.clicked.connect(guard.accept)
        guard.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        doubts = self._guard.doubts
        if doubts:
            more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
            self.words.setText(f"⚠ {doubts[0].sentence}{more}")
        self.setVisible(bool(doubts))
