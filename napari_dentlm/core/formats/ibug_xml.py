"""XML of dlib's imglab, in which the 300-W annotations are handed out: images, boxes of faces, and their parts.

Coordinates are 0-indexed from the top left with whole numbers at pixel centres, as ours. Parts are named ``00`` to
``67``; a missing part has no element. A box with ``ignore='1'`` is no face. Other attributes and labels of boxes are
not kept, and boxes without parts are not read.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.formats import faces
from napari_dentlm.core.formats.faces import Box, Face, faces_of_rows, rows_of_faces
from napari_dentlm.core.formats.landmark_csv import csv_line, parse_float, read_bytes
from napari_dentlm.core.formats.rows import LandmarkRow
from napari_dentlm.core.scheme import PHOTO, load_scheme

_BOX = ("left", "top", "width", "height")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(path: PathInput) -> list[LandmarkRow]:
    """Rows of an XML file; raises as `read_faces` does."""
    return rows_of_faces(read_faces(path))


def read_faces(path: PathInput) -> list[Face]:
    """Faces of an XML file, numbered on each image in the order in which they stand there.

    Raises
    ------
    SchemaError
        When the file does not follow the format; nothing is returned then.
    """
    data = read_bytes(path)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise SchemaError("the file declares entities of its own, which no list of faces needs; it is not read", path)
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise SchemaError(f"this is not XML ({error})", path) from error
    images = root.find("images")
    if root.tag != "dataset" or images is None:
        raise SchemaError("this is not a data set of faces: there is no <dataset> with <images>", path)
    found: list[Face] = []
    for image in images.iter("image"):
        name = image.get("file", "")
        try:
            found += _faces(image)
        except ValueError as error:
            raise SchemaError(f"{name or 'an image without a name'}: {error}", path) from error
    if len({(face.image, face.instance) for face in found}) != len(found):
        raise SchemaError("an image stands in the file twice", path)
    return found


def write(path: PathInput, rows: Iterable[LandmarkRow]) -> None:
    """Write `rows` as XML, whole or not at all; a face without a box gets the smallest one around its points.

    Raises
    ------
    SchemaError
        When the rows are of another scheme or of several readers, or a file's name cannot stand in XML.
    """
    by_image: dict[str, list[Face]] = defaultdict(list)
    for face in faces_of_rows(rows, path):
        if face.points:
            by_image[face.image].append(face)
    root = Element("dataset")
    ElementTree.SubElement(root, "name").text = "Faces"
    images = ElementTree.SubElement(root, "images")
    for name, own in by_image.items():
        if _NOT_XML.search(name):
            raise SchemaError(f"the name {name!r} cannot stand in XML; rename the image", path)
        image = ElementTree.SubElement(images, "image", file=name)
        if own[0].width and own[0].height:
            image.attrib |= {"width": str(own[0].width), "height": str(own[0].height)}
        for face in sorted(own, key=lambda face: face.instance):
            _add(image, face)
    ElementTree.indent(root, " ")
    write_bytes(path, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def losses(rows: Iterable[LandmarkRow]) -> list[str]:
    """What of `rows` would be lost or read back as something else, one clause each."""
    return faces.losses(rows, holds_boxes=True)


def _faces(image: Element) -> list[Face]:
    name = image.get("file")
    if not name:
        raise ValueError("it has no file")
    width, height = (_whole(image, side) if side in image.attrib else None for side in ("width", "height"))
    boxes = [box for box in image.iter("box") if box.get("ignore", "0") == "0" and box.find("part") is not None]
    return [Face(name, _points(box), _box(box), width, height, instance) for instance, box in enumerate(boxes)]


def _points(box: Element) -> dict[str, tuple[float, float]]:
    keys = load_scheme(PHOTO).keys
    points: dict[int, tuple[float, float]] = {}
    for part in box.iter("part"):
        name = part.get("name", "")
        if not (name.isascii() and name.isdigit() and int(name) < len(keys)):
            raise ValueError(f"the part {name!r} is none of 00 to {len(keys) - 1}")
        if int(name) in points:
            raise ValueError(f"the part {name} stands there twice")
        points[int(name)] = _number(part, "x"), _number(part, "y")
    return {keys[number]: points[number] for number in sorted(points)}


def _box(box: Element) -> Box:
    left, top, width, height = (_number(box, name) for name in _BOX)
    if width <= 0 or height <= 0:
        raise ValueError("a box has no size")
    return left, top, width, height


def _add(image: Element, face: Face) -> None:
    left, top, width, height = face.box or face.tight_box
    sides = dict(zip(_BOX, map(_text, (left, top, width or 1.0, height or 1.0)), strict=True))
    box = ElementTree.SubElement(image, "box", sides)
    for number, key in enumerate(load_scheme(PHOTO).keys):
        if key in face.points:
            x, y = face.points[key]
            ElementTree.SubElement(box, "part", name=f"{number:02d}", x=_text(x), y=_text(y))


def _text(value: float) -> str:
    return csv_line([float(value)])


def _number(element: Element, name: str) -> float:
    text = element.get(name, "")
    value = parse_float(text)
    if value is None:
        raise ValueError(f"a {element.tag} has no {name}")
    return value


def _whole(element: Element, name: str) -> int:
    text = element.get(name, "")
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"its {name} is {text!r}, not a whole number above 0")
    return int(text)
