"""The job ``label``: predictions for a list of files, one event a file."""

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.errors import DentLMError, UnreadableImageError
from napari_dentlm.core.imaging import Image, iter_frames

if TYPE_CHECKING:
    from napari_dentlm.cascade.prediction import Prediction, Quality
    from napari_dentlm.cascade.router import Routed, Router

logger = logging.getLogger(__name__)


class Labeller:
    """Labels files with the cascades that it keeps loaded from one job to the next."""

    def __init__(self) -> None:
        self._router: Router | None = None
        self._loaded: tuple[str, str] | None = None

    def __call__(
        self, command: dict[str, Any], emit: Callable[..., None], should_stop: Callable[[], bool]
    ) -> dict[str, Any]:
        """Run one job.

        Parameters
        ----------
        command
            ``paths`` and, where wanted, ``model``, ``device`` and ``quality``. With a ``box`` (x, y, width, height)
            only the face in it, on ``frame`` of the one file, is labelled.
        emit
            Takes the events ``started``, ``result``, ``failed`` and ``progress``.
        should_stop
            Asked before every frame.

        Returns
        -------
        dict
            The summary: how many files were labelled, failed, and whether the job was cancelled.
        """
        paths = [Path(text) for text in command["paths"]]
        began = time.monotonic()
        router = self._load(command.get("model", "ceph19"), command.get("device", "auto"))
        emit(event="started", origin=router.origin)
        labelled, failed = 0, 0
        for done, path in enumerate(paths, start=1):
            if should_stop():
                break
            result = self._label(path, command, emit, should_stop)
            if should_stop() and result is None:
                break
            labelled, failed = labelled + bool(result), failed + (not result)
            emit(event="progress", done=done, total=len(paths), path=str(path))
        return {
            "labelled": labelled,
            "failed": failed,
            "cancelled": should_stop() and labelled + failed < len(paths),
            "seconds": round(time.monotonic() - began, 3),
        }

    def _load(self, model: str, device: str) -> "Router":
        """Load a bundle, and the one for the other kind of image, unless they are the ones loaded."""
        if self._router is None or self._loaded != (model, device):
            import torch

            from napari_dentlm.cascade.router import Router

            # One core stays with the window, which draws with it where there is no graphics card.
            torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
            self._router, self._loaded = Router.with_chosen(model, device), (model, device)
        return self._router

    def _label(
        self, path: Path, command: dict[str, Any], emit: Callable[..., None], should_stop: Callable[[], bool]
    ) -> dict[str, Any] | None:
        """Label the frames of one file and send the result, or say why there is none."""
        try:
            frames: dict[int, Routed] = {}
            image_ids = []
            for image in iter_frames(path):
                if should_stop():
                    return None
                if command.get("frame", image.frame) == image.frame:
                    frames[image.frame] = self._predict(image, command)
                image_ids.append(image.image_id)
            if not frames:
                raise UnreadableImageError(path, "the frame in view is not there any more", "Open the folder again.")
        except DentLMError as error:
            emit(event="failed", path=str(path), message=str(error))
            return None
        except Exception as error:
            logger.exception("a film failed")
            message = f"{path.name}: labelling failed ({type(error).__name__}). Please report this film."
            emit(event="failed", path=str(path), message=message)
            return None
        result = self._described(path, command, image_ids, _of_one_scheme(frames))
        emit(event="result", **result)
        return result

    def _predict(self, image: Image, command: dict[str, Any]) -> "Routed":
        assert self._router is not None
        if "box" not in command:
            (found,) = self._router.predict([image.grey()], quality=_quality(command), in_colour=[image.in_colour])
            return found
        from napari_dentlm.cascade.face_box import FaceBox

        return self._router.in_box(image.grey(), FaceBox(*command["box"]), quality=_quality(command))

    def _described(
        self, path: Path, command: dict[str, Any], image_ids: list[str], frames: "dict[int, Routed]"
    ) -> dict[str, Any]:
        router = self._router
        assert router is not None
        refused = all(routed.prediction.points is None for routed in frames.values())
        cascade = next(iter(frames.values())).cascade
        return {
            "path": str(path),
            "added": "box" in command,
            "origin": cascade.origin,
            "options": router.options(_quality(command), refused=refused),
            "scheme": cascade.scheme.name,
            "keys": list(cascade.keys),
            "image_ids": image_ids,
            "frames": [{"frame": number, **_frame(routed.prediction)} for number, routed in frames.items()],
        }


def _quality(command: dict[str, Any]) -> "Quality":
    from napari_dentlm.cascade.prediction import Quality

    return Quality(command.get("quality", "standard"))


def _of_one_scheme(frames: "dict[int, Routed]") -> "dict[int, Routed]":
    """The frames of a file, whose journal has one scheme: that of its first frame with points."""
    each_frame = list(frames.values())
    cascade = next((each.cascade for each in each_frame if each.prediction.points is not None), each_frame[0].cascade)
    return {
        number: each
        if each.cascade is cascade
        else replace(each, cascade=cascade, prediction=_without_points(each.prediction))
        for number, each in frames.items()
    }


def _without_points(prediction: "Prediction") -> "Prediction":
    refusal = prediction.refusal or "This frame shows another kind of image than the first one of its file."
    return replace(prediction, points=None, refusal=refusal, others=())


def _frame(prediction: "Prediction") -> dict[str, Any]:
    """One frame's prediction as plain lists: the patient's face, and further faces of a photo in ``others``."""
    return {"refusal": prediction.refusal, **_face(prediction), "others": [_face(each) for each in prediction.others]}


def _face(prediction: "Prediction") -> dict[str, Any]:
    area, box = prediction.face_area, prediction.box
    return {
        "points": _rows(prediction.points),
        "expected_error_px": _numbers(prediction.expected_error_px),
        "flags": list(prediction.flags),
        "face_area": None if area is None else _rows(area.corners),
        "coarse": _rows(prediction.coarse),
        "box": None if box is None else [float(each) for each in (box.x, box.y, box.width, box.height)],
    }


def _rows(points: NDArray[np.float64] | None) -> list[list[float] | None] | None:
    """(K, 2) x then y as lists; None for a row that is not finite."""
    if points is None:
        return None
    return [[float(x), float(y)] if np.isfinite((x, y)).all() else None for x, y in points]


def _numbers(values: Sequence[float] | NDArray[np.float64] | None) -> list[float | None] | None:
    if values is None:
        return None
    return [float(value) if np.isfinite(value) else None for value in values]
