"""The stages of a photo cascade in order: the boxes of all faces, the points in each, how far to trust them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from napari_dentlm.cascade.bundle import Bundle
from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.folding import folded
from napari_dentlm.cascade.photo_area_net import PhotoAreaNet
from napari_dentlm.cascade.photo_stage import points_stage
from napari_dentlm.cascade.prediction import Prediction, Quality
from napari_dentlm.cascade.refusals import NO_FACE, PROFILE, refuse_doubt, refuse_pixels, refuse_turned
from napari_dentlm.cascade.stages.photo_area import PhotoAreaStage, shows_profile
from napari_dentlm.cascade.stages.photo_points import FacePoints, PhotoPointsStage
from napari_dentlm.cascade.transform import Grey, Transform2D
from napari_dentlm.cascade.trust import radius
from napari_dentlm.core.scheme import PHOTO

AREA = "photo_area"
"""Name of the detector's weights in a bundle; a bundle without them uses the Haar cascade."""
SURE = 0.8
"""Score of the best face from which a photo counts as upright without a look at its other ways up."""
CLEAR = 0.83
"""Share of the bundle's limit of doubt that a face stays below where the image could be an X-ray: all but 0.5 % of the
training photos do, and 0.2 % of drawn frontal skulls."""
MOST_FACES = 40
_TURNS = (90, 270, 180)


@dataclass(frozen=True, slots=True)
class FoundFaces:
    """The faces of one photo.

    Parameters
    ----------
    image
        (H, W) uint8, set upright, and with clearer grey levels where the face was found in those.
    upright
        From pixels of the photo as it is to those of ``image``.
    boxes
        In pixels of ``image``, the largest first.
    """

    image: Grey
    upright: Transform2D
    boxes: list[FaceBox]


