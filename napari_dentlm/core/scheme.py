"""Landmark schemes: named, versioned lists of landmarks with stable keys, read from ``schemes/*.toml``."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from pydantic import BaseModel, ConfigDict, ValidationError

from napari_dentlm.core.errors import SchemaError

FILM, PHOTO = "isbi19", "ibug68"
"""Names of the schemes of lateral films and of face photographs."""


@dataclass(frozen=True, slots=True)
class LandmarkDef:
    """One landmark of a scheme.

    Parameters
    ----------
    number
        Position in the scheme, from 1; for people and numeric aliases, never for matching.
    key
        Stable ASCII identifier, never renamed.
    name, definition, source, note
        What a reader needs beside the film: full name, where the point lies, who defined it, traps.
    bilateral
        Whether the structure exists on both sides of the head and the point is their midpoint.
    aliases
        Other spellings accepted when reading files.
    """

    number: int
    key: str
    name: str
    definition: str
    source: str
    note: str = ""
    bilateral: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A polyline of the tracing through the landmarks `keys`, with the `name` of what it shows."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LandmarkScheme:
    """A named, versioned list of landmarks.

    Parameters
    ----------
    name, version, title
        ``name`` is what files carry, ``title`` what people read.
    landmarks
        In the order of every (K, 2) array of the project.
    links
        Polylines of the tracing.
    mirror_pairs
        Pairs of keys that change places when the image is mirrored; keys in no pair stay.

    Raises
    ------
    ValueError
        When a key, number or alias is not unique, or a link or pair names an unknown key.
    """

    name: str
    version: str
    title: str
    landmarks: tuple[LandmarkDef, ...]
    links: tuple[Link, ...] = ()
    mirror_pairs: tuple[tuple[str, str], ...] = ()
    _index: dict[str, int] = field(init=False, repr=False, compare=False)
    _by_alias: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {landmark.key: i for i, landmark in enumerate(self.landmarks)})
        object.__setattr__(self, "_by_alias", self._checked_aliases())
        self._check_numbers()
        self._check_references()

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the landmarks in the scheme's order."""
        return tuple(self._index)

    @property
    def mirror_order(self) -> tuple[int, ...]:
        """Row that each landmark's row becomes in a mirrored image: ``mirrored[order] = points``, and back."""
        partner = {key: other for pair in self.mirror_pairs for key, other in (pair, pair[::-1])}
        return tuple(self._index[partner.get(key, key)] for key in self.keys)

    def index(self, key: str) -> int:
        """Row of landmark `key` in every (K, 2) array of this scheme.

        Raises
        ------
        SchemaError
            When the scheme has no such key; aliases are not keys.
        """
        try:
            return self._index[key]
        except KeyError:
            raise self._unknown(key) from None

    def landmark(self, key: str) -> LandmarkDef:
        """Definition of landmark `key`; raises SchemaError when there is none."""
        return self.landmarks[self.index(key)]

    def resolve(self, text: str) -> str:
        """Key that `text` means: a key, a numeric alias (``L10``) or an import alias (``sPog``).

        Upper and lower case differ: ``Li`` is the lower lip, ``L1`` the lower incisor.

        Raises
        ------
        SchemaError
            When `text` means no landmark of this scheme.
        """
        text = text.strip()
        if text in self._index:
            return text
        try:
            return self._by_alias[text]
        except KeyError:
            raise self._unknown(text) from None

    def _unknown(self, text: str) -> SchemaError:
        known = ", ".join(self.keys)
        return SchemaError(f"{text!r} is not a landmark of the scheme {self.name}. Its landmarks are: {known}.")

    def _checked_aliases(self) -> dict[str, str]:
        if len(self._index) != len(self.landmarks):
            raise ValueError(f"scheme {self.name}: two landmarks share a key")
        by_alias: dict[str, str] = {}
        for landmark in self.landmarks:
            for alias in landmark.aliases:
                if alias in self._index or alias in by_alias:
                    raise ValueError(f"scheme {self.name}: alias {alias!r} stands for two landmarks")
                by_alias[alias] = landmark.key
        return by_alias

    def _check_numbers(self) -> None:
        if [landmark.number for landmark in self.landmarks] != list(range(1, len(self.landmarks) + 1)):
            raise ValueError(f"scheme {self.name}: landmarks are not numbered 1 to {len(self.landmarks)}")

    def _check_references(self) -> None:
        mirrored = [key for pair in self.mirror_pairs for key in pair]
        if len(set(mirrored)) != len(mirrored):
            raise ValueError(f"scheme {self.name}: a landmark stands in two mirror pairs")
        linked = [key for link in self.links for key in link.keys]
        unknown = sorted({key for key in [*mirrored, *linked] if key not in self._index})
        if unknown:
            raise ValueError(f"scheme {self.name}: links or mirror pairs name unknown landmarks {unknown}")


class _LandmarkFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int
    key: str
    name: str
    definition: str
    source: str
    note: str = ""
    bilateral: bool = False
    aliases: tuple[str, ...] = ()


class _LinkFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    keys: tuple[str, ...]


class _SchemeFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    version: str
    title: str
    mirror_pairs: tuple[tuple[str, str], ...] = ()
    landmarks: tuple[_LandmarkFile, ...]
    links: tuple[_LinkFile, ...] = ()


def scheme_names() -> tuple[str, ...]:
    """Names of the schemes that ship with the package, sorted."""
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_scheme(name: str = FILM) -> LandmarkScheme:
    """Scheme `name` of the package; the same object every time.

    Raises
    ------
    SchemaError
        When there is no such scheme, or its file is damaged.
    """
    return _loaded(name)


@cache
def _loaded(name: str) -> LandmarkScheme:
    if name not in scheme_names():
        raise SchemaError(f"There is no landmark scheme {name!r}. Known schemes: {', '.join(scheme_names())}.")
    entry = _folder() / f"{name}.toml"
    try:
        return _scheme(_SchemeFile.model_validate(tomllib.loads(entry.read_text(encoding="utf-8"))))
    except (ValidationError, tomllib.TOMLDecodeError, ValueError) as error:
        raise SchemaError(f"The scheme file {entry} is damaged ({error}). Reinstall napari-dentlm.") from error


def _folder() -> Traversable:
    return resources.files("napari_dentlm.core") / "schemes"


def _scheme(content: _SchemeFile) -> LandmarkScheme:
    return LandmarkScheme(
        name=content.name,
        version=content.version,
        title=content.title,
        landmarks=tuple(LandmarkDef(**landmark.model_dump()) for landmark in content.landmarks),
        links=tuple(Link(link.name, link.keys) for link in content.links),
        mirror_pairs=content.mirror_pairs,
    )
