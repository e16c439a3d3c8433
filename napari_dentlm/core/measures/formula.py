"""Formulas of the definitions: sums of named angles and distances, such as ``angle(N-S, N-A) - 90``.

A term is a number, or a formula kind of `geometry.FORMULAS` of lines, with a number before it as its factor. The
line ``N-A`` runs from N to A.
"""

import inspect
import re
from dataclasses import dataclass

from napari_dentlm.core.measures.geometry import FORMULAS, NEEDS_FACING
from napari_dentlm.core.measures.midpoints import sources
from napari_dentlm.core.measures.tracing import Tracing

_NUMBER = r"\d+(?:\.\d+)?"
_TERM = re.compile(
    rf"\s*(?P<sign>[+-])?\s*(?:(?P<factor>{_NUMBER})?\s*(?P<kind>[a-z_]+)\((?P<lines>[^()]*)\)|(?P<number>{_NUMBER}))\s*"
)
_LINE = re.compile(r"\s*(\w+)-(\w+)\s*")


@dataclass(frozen=True, slots=True)
class Term:
    """A formula kind of lines, each from one landmark to another, times a factor."""

    kind: str
    lines: tuple[tuple[str, str], ...]
    factor: float = 1.0

    def value(self, tracing: Tracing) -> float:
        """Value on a tracing that has the landmarks; NaN where it has none."""
        return self.factor * FORMULAS[self.kind](*(tracing.vector(*line) for line in self.lines))


@dataclass(frozen=True, slots=True)
class Formula:
    """A sum of terms and a constant.

    Parameters
    ----------
    text
        As it stands in the file.
    terms, constant
        What it means.
    """

    text: str
    terms: tuple[Term, ...]
    constant: float = 0.0

    @property
    def landmarks(self) -> tuple[str, ...]:
        """Keys of the landmarks it needs, in the order in which they, or midpoints of them, are named."""
        return sources(key for term in self.terms for line in term.lines for key in line)

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The lines it is built from, each once."""
        return tuple(dict.fromkeys(line for term in self.terms for line in term.lines))

    @property
    def needs_facing(self) -> bool:
        """Whether a sign in it depends on the side to which the film faces."""
        return any(term.kind in NEEDS_FACING for term in self.terms)

    def value(self, tracing: Tracing) -> float:
        """Value on a tracing that has the landmarks; NaN where it has none."""
        return self.constant + sum(term.value(tracing) for term in self.terms)


def parse(text: str) -> Formula:
    """Formula that `text` means.

    Raises
    ------
    ValueError
        When `text` is no formula, or names a kind that there is not, or gives it too many or too few lines.
    """
    terms, constant, position = [], 0.0, 0
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None or (position > 0 and not match["sign"]):
            raise ValueError(f"{text!r} is no formula from {text[position:]!r} on")
        sign = -1.0 if match["sign"] == "-" else 1.0
        if match["number"]:
            constant += sign * float(match["number"])
        else:
            terms.append(_term(match["kind"], match["lines"], sign * float(match["factor"] or 1)))
        position = match.end()
    if not terms:
        raise ValueError(f"{text!r} measures nothing")
    return Formula(text, tuple(terms), constant)


def _term(kind: str, text: str, factor: float) -> Term:
    if kind not in FORMULAS:
        raise ValueError(f"{kind!r} is not one of {', '.join(FORMULAS)}")
    matches = [_LINE.fullmatch(line) for line in text.split(",")]
    lines = tuple((match[1], match[2]) for match in matches if match)
    if len(lines) != len(matches) or len(lines) != len(inspect.signature(FORMULAS[kind]).parameters):
        raise ValueError(f"{kind}({text}) has not the lines that {kind} needs")
    return Term(kind, lines, factor)
