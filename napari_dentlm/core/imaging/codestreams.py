"""Whether a JPEG, JPEG-LS or JPEG 2000 stream is whole, from its markers alone.

Decoders often return half a picture for half a stream, without a word; so every stream is walked to its end
marker before it is decoded. The declared size is checked at the same time.
"""

import re
from dataclasses import dataclass, replace

from napari_dentlm.core.imaging.damage import DamageError, check_size

_MAXIMUM_SCANS = 200
"""Of a progressive JPEG; real ones have some ten, and each scan costs a pass over the picture."""

_MAXIMUM_SEGMENTS = 20_000
"""Of a stream; real ones have some dozens, JPEG 2000 with many tiles some thousands."""

_FILL_BYTES = re.compile(rb"\xff+", re.DOTALL)
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_NEXT_MARKER_LS = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]", re.DOTALL)
_SEQUENTIAL = (0xC0, 0xC1)
_FRAME_HEADERS = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_CUT = "the picture is cut short"


@dataclass(frozen=True, slots=True)
class StreamHeader:
    """What a stream declares.

    Parameters
    ----------
    width, height
        Size in pixels.
    components
        Channels per pixel.
    bits
        Bits per channel.
    coded_end
        For a JPEG whose picture is one sequential (Huffman) scan: where its end marker starts. Else 0.
    """

    width: int
    height: int
    components: int
    bits: int
    coded_end: int = 0


def check_jpeg(data: bytes) -> StreamHeader:
    """Walk a JPEG (any process) or JPEG-LS stream from its first to its last marker.

    Parameters
    ----------
    data
        The stream; bytes after the end marker are allowed.

    Returns
    -------
    StreamHeader
        What its frame header declares.

    Raises
    ------
    DamageError
        When the stream ends before its end marker, has no picture, or declares an impossible size.
    """
    if data[:2] != b"\xff\xd8":
        raise DamageError("the JPEG picture has no beginning")
    position, scans, is_sequential = 2, 0, False
    header: StreamHeader | None = None
    pattern = _NEXT_MARKER
    for _ in range(_MAXIMUM_SEGMENTS):
        marker, position = _read_marker(data, position)
        if marker == 0xD9:
            break
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            continue
        length = int.from_bytes(data[position : position + 2])
        if length < 2 or position + length > len(data):
            raise DamageError(_CUT)
        if marker in _FRAME_HEADERS:
            header = _frame_header(data[position + 2 : position + length])
            is_sequential = marker in _SEQUENTIAL
            pattern = _NEXT_MARKER_LS if marker == 0xF7 else _NEXT_MARKER
        position += length
        if marker == 0xDA:
            scans += 1
            if header is None or scans > _MAXIMUM_SCANS:
                raise DamageError("the JPEG picture contradicts itself")
            coded_end = position = _end_of_scan(data, position, pattern)
    else:
        raise DamageError("the JPEG picture has an impossible number of parts")
    if header is None or scans == 0:
        raise DamageError("the JPEG file holds no picture")
    return replace(header, coded_end=coded_end) if is_sequential and scans == 1 else header


def _read_marker(data: bytes, position: int) -> tuple[int, int]:
    """Read the marker at ``position``, fill bytes skipped; returns it and the position behind it."""
    if position + 2 > len(data):
        raise DamageError(_CUT)
    fill = _FILL_BYTES.match(data, position)
    if fill is None:
        raise DamageError("the JPEG picture is damaged")
    position = fill.end()
    if position == len(data):
        raise DamageError(_CUT)
    return data[position], position + 1


def _end_of_scan(data: bytes, position: int, pattern: re.Pattern[bytes]) -> int:
    """Position of the first marker behind the coded picture data that start at ``position``."""
    match = pattern.search(data, position)
    if match is None:
        raise DamageError(_CUT)
    if match.start() == position:
        raise DamageError("the JPEG picture is empty")
    return match.start()


def _frame_header(segment: bytes) -> StreamHeader:
    """Read a SOF segment without its length."""
    if len(segment) < 6:
        raise DamageError("the JPEG header is damaged")
    height = int.from_bytes(segment[1:3])
    width = int.from_bytes(segment[3:5])
    check_size(width, height)
    return StreamHeader(width, height, segment[5], segment[0])


def check_jpeg_2000(data: bytes) -> StreamHeader:
    """Walk a JPEG 2000 stream, bare or in its box, tile part by tile part to its end marker.

    Parameters
    ----------
    data
        The stream; padding after the end marker is allowed.

    Returns
    -------
    StreamHeader
        What its SIZ segment declares.

    Raises
    ------
    DamageError
        When a tile part or the end marker is missing, or the declared size is impossible.
    """
    start = data.find(b"\xff\x4f\xff\x51", 0, 4096)
    if start < 0:
        raise DamageError("the JPEG 2000 picture has no beginning")
    header = _siz_segment(data[start + 6 : start + 43])
    position = start + 2
    for _ in range(_MAXIMUM_SEGMENTS):
        if data[position : position + 2] == b"\xff\xd9":
            return header
        if position + 4 > len(data):
            raise DamageError(_CUT)
        if data[position] != 0xFF:
            raise DamageError("the JPEG 2000 picture is damaged")
        position = _end_of_segment(data, position)
        if position > len(data):
            raise DamageError(_CUT)
    raise DamageError("the JPEG 2000 picture has an impossible number of parts")


def _end_of_segment(data: bytes, position: int) -> int:
    """Position behind the marker segment or tile part that starts at ``position``."""
    if data[position + 1] != 0x90:
        return position + 2 + max(2, int.from_bytes(data[position + 2 : position + 4]))
    length = int.from_bytes(data[position + 6 : position + 10])
    if length == 0:
        # The last tile part may leave its length open; it then reaches to the end marker.
        end = data.rfind(b"\xff\xd9")
        if end < position:
            raise DamageError(_CUT)
        return end
    if length < 12:
        raise DamageError("the JPEG 2000 picture is damaged")
    return position + length


def _siz_segment(segment: bytes) -> StreamHeader:
    """Read the first 37 bytes of a SIZ segment behind its length."""
    if len(segment) < 37:
        raise DamageError(_CUT)
    fields = [int.from_bytes(segment[2 + 4 * i : 6 + 4 * i]) for i in range(4)]
    width, height = fields[0] - fields[2], fields[1] - fields[3]
    check_size(width, height)
    components = int.from_bytes(segment[34:36])
    return StreamHeader(width, height, components, (segment[36] & 0x7F) + 1)
