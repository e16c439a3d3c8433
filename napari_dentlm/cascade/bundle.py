"""A trained cascade on disk: `weights.safetensors` and `model.toml`, its card."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.core.errors import BundleError, SchemaError
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.scheme import LandmarkScheme, load_scheme

FORMAT_VERSION = 2
WEIGHTS, CARD = "weights.safetensors", "model.toml"
MODELS = Path(__file__).parent / "models"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Normality(_Strict):
    """What the training films looked like: shapes further from the average are not believed.

    ``shape`` is the mean shape (K, 2) in face units, ``residual`` the distance that 95 % of the training
    films stay below, ``refuse_above`` the distance above which an image is refused, ``face_score`` the
    least probability of the face crop. ``width_above`` and ``between_above`` are the medians over the points of two
    signs (see `trust.Signs`) above which the cascade does not know what it looks at; 0 where nobody measured them.
    """

    shape: tuple[tuple[float, float], ...] = ()
    residual: float = 0.0
    refuse_above: float = Field(0.0, ge=0)
    face_score: float = Field(0.0, ge=0, le=1)
    width_above: float = Field(0.0, ge=0)
    between_above: float = Field(0.0, ge=0)


class ExpectedError(_Strict):
    """Calibration of the expected error (see `trust.radius`).

    ``probability`` is the share of held-out points inside, ``films`` the number of films it rests on, ``factor``
    has one entry for each landmark, ``exponents`` one for each sign.
    """

    probability: float = Field(gt=0, lt=1)
    films: int = Field(ge=1)
    factor: tuple[float, ...]
    exponents: tuple[float, float, float]
    flag_above: float = Field(ge=0, description="expected error in face units from which a point is flagged")


class ReaderSpread(_Strict):
    """How two readers differ in one landmark, in mm: mean offset (x, y) and mean distance."""

    offset_x: float
    offset_y: float
    distance: float


class Card(_Strict):
    """Everything about a bundle except its weights."""

    format_version: int
    name: str
    scheme: str
    scheme_version: str
    landmarks: tuple[str, ...]
    recipe: str
    family: Literal["dense", "paper", "photo", "photo-regression"]
    network: str = Field("", description="which network of `photo_regressors` a bundle for photographs holds")
    members: int = Field(1, ge=1, description="coarse and refinement networks that speak together")
    weights_sha256: str
    created: str
    tool_version: str
    normality: Normality = Normality()
    expected_error: ExpectedError | None = None
    expected_error_best: ExpectedError | None = Field(None, description="where ``best`` needs a calibration of its own")
    readers: dict[str, ReaderSpread] = {}
    data: dict[str, str | int | float | list[str]] = {}
    results: dict[str, str | float] = {}

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        lengths = {len(c.factor) for c in (self.expected_error, self.expected_error_best) if c}
        if self.family in ("dense", "photo"):
            lengths.add(len(self.normality.shape))
        if lengths - {len(self.landmarks)}:
            raise ValueError("shape and factor need one entry for each landmark")
        return self


class Bundle:
    """A loaded bundle.

    Parameters
    ----------
    card
        Its description.
    weights
        All tensors, named ``<stage>.<parameter>``.
    digest
        Short hash over weights and card; part of the origin of every point.
    """

    def __init__(self, card: Card, weights: dict[str, Tensor], digest: str) -> None:
        self.card, self.weights, self.digest = card, weights, digest
        self.scheme: LandmarkScheme = load_scheme(card.scheme)

    @property
    def origin(self) -> str:
        """Return ``model:<name>@<hash>``."""
        return f"model:{self.card.name}@{self.digest}"

    @property
    def shape(self) -> FaceShape:
        """Return the average face."""
        mean: NDArray[np.float64] = np.array(self.card.normality.shape, dtype=float).reshape(-1, 2)
        return FaceShape(mean, self.card.normality.residual)

    def stage(self, name: str) -> dict[str, Tensor]:
        """Return the weights of one stage."""
        prefix = f"{name}."
        return {k.removeprefix(prefix): v.float() for k, v in self.weights.items() if k.startswith(prefix)}


def find_bundle(name: str | Path) -> Path:
    """Return the folder of a bundle, from the name of one that ships with the package or from a path.

    A folder of the same name as a shipped bundle needs a separator, as in ``./ceph19``.

    Raises
    ------
    BundleError
        When there is none.
    """
    shipped = [] if len(Path(name).parts) > 1 or str(name).startswith(".") else [MODELS / name]
    for folder in (*shipped, Path(name)):
        if (folder / CARD).is_file():
            return folder
    if Path(name).is_dir():
        raise BundleError(
            f"{Path(name).name}: there is no model in this folder; {CARD} is missing. Choose another one."
        )
    known = ", ".join(bundle_names()) or "none"
    raise BundleError(f"There is no model {str(name)!r}. Shipped with the package: {known}; or give a folder.")


def bundle_names() -> tuple[str, ...]:
    """Return the names of the bundles that ship with the package."""
    return tuple(sorted(p.parent.name for p in MODELS.glob(f"*/{CARD}")))


def load_bundle(name: str | Path) -> Bundle:
    """Load a bundle and check its format, scheme, landmarks and weights.

    Raises
    ------
    BundleError
        When anything is unknown or damaged.
    """
    folder = find_bundle(name)
    try:
        text = (folder / CARD).read_text(encoding="utf-8")
        data = (folder / WEIGHTS).read_bytes()
        version = tomllib.loads(text).get("format_version")
        if isinstance(version, int) and version < FORMAT_VERSION:
            raise BundleError(
                f"Model {folder.name}: format version {version}, made by an older program; this one reads "
                f"{FORMAT_VERSION}. Train the model again."
            )
        if version != FORMAT_VERSION:
            raise BundleError(
                f"Model {folder.name}: format version {version!r}; this program reads {FORMAT_VERSION}. "
                "Update the program or use another model."
            )
        card = Card.model_validate(tomllib.loads(text))
        if hashlib.sha256(data).hexdigest() != card.weights_sha256:
            raise BundleError(f"Model {folder.name}: the weights are damaged or not the card's. Copy it again.")
        weights = load_tensors(data)
        scheme = load_scheme(card.scheme)
    except OSError as error:
        raise BundleError(f"Model {folder.name}: cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError, SafetensorError) as error:
        raise BundleError(f"Model {folder.name}: not a valid model. {error}") from error
    except SchemaError as error:
        raise BundleError(f"Model {folder.name}: {error}") from error
    unknown = set(card.landmarks) - set(scheme.keys)
    if card.scheme_version != scheme.version or unknown:
        raise BundleError(
            f"Model {folder.name}: made for version {card.scheme_version} of the scheme {card.scheme}, "
            f"this program has {scheme.version}. Update the program or train the model again."
        )
    digest = hashlib.sha256(card.weights_sha256.encode() + text.encode()).hexdigest()[:12]
    return Bundle(card, weights, digest)


def save_bundle(folder: Path, card: Card, weights: dict[str, Tensor]) -> Bundle:
    """Write a bundle; weights are stored in 16 bits.

    Returns
    -------
    Bundle
        As a user will load it.

    Raises
    ------
    BundleError
        When a weight is not a finite number: the training went astray.
    """
    if not all(bool(torch.isfinite(value.float()).all()) for value in weights.values()):
        raise BundleError(f"Model {folder.name}: the training gave weights that are not numbers. Train again.")
    folder.mkdir(parents=True, exist_ok=True)
    small = {k: v.half().contiguous() if v.is_floating_point() else v.contiguous() for k, v in weights.items()}
    data = save_tensors(small)
    card = card.model_copy(update={"weights_sha256": hashlib.sha256(data).hexdigest()})
    write_bytes(folder / WEIGHTS, data)
    write_bytes(folder / CARD, _toml(card.model_dump(exclude_none=True)).encode())
    # Resolved, lest a shipped bundle of the same name answers in its place.
    return load_bundle(folder.resolve())


def _toml(tables: dict[str, Any]) -> str:
    """Write nested dictionaries as TOML; the standard library only reads it."""
    lines = [f"{key} = {_value(value)}" for key, value in tables.items() if not isinstance(value, dict)]
    for key, value in tables.items():
        if isinstance(value, dict):
            lines += _table(key, value)
    return "\n".join(lines) + "\n"


def _table(name: str, table: dict[str, Any]) -> list[str]:
    lines = ["", f"[{name}]"]
    lines += [f"{key} = {_value(value)}" for key, value in table.items() if not isinstance(value, dict)]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _table(f"{name}.{key}", value)
    return lines


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, int | float):
        return repr(value)
    # What JSON escapes, TOML escapes in the same way, and one character more.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
