"""A worker without a network: the real service and channel, and a cascade that answers at once or misbehaves.

Run as a child process. The shade of a film's first pixel says what happens to it; see `conftest.SHADES`.
"""

import os
import sys
import time
from enum import StrEnum
from types import ModuleType, SimpleNamespace

import numpy as np

from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.worker import labelling
from napari_dentlm.worker.channel import Channel
from napari_dentlm.worker.service import Service


class Quality(StrEnum):
    STANDARD = "standard"


class Router:
    origin = "model:fake@0"
    scheme = load_scheme()
    keys = scheme.keys

    @classmethod
    def with_chosen(cls, _name: str, _device: str) -> "Router":
        print("noise on standard output")
        os.write(1, b"noise of a C library\n")
        return cls()

    def options(self, quality, *, refused):
        return f"quality={quality}"

    def predict(self, images, quality, in_colour):
        cascades = [
            PHOTOS if image[0, 0] == 5 or coloured else self for image, coloured in zip(images, in_colour, strict=True)
        ]
        return [
            SimpleNamespace(cascade=cascade, prediction=self._prediction(image, len(cascade.keys)))
            for cascade, image in zip(cascades, images, strict=True)
        ]

    def _prediction(self, image, count):
        shade = int(image[0, 0])
        if shade == 1:
            os._exit(3)
        if shade == 2:
            time.sleep(0.4)
        if shade == 3:
            nothing = SimpleNamespace(points=None, refusal="This is no film.", expected_error_px=None, flags=())
            nothing.face_area = nothing.coarse = nothing.box = None
            nothing.others = ()
            return nothing
        if shade == 4:
            raise ZeroDivisionError("a fault of ours")
        points = np.arange(2 * count, dtype=float).reshape(count, 2) + 10
        area = SimpleNamespace(corners=np.array([[0.0, 0], [9, 0], [9, 9], [0, 9]]))
        radii = np.full(count, 5.0)
        radii[0] = np.nan
        return SimpleNamespace(
            points=points,
            refusal="",
            expected_error_px=radii,
            flags=("",) * count,
            face_area=area,
            coarse=points + 1,
            box=None,
            others=(),
        )


PHOTOS = SimpleNamespace(origin=Router.origin, scheme=load_scheme("ibug68"), keys=load_scheme("ibug68").keys)


def main() -> None:
    router, prediction = ModuleType("napari_dentlm.cascade.router"), ModuleType("napari_dentlm.cascade.prediction")
    router.Router, prediction.Quality = Router, Quality
    for module in (ModuleType("napari_dentlm.cascade"), router, prediction):
        sys.modules[module.__name__] = module
    torch = ModuleType("torch")
    torch.set_num_threads = lambda count: None
    sys.modules["torch"] = torch
    assert labelling.Labeller
    Service(Channel.on_standard_streams()).run()


if __name__ == "__main__":
    main()
