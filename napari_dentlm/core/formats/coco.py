"""COCO key points: one JSON file with images, a category per scheme, an annotation per film and reader.

Coordinates are 0-indexed from the top left with whole numbers at pixel centres, which is this project's own
convention, so they are written as they stand. Visibility: 0 has no position, 1 is labelled but hidden, 2 is
labelled. COCO knows nothing of states, origins, expected errors and double contours, and its ``bbox`` is drawn
around the points: each annotation carries them, and the box of a face, under ``dentlm``, so that nothing is lost and a
prediction does not come back as a reader's point. Files of other programs, without it, are taken as placed by hand.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.formats.coco_schema import (
    CocoAnnotation,
    CocoAnnotationExtra,
    CocoCategory,
    CocoFile,
    CocoImage,
    CocoImageExtra,
    CocoMark,
)
from napari_dentlm.core.formats.contours import check_contours, contours, midpoints, with_contours
from napari_dentlm.core.formats.landmark_csv import read_text
from napari_dentlm.core.formats.rows import LandmarkRow
from napari_dentlm.core.scheme import FILM, LandmarkScheme, load_scheme, scheme_names

HIDDEN = "hidden"
"""Reason of a landmark that was placed where it cannot be seen: COCO's visibility 1."""

Sides = Mapping[tuple[object, ...], tuple[Point, Point]]
"""Left and right contour by landmark, see `contours`."""

_MARK = tuple(name for name in CocoMark.model_fields if name not in ("left", "right", "side"))
"""What a mark and a row have in common."""

_DESCRIPTION = "x right, y down, 0-indexed from the top left, whole numbers are pixel centres"


def read(path: PathInput) -> list[LandmarkRow]:
    """Rows of a COCO key point file; key points may be named by any alias of the scheme.

    Raises
    ------
    SchemaError
        When the file does not follow the format or names an unknown landmark; nothing is returned then.
    """
    try:
        content = CocoFile.model_validate_json(read_text(path))
        images = {image.id: image for image in content.images}
        categories = {category.id: _resolved(category) for category in content.categories}
        rows = [row for label in content.annotations for row in _rows(label, images, categories)]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SchemaError(f"this is not a COCO key point file ({where}: {first['msg']})", path) from error
    except (ValueError, SchemaError) as error:
        raise SchemaError(str(error), path) from error
    if len({row.identity for row in rows}) != len(rows):
        raise SchemaError("an image has two annotations of the same instance by the same reader", path)
    check_contours(rows, path)
    return rows


def write(path: PathInput, rows: Iterable[LandmarkRow]) -> None:
    """Write `rows` as COCO key points, whole or not at all.

    Raises
    ------
    SchemaError
        When the rows belong to more than one scheme, a landmark stands there twice, contours do not fit their
        landmark, or readers of one image give it different spacings.
    """
    rows = list(rows)
    check_contours(rows, path)
    groups: dict[tuple[object, ...], dict[str, LandmarkRow]] = {}
    spacings: dict[tuple[object, ...], tuple[object, ...]] = {}
    for row in midpoints(rows):
        spacing = row.spacing_x_mm, row.spacing_y_mm, row.spacing_source
        if spacings.setdefault((row.image, row.image_id, row.frame), spacing) != spacing:
            raise SchemaError(f"{row.image} has two spacings, but COCO holds one for an image; choose one reader", path)
        group = groups.setdefault((row.image, row.image_id, row.frame, row.instance, row.annotator), {})
        if row.landmark in group:
            raise SchemaError(f"{row.landmark} of {row.image} would stand in the file twice", path)
        group[row.landmark] = row
    schemes = {row.scheme for group in groups.values() for row in group.values()}
    if len(schemes) > 1:
        raise SchemaError(f"one file holds one scheme, not {', '.join(sorted(schemes))}", path)
    content = _content(list(groups.values()), contours(rows), load_scheme(next(iter(schemes), FILM)))
    write_bytes(path, (json.dumps(content, ensure_ascii=True, indent=1) + "\n").encode("ascii"))


def _content(groups: list[dict[str, LandmarkRow]], sides: Sides, scheme: LandmarkScheme) -> dict[str, Any]:
    images: dict[tuple[object, ...], dict[str, Any]] = {}
    annotations = []
    for number, group in enumerate(groups, start=1):
        first = next(iter(group.values()))
        image = images.setdefault((first.image, first.image_id, first.frame), _image(first, len(images) + 1))
        annotations.append(_annotation(number, image["id"], group, sides, scheme))
    numbers = {key: number for number, key in enumerate(scheme.keys, start=1)}
    pairs = [pair for link in scheme.links for pair in zip(link.keys, link.keys[1:], strict=False)]
    category = {
        "id": 1,
        "name": scheme.name,
        "supercategory": "cephalogram",
        "keypoints": list(scheme.keys),
        "skeleton": [[numbers[one], numbers[other]] for one, other in pairs],
    }
    info = {"description": _DESCRIPTION}
    return {
        "info": info,
        "images": list(images.values()),
        "annotations": annotations,
        "categories": [category],
    }


