"""What a measure is: its construction, formula, norm with source, and the classes of the challenge."""

from dataclasses import dataclass
from enum import StrEnum

from napari_dentlm.core.measures.formula import Formula


class Unit(StrEnum):
    """Unit of a measure."""

    DEGREES = "deg"
    MM = "mm"
    RATIO = "ratio"
    PERCENT = "percent"

    def text(self, value: float) -> str:
        """Write `value` with the unit, as precisely as points can be placed; never a minus before a zero."""
        digits = 2 if self is Unit.RATIO else 1
        return f"{round(value, digits) + 0.0:.{digits}f}{_SUFFIXES[self]}"


_SUFFIXES = {Unit.DEGREES: "°", Unit.MM: " mm", Unit.RATIO: "", Unit.PERCENT: " %"}


@dataclass(frozen=True, slots=True)
class Norm:
    """What the author of a measure found in his sample, or recommends.

    Parameters
    ----------
    mean, sd
        Mean or ideal value, and its standard deviation where the author gave one.
    low, high
        Range of the sample, or of what is accepted as normal.
    source
        Who says so.
    note
        For whom it holds, or values that depend on sex or age.
    checked
        Whether the numbers were read in a source; the others are as commonly taught.
    """

    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    source: str = ""
    note: str = ""
    checked: bool = False

    @property
    def text(self) -> str:
        """``82 ± 3.9``, ``20 to 30``, or the note where there is no single number; ``*`` marks an unchecked one."""
        mark = "" if self.checked else "*"
        if self.mean is not None:
            spread = "" if self.sd is None else f" ± {self.sd:g}"
            return f"{self.mean:g}{spread}{mark}"
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}{mark}"
        return f"{self.note}{mark}"


@dataclass(frozen=True, slots=True)
class Grade:
    """One class of a measure of the challenge: values from `low` to `high`, both included."""

    number: int
    name: str
    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        """Whether `value` lies in this class."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Condition:
    """Where a measure is defined: only where `formula`, called `name`, gives a value from `low` to `high`."""

    name: str
    formula: Formula
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Definition:
    """One measure.

    Parameters
    ----------
    key
        Stable identifier; files name measures by it.
    name
        What tables print.
    analysis
        Whose analysis it belongs to.
    unit
        Unit of its value.
    formula
        How it is computed.
    construction
        How it is constructed, in a sentence.
    norm
        What to compare it with, where there is something.
    classes
        Classes of the challenge's eight, in the order in which they are tried; a bound belongs to the first.
    condition
        Where the measure is defined, if not everywhere.
    """

    key: str
    name: str
    analysis: str
    unit: Unit
    formula: Formula
    construction: str
    norm: Norm | None = None
    classes: tuple[Grade, ...] = ()
    condition: Condition | None = None

    @property
    def landmarks(self) -> tuple[str, ...]:
        """Keys of the landmarks it needs."""
        conditional = self.condition.formula.landmarks if self.condition else ()
        return tuple(dict.fromkeys((*self.formula.landmarks, *conditional)))

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The lines to draw to show it, each from one landmark to another."""
        return self.formula.lines

    def grade(self, value: float) -> int | None:
        """Number of the class in which `value` lies; None where the measure has no classes."""
        return next((grade.number for grade in self.classes if grade.holds(value)), None)
