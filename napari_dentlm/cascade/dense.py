"""The three stages of a dense cascade in order: face area, coarse, refine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from napari_dentlm.cascade.bundle import Bundle
from napari_dentlm.cascade.networks import CoarseNet, FaceAreaNet, RefineNet
from napari_dentlm.cascade.prediction import Prediction, Quality
from napari_dentlm.cascade.router import refuse_area, refuse_pixels, refuse_shape
from napari_dentlm.cascade.shape import Frame
from napari_dentlm.cascade.stages.coarse import CoarseStage
from napari_dentlm.cascade.stages.face_area import FaceArea, FaceAreaStage
from napari_dentlm.cascade.stages.refine import RefineStage
from napari_dentlm.cascade.transform import Grey, Pyramid
from napari_dentlm.cascade.view import UprightView

Net = TypeVar("Net", bound=torch.nn.Module)
SHIFTS = {
    Quality.FAST: np.array([[0.0, 0.0]]),
    Quality.STANDARD: np.array([[1.5, 1.5], [-1.5, -1.5]]),
    Quality.BEST: np.array([[0.0, 0.0], [1.5, 1.5], [-1.5, -1.5], [1.5, -1.5], [-1.5, 1.5]]),
}
"""Displacements in face units from which the refinement starts."""
UNLIKE = 1.6
"""A shape so many times further from the average than 95 % of the training films is unlike them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A face and its coarse points in upright pixels; ``distance`` is that from the average shape."""

    area: FaceArea
    view: UprightView
    frame: Frame
    points: NDArray[np.float64]
    distance: float


class DensePipeline:
    """Runs the stages of a `dense` bundle.

    Parameters
    ----------
    bundle
        Weights and card.
    device
        Where the networks run.
    """

    def __init__(self, bundle: Bundle, device: torch.device) -> None:
        count = len(bundle.card.landmarks)
        self._card, self._shape = bundle.card, bundle.shape
        self.face_area = FaceAreaStage(_loaded(FaceAreaNet(), bundle, "face_area", device))
        self.coarse = CoarseStage(_loaded(CoarseNet(count), bundle, "coarse", device))
        self.refine = RefineStage(_loaded(RefineNet(count), bundle, "refine", device))

    def predict(self, images: Sequence[Grey], quality: Quality) -> list[Prediction]:
        """Label images (H, W) uint8."""
        results = {n: Prediction(None, refusal=reason) for n, i in enumerate(images) if (reason := refuse_pixels(i))}
        pyramids = {n: Pyramid(image) for n, image in enumerate(images) if n not in results}
        if pyramids:
            for n, prediction in zip(pyramids, self._label(list(pyramids.values()), quality), strict=True):
                results[n] = prediction
        return [results[n] for n in range(len(images))]

    def locate(self, image: Grey) -> Found | None:
        """Find the face of an image (H, W) uint8 and its coarse points; None where it would be refused."""
        if refuse_pixels(image):
            return None
        pyramid = Pyramid(image)
        (ranked,) = self.face_area.find([pyramid])
        (first,) = self._coarse([pyramid], ranked[:1])
        found = self._best_pose(pyramid, ranked, first)
        return None if self._refusal(found) else found

    def _label(self, pyramids: list[Pyramid], quality: Quality) -> list[Prediction]:
        areas = self.face_area.find(pyramids)
        first = self._coarse(pyramids, [ranked[0] for ranked in areas])
        return [
            self._finish(self._best_pose(pyramid, ranked, found), quality)
            for pyramid, ranked, found in zip(pyramids, areas, first, strict=True)
        ]

    def _coarse(self, pyramids: Sequence[Pyramid], areas: Sequence[FaceArea]) -> list[Found]:
        """Coarse points twice: in the window of the first stage, then in the frame that these points suggest."""
        views = [UprightView(p, a.upright, a.inverted) for p, a in zip(pyramids, areas, strict=True)]
        points, _ = self.coarse.points(views, [a.frame for a in areas])
        points, _ = self.coarse.points(views, [_upright(self._shape.frame(p)) for p in points])
        return [
            Found(area, view, self._shape.frame(p), p, self._shape.distance(p))
            for area, view, p in zip(areas, views, points, strict=True)
        ]

    def _best_pose(self, pyramid: Pyramid, ranked: list[FaceArea], found: Found) -> Found:
        """Try the less probable poses when the shape in the first one is not a face."""
        if found.distance <= self._card.normality.residual * UNLIKE:
            return found
        return min([found, *self._coarse([pyramid] * (len(ranked) - 1), ranked[1:])], key=lambda f: f.distance)

    def _finish(self, found: Found, quality: Quality) -> Prediction:
        if refusal := self._refusal(found):
            return Prediction(None, refusal=refusal, face_area=found.area)
        points, spread = self.refine.refine(found.view, found.frame, found.points, SHIFTS[quality])
        back = found.area.upright.inverse()
        expected, flags = self._expected(spread, found.distance > self._card.normality.residual * UNLIKE)
        return Prediction(
            points=back.apply(points),
            expected_error_px=None if expected is None else expected * found.frame.unit,
            spread_px=spread * found.frame.unit,
            unit_px=found.frame.unit,
            flags=flags,
            face_area=found.area,
            coarse=back.apply(found.points),
        )

    def _refusal(self, found: Found) -> str:
        normality = self._card.normality
        return refuse_area(found.area, normality.face_score) or refuse_shape(found.distance, normality.refuse_above)

    def _expected(
        self, spread: NDArray[np.float64], unlike: bool
    ) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
        calibration = self._card.expected_error
        if unlike:
            return None, ("shape unlike the training films",) * len(spread)
        if calibration is None:
            return None, ("",) * len(spread)
        expected = np.array(calibration.offset) + np.array(calibration.factor) * spread
        flags = tuple("large expected error" if e > calibration.flag_above else "" for e in expected)
        return expected, flags


def _upright(frame: Frame) -> Frame:
    """The coarse stage learnt on windows that are not turned; keep its second look like that."""
    return Frame(frame.centre, frame.unit)


def _loaded(network: Net, bundle: Bundle, stage: str, device: torch.device) -> Net:
    network.load_state_dict(bundle.stage(stage))
    return network.eval().to(device, memory_format=torch.channels_last)
