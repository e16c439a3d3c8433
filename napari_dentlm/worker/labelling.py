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

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.imaging import Image, iter_frames

if TYPE_CHECKING:
    from napari_dentlm.cascade.prediction import Prediction
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
            ``paths`` and, where wanted, ``model``, ``device`` and ``quality``.
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
            result = self._label(path, command.get("quality", "standard"), emit, should_stop)
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
        self, path: Path, quality: str, emit: Callable[..., None], should_stop: Callable[[], bool]
    ) -> dict[str, Any] | None:
        """Label all frames of one file and send the result, or say why there is none."""
        try:
            frames: list[Routed] = []
            image_ids = []
            for image in iter_frames(path):
                if should_stop():
                    return None
                frames.append(self._predict(image, quality))
                image_ids.append(image.image_id)
        except DentLMError as error:
            emit(event="failed", path=str(path), message=str(error))
            return None
        except Exception as error:
            logger.exception("a film failed")
            message = f"{path.name}: labelling failed ({type(error).__name__}). Please report this film."
            emit(event="failed", path=str(path), message=message)
            return None
        result = self._described(path, quality, image_ids, _of_one_scheme(frames))
        emit(event="result", **result)
        return result

    def _predict(self, image: Image, quality: str) -> "Routed":
        from napari_dentlm.cascade.prediction import Quality

        assert self._router is not None
        return self._router.predict([image.grey()], quality=Quality(quality))[0]

    def _described(self, path: Path, quality: str, image_ids: list[str], frames: "list[Routed]") -> dict[str, Any]:
        from napari_dentlm.cascade.prediction import Quality

        router = self._router
        assert router is not None
        refused = all(routed.prediction.points is None for routed in frames)
        cascade = frames[0].cascade
        return {
            "path": str(path),
            "origin": cascade.origin,
            "options": router.options(Quality(quality), refused=refused),
            "scheme": cascade.scheme.name,
            "keys": list(cascade.keys),
            "image_ids": image_ids,
            "frames": [{"frame": number, **_frame(routed.prediction)} for number, routed in enumerate(frames)],
        }


def _of_one_scheme(frames: "list[Routed]") -> "list[Routed]":
    """The frames of a file, whose journal has one scheme: that of its first frame with points."""
    cascade = next((each.cascade for each in frames if each.prediction.points is not None), frames[0].cascade)
    return [
        each if each.cascade is cascade else replace(each, cascade=cascade, prediction=_without_points(each.prediction))
        for each in frames
    ]


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
