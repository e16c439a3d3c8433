"""Whether a DICOM file is whole: a walk over its data elements from the first to the last.

pydicom reads as much as there is, so a file cut inside its last element would pass. This walk does not decode
values; it only follows lengths and delimiters.
"""

import struct
import zlib
from dataclasses import dataclass

from napari_dentlm.core.imaging.damage import DamageError

_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
_LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_IMPLICIT, _BIG_ENDIAN, _DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
_MAXIMUM_ELEMENTS = 300_000
_MAXIMUM_DEPTH = 30
_MAXIMUM_INFLATED = 400_000_000
_CUT = "the DICOM file is cut short"
_DAMAGED = "the DICOM file is damaged"


@dataclass(frozen=True, slots=True)
class _Element:
    """Head of one data element: its tag, VR, length, and the place of its value."""

    tag: tuple[int, int]
    vr: bytes
    length: int
    value_at: int


class _Walk:
    """Follows the elements of one data set in one byte order and VR style."""

    def __init__(self, data: bytes, *, is_implicit: bool, is_big_endian: bool) -> None:
        self.data = data
        self.order = ">" if is_big_endian else "<"
        self.is_implicit = is_implicit
        self.elements = 0

    def head(self, position: int, is_implicit: bool) -> _Element:
        """Read the head of the element at ``position``."""
        self.elements += 1
        if self.elements > _MAXIMUM_ELEMENTS:
            raise DamageError("the DICOM file has an impossible number of data elements")
        if position + 8 > len(self.data):
            raise DamageError(_CUT)
        group, element, length = struct.unpack_from(f"{self.order}HHI", self.data, position)
        vr = self.data[position + 4 : position + 6]
        if is_implicit or group == 0xFFFE or not (vr.isalpha() and vr.isupper()):
            return _Element((group, element), b"", length, position + 8)
        if vr not in _LONG_VRS:
            (length,) = struct.unpack_from(f"{self.order}H", self.data, position + 6)
            return _Element((group, element), vr, length, position + 8)
        if position + 12 > len(self.data):
            raise DamageError(_CUT)
        (length,) = struct.unpack_from(f"{self.order}I", self.data, position + 8)
        return _Element((group, element), vr, length, position + 12)

    def behind(self, element: _Element, is_implicit: bool, depth: int) -> int:
        """Position behind an element's value."""
        if element.length == _UNDEFINED:
            # A sequence of unknown VR is always coded with implicit VR (DICOM PS3.5, 6.2.2).
            return self.items(element.value_at, is_implicit or element.vr == b"UN", depth + 1)
        end = element.value_at + element.length
        if end > len(self.data):
            raise DamageError(_CUT)
        return end

    def items(self, position: int, is_implicit: bool, depth: int) -> int:
        """Walk the items or fragments of undefined length, up to and with the sequence delimiter."""
        if depth > _MAXIMUM_DEPTH:
            raise DamageError(_DAMAGED)
        while True:
            item = self.head(position, is_implicit)
            if item.tag == _SEQUENCE_END:
                return item.value_at
            if item.tag != _ITEM:
                raise DamageError(_DAMAGED)
            if item.length == _UNDEFINED:
                position = self.elements_of_item(item.value_at, is_implicit, depth)
            else:
                position = self.behind(item, is_implicit, depth)

    def elements_of_item(self, position: int, is_implicit: bool, depth: int) -> int:
        """Walk the elements of an item of undefined length, up to and with the item delimiter."""
        while True:
            element = self.head(position, is_implicit)
            if element.tag == _ITEM_END:
                return element.value_at
            position = self.behind(element, is_implicit, depth)

    def data_set(self, position: int) -> None:
        """Walk the top level to the end of the data."""
        while position < len(self.data):
            element = self.head(position, self.is_implicit)
            if element.tag == (0, 0) and self.data.count(0, position) == len(self.data) - position:
                return  # Some programs fill their files up with zeros.
            position = self.behind(element, self.is_implicit, 0)


def check_elements(data: bytes) -> None:
    """Follow all data elements of a DICOM file to its end.

    Parameters
    ----------
    data
        The whole file, with or without the preamble of 128 bytes.

    Raises
    ------
    DamageError
        When an element, item or fragment reaches behind the end, a delimiter is missing, or a deflated data
        set is incomplete or grows beyond all measure.
    """
    start = 132 if data[128:132] == b"DICM" else 0
    syntax, position = _file_meta(data, start)
    if syntax == _DEFLATED:
        data, position = _inflate(data[position:]), 0
    is_implicit = syntax == _IMPLICIT
    if not syntax:
        is_implicit = not (data[position + 4 : position + 6].isalpha())
    _Walk(data, is_implicit=is_implicit, is_big_endian=syntax == _BIG_ENDIAN).data_set(position)


def _file_meta(data: bytes, position: int) -> tuple[str, int]:
    """The transfer syntax of the file meta group, and the position behind the group."""
    walk = _Walk(data, is_implicit=False, is_big_endian=False)
    syntax = ""
    while data[position : position + 2] == b"\x02\x00":
        element = walk.head(position, False)
        position = walk.behind(element, False, 0)
        if element.tag == (0x0002, 0x0010):
            syntax = data[element.value_at : position].rstrip(b"\x00 ").decode("ascii", "replace")
    return syntax, position


def _inflate(packed: bytes) -> bytes:
    """Unpack a deflated data set, which must end properly."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    data = inflater.decompress(packed, _MAXIMUM_INFLATED)
    if inflater.unconsumed_tail:
        raise DamageError("the deflated DICOM file grows beyond all measure")
    if not inflater.eof:
        raise DamageError(_CUT)
    return data
