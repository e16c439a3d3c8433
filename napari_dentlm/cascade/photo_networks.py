"""The networks of the `face68` stages: those of the films' coarse stage, of other sizes."""

from napari_dentlm.cascade.networks import CoarseNet

STRIDE = CoarseNet.stride
"""Pixels of a window per cell of the maps.

They are trained with the cross entropy of their softmax against a small Gaussian and the Euclidean distance of their
mean (integral regression, Sun et al. 2018).
"""


def coarse_net(landmarks: int) -> CoarseNet:
    """Return the network of the first look: a small one on 128 pixels."""
    return CoarseNet(landmarks, (16, 32, 64, 96, 128), 48)


def refine_net(landmarks: int) -> CoarseNet:
    """Return the network of the second look, on 192 pixels of the face set upright by the first."""
    return CoarseNet(landmarks, (24, 48, 96, 128, 192), 64)
