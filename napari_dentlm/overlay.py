"""Overlay pictures: a film or photo with its face area, points and names, to look at without napari."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.files import atomic_file

HEIGHT = 1000
_WIDEST = 4
_LARGEST_SCALE = 4.0
_SHOWS = "dentlm-shows"
_NAME_SIZE = 17
_FOOTER_SIZE = 14
_DOT = 3.5
_GAP = 6
_MOST_NAMES = 30
_EDGE = (16, 16, 16)
_FACE_AREA = (255, 236, 90)
_MESSAGE = (255, 140, 90)
_FOOTER = (230, 230, 230)
_LINE = (235, 235, 235)
# The colours of the workbench (Okabe and Ito), which readers who see colours differently can tell apart.
_COLOURS = {
    State.PREDICTED: (240, 165, 0),
    State.CORRECTED: (86, 180, 233),
    State.CONFIRMED: (47, 209, 158),
    State.PLACED: (224, 139, 192),
}

Box = tuple[float, float, float, float]


def draw_overlay(
    image: NDArray[np.uint8],
    annotation: Annotation,
    face_window: NDArray[np.float64] | None = None,
    *,
    others: Sequence[Annotation] = (),
    message: str = "",
    footer: str = "",
    height: int = HEIGHT,
) -> PilImage.Image:
    """Draw a film, or a photo with all its faces, with the points.

    Points have the colours of the workbench: orange predicted, blue corrected, pink placed, green confirmed. A name
    with ``!`` is to be looked at first. A thin ring shows the expected error, a yellow frame the face area. A scheme of
    many points has its lines drawn instead of their names; with several faces each box carries its number from 1.

    Parameters
    ----------
    image
        (H, W) uint8, or (H, W, 3) uint8 RGB.
    annotation
        Its landmarks, in pixels of ``image``.
    face_window
        (4, 2) float64, x then y, pixels: the corners of the face area.
    others
        Further faces of a photo.
    message
        Shown at the top, such as why there are no points.
    footer
        Shown small at the bottom.
    height
        Greatest height of the picture in pixels.

    Returns
    -------
    PIL.Image.Image
        RGB, ``height`` pixels high; less for strips and tiny pictures.
    """
    tall, wide = image.shape[:2]
    # A strip a few pixels high would become a picture of gigabytes.
    scale = min(height / tall, _WIDEST * height / wide, _LARGEST_SCALE)
    size = (max(1, round(wide * scale)), max(1, round(tall * scale)))
    shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture = PilImage.fromarray(cv2.resize(image, size, interpolation=shrink)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    if face_window is not None:
        corners = [_to_picture(Point(float(x), float(y)), scale) for x, y in face_window]
        draw.line([*corners, corners[0]], fill=_FACE_AREA, width=2)
    for face in (annotation, *others):
        _draw_box(draw, face, scale, f"{face.instance + 1}" if others else "")
        if len(face.landmarks) > _MOST_NAMES:
            _draw_lines(draw, face, scale)
        else:
            _draw_landmarks(draw, face.landmarks.values(), scale, size)
    if message:
        draw.text((12, 10), message, fill=_MESSAGE, font=_font(), stroke_width=2, stroke_fill=_EDGE)
    if footer:
        place, font = (12, size[1] - 8), ImageFont.load_default(_FOOTER_SIZE)
        draw.text(place, footer, fill=_FOOTER, font=font, anchor="lb", stroke_width=1, stroke_fill=_EDGE)
    return picture


def write_overlay(path: Path, picture: PilImage.Image, shows: str = "") -> None:
    """Write an overlay as PNG, whole or not at all.

    Parameters
    ----------
    path
        The file.
    picture
        From `draw_overlay`.
    shows
        What is on it, kept in the file; see `shown_by`.

    Raises
    ------
    DentLMError
        When the folder cannot be written or the disk is full.
    """
    note = PngInfo()
    note.add_text(_SHOWS, shows)
    try:
        with atomic_file(path) as stream:
            # The lowest compression that helps: a film's noise does not get smaller with more effort.
            picture.save(stream, "PNG", compress_level=1, pnginfo=note)
    except OSError as error:
        reason = f"{path.name}: the overlay picture could not be written ({error.strerror}). Choose another place."
        raise DentLMError(reason) from error


def shown_by(path: Path) -> str:
    """What an overlay shows, as given to `write_overlay`; empty where there is no such file."""
    try:
        with PilImage.open(path) as picture:
            return str(picture.info.get(_SHOWS, ""))
    except (OSError, ValueError, SyntaxError, PilImage.DecompressionBombError):
        # Pillow says all of these of files that are damaged, or are no picture.
        return ""


def _draw_box(draw: ImageDraw.ImageDraw, face: Annotation, scale: float, number: str) -> None:
    """Draw the box of a face and its number."""
    if face.box is None:
        return
    x, y, width, height = face.box.numbers
    (left, top), (right, bottom) = (_to_picture(Point(*p), scale) for p in ((x, y), (x + width, y + height)))
    draw.rectangle((left, top, right, bottom), outline=_FACE_AREA, width=2)
    draw.text(
        (left + 4, top - 2), number, fill=_FACE_AREA, font=_font(), anchor="lb", stroke_width=2, stroke_fill=_EDGE
    )


def _draw_lines(draw: ImageDraw.ImageDraw, face: Annotation, scale: float) -> None:
    """Draw the lines of the scheme and a dot for each point: with many points, names would cover the face."""
    places = {
        mark.key: _to_picture(mark.position, scale) for mark in face.landmarks.values() if mark.position is not None
    }
    for link in face.scheme.links:
        for one, other in pairwise(link.keys):
            if one in places and other in places:
                draw.line((places[one], places[other]), fill=_LINE, width=1)
    # Small faces of a group get small dots.
    spread = max((abs(x - u) + abs(y - v) for (x, y), (u, v) in pairwise(places.values())), default=0.0)
    dot = min(_DOT, max(1.0, spread / 12))
    for key, (x, y) in places.items():
        draw.ellipse((x - dot, y - dot, x + dot, y + dot), fill=colour_of(face.landmarks[key].state))


def _draw_landmarks(
    draw: ImageDraw.ImageDraw, landmarks: Iterable[Landmark], scale: float, size: tuple[int, int]
) -> None:
    """Draw rings first, then dots, then names where they cover neither."""
    shown = [(mark, _to_picture(mark.position, scale)) for mark in landmarks if mark.position is not None]
    for mark, (x, y) in shown:
        if mark.expected_error_px:
            radius = mark.expected_error_px * scale
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour_of(mark.state))
    for mark, (x, y) in shown:
        draw.ellipse((x - _DOT - 1, y - _DOT - 1, x + _DOT + 1, y + _DOT + 1), fill=_EDGE)
        draw.ellipse((x - _DOT, y - _DOT, x + _DOT, y + _DOT), fill=colour_of(mark.state))
    taken: list[Box] = [(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for _, (x, y) in shown]
    font = _font()
    for mark, (x, y) in shown:
        width, tall = draw.textlength(_name(mark), font=font), float(_NAME_SIZE)
        box = _free_place(x, y, width, tall, taken, size)
        taken.append(box)
        draw.text(box[:2], _name(mark), fill=colour_of(mark.state), font=font, stroke_width=2, stroke_fill=_EDGE)


def _free_place(x: float, y: float, width: float, height: float, taken: list[Box], size: tuple[int, int]) -> Box:
    """Give the place near a point where a name covers least of what is there already."""
    best: Box | None = None
    least = float("inf")
    for gap in (_GAP, 3 * _GAP):
        for left, top in (
            (x + gap, y - height / 2),
            (x - gap - width, y - height / 2),
            (x - width / 2, y - gap - height),
            (x - width / 2, y + gap),
            (x + gap, y - gap - height),
            (x + gap, y + gap),
            (x - gap - width, y - gap - height),
            (x - gap - width, y + gap),
        ):
            left = min(max(left, 2.0), max(2.0, size[0] - width - 2))
            top = min(max(top, 2.0), max(2.0, size[1] - height - 2))
            box = (left, top, left + width, top + height)
            covered = sum(_overlap(box, other) for other in taken)
            if best is None or covered < least - 1e-9:
                best, least = box, covered
    assert best is not None
    return best


def _overlap(a: Box, b: Box) -> float:
    """Area that two boxes share."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)


def colour_of(state: State) -> tuple[int, int, int]:
    """Red, green and blue of a point in a state that has a position."""
    return _COLOURS[state]


def _name(mark: Landmark) -> str:
    return f"{mark.key} !" if mark.flag and not mark.touched else mark.key


def _to_picture(point: Point, scale: float) -> tuple[float, float]:
    """Pixel centres of the film to pixel centres of the picture."""
    return (point.x + 0.5) * scale - 0.5, (point.y + 0.5) * scale - 0.5


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(_NAME_SIZE)
