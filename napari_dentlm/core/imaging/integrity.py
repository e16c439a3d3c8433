"""Whether a PNG or BMP file is whole."""

import struct
import zlib

from napari_dentlm.core.imaging.damage import DamageError, check_size

_CUT = "the picture is cut short"
_MAXIMUM_CHUNKS = 100_000
_BMP_RLE = (1, 2)
_BMP_BITFIELDS = (3, 6)


def check_png(data: bytes) -> None:
    """Walk a PNG file chunk by chunk to its end, checking every checksum.

    Parameters
    ----------
    data
        The whole file; bytes after the end chunk are allowed.

    Raises
    ------
    DamageError
        When a chunk is missing, cut or changed, or the declared size is impossible.
    """
    position, has_picture = 8, False
    for _ in range(_MAXIMUM_CHUNKS):
        if position + 12 > len(data):
            raise DamageError(_CUT)
        (length,) = struct.unpack_from(">I", data, position)
        name = data[position + 4 : position + 8]
        end = position + 8 + length
        if end + 4 > len(data):
            raise DamageError(_CUT)
        if zlib.crc32(memoryview(data)[position + 4 : end]) != int.from_bytes(data[end : end + 4]):
            raise DamageError("the PNG file is damaged (a checksum is wrong)")
        if position == 8:
            if name != b"IHDR" or length != 13:
                raise DamageError("the PNG header is damaged")
            check_size(*struct.unpack_from(">II", data, position + 8))
        has_picture = has_picture or name == b"IDAT"
        if name == b"IEND":
            break
        position = end + 4
    else:
        raise DamageError("the PNG file has an impossible number of parts")
    if not has_picture:
        raise DamageError("the PNG file holds no picture")


def check_bmp(data: bytes) -> None:
    """Check that a BMP file has all bytes that its header announces.

    Parameters
    ----------
    data
        The whole file.

    Raises
    ------
    DamageError
        When bytes are missing, or the declared size is impossible.
    """
    if len(data) < 26:
        raise DamageError(_CUT)
    file_size, offset, header_size = struct.unpack_from("<I4xII", data, 2)
    if file_size > len(data) or offset > len(data) or 14 + header_size > len(data):
        raise DamageError(_CUT)
    if header_size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression, picture_size = 0, 0
    elif header_size >= 40:
        width, height, _, bits, compression, picture_size = struct.unpack_from("<iiHHII", data, 18)
    else:
        raise DamageError("the BMP header is damaged")
    check_size(width, abs(height))
    if compression in _BMP_RLE:
        _check_bmp_rle(data, offset, picture_size)
    elif compression == 0 or compression in _BMP_BITFIELDS:
        stride = (width * bits + 31) // 32 * 4
        if offset + stride * abs(height) > len(data):
            raise DamageError(_CUT)
    else:
        raise DamageError(f"the BMP file is packed in a way that is not read (number {compression})")


def _check_bmp_rle(data: bytes, offset: int, picture_size: int) -> None:
    """A run-length coded picture must reach its size and its end-of-picture code."""
    end = offset + picture_size if picture_size else len(data)
    if end > len(data) or not data[offset:end].rstrip(b"\x00").endswith(b"\x01"):
        raise DamageError(_CUT)
