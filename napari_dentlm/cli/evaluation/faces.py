"""Points of faces against those of a data set: the truth, what a model or a table says of it, and the figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.errors import DentLMError, SchemaError
from napari_dentlm.core.formats import ExportPurpose, format_of
from napari_dentlm.core.formats.faces import Face, faces_of_rows
from napari_dentlm.core.metrics import number_text
from napari_dentlm.core.nme import NmeTable, eyes_apart, nme_table, relative_errors
from napari_dentlm.core.scheme import PHOTO, load_scheme

if TYPE_CHECKING:
    from napari_dentlm.core.formats.rows import LandmarkRow

_SAME_FACE = 0.5
"""Two sets of points are of one face when their middles are nearer than this part of the distance between the eyes."""


@dataclass(frozen=True, slots=True)
class FoundFace:
    """What is predicted for one face of the truth.

    Parameters
    ----------
    points
        (K, 2) pixels; NaN where there is no point.
    radius
        (K,) expected errors in pixels; NaN where none is stated.
    """

    points: NDArray[np.float64]
    radius: NDArray[np.float64]

    @classmethod
    def none(cls) -> "FoundFace":
        """Nothing was found."""
        count = len(load_scheme(PHOTO).keys)
        return cls(np.full((count, 2), np.nan), np.full(count, np.nan))


@dataclass(frozen=True, slots=True)
class FaceEvaluation:
    """Figures of all faces.

    Parameters
    ----------
    origin
        Who predicted.
    table
        Their errors.
    inside
        Share (0 to 1) of the true points inside the stated radius; NaN where none is stated.
    worst
        Name and NME of the faces with the largest errors, the largest first.
    """

    origin: str
    table: NmeTable
    inside: float
    worst: tuple[tuple[str, float], ...]

    def text(self, *, per_face: bool) -> str:
        """The figures for a terminal."""
        lines = [f"Points of {self.origin} in percent of the distance between the outer corners of the eyes", ""]
        lines.append(self.table.text())
        if np.isfinite(self.inside):
            lines.append(f"Expected error: {number_text(100 * self.inside, 1)} % of the true points lie inside it")
        if per_face:
            lines += ["", "NME %   face", *(f"{number_text(nme, 2):>5}   {name}" for name, nme in self.worst)]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The figures for JSON."""
        inside = self.inside if np.isfinite(self.inside) else None
        each = {name: nme if np.isfinite(nme) else None for name, nme in self.worst}
        return {"origin": self.origin, **self.table.as_dict(), "inside": inside, "per_face": each}


def read_faces(path: Path, scheme: str = "") -> list[Face] | None:
    """Return the faces that a file of labels or a folder of PTS files holds, or None when it is about films.

    Parameters
    ----------
    path
        The file or folder.
    scheme
        Only its points count; without it, all.

    Raises
    ------
    SchemaError
        When the file is damaged, or holds no point that a person placed.
    """
    kind = format_of(path)
    if kind.name == "isbi":
        return None
    rows = [row for row in kind.read(path) if row.scheme == scheme or not scheme]
    if {row.scheme for row in rows} != {PHOTO}:
        return None
    marked = ExportPurpose.TRAINING.select(rows)
    if not marked:
        raise SchemaError("there is no point that a reader placed, corrected or confirmed", path)
    return faces_of_rows(marked, path)


def from_table(rows: "Sequence[LandmarkRow]", faces: Sequence[Face], path: Path) -> list[FoundFace]:
    """Find each face of the truth among the predicted ones of the image of the same name.

    The name without its ending is enough: PTS files have no other. Films among the rows, such as images on which no
    face was found, are passed over.

    Raises
    ------
    DentLMError
        When the table has none of the images.
    """
    radii = {
        (row.image, row.instance, row.landmark): row.expected_error_px
        for row in rows
        if row.expected_error_px is not None
    }
    keys = load_scheme(PHOTO).keys
    by_name: dict[str, list[FoundFace]] = {}
    for face in faces_of_rows([row for row in rows if row.scheme == PHOTO], path):
        radius = np.array([radii.get((face.image, face.instance, key), np.nan) for key in keys])
        for name in {Path(face.image).name, Path(face.image).stem}:
            by_name.setdefault(name, []).append(FoundFace(face.array, radius))
    if not any(Path(face.image).name in by_name for face in faces):
        raise DentLMError(f"{path.name}: none of its images is among those of the truth.")
    return [nearest(by_name.get(Path(face.image).name, ()), face) for face in faces]


def nearest(found: Sequence[FoundFace], face: Face) -> FoundFace:
    """Return which of the faces found on an image is the one of the truth; none of them when all lie elsewhere."""
    middle, reach = np.nanmean(face.array, axis=0), _SAME_FACE * eyes_apart(face.array, load_scheme(PHOTO))
    there = [each for each in found if np.isfinite(each.points).any()]
    distances = [float(np.linalg.norm(np.nanmean(each.points, axis=0) - middle)) for each in there]
    best = int(np.argmin(distances)) if distances else -1
    return there[best] if best >= 0 and distances[best] < reach else FoundFace.none()


def evaluate_faces(found: Sequence[FoundFace], faces: Sequence[Face], origin: str) -> FaceEvaluation:
    """Score what was found, one for each face of the truth."""
    scheme = load_scheme(PHOTO)
    truth, points = np.stack([face.array for face in faces]), np.stack([each.points for each in found])
    errors = relative_errors(points, truth, scheme)
    pixels = np.linalg.norm(points - truth, axis=-1)
    radii = np.stack([each.radius for each in found])
    stated = np.isfinite(radii) & np.isfinite(pixels)
    inside = float((pixels <= radii)[stated].mean()) if stated.any() else float("nan")
    each = [(face.image, float(np.mean(row))) for face, row in zip(faces, errors, strict=True)]
    worst = sorted(each, key=lambda entry: -entry[1] if np.isfinite(entry[1]) else -np.inf)
    return FaceEvaluation(origin, nme_table(errors, scheme.keys), inside, tuple(worst))
