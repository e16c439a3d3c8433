"""What a COCO key point file holds, as far as it is read; checked when it is read."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from napari_dentlm.core.annotation import Point, State
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
    """State and provenance of one landmark, what the model said, and both contours where a reader placed them."""

    model_config = ConfigDict(extra="forbid")
    state: State
    origin: str = ""
    confirmed_by: str = ""
    reason: str = ""
    x_predicted: FiniteFloat | None = None
    y_predicted: FiniteFloat | None = None
    expected_error_px: FiniteFloat | None = None
    expected_error_mm: FiniteFloat | None = None
    flag: str = ""
    updated_utc: str = ""
    left: tuple[FiniteFloat, FiniteFloat] | None = None
    right: tuple[FiniteFloat, FiniteFloat] | None = None
    # Files of earlier versions carry it, always empty.
    side: Literal[""] = Field(default="", exclude=True)

    @property
    def sides(self) -> tuple[Point, Point] | None:
        """Both contours, or None where one point was placed."""
        return None if self.left is None or self.right is None else (Point(*self.left), Point(*self.right))

    @model_validator(mode="after")
    def _both_or_none(self) -> "CocoMark":
        if (self.left is None) != (self.right is None):
            raise ValueError("there is one contour without the other")
        return self


class CocoAnnotationExtra(BaseModel):
    """What COCO has no place for, per annotation."""

    model_config = ConfigDict(extra="forbid")
    annotator: str = ""
    instance: int = 0
    box: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat] | None = None
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
