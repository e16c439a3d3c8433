"""The three-stage cascade: face area, coarse, refine. torch lives here and in `training`, nowhere else."""

from napari_dentlm.cascade.bundle import bundle_names
from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Prediction, Quality

__all__ = ["Cascade", "Prediction", "Quality", "bundle_names"]
