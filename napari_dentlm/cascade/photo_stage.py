"""The stage that a bundle for photographs holds."""

import torch

from napari_dentlm.cascade.bundle import Bundle
from napari_dentlm.cascade.folding import folded
from napari_dentlm.cascade.photo_networks import coarse_net, refine_net
from napari_dentlm.cascade.photo_regressors import regressor
from napari_dentlm.cascade.stages.photo_points import PhotoPointsStage, PointsStage
from napari_dentlm.cascade.stages.photo_regression import PhotoRegressionStage


def points_stage(bundle: Bundle, device: torch.device) -> PointsStage:
    """Return the stage of a bundle of the family ``photo`` or ``photo-regression``, ready on ``device``."""
    count = len(bundle.card.landmarks)
    if bundle.card.family == "photo-regression":
        kind = regressor(bundle.card.network)
        network = kind.build(count)
        network.load_state_dict(bundle.stage("coarse"))
        return PhotoRegressionStage(network.to(device).eval(), kind)
    coarse, refine = coarse_net(count), refine_net(count)
    coarse.load_state_dict(bundle.stage("coarse"))
    refine.load_state_dict(bundle.stage("refine"))
    looks = (folded(n).to(device, memory_format=torch.channels_last) for n in (coarse, refine))
    return PhotoPointsStage(*looks, bundle.shape, bundle.scheme.mirror_order)
