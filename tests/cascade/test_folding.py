"""Networks without normalisations say what they said with them."""

import pytest
import torch

from napari_dentlm.cascade.folding import folded
from napari_dentlm.cascade.photo_area_net import PhotoAreaNet
from napari_dentlm.cascade.photo_networks import STRIDE, coarse_net, refine_net


@pytest.mark.parametrize("network", [coarse_net(5), refine_net(5), PhotoAreaNet()])
def test_a_folded_network_gives_the_same_maps(network: torch.nn.Module) -> None:
    torch.manual_seed(1)
    windows = torch.randn(3, 1, 96, 128)
    for _ in range(3):
        network.train()(windows)  # So that the normalisations have something to do.
    with torch.inference_mode():
        plain = network.eval()(windows)
        after = folded(network)(windows)
    assert plain.std() > 0.01
    torch.testing.assert_close(after, plain, rtol=1e-3, atol=1e-4)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in network.modules())


@pytest.mark.parametrize("build", [coarse_net, refine_net])
def test_maps_have_a_cell_for_every_four_pixels(build) -> None:
    assert build(7).eval()(torch.zeros(1, 1, 64, 96)).shape == (1, 7, 64 // STRIDE, 96 // STRIDE)
