"""Which model labels: the one that came with the program, or a retrained one. Only a human turns this switch."""

import json
from pathlib import Path

from qtpy.QtCore import QObject, Signal

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.settings import change_settings, load_settings
from napari_dentlm.gui.labelling import DEFAULT_MODEL, Labelling
from napari_dentlm.gui.session import Session

MODELS = "dentlm-models"
"""Folder of the retrained models, beside the films that they learnt from or in the work folder."""

CARD = "model.toml"
"""What every model has in its folder, and an unfinished one has not."""


class ModelChoice(QObject):
    """Knows the model in use, remembers it, and reads the report card of the newest retrained one.

    `newest` is the folder of the newest retrained model of the open patient folder; None where there is none.

    Parameters
    ----------
    session
        Its folder is where retrained models are looked for.
    labelling
        Its model is the one in use.
    parent
        Owner.
    """

    changed = Signal()
    message = Signal(str)

    def __init__(self, session: Session, labelling: Labelling, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.newest: Path | None = None
        self._session, self._labelling = session, labelling
        session.worklist.reset.connect(self.look)
        remembered = Path(load_settings().model)
        if remembered.name and (remembered / CARD).is_file():
            labelling.model = str(remembered)

    @property
    def in_use(self) -> str:
        """The model in use, in words."""
        if self._labelling.model == DEFAULT_MODEL:
            return f"{DEFAULT_MODEL} (came with the program)"
        return f"{Path(self._labelling.model).name} (retrained)"

    @property
    def uses_newest(self) -> bool:
        """Whether the newest retrained model of the open folder is in use."""
        return self.newest is not None and self._labelling.model == str(self.newest)

    @property
    def uses_shipped(self) -> bool:
        """Whether the model that came with the program is in use."""
        return self._labelling.model == DEFAULT_MODEL

    @property
    def verdict(self) -> str:
        """Whether the newest retrained model is better or worse, in words."""
        return "" if self.newest is None else verdict_of(self.newest)

    @property
    def report(self) -> str:
        """The whole report card of the newest retrained model."""
        return "" if self.newest is None else _read(self.newest / "report.txt")

    def use_newest(self) -> None:
        """Label with the newest retrained model from now on."""
        if self.newest is not None:
            self._use(str(self.newest), str(self.newest))

    def use_shipped(self) -> None:
        """Label with the model that came with the program from now on."""
        self._use(DEFAULT_MODEL, "")

    def _use(self, model: str, remembered: str) -> None:
        self._labelling.model = model
        self.changed.emit()
        try:
            change_settings(model=remembered)
        except DentLMError as error:
            self.message.emit(str(error))
        else:
            self.message.emit(f"Model in use: {self.in_use}. Points that are there already stay until you label again.")

    def look(self) -> None:
        """Look for retrained models in the open folder."""
        home = self._session.worklist.home
        found = sorted(home.glob(f"{MODELS}/*/{CARD}")) if home is not None else []
        self.newest = found[-1].parent if found else None
        self.changed.emit()


def verdict_of(model: Path) -> str:
    """Whether a retrained model is better or worse than the one before, in words; empty without a report.

    Parameters
    ----------
    model
        Its folder.
    """
    try:
        content = json.loads(_read(model / "report.json"))
    except ValueError:
        return ""
    return str(content.get("verdict", "")) if isinstance(content, dict) else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
