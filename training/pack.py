"""All training films in one small file, to be carried to another machine.

A pack is a zip: `index.json` with names, spacings and the readers' points, and one JPEG-LS or PNG image per film at the
size that the recipe reads. Points and spacings are those of the packed pixels. Nothing in it is ever run.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import cv2
import jpeg_ls
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError
from tqdm import tqdm

from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.cascade.transform import Grey
from napari_dentlm.core.errors import SchemaError, TrainingError
from napari_dentlm.core.files import atomic_file
from napari_dentlm.core.scheme import LandmarkScheme
from training.films import FRAME_POINTS, RawFilm, fit_shape, needless_halvings

SUFFIX = ".zip"
FORMAT = "dentlm-films-1"
INDEX = "index.json"
_LARGEST_MEMBER = 1 << 28
_DAMAGE = (BadZipFile, KeyError, OSError, EOFError, RuntimeError, ValueError, struct.error, zlib.error)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Film(_Strict):
    name: str
    group: str
    file: str
    mm_per_pixel: PositiveFloat | None
    generated: bool
    reader_names: tuple[str, ...]
    readers: tuple[dict[str, tuple[float, float]], ...] = Field(min_length=1)


class _Index(_Strict):
    scheme: str
    scheme_version: str
    films: tuple[_Film, ...] = Field(min_length=1)
    format: str = FORMAT


class _Version(BaseModel):
    format: str


def write_pack(
    path: Path,
    films: Sequence[RawFilm],
    scheme: LandmarkScheme,
    *,
    first_level: int,
    loss: int = 0,
    progress_bar: bool = False,
) -> None:
    """Write films and labels into one file.

    Parameters
    ----------
    path
        The file, ending in `.zip`; it is replaced when it is there.
    films, scheme
        What `load_films` returns, and the scheme it was asked for.
    first_level
        That of the recipe: halvings of the pixels that may be left out on films of full resolution.
    loss
        Grey levels by which a packed pixel may be off; 0 keeps every pixel.
    progress_bar
        Whether a bar is shown on a terminal.

    Raises
    ------
    TrainingError
        When a film cannot be read or the file cannot be written.
    """
    shape = _shape(films)
    entries = []
    try:
        with atomic_file(path) as stream, ZipFile(stream, "w") as archive:
            for number, film in enumerate(tqdm(films, "pack", unit="film", disable=None if progress_bar else True)):
                small = _halved(film, _halvings(film, shape, first_level))
                data, ending = _encoded(small.load(), loss)
                file = f"films/{number:04d}{ending}"
                archive.writestr(ZipInfo(file), data)
                entries.append(_entry(small, file, scheme))
            index = _Index(scheme=scheme.name, scheme_version=scheme.version, films=tuple(entries))
            archive.writestr(ZipInfo(INDEX), index.model_dump_json(indent=1), ZIP_DEFLATED)
    except OSError as error:
        raise TrainingError(
            f"{path.name}: the pack cannot be written ({error.strerror or error}). Choose another --pack."
        ) from error


def load_pack(path: Path, scheme: LandmarkScheme) -> list[RawFilm]:
    """Return the films of a pack; their pixels are read when they are asked for.

    Raises
    ------
    TrainingError
        When the file is damaged, of another version or made for another scheme.
    """
    text = read_member(path, INDEX)
    try:
        version = _Version.model_validate_json(text).format
        if version != FORMAT:
            raise TrainingError(f"{path.name}: the pack is {version!r}, not {FORMAT!r}. Pack the films again.")
        index = _Index.model_validate_json(text)
        if (index.scheme, index.scheme_version) != (scheme.name, scheme.version):
            raise TrainingError(
                f"{path.name}: packed for the scheme {index.scheme} {index.scheme_version}, but the recipe trains "
                f"{scheme.name} {scheme.version}. Pack the films again with this recipe."
            )
        return [_film(path, entry, scheme) for entry in index.films]
    except (ValidationError, SchemaError) as error:
        raise damaged(path, INDEX) from error


def _shape(films: Sequence[RawFilm]) -> FaceShape | None:
    try:
        return fit_shape(films)
    except TrainingError:
        return None


def _halvings(film: RawFilm, shape: FaceShape | None, first_level: int) -> int:
    """Return how often a film may be halved: the rule of `prepare`, so that a training misses nothing."""
    known = np.isfinite(film.points).all(axis=1).sum()
    if shape is None or known < FRAME_POINTS:
        return 0
    _, mirrored = shape.pose(film.points)
    return needless_halvings(shape.frame(film.points * ([-1, 1] if mirrored else [1, 1])).unit, first_level)


def _halved(film: RawFilm, times: int) -> RawFilm:
    """Return the film at half the size, so many times.

    An odd side is first made even by repeating its last line, so that both axes keep exactly one scale.
    """
    pixels, readers, spacing = film.load(), film.readers, film.mm_per_pixel
    for _ in range(times):
        height, width = pixels.shape
        even = np.pad(pixels, ((0, height % 2), (0, width % 2)), mode="edge")
        size = even.shape[1] // 2, even.shape[0] // 2
        pixels = np.asarray(cv2.resize(even, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        readers = (readers - 0.5) / 2
        spacing = None if spacing is None else 2 * spacing
    return replace(film, load=lambda: pixels, readers=readers, mm_per_pixel=spacing)


def _entry(film: RawFilm, file: str, scheme: LandmarkScheme) -> _Film:
    readers = tuple(
        {
            key: (float(x), float(y))
            for key, (x, y) in zip(scheme.keys, points, strict=True)
            if np.isfinite((x, y)).all()
        }
        for points in film.readers
    )
    return _Film(
        name=film.name,
        group=film.group,
        file=file,
        mm_per_pixel=film.mm_per_pixel,
        generated=film.generated,
        reader_names=film.reader_names,
        readers=readers,
    )


def _film(path: Path, entry: _Film, scheme: LandmarkScheme) -> RawFilm:
    readers = np.full((len(entry.readers), len(scheme.keys), 2), np.nan)
    for row, points in zip(readers, entry.readers, strict=True):
        for key, point in points.items():
            row[scheme.index(key)] = point
    return RawFilm(
        name=entry.name,
        group=entry.group,
        load=partial(_pixels, path, entry.file),
        readers=readers,
        mm_per_pixel=entry.mm_per_pixel,
        generated=entry.generated,
        reader_names=entry.reader_names,
    )


def _encoded(pixels: Grey, loss: int) -> tuple[bytes, str]:
    """Return JPEG-LS, or PNG for a film that the encoder's buffer is too small for: tiny or nothing but noise."""
    try:
        return bytes(jpeg_ls.encode_array(pixels, loss)), ".jls"
    except RuntimeError:
        return cv2.imencode(".png", pixels)[1].tobytes(), ".png"


def _pixels(path: Path, file: str) -> Grey:
    data = read_member(path, file)
    try:
        if file.endswith(".png"):
            return np.asarray(cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
        values, header = jpeg_ls.decode_buffer(data)
        return np.frombuffer(values, dtype=np.uint8).reshape(header["height"], header["width"])
    except (RuntimeError, ValueError, TypeError, MemoryError, cv2.error) as error:
        raise damaged(path, file) from error


def read_member(path: Path, member: str, content: str = "films") -> bytes:
    """Return the bytes of a file in a pack of ``content``.

    Raises
    ------
    TrainingError
        When it is missing, damaged or too large.
    """
    try:
        with ZipFile(path) as archive:
            if archive.getinfo(member).file_size > _LARGEST_MEMBER:
                raise damaged(path, member, content)
            return archive.read(member)
    except _DAMAGE as error:
        raise damaged(path, member, content) from error


def damaged(path: Path, member: str, content: str = "films") -> TrainingError:
    """Return what to say of a file in a pack of ``content`` that cannot be used."""
    return TrainingError(
        f"{path.name}: {member} in it is missing or damaged. Copy the file again, or pack the {content} again (--pack)."
    )