def _image(row: LandmarkRow, number: int) -> dict[str, Any]:
    extra = CocoImageExtra(
        image_id=row.image_id,
        frame=row.frame,
        patient=row.patient,
        spacing_x_mm=row.spacing_x_mm,
        spacing_y_mm=row.spacing_y_mm,
        spacing_source=row.spacing_source,
    )
    return {
        "id": number,
        "file_name": row.image,
        "width": row.width,
        "height": row.height,
        "dentlm": extra.model_dump(mode="json"),
    }


def _annotation(
    number: int, image: int, group: dict[str, LandmarkRow], sides: Sides, scheme: LandmarkScheme
) -> dict[str, Any]:
    keypoints: list[float] = []
    for key in scheme.keys:
        row = group.get(key)
        if row is None or row.x is None or row.y is None:
            keypoints += [0, 0, 0]
        else:
            keypoints += [row.x, row.y, 1 if row.reason == HIDDEN else 2]
    placed = [(row.x, row.y) for row in group.values() if row.x is not None and row.y is not None]
    left, top = (min(values) for values in zip(*placed, strict=True)) if placed else (0, 0)
    right, bottom = (max(values) for values in zip(*placed, strict=True)) if placed else (0, 0)
    first = next(iter(group.values()))
    marks = {key: _mark(row, sides.get(row.landmark_identity)) for key, row in group.items()}
    extra = CocoAnnotationExtra(annotator=first.annotator, instance=first.instance, box=first.box, marks=marks)
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "keypoints": keypoints,
        "num_keypoints": len(placed),
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "iscrowd": 0,
        "dentlm": extra.model_dump(mode="json"),
    }


def _mark(row: LandmarkRow, sides: tuple[Point, Point] | None) -> CocoMark:
    left, right = ((side.x, side.y) for side in sides) if sides else (None, None)
    return CocoMark(left=left, right=right, **{name: getattr(row, name) for name in _MARK})


def _resolved(category: CocoCategory) -> tuple[str, tuple[str, ...]]:
    # Other programs name the category "person" or "ceph": then the key points alone must fit.
    scheme = load_scheme(category.name) if category.name in scheme_names() else load_scheme()
    return scheme.name, tuple(scheme.resolve(name) for name in category.keypoints)


def _rows(
    label: CocoAnnotation, images: dict[int, CocoImage], categories: dict[int, tuple[str, tuple[str, ...]]]
) -> list[LandmarkRow]:
    if label.image_id not in images or label.category_id not in categories:
        raise ValueError("an annotation names an image or category that the file does not hold")
    scheme, keys = categories[label.category_id]
    if len(label.keypoints) != 3 * len(keys):
        raise ValueError(f"{len(label.keypoints)} key point values for {len(keys)} key points")
    triples = zip(label.keypoints[0::3], label.keypoints[1::3], label.keypoints[2::3], strict=True)
    found = [
        _landmark(label, images[label.image_id], scheme, key, *triple)
        for key, triple in zip(keys, triples, strict=True)
    ]
    return [row for rows in found for row in rows]


def _landmark(
    label: CocoAnnotation, image: CocoImage, scheme: str, key: str, x: float, y: float, visibility: float
) -> list[LandmarkRow]:
    """The rows of one landmark: none, one, or three where it has contours."""
    if visibility not in (0, 1, 2):
        raise ValueError(f"the visibility of {key} is {visibility:g}, not 0, 1 or 2")
    if label.dentlm is not None:
        mark = label.dentlm.marks.get(key)
    else:
        mark = CocoMark(state=State.PLACED, reason=HIDDEN if visibility == 1 else "") if visibility else None
    if mark is None:
        return []
    position = (x, y) if visibility else (None, None)
    spacing = image.dentlm.spacing_x_mm, image.dentlm.spacing_y_mm
    mm = [c * s if c is not None and s is not None else None for c, s in zip(position, spacing, strict=True)]
    box = (label.dentlm.box if label.dentlm else None) or (None,) * 4
    row = LandmarkRow(
        image=image.file_name,
        width=image.width,
        height=image.height,
        scheme=scheme,
        landmark=key,
        x=position[0],
        y=position[1],
        x_mm=mm[0],
        y_mm=mm[1],
        annotator=label.dentlm.annotator if label.dentlm else "",
        instance=label.dentlm.instance if label.dentlm else 0,
        box_x=box[0],
        box_y=box[1],
        box_width=box[2],
        box_height=box[3],
        **{name: getattr(mark, name) for name in _MARK},
        **dict(image.dentlm),
    )
    return with_contours(row, mark.sides)
