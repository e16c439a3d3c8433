"""Agreement as a table, as JSON and as a picture."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from napari_dentlm.core.agreement.picture import write_picture
from napari_dentlm.core.agreement.statistics import BlandAltman
from napari_dentlm.core.errors import PathInput
from napari_dentlm.core.metrics import interval_text, number_text

FEW_IMAGES = 10


@dataclass(frozen=True, slots=True)
class LandmarkAgreement:
    """What two readers' points of one landmark, or of all of them, say.

    Lengths are in the unit of the `Agreement`; x points to the right of the film, y down.

    Parameters
    ----------
    key
        Landmark key, or ``all``.
    count
        Points that both readers have.
    mean, interval
        Mean distance, and its bootstrap 95 % interval over images; NaN for fewer than two images.
    within
        Share (0 to 1) of points less than 2 mm apart; NaN without a scale.
    dahlberg, dahlberg_xy
        Dahlberg's error of the place, and of x and y alone.
    x, y
        Bland and Altman's bias and limits: the second reader minus the first.
    icc_xy
        Intraclass correlation ICC(2,1) of x and of y; None over all landmarks.
    """

    key: str
    count: int
    mean: float
    interval: tuple[float, float]
    within: float
    dahlberg: float
    dahlberg_xy: tuple[float, float]
    x: BlandAltman
    y: BlandAltman
    icc_xy: tuple[float, float] | None

    def as_dict(self, unit: str) -> dict[str, Any]:
        """The figures for JSON; a number that is not defined is None."""
        found: dict[str, Any] = {
            "landmark": self.key,
            "count": self.count,
            f"mean_{unit}": _number(self.mean),
            f"mean_interval_{unit}": [_number(end) for end in self.interval],
            "within_2_mm": _number(self.within),
            f"dahlberg_{unit}": _number(self.dahlberg),
        }
        for axis, plot, error, icc in zip(
            ("x", "y"), (self.x, self.y), self.dahlberg_xy, self.icc_xy or (np.nan, np.nan), strict=True
        ):
            found[axis] = {
                f"dahlberg_{unit}": _number(error),
                f"bias_{unit}": _number(plot.bias),
                f"limits_of_agreement_{unit}": [_number(plot.low), _number(plot.high)],
                "icc_2_1": _number(icc),
            }
        return found


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two readers agree.

    Parameters
    ----------
    readers
        Names of the first and the second.
    unit
        ``mm``, or ``px`` where the images have no scale or not the same one in both tables.
    images
        How many images both have marked.
    landmarks, overall
        The figures of each landmark, and of all points together.
    only
        Points that only the first, and only the second, has; they are not compared.
    """

    readers: tuple[str, str]
    unit: Literal["mm", "px"]
    images: int
    landmarks: tuple[LandmarkAgreement, ...]
    overall: LandmarkAgreement
    only: tuple[int, int]

    @property
    def counted_images(self) -> str:
        """``1 image``, ``12 images``."""
        return "1 image" if self.images == 1 else f"{self.images} images"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to keep in mind when reading the figures, one sentence each."""
        found = []
        if self.images < FEW_IMAGES:
            found.append(f"These figures rest on {self.counted_images}: too few to tell how well these readers agree.")
        if self.unit == "px":
            found.append("Figures are in pixels, because not every image has the same known scale in both tables.")
        for reader, count in zip(self.readers, self.only, strict=True):
            if count:
                found.append(f"Not compared, because only {reader} has them: {count} of the points.")
        return tuple(found)

    def landmark(self, key: str) -> LandmarkAgreement:
        """Figures of landmark `key`; KeyError when no point of it was compared."""
        return {row.key: row for row in self.landmarks}[key]

    def table(self) -> str:
        """Aligned table for a terminal, the total last, with what the columns mean and the warnings."""
        first, second = self.readers
        unit = self.unit
        groups = f"{'':<9}{'':>5}{'distance ' + unit:>24}{'':>7}{'Dahlberg ' + unit:>18}"
        groups += f"{'x: bias, limits ' + unit:>26}{'y: bias, limits ' + unit:>26}{'ICC(2,1)':>15}"
        head = f"{'landmark':<9}{'n':>5}{'mean':>8}{'95 %':>16}{'<2 mm':>7}{'r':>6}{'x':>6}{'y':>6}"
        head += f"{'bias':>9}{'limits':>17}{'bias':>9}{'limits':>17}{'x':>7}{'y':>8}"
        notes = (
            f"{first} (first) and {second} (second), {self.counted_images}. Bias: second minus first; x to the right, "
            "y down. Limits: 95 % of the differences lie between them.\n"
            "Intervals are 95 %, over images. Dahlberg's error holds the bias too. ICC compares the readers with the "
            "spread of the images, which holds how the head lies on the film: near 1 alone is no proof."
        )
        rows = [_text_row(row) for row in (*self.landmarks, self.overall)]
        return "\n".join([groups, head, *rows, notes, *self.warnings])

    def as_dict(self) -> dict[str, Any]:
        """The figures for JSON."""
        return {
            "readers": list(self.readers),
            "unit": self.unit,
            "images": self.images,
            "only_first": self.only[0],
            "only_second": self.only[1],
            "warnings": list(self.warnings),
            "overall": self.overall.as_dict(self.unit),
            "landmarks": {row.key: row.as_dict(self.unit) for row in self.landmarks},
        }

    def picture(self, path: PathInput) -> None:
        """Write the Bland-Altman picture of every landmark as a PNG; name it ``NAME.dentlm.png`` beside films."""
        panels = [(row.key, row.x, row.y) for row in self.landmarks]
        first, second = self.readers
        title = f"{second} minus {first}, {self.counted_images}"
        write_picture(path, title, panels, self.unit)


def _text_row(row: LandmarkAgreement) -> str:
    text = f"{row.key:<9}{row.count:>5}{number_text(row.mean, 2):>8}{interval_text(row.interval, 2):>16}"
    text += f"{number_text(100 * row.within, 1):>7}"
    text += "".join(f"{number_text(error, 2):>6}" for error in (row.dahlberg, *row.dahlberg_xy))
    for plot in (row.x, row.y):
        text += f"{number_text(plot.bias, 2):>9}{interval_text((plot.low, plot.high), 2):>17}"
    first, second = row.icc_xy or (np.nan, np.nan)
    return text + f"{number_text(first, 3):>7}{number_text(second, 3):>8}"


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
