"""A face as outlines: what is drawn, and which outlines carry landmarks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from sample_data.curves import Points, rotation
from sample_data.plate import Stroke


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a face lies on the film.

    Attributes
    ----------
    scale : float
        Film millimetres per shape millimetre.
    tilt_deg : float
        Turn of the Frankfort plane, positive when the front goes down.
    sella : array (2,)
        Where the sella lies, film mm from the corner of the film.
    """

    scale: float
    tilt_deg: float
    sella: Points

    def apply(self, points: Points) -> Points:
        """Take shape points (n, 2) to film millimetres."""
        return points @ rotation(self.tilt_deg).T * self.scale + self.sella


@dataclass(frozen=True, slots=True)
class Drawing:
    """Strokes and named traces, in shape mm.

    Attributes
    ----------
    strokes : list of Stroke
        What is drawn.
    traces : dict of str to array (n, 2)
        Outlines and points that landmarks are read from.
    """

    strokes: list[Stroke] = field(default_factory=list)
    traces: dict[str, Points] = field(default_factory=dict)

    def fill(self, curve: Points, amount: float, blur: float = 0.4) -> None:
        """Add a filled outline."""
        self.strokes.append(Stroke(curve, amount, blur))

    def line(self, curve: Points, width: float, amount: float, blur: float = 0.25) -> None:
        """Add a band along a curve."""
        self.strokes.append(Stroke(curve, amount, blur, width))

    def cortex(self, curve: Points, width: float, amount: float) -> None:
        """Add a cortical band whose outer edge is the curve; only its inner half is drawn."""
        self.strokes.append(Stroke(curve, amount, 0.25, 2 * width, inner=True))

    def bone(self, outline: Points, body: float, cortex: float, width: float = 0.8) -> None:
        """Add a bone: a body that is denser towards its middle and a bright cortical edge."""
        self.fill(outline, 0.55 * body, 0.3)
        self.fill(outline, 0.45 * body, 3.0)
        self.line(outline, width, cortex, 0.25)

    def posed(self, pose: Pose) -> Drawing:
        """Return the same drawing in film millimetres."""
        strokes = [replace(stroke, curve=pose.apply(stroke.curve)) for stroke in self.strokes]
        traces = {name: pose.apply(np.atleast_2d(curve)) for name, curve in self.traces.items()}
        return Drawing(strokes, traces)
