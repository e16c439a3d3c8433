"""What the program says about itself: at its start, in the panel, and in a text beside every export."""

from collections.abc import Iterable
from pathlib import Path

from napari_dentlm import __version__
from napari_dentlm.core.annotation import State
from napari_dentlm.core.files import write_text
from napari_dentlm.core.formats import LandmarkRow, midpoints

NOTICE_VERSION = 1
"""Raised when `NOTICE` says something new, so that everybody reads it again."""

FOOTER = "For research and teaching; not a medical device."

IN_SHORT = (
    "<b>Not a medical device.</b> The model's points are suggestions and can be wrong: look at every point before you "
    "confirm it."
)
"""What the panel says at the first start."""

NOTICE = (
    "napari-dentlm is for research and teaching. It is not a medical device, and nobody has approved it for diagnosis "
    "or treatment. The model's points are suggestions and can be wrong without any warning: look at every point "
    "before you confirm it."
)

IDENTIFIABLE = (
    "Names, dates and all other header data are left out. The pictures themselves are not changed: the outline of a "
    "face, the teeth, and any text that was burned into a picture can still tell who the patient is. Treat the "
    "archive as patient data, and look at the pictures before you give it away."
)

NOTICE_NAME = "NOT-A-MEDICAL-DEVICE.txt"
"""The text inside a folder or an archive; beside a single file it has the file's name, see `notice_path`."""

MEANING: dict[State, str] = {
    State.PREDICTED: "placed by the model; no reader has looked at it",
    State.CORRECTED: "placed by the model and moved by a reader",
    State.PLACED: "placed by a reader where the model had no point",
    State.CONFIRMED: "looked at and accepted by a reader (column confirmed_by)",
    State.NOT_VISIBLE: "a reader ruled that it cannot be seen on this film",
    State.OUTSIDE: "a reader ruled that it lies outside the image",
    State.NOT_ASSESSED: "nobody, and no model, has placed it",
}


def notice_path(export: Path) -> Path:
    """The text beside an export of one file.

    It carries the export's own name, because several exports in one folder rest on other models and other readers.
    """
    return export.with_name(f"{export.name}.notice.txt")


def export_notice(rows: Iterable[LandmarkRow]) -> str:
    """Text that goes with exported landmarks.

    Parameters
    ----------
    rows
        What leaves.

    Returns
    -------
    str
        What the program is not, what the states mean, which models and readers the points are from.
    """
    rows = midpoints(rows)
    models = sorted({row.origin.removeprefix("model:") for row in rows if row.origin.startswith("model:")})
    states = {state: sum(row.state is state for row in rows) for state in State}
    parts = [
        "NOT A MEDICAL DEVICE",
        "",
        f"{NOTICE} Do not use a number that rests on a point nobody looked at.",
        "",
        f"Written by napari-dentlm {__version__}.",
        f"Model of the points that a model placed (name@version): {', '.join(models) or 'none'}.",
        "",
        f"{len(rows)} landmarks, by state:",
        *(f"  {state:13}{count:7}  {MEANING[state]}" for state, count in states.items() if count),
        "",
        "Confirmed by:",
        *(_confirmations(rows) or ["  nobody"]),
    ]
    return "\n".join(parts) + "\n"


def write_notice(path: Path, rows: Iterable[LandmarkRow]) -> None:
    """Write the text that goes with exported landmarks; see `export_notice`.

    Raises
    ------
    OSError
        When the folder cannot be written or the disk is full.
    """
    write_text(path, export_notice(rows))


def _confirmations(rows: list[LandmarkRow]) -> list[str]:
    """One line for each reader: how many points on how many films, and which landmarks."""
    lines = []
    for reader in sorted({row.confirmed_by for row in rows} - {""}):
        found = [row for row in rows if row.confirmed_by == reader]
        films = len({(row.image, row.frame) for row in found})
        keys = " ".join(dict.fromkeys(row.landmark for row in found))
        lines.append(f"  {reader}: {len(found)} points of {films} films ({keys})")
    return lines
