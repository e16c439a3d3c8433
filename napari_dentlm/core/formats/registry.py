"""The exchange formats by name, and which one a file is in or a name asks for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from napari_dentlm.core.errors import PathInput, UnknownFormatError
from napari_dentlm.core.formats import coco, ibug_xml, isbi_txt, landmark_csv, pts, wide_csv, wide_keypoints
from napari_dentlm.core.formats.rows import LandmarkRow
from napari_dentlm.core.scheme import FILM, PHOTO

Read = Callable[[PathInput], list[LandmarkRow]]
Write = Callable[[PathInput, Iterable[LandmarkRow]], None]
Losses = Callable[[Iterable[LandmarkRow]], list[str]]


def _nothing(rows: Iterable[LandmarkRow]) -> list[str]:
    """No rows are lost or come back as something else."""
    return []


@dataclass(frozen=True, slots=True)
class Format:
    """One exchange format.

    Parameters
    ----------
    name, title
        For command lines, and for people.
    ending
        How the names of its files end; empty for a folder.
    read, write
        All rows of a file, and a file of all rows.
    losses
        What of some rows would be lost or read back as something else, one clause each.
    scheme
        The only scheme that it holds; empty where it holds any.
    """

    name: str
    title: str
    ending: str
    read: Read
    write: Write
    losses: Losses = _nothing
    scheme: str = ""


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("csv", "Landmark CSV, one row per landmark", ".csv", landmark_csv.read, landmark_csv.write),
        Format("wide", "Wide CSV, one row per image", ".wide.csv", wide_csv.read, wide_csv.write, wide_csv.losses),
        Format(
            "isbi", "ISBI 2015 text, one file per image", ".txt", isbi_txt.read, isbi_txt.write, isbi_txt.losses, FILM
        ),
        Format("coco", "COCO key points", ".json", coco.read, coco.write),
        Format("ibug", "iBUG and dlib XML", ".xml", ibug_xml.read, ibug_xml.write, ibug_xml.losses, PHOTO),
        Format("pts", "PTS, one file per face", ".pts", pts.read, pts.write, pts.losses, PHOTO),
        Format(
            "keypoints",
            "Key point CSV, one row per face",
            ".keypoints.csv",
            wide_keypoints.read,
            wide_keypoints.write,
            wide_keypoints.losses,
            PHOTO,
        ),
    )
}


def format_of(path: PathInput) -> Format:
    """Format of a file or folder that is there; of one that is not, what its name asks for.

    A CSV tells by its columns which of the three tables it is, and a folder by ``.pts`` files that it holds faces.

    Raises
    ------
    UnknownFormatError
        When no format has this ending.
    SchemaError
        When a CSV is not text.
    """
    path = Path(path)
    if path.is_dir() and pts.files_of(path):
        return FORMATS["pts"]
    named = format_named(path)
    return FORMATS[_table(path)] if named.ending.endswith(".csv") and path.is_file() else named


def format_named(path: PathInput) -> Format:
    """Format that a name asks for, whatever a file of this name holds now.

    A CSV is wide when its name ends with ``.wide.csv``, and of key points when it ends with ``.keypoints.csv``.
    Folders, and names without an ending, are in the ISBI format.

    Raises
    ------
    UnknownFormatError
        When no format has this ending.
    """
    path = Path(path)
    if path.is_dir() or not path.suffix:
        return FORMATS["isbi"]
    fitting = [each for each in FORMATS.values() if path.name.lower().endswith(each.ending)]
    if not fitting:
        endings = ", ".join(each.ending for each in FORMATS.values())
        raise UnknownFormatError(f"no exchange format has this ending; known are {endings}", path)
    return max(fitting, key=lambda each: len(each.ending))


def _table(path: Path) -> str:
    """Which of the tables a CSV is."""
    header = landmark_csv.read_text(path).partition("\n")[0].strip().split(",")
    if header[1:] == wide_keypoints.headings():
        return "keypoints"
    return "wide" if "landmark" not in header and any(column.endswith("_x") for column in header) else "csv"
