"""What a COCO key point file holds, as far as it is read; checked when it is read."""

from pydantic import BaseModel, ConfigDict, FiniteFloat

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import SpacingSource


class _Foreign(BaseModel):
    # Other programs add fields of their own; those are passed over.
    model_config = ConfigDict(extra="ignore")


class CocoImageExtra(BaseModel):
    """What COCO has no place for, per image."""

    model_config = ConfigDict(extra="forbid")
    image_id: str = ""
    frame: int = 0
    patient: str = ""
    spacing_x_mm: FiniteFloat | None = None
    spacing_y_mm: FiniteFloat | None = None
    spacing_source: SpacingSource = SpacingSource.NONE


class CocoImage(_Foreign):
    """One image."""

    id: int
    file_name: str
    width: int | None = None
    height: int | None = None
    dentlm: CocoImageExtra = CocoImageExtra()


class CocoMark(BaseModel):
    """State and provenance of one landmark."""

    model_config = ConfigDict(extra="forbid")
    state: State
    origin: str = ""
    confirmed_by: str = ""
    reason: str = ""
    side: str = ""


class CocoAnnotationExtra(BaseModel):
    """What COCO has no place for, per annotation."""

    model_config = ConfigDict(extra="forbid")
    annotator: str = ""
    instance: int = 0
    marks: dict[str, CocoMark]


class CocoAnnotation(_Foreign):
    """Key points of one instance: x, y, visibility, and so on."""

    image_id: int
    category_id: int
    keypoints: tuple[FiniteFloat, ...]
    dentlm: CocoAnnotationExtra | None = None


class CocoCategory(_Foreign):
    """One kind of instance with the names of its key points."""

    id: int
    name: str
    keypoints: tuple[str, ...]


class CocoFile(_Foreign):
    """The whole file."""

    images: tuple[CocoImage, ...]
    annotations: tuple[CocoAnnotation, ...]
    categories: tuple[CocoCategory, ...]
