"""Labels what was dropped on the page. One engine serves all sessions: models are loaded once, films wait in line."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from napari_dentlm.cascade.router import Router
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.labelling import LabelEvent, label_paths
from napari_dentlm.labelling.rows import rows_of_event

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """What became of one file.

    Parameters
    ----------
    name
        The file.
    keys
        The landmarks of the models that looked at it, by scheme.
    events
        One for each image in the file, in order, with the points or the reason why there are none.
    problem
        Why the file could not be read, in words; empty when it could.
    """

    name: str
    keys: Mapping[str, frozenset[str]]
    events: tuple[LabelEvent, ...]
    problem: str = ""

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return PurePosixPath(self.name).stem

    def csv(self) -> bytes:
        """The table of all images in the file, as ``dentlm label`` writes it.

        The column of the patient is empty: a browser does not tell from which folder a file came.
        """
        rows = [
            row for event in self.events for row in rows_of_event(event, image=self.name, patient="", keys=self.keys)
        ]
        return landmark_csv.to_bytes(rows, self.name)


class Engine:
    """Labels one file at a time, for any number of sessions.

    Parameters
    ----------
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._routers: dict[str, Router] = {}
        self._turn = threading.Lock()

    def label(self, name: str, data: bytes, model: str) -> Labelled:
        """Label one file; it lies in a temporary folder while it is read, and nowhere afterwards.

        Parameters
        ----------
        name
            Name of the file as the browser gives it.
        data
            Its content.
        model
            Name or folder of a bundle; empty to let each image find its own, as ``dentlm label`` does.

        Raises
        ------
        DentLMError
            When the model cannot be loaded. A bad file raises nothing: `Labelled.problem` says what is wrong.
        """
        events: list[LabelEvent] = []
        with self._turn, TemporaryDirectory(prefix="dentlm-web-", ignore_cleanup_errors=True) as folder:
            router = self._router(model)
            path = Path(folder) / plain_name(name)
            path.write_bytes(data)
            summary = label_paths([path], router, journals=False, on_progress=events.append)
        keys = {cascade.scheme.name: frozenset(cascade.keys) for cascade in router.cascades}
        problem = summary.failed[0][1] if summary.failed else ""
        labelled = tuple(event for event in events if event.image is not None)
        return Labelled(path.name, keys, labelled, problem)

    def _router(self, model: str) -> Router:
        if model not in self._routers:
            self._routers[model] = Router.load([model] if model else None, self._device)
        return self._routers[model]


def plain_name(name: str) -> str:
    """The last part of a file's name as it may stand in a folder, a table and a sentence of this computer."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(sign if sign.isprintable() and sign not in '<>:"|?*' else "_" for sign in last)
    return shown[-_LONGEST_NAME:].strip(". ") or "image"