class PhotoPipeline:
    """Runs the stages of a `photo` or `photo-regression` bundle.

    Parameters
    ----------
    bundle
        Weights and card.
    device
        Where the networks run.
    """

    def __init__(self, bundle: Bundle, device: torch.device) -> None:
        self._card = bundle.card
        self.area = PhotoAreaStage(_detector(bundle, device))
        self._points = points_stage(bundle, device)

    def predict(self, images: Sequence[Grey], quality: Quality) -> list[Prediction]:
        """Label all faces of images (H, W) uint8; ``fast`` and ``standard`` are the same."""
        refusals = [refuse_pixels(image) for image in images]
        shown = iter(self.all_faces([image for image, why in zip(images, refusals, strict=True) if not why]))
        found = [None if why else next(shown) for why in refusals]
        asked = [(each, box) for each in found if each is not None for box in each.boxes]
        labelled = iter(self.label([each.image for each, _ in asked], [box for _, box in asked], quality))
        results = []
        for each, image, why in zip(found, images, refusals, strict=True):
            if each is None:
                results.append(Prediction(None, refusal=why))
            elif not each.boxes:
                results.append(Prediction(None, refusal=PROFILE if shows_profile(image) else NO_FACE))
            else:
                faces = [_turned_back(next(labelled), each.upright) for _ in each.boxes]
                results.append(_patient(faces))
        return results

    def faces(self, image: Grey) -> FoundFaces:
        """Find the faces of one photo (see `all_faces`)."""
        return self.all_faces([image])[0]

    def all_faces(self, images: Sequence[Grey]) -> list[FoundFaces]:
        """Find the faces of photos (H, W) uint8, which may lie on their sides, stand on their heads, or be dark."""
        boxes = self.area.find_all(images)
        return [self._faces(image, upright) for image, upright in zip(images, boxes, strict=True)]

    def _faces(self, image: Grey, upright_boxes: list[FaceBox]) -> FoundFaces:
        """Look at the other ways up of a photo whose upright faces are not sure."""
        height, width = image.shape
        ways = [FoundFaces(image, Transform2D.identity(), upright_boxes[:MOST_FACES])]
        if _surest(ways[0]) < SURE:
            for turn in _TURNS:
                turned = np.ascontiguousarray(np.rot90(image, turn // 90))
                upright = Transform2D.upright(width, height, turn, False)
                ways.append(FoundFaces(turned, upright, self.area.find(turned)[:MOST_FACES]))
        if max(map(_surest, ways)) < SURE:
            # The face of a dark or pale photo is clearer when every grey level is as frequent as any other.
            clear = np.asarray(cv2.equalizeHist(image), dtype=np.uint8)
            ways.append(FoundFaces(clear, Transform2D.identity(), self.area.find(clear)[:MOST_FACES]))
        # The first of equals: a photo is the right way up unless another way is surer.
        return max(ways, key=_surest)

    def label(
        self, images: Sequence[Grey], boxes: Sequence[FaceBox], quality: Quality = Quality.STANDARD
    ) -> list[Prediction]:
        """Label N faces whose boxes are known, one image for each box, without looking for faces.

        Parameters
        ----------
        images
            N images (H, W) uint8 in which the faces are upright; the same one several times where it shows several.
        boxes
            N boxes.
        quality
            ``best`` looks at the mirror image of each face too.

        Returns
        -------
        list of Prediction
            One for each box; refused where the face is turned too far to the side.
        """
        if isinstance(self._points, PhotoPointsStage):
            found = self._points.find(images, boxes, quality)
            return [self._prediction(face, box, quality) for face, box in zip(found, boxes, strict=True)]
        points, _ = self._points.points(images, boxes)
        return [self._judged(Prediction(each, box=box)) for each, box in zip(points, boxes, strict=True)]

    def doubt(self, face: Prediction) -> float:
        """Return how wide a face's maps are, as a share of those from which it is refused; 0 where nobody knows."""
        limit = self._card.normality.width_above
        return float(np.median(face.signs.width)) / limit if face.signs is not None and limit else 0.0

    def no_skull(self, prediction: Prediction) -> Prediction:
        """Return a prediction without the faces that may be the holes of a skull, for images without colours."""
        faces = (prediction, *prediction.others)
        if all(self.doubt(face) <= CLEAR for face in faces):
            return prediction
        return _patient([face if self.doubt(face) <= CLEAR else _refused(face) for face in faces])

    def _prediction(self, face: FacePoints, box: FaceBox, quality: Quality) -> Prediction:
        expected, flags = self._expected(face, quality)
        found = Prediction(
            points=face.points,
            expected_error_px=None if expected is None else expected * face.unit_px,
            signs=face.signs,
            unit_px=face.unit_px,
            flags=flags,
            coarse=face.coarse,
            box=box,
        )
        if refuse_doubt(face.signs, self._card.normality.width_above, 0.0):
            return Prediction(None, refusal=NO_FACE, box=box)
        return self._judged(found)

    def _judged(self, face: Prediction) -> Prediction:
        """The prediction, or why it cannot be right."""
        whole = self._card.scheme == PHOTO and len(self._card.landmarks) == 68
        why = refuse_turned(face.points) if whole and face.points is not None else ""
        return Prediction(None, refusal=why, box=face.box) if why else face

    def _expected(self, face: FacePoints, quality: Quality) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
        best, count = quality is Quality.BEST, len(self._card.landmarks)
        calibration = self._card.expected_error_best if best else self._card.expected_error
        if calibration is None:
            return None, ("",) * count
        expected = radius(np.array(calibration.factor), np.array(calibration.exponents), face.signs)
        return expected, tuple("large expected error" if e > calibration.flag_above else "" for e in expected)


def _detector(bundle: Bundle, device: torch.device) -> PhotoAreaNet | None:
    weights = bundle.stage(AREA)
    if not weights:
        return None
    network = PhotoAreaNet()
    network.load_state_dict(weights)
    return folded(network).to(device, memory_format=torch.channels_last)


def _surest(faces: FoundFaces) -> float:
    return max((box.score for box in faces.boxes), default=0.0)


def _patient(faces: Sequence[Prediction]) -> Prediction:
    """The largest face with points, and the others with points beside it; the reason where no face has any."""
    seen = [replace(face, others=()) for face in faces if face.points is not None]
    return replace(seen[0], others=tuple(seen[1:])) if seen else faces[0]


def _refused(face: Prediction) -> Prediction:
    return Prediction(None, refusal=NO_FACE, scheme=face.scheme, box=face.box)


def _turned_back(face: Prediction, upright: Transform2D) -> Prediction:
    """A prediction in pixels of the upright photo, in those of the photo as it is."""
    if face.box is None or np.array_equal(upright.matrix, np.eye(3)):
        return face
    back, box = upright.inverse(), face.box
    corners = back.apply(np.array([[box.x, box.y], [box.x + box.width, box.y + box.height]]))
    low, size = corners.min(axis=0), np.ptp(corners, axis=0)
    return replace(
        face,
        points=None if face.points is None else back.apply(face.points),
        coarse=None if face.coarse is None else back.apply(face.coarse),
        box=FaceBox(float(low[0]), float(low[1]), float(size[0]), float(size[1]), box.score),
    )
