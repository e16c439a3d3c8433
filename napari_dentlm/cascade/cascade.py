"""Cascade: a bundle ready to label images."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, Self

import torch

from napari_dentlm.cascade.bundle import Bundle, load_bundle
from napari_dentlm.cascade.dense import DensePipeline
from napari_dentlm.cascade.paper import PaperPipeline
from napari_dentlm.cascade.photo import PhotoPipeline
from napari_dentlm.cascade.prediction import Prediction, Quality
from napari_dentlm.cascade.transform import Grey
from napari_dentlm.core.errors import BundleError
from napari_dentlm.core.scheme import LandmarkScheme

DEFAULT_BUNDLE = "ceph19"
PHOTO_BUNDLE = "face68"


class Pipeline(Protocol):
    """The stages of one family of networks, in order."""

    def predict(self, images: Sequence[Grey], quality: Quality) -> list[Prediction]:
        """Label images (H, W) uint8."""


class Cascade:
    """The three stages in order; batch in, predictions out.

    Parameters
    ----------
    bundle
        Weights and card.
    device
        ``auto`` (CUDA, else MPS, else CPU), ``cpu``, ``cuda`` or ``mps``.
    members
        Which members of the bundle speak; all of them by default.
    """

    def __init__(self, bundle: Bundle, device: str = "auto", members: Sequence[int] | None = None) -> None:
        self.bundle = bundle
        self.device = choose_device(device)
        try:
            self.pipeline: Pipeline = _pipeline(bundle, self.device, members)
        except RuntimeError as error:
            raise BundleError(
                f"Model {bundle.card.name}: the weights do not fit the networks of this program; an older one may have "
                "made them. Train the model again."
            ) from error

    @classmethod
    def load(cls, name: str | Path = DEFAULT_BUNDLE, device: str = "auto") -> Self:
        """Load a bundle by name or folder.

        Raises
        ------
        BundleError
            When there is no such bundle, or it is damaged or of another version.
        """
        return cls(load_bundle(name), device)

    @property
    def name(self) -> str:
        """Return the name of the bundle."""
        return self.bundle.card.name

    @property
    def film(self) -> DensePipeline | None:
        """Return the stages for films; None where this cascade labels something else, or by another method."""
        return self.pipeline if isinstance(self.pipeline, DensePipeline) else None

    @property
    def photo(self) -> PhotoPipeline | None:
        """Return the stages for photographs; None where this cascade labels films."""
        return self.pipeline if isinstance(self.pipeline, PhotoPipeline) else None

    @property
    def origin(self) -> str:
        """Return ``model:<name>@<hash>``, the origin of every point this cascade places."""
        return self.bundle.origin

    @property
    def scheme(self) -> LandmarkScheme:
        """Return the scheme of the landmarks."""
        return self.bundle.scheme

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the landmarks that this cascade places, in the order of its points."""
        return self.bundle.card.landmarks

    def predict(self, images: Sequence[Grey], *, quality: Quality = Quality.STANDARD) -> list[Prediction]:
        """Label images.

        Parameters
        ----------
        images
            (H, W) uint8 each, as shown, whatever their size, pose and polarity.
        quality
            How much work goes into each.

        Returns
        -------
        list of Prediction
            One for each image, in order; points in the pixels of that image.
        """
        found = self.pipeline.predict(images, Quality(quality)) if images else []
        return [self.signed(prediction) for prediction in found]

    def signed(self, prediction: Prediction) -> Prediction:
        """Return a prediction of one of its pipelines that says its scheme."""
        others = tuple(replace(other, scheme=self.scheme.name) for other in prediction.others)
        return replace(prediction, scheme=self.scheme.name, others=others)


def _pipeline(bundle: Bundle, device: torch.device, members: Sequence[int] | None) -> Pipeline:
    match bundle.card.family:
        case "paper":
            return PaperPipeline(bundle, device)
        case "photo" | "photo-regression":
            return PhotoPipeline(bundle, device)
        case _:
            return DensePipeline(bundle, device, members)


def choose_device(name: str) -> torch.device:
    """Return the device for ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises
    ------
    BundleError
        When the device asked for is not there.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(n for n in ("cuda", "mps", "cpu") if available[n])
    if not available.get(name, False):
        raise BundleError(f"The device {name!r} is not available here. Use --device auto.")
    return torch.device(name)
