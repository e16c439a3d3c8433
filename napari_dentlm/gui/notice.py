"""The notice that this is no medical device: shown at the start until a reader has understood it."""

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.notice import IN_SHORT, NOTICE, NOTICE_VERSION
from napari_dentlm.core.settings import change_settings, load_settings


class NoticeBox(QFrame):
    """Lies in the panel and holds nothing up; hidden for ever once it was understood.

    Parameters
    ----------
    parent
        Owner.
    """

    message = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.words = QLabel(IN_SHORT, wordWrap=True)
        self.words.setToolTip(NOTICE)
        self.understood = QPushButton("I understand")
        self.understood.setToolTip("Take this notice away; it is not shown again.")
        self.understood.clicked.connect(self._remember)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 2, 2, 2)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.understood)
        self.setVisible(load_settings().notice < NOTICE_VERSION)

    def _remember(self) -> None:
        self.hide()
        try:
            change_settings(notice=NOTICE_VERSION)
        except DentLMError as error:
            self.message.emit(str(error))
