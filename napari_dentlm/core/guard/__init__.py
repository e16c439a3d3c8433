"""Guard: geometry that no face has, in one sentence each. It warns; the reader decides.

`check` looks at one annotation. Its limits are data (`limits.py`), chosen on the training films of ISBI 2015 alone;
`benchmarks/guard_rates.py` prints what they rest on and how often they warn rightly and wrongly.
"""

from napari_dentlm.core.guard.check import check
from napari_dentlm.core.guard.doubt import Doubt
from napari_dentlm.core.guard.shape import ShapeStatistics

__all__ = ["Doubt", "ShapeStatistics", "check"]
