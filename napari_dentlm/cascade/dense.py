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
from napari_dentlm.cascade.refusals import refuse_area, refuse_doubt, refuse_outside, refuse_pixels, refuse_shape
from napari_dentlm.cascade.shape import Frame
from napari_dentlm.cascade.stages.coarse import CoarseStage
from napari_dentlm.cascade.stages.face_area import FaceArea, FaceAreaStage
from napari_dentlm.cascade.stages.refine import RefineStage, Voice
from napari_dentlm.cascade.transform import Grey, Pyramid
from napari_dentlm.cascade.trust import Signs, radius
from napari_dentlm.cascade.view import UprightView

Net = TypeVar("Net", bound=torch.nn.Module)
CORNERS = np.array([[1.5, 1.5], [-1.5, -1.5], [1.5, -1.5], [-1.5, 1.5]])
"""Displacements in face units from which the refinement starts."""
TURNS = (0.0, -5.0, 5.0)
"""Degrees by which the best quality turns the face window for its coarse looks."""
UNLIKE = 1.6
"""A shape so many times further from the average than 95 % of the training films is unlike them."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What the first stage alone says of an image: where a face may lie, the most probable pose first."""

    pyramid: Pyramid
    ranked: list[FaceArea]

    @property
    def score(self) -> float:
        """Probability that the image shows the face of a film."""
        return self.ranked[0].scores["face"]


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
    members
        Which members of the bundle to use; all of them by default.
    """

    def __init__(self, bundle: Bundle, device: torch.device, members: Sequence[int] | None = None) -> None:
        count = len(bundle.card.landmarks)
        self._card, self._shape = bundle.card, bundle.shape
        members = range(bundle.card.members) if members is None else members
        self.members = len(members)
        self.face_area = FaceAreaStage(_loaded(FaceAreaNet(), bundle, "face_area", device))
        self.coarse = CoarseStage([_loaded(CoarseNet(count), bundle, f"coarse.{m}", device) for m in members])
        self.refine = RefineStage([_loaded(RefineNet(count), bundle, f"refine.{m}", device) for m in members])

    def predict(self, images: Sequence[Grey], quality: Quality) -> list[Prediction]:
        """Label images (H, W) uint8."""
        results = {n: Prediction(None, refusal=reason) for n, i in enumerate(images) if (reason := refuse_pixels(i))}
        others = [n for n in range(len(images)) if n not in results]
        results.update(zip(others, self.label(self.glance([images[n] for n in others]), quality), strict=True))
        return [results[n] for n in range(len(images))]

    def glance(self, images: Sequence[Grey]) -> list[Glance]:
        """Let the first stage look at images (H, W) uint8, which takes a twentieth of the whole."""
        pyramids = [Pyramid(image) for image in images]
        return [Glance(p, ranked) for p, ranked in zip(pyramids, self.face_area.find(pyramids), strict=True)]

    def label(self, glances: Sequence[Glance], quality: Quality) -> list[Prediction]:
        """Go on from the first stage."""
        return [self._finish(found, quality) for found in self._find(glances, quality)] if glances else []

    def locate(self, image: Grey) -> Found | None:
        """Find the face of an image (H, W) uint8 and its coarse points; None where it would be refused."""
        if refuse_pixels(image):
            return None
        (found,) = self._find(self.glance([image]), Quality.FAST)
        return None if self._refusal(found) else found

    def _find(self, glances: Sequence[Glance], quality: Quality) -> list[Found]:
        """Coarse points twice: one member in the window of the first stage, then all in the frame that it suggests.

        The fast quality goes on from the first.
        """
        first = self._first_look([g.pyramid for g in glances], [g.ranked[0] for g in glances])
        posed = [self._best_pose(g.pyramid, g.ranked, f) for g, f in zip(glances, first, strict=True)]
        if quality is Quality.FAST:
            return posed
        angles = TURNS if quality is Quality.BEST else TURNS[:1]
        points = self.coarse.points([f.view for f in posed], [_upright(f.frame) for f in posed], self.members, angles)
        return [self._found(f.area, f.view, p) for f, p in zip(posed, points, strict=True)]

    def _first_look(self, pyramids: Sequence[Pyramid], areas: Sequence[FaceArea]) -> list[Found]:
        views = [UprightView(p, a.upright, a.inverted) for p, a in zip(pyramids, areas, strict=True)]
        points = self.coarse.points(views, [a.frame for a in areas], members=1)
        return [self._found(area, view, p) for area, view, p in zip(areas, views, points, strict=True)]

    def _best_pose(self, pyramid: Pyramid, ranked: list[FaceArea], found: Found) -> Found:
        """Try less probable poses when the shape in the first one is not a face; one look at each costs little."""
        if found.distance <= self._card.normality.residual * UNLIKE:
            return found
        return min([found, *self._first_look([pyramid] * (len(ranked) - 1), ranked[1:])], key=lambda f: f.distance)

    def _found(self, area: FaceArea, view: UprightView, points: NDArray[np.float64]) -> Found:
        return Found(area, view, self._shape.frame(points), points, self._shape.distance(points))

    def _voices(self, quality: Quality) -> list[Voice]:
        """Every member equally often, from several corners in all; the best quality hears each from all corners."""
        if quality is Quality.FAST:
            return [Voice(0, np.zeros(2))]
        if quality is Quality.BEST:
            return [Voice(m, corner) for m in range(self.members) for corner in CORNERS]
        rounds = max(1, len(CORNERS) // self.members)
        return [Voice(n % self.members, CORNERS[n % len(CORNERS)]) for n in range(rounds * self.members)]

    def _finish(self, found: Found, quality: Quality) -> Prediction:
        if refusal := self._refusal(found):
            return Prediction(None, refusal=refusal, face_area=found.area)
        points, signs = self.refine.refine(found.view, found.frame, found.points, self._voices(quality))
        normality = self._card.normality
        if refusal := refuse_doubt(signs, normality.width_above, normality.between_above):
            return Prediction(None, refusal=refusal, face_area=found.area)
        back = found.area.upright.inverse()
        expected, flags = self._expected(signs, found.distance, quality)
        return Prediction(
            points=back.apply(points),
            expected_error_px=None if expected is None else expected * found.frame.unit,
            signs=signs,
            unit_px=found.frame.unit,
            flags=flags,
            face_area=found.area,
            coarse=back.apply(found.points),
        )

    def _refusal(self, found: Found) -> str:
        normality = self._card.normality
        pyramid, points = found.view.pyramid, found.area.upright.inverse().apply(found.points)
        return (
            refuse_area(found.area, normality.face_score)
            or refuse_shape(found.distance, normality.refuse_above)
            or refuse_outside(points, pyramid.width, pyramid.height, found.frame.unit)
        )

    def _expected(
        self, signs: Signs, distance: float, quality: Quality
    ) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
        calibration, count = self._card.expected_error, len(self._card.landmarks)
        if distance > self._card.normality.residual * UNLIKE:
            return None, ("shape unlike the training films",) * count
        # It was calibrated with several voices; one alone has nobody to disagree with.
        if calibration is None or quality is Quality.FAST:
            return None, ("",) * count
        expected = radius(np.array(calibration.factor), np.array(calibration.exponents), signs)
        return expected, tuple("large expected error" if e > calibration.flag_above else "" for e in expected)


def _upright(frame: Frame) -> Frame:
    """The coarse stage learnt on windows that are not turned; keep its second look like that."""
    return Frame(frame.centre, frame.unit)


def _loaded(network: Net, bundle: Bundle, stage: str, device: torch.device) -> Net:
    network.load_state_dict(bundle.stage(stage))
    return network.eval().to(device, memory_format=torch.channels_last)
