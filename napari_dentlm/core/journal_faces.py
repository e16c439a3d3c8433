"""Writing what a model found on one frame, one face or several, so that a face keeps its number from look to look."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.box import SAME_FACE, Box, matched
from napari_dentlm.core.journal import Journal

DRAWN = "box=drawn"
"""Stands in the options of a prediction in a box that a reader drew."""
NOT_FOUND_AGAIN = "A later look at the photo did not find this face again."


@dataclass(frozen=True, slots=True)
class FoundFace:
    """What a model says of one face.

    Parameters
    ----------
    landmarks
        Predicted, or not assessed with a reason.
    box
        Where it lies on a photo; None on a film.
    """

    landmarks: tuple[Landmark, ...]
    box: Box | None = None


def numbered(annotations: Sequence[Annotation], faces: Sequence[FoundFace], used: Collection[int]) -> list[int]:
    """Give each found face its instance number: that of the known face in its place, else a new one.

    Parameters
    ----------
    annotations
        Of the known faces, by whatever reader.
    faces
        What the model found, the largest first. Without known faces they are numbered in this order.
    used
        Every number that a face of this frame has ever had; a new face gets none of them.
    """
    known = {each.instance: each.box for each in annotations if each.box is not None}
    if not known or any(face.box is None for face in faces):
        return list(range(len(faces)))
    numbers = matched(known, [face.box for face in faces if face.box is not None])
    fresh = max(used, default=-1) + 1
    given = []
    for number in numbers:
        given.append(fresh if number is None else number)
        fresh += number is None
    return given


def write_faces(journal: Journal, faces: Sequence[FoundFace], *, model: str, options: str, frame: int = 0) -> list[int]:
    """Write the faces of one frame, each under its number; returns the numbers of those written.

    A face that is not found again and that no reader touched loses its points; one that a reader touched stays, and
    the journal notes that the model looked. One in a box that a reader drew stays as it is.

    Parameters
    ----------
    journal
        Of the file.
    faces
        What the model found, the largest first; one at least, without points where the image was refused.
    model, options
        See `Journal.predict`.

    Raises
    ------
    JournalError
        When the journal cannot be written.
    """
    readers = ("", *journal.readers())
    known = {number: journal.annotation("", frame, number) for r in readers for number in journal.instances(r, frame)}
    drawn = {number for number in known if DRAWN in (journal.last_prediction(frame, number) or ("", ""))[1]}
    if drawn and not any(mark.position for face in faces for mark in face.landmarks):
        return []
    numbers = numbered(list(known.values()), faces, journal.used_instances(frame))
    for number, face in zip(numbers, faces, strict=True):
        journal.predict(face.landmarks, model=model, options=options, frame=frame, instance=number, box=face.box)
    for number in sorted(known.keys() - set(numbers) - drawn):
        seen = [journal.annotation(reader, frame, number) for reader in readers]
        touched = any(mark.touched for each in seen for mark in each.landmarks.values())
        gone = [] if touched else _without_points(journal.scheme.keys, model)
        journal.predict(gone, model=model, options=options, frame=frame, instance=number)
    return numbers


def write_added_face(journal: Journal, face: FoundFace, *, model: str, options: str, frame: int = 0) -> int:
    """Write a face in a box that a reader drew, beside the faces that are known; returns its number.

    In the place of a known face, with the points of one, or around points that were placed by hand, it is a new look at
    that one.

    Parameters
    ----------
    journal
        Of the file.
    face
        With its box.
    model, options
        See `Journal.predict`.

    Raises
    ------
    JournalError
        When the journal cannot be written.
    """
    readers = ("", *journal.readers())
    known = [journal.annotation(r, frame, number) for r in readers for number in journal.instances(r, frame)]
    face = _in_known_place(face, [each.box for each in known if each.box is not None])
    (number,) = numbered(known, [face], journal.used_instances(frame))
    placed = [mark.position for each in known if each.instance == number for mark in each.landmarks.values()]
    if all(each.box is None for each in known) and not _holds(face.box, placed):
        number = max(journal.used_instances(frame)) + 1
    options = f"{options} {DRAWN}"
    journal.predict(face.landmarks, model=model, options=options, frame=frame, instance=number, box=face.box)
    return number


def _in_known_place(face: FoundFace, known: Collection[Box]) -> FoundFace:
    """The face with the box around its points where those are of a known face that the drawn box has missed."""
    places = [mark.position for mark in face.landmarks if mark.position is not None]
    if face.box is None or not places or any(face.box.overlap(box) >= SAME_FACE for box in known):
        return face
    around = Box.around(places)
    return replace(face, box=around) if any(around.overlap(box) >= SAME_FACE for box in known) else face


def _holds(box: Box | None, points: Iterable[Point | None]) -> bool:
    return box is not None and all(box.contains(point) for point in points if point is not None)


def _without_points(keys: Iterable[str], model: str) -> list[Landmark]:
    return [Landmark(key, State.NOT_ASSESSED, None, model, reason=NOT_FOUND_AGAIN) for key in keys]
