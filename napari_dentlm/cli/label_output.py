"""What ``dentlm label`` makes of the events: a progress bar, overlay pictures, the table."""

import itertools
import shutil
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Self

from tqdm import tqdm

from napari_dentlm.cascade.router import Router
from napari_dentlm.cli.paths import make_folder
from napari_dentlm.cli.wording import counted
from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import landmark_csv, midpoints
from napari_dentlm.core.imaging import Image
from napari_dentlm.core.imaging.discovery import OUTPUT_MARK
from napari_dentlm.core.pseudonym import Pseudonyms
from napari_dentlm.core.relative_path import relative_path
from napari_dentlm.core.scheme import FILM
from napari_dentlm.labelling import LabelEvent
from napari_dentlm.labelling.rows import rows_of_event
from napari_dentlm.overlay import draw_overlay, shown_by, write_overlay


class LabelOutput:
    """Collects the rows of the table and draws overlays while the films are in memory.

    Parameters
    ----------
    out
        The table.
    overlay
        Folder for the pictures; None for none.
    router
        The keys of its cascades are the rows of the table.
    options
        What else decides the points, as text: an overlay drawn with other options is drawn anew.

    Raises
    ------
    DentLMError
        When a folder cannot be made, or ``out`` is another kind of table.
    """

    def __init__(self, out: Path, overlay: Path | None, router: Router, options: str) -> None:
        self._out = out
        self._overlay = overlay
        self._keys = {cascade.scheme.name: frozenset(cascade.keys) for cascade in router.cascades}
        self._options = options
        self._rows: list[landmark_csv.LandmarkRow] = []
        self._pictures: set[str] = set()
        self._notes: list[str] = []
        self._pseudonyms = self._loaded_pseudonyms()
        # Before hours of work: a file that is no table of points is not written over.
        self._older_rows()
        for folder in (out.parent, overlay):
            if folder is not None:
                make_folder(folder)

    def __enter__(self) -> Self:
        self._bar = tqdm(desc="Labelling", unit="image", total=None, dynamic_ncols=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    @property
    def points(self) -> int:
        """Landmarks of the table that have a place."""
        return sum(row.x is not None for row in midpoints(self._rows))

    def take(self, event: LabelEvent) -> None:
        """Take one event; called from the writing thread, one event at a time."""
        self._bar.total = event.total
        self._bar.update(event.done - self._bar.n)
        if event.image is None:
            return
        image = relative_path(event.path, self._out.resolve().parent)
        self._rows += rows_of_event(event, image=image, patient=self._patient(event.image), keys=self._keys)
        if self._overlay is not None and event.annotations:
            self._draw(event, event.image, self._overlay)

    def write(self) -> bool:
        """Write the table, whole or not at all; False where there is nothing to put in an older one's place.

        Raises
        ------
        DentLMError
            When the folder cannot be written or the disk is full.
        """
        try:
            if not self._rows and self._out.is_file():
                self._notes.append(f"No image could be labelled: {self._out.name} stays as it was.")
                return False
            self._keep_others_points()
            landmark_csv.write(self._out, self._rows)
        except OSError as error:
            raise DentLMError(f"{self._out}: the table could not be written ({error.strerror}).") from error
        return True

    def _keep_others_points(self) -> None:
        """Put an older table aside when readers' decisions stand in it that the new one does not have."""
        old = self._older_rows()
        kept = {row.identity[1:] for row in self._rows if row.state.by_reader}
        if all(row.identity[1:] in kept for row in old if row.state.by_reader):
            return
        aside = _free_name(self._out.with_name(f"{self._out.stem}.before.csv"))
        shutil.copy2(self._out, aside)
        self._notes.append(f"The older table held points of readers that are not in the new one: see {aside.name}.")

    def _older_rows(self) -> list[landmark_csv.LandmarkRow]:
        """Rows of the table that is there already."""
        if not self._out.is_file():
            return []
        try:
            return landmark_csv.read(self._out)
        except DentLMError as error:
            reason = f"{str(error).removesuffix('.')}. It is not written over: choose another --out."
            raise DentLMError(reason) from error

    def remarks(self, spacing_mm: float | None = None) -> list[str]:
        """What the user should know of the table, one sentence each.

        Parameters
        ----------
        spacing_mm
            What the user gave as the scale of all films.
        """
        return self._notes + self._on_scale(spacing_mm) + self._on_trust() + landmark_csv.conflicts(self._rows)

    def _on_scale(self, spacing_mm: float | None) -> list[str]:
        # A journal keeps only what a reader states, and a command has no reader.
        films = [row for row in self._rows if row.scheme == FILM]
        if spacing_mm is not None:
            if not films:
                return ["Photographs keep their own scale, or none: --spacing is for films."]
            advice = "Give --spacing again next time, or state it in the window (dentlm open), which keeps it."
            return [f"The scale of {spacing_mm:g} mm per pixel stands in this table only. {advice}"]
        # A photo has no scale; nobody misses it.
        unknown = {(row.image, row.frame) for row in films if row.spacing_x_mm is None and row.x is not None}
        if not unknown:
            return []
        return [f"No millimetres for {counted(len(unknown), 'film')} of unknown scale. Give it with --spacing MM."]

    def _on_trust(self) -> list[str]:
        """Say how far the predicted points may be off, and how many ask for a look first."""
        predicted = [row for row in self._rows if row.state is State.PREDICTED]
        errors = [row.expected_error_mm for row in predicted if row.expected_error_mm is not None]
        remarks = []
        if errors:
            halfway, most = f"{median(errors):.1f}", f"{max(errors):.1f}"
            remarks.append(f"Expected error: up to {halfway} mm for half of the points, {most} mm at most.")
        if flagged := sum(bool(row.flag) for row in predicted):
            remarks.append(f"Look first at {flagged} of {counted(len(predicted), 'point')}: see the column flag.")
        return remarks

    def _loaded_pseudonyms(self) -> Pseudonyms | None:
        try:
            return Pseudonyms.load()
        except DentLMError as error:
            # Points without a pseudonym are better than none: a home folder may be read-only.
            self._notes.append(f"{error} The table has no pseudonyms of patients.")
            return None

    def _patient(self, image: Image) -> str:
        return "" if self._pseudonyms is None else self._pseudonyms.of(image.patient_id, image.path.parent)

    def _draw(self, event: LabelEvent, image: Image, folder: Path) -> None:
        path = folder / self._picture_name(event.path, image)
        first = event.annotations[0]
        faces = [each for each in event.annotations if each.annotator == first.annotator]
        shows = f"{image.image_id} {image.frame} {event.origin} {self._options}"
        untouched = not any(mark.touched for face in faces for mark in face.landmarks.values())
        if event.prediction is None and untouched and shown_by(path) == shows:
            # Nothing has changed since it was drawn, and the face area is known only when a film is labelled.
            return
        area = event.prediction.face_area if event.prediction is not None else None
        window = None if area is None else area.corners
        picture = draw_overlay(image.shown(), first, window, others=faces[1:], message=event.message)
        write_overlay(path, picture, shows if untouched else "")

    def _picture_name(self, path: Path, image: Image) -> str:
        """Name a picture after its film, its frame, and a number where two films share a name."""
        stem = path.stem if image.frame_count == 1 else f"{path.stem}_frame{image.frame + 1}"
        # Names with OUTPUT_MARK are not taken for films when the pictures lie in a patient folder.
        name, copy = f"{stem}{OUTPUT_MARK}png", 1
        while name in self._pictures:
            copy += 1
            name = f"{stem}-{copy}{OUTPUT_MARK}png"
        self._pictures.add(name)
        return name


def _free_name(path: Path) -> Path:
    """Return the path, or the first free one of ``NAME-2``, ``NAME-3`` and so on where something has its name."""
    others = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(each for each in itertools.chain([path], others) if not each.exists())
