"""The definitions that ship with the package, read from ``definitions.toml`` and ``faces.toml`` and checked."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, ValidationError

from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.measures.definition import Condition, Definition, Grade, Norm, Unit
from napari_dentlm.core.measures.formula import parse
from napari_dentlm.core.scheme import FILM, PHOTO, LandmarkScheme, load_scheme

STRIP = ("SNA", "SNB", "ANB", "SN-GoGn", "FMA", "S-Go/N-Me")
"""Keys of the measures that stand beside a film while it is corrected; none of them needs a calibration."""
FACE_STRIP = (
    "face.eye_tilt",
    "face.mouth_to_eyes",
    "face.thirds",
    "face.lower_third",
    "face.fifth_between",
    "face.midline_chin",
)
"""The same for a photo of a face."""


class _NormFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    source: str
    note: str = ""
    checked: bool = False


class _GradeFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int
    name: str
    low: float | None = None
    high: float | None = None


class _ConditionFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    formula: str
    low: float
    high: float


class _MeasureFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    key: str
    name: str
    analysis: str
    unit: Unit
    formula: str
    construction: str
    norm: _NormFile | None = None
    classes: tuple[_GradeFile, ...] = ()
    condition: _ConditionFile | None = None


class _FacesFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    measures: tuple[_MeasureFile, ...]


class _DefinitionsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: str
    extra_landmarks: dict[str, str]
    measures: tuple[_MeasureFile, ...]


def load_definitions(scheme: LandmarkScheme | None = None) -> tuple[Definition, ...]:
    """Definitions of which `scheme` has all landmarks, in the file's order; all when None.

    Raises
    ------
    SchemaError
        When the file is damaged.
    """
    definitions = tuple(_loaded()[1].values())
    if scheme is None:
        return definitions
    return tuple(each for each in definitions if set(each.landmarks) <= set(scheme.keys))


def strip(scheme: LandmarkScheme) -> tuple[str, ...]:
    """Keys of the measures that stand beside an image of this scheme while it is corrected."""
    return FACE_STRIP if set(definition(FACE_STRIP[0]).landmarks) <= set(scheme.keys) else STRIP


def definition(key: str) -> Definition:
    """Definition of measure `key`; raises SchemaError when there is none."""
    try:
        return _loaded()[1][key]
    except KeyError:
        raise SchemaError(f"{key!r} is not a measure of the definitions, version {VERSION}.") from None


@cache
def _loaded() -> tuple[str, Mapping[str, Definition]]:
    folder = resources.files("napari_dentlm.core.measures")
    entry = folder / "definitions.toml"
    try:
        content = _DefinitionsFile.model_validate(tomllib.loads(entry.read_text(encoding="utf-8")))
        entry = folder / "faces.toml"
        faces = _FacesFile.model_validate(tomllib.loads(entry.read_text(encoding="utf-8")))
        measures = (*content.measures, *faces.measures)
        definitions = {each.key: _definition(each) for each in measures}
        if len(definitions) != len(measures):
            raise ValueError("two measures share a key")
        known = {*load_scheme(FILM).keys, *load_scheme(PHOTO).keys, *content.extra_landmarks}
        unknown = sorted({key for each in definitions.values() for key in each.landmarks} - known)
        if unknown:
            raise ValueError(f"measures name unknown landmarks {unknown}")
    except (ValidationError, tomllib.TOMLDecodeError, ValueError) as error:
        raise SchemaError(f"The definitions {entry} are damaged ({error}). Reinstall napari-dentlm.") from error
    return content.version, MappingProxyType(definitions)


def _definition(content: _MeasureFile) -> Definition:
    condition = content.condition
    return Definition(
        key=content.key,
        name=content.name,
        analysis=content.analysis,
        unit=content.unit,
        formula=parse(content.formula),
        construction=content.construction,
        norm=Norm(**content.norm.model_dump()) if content.norm else None,
        classes=tuple(Grade(**grade.model_dump()) for grade in content.classes),
        condition=Condition(condition.name, parse(condition.formula), condition.low, condition.high)
        if condition
        else None,
    )


VERSION = _loaded()[0]
"""Version of the definitions; written beside every exported value."""
