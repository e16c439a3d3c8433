"""Maps of logits give the point they were made from, and the loss prefers the right place."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.cascade.decoding import heatmap_loss, local_soft_argmax, soft_argmax


def _map(x: float, y: float, size: int = 40, sigma: float = 1.5) -> torch.Tensor:
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return -((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2)


@given(st.floats(6, 33), st.floats(6, 33))
def test_both_decoders_find_the_peak(x, y):
    logits = _map(x, y)[None]
    assert torch.allclose(soft_argmax(logits)[0], torch.tensor([x, y]), atol=0.05)
    points, spread = local_soft_argmax(logits, radius=4)
    assert torch.allclose(points[0], torch.tensor([x, y]), atol=0.1)
    assert 1.5 < spread[0] < 2.7


def test_local_decoder_ignores_a_second_weaker_peak_but_the_spread_tells():
    alone = _map(10, 10)
    both = torch.logaddexp(alone, _map(30, 30) - 1)
    (near, wide), (_, narrow) = local_soft_argmax(both[None]), local_soft_argmax(alone[None])
    assert torch.allclose(near[0], torch.tensor([10.0, 10.0]), atol=0.2)
    assert wide[0] > 3 * narrow[0]


@given(st.integers(0, 16), st.integers(0, 22), st.integers(0, 3))
def test_the_local_decoder_means_what_it_says_up_to_the_edges(row, column, radius):
    logits = torch.randn(17, 23, generator=torch.Generator().manual_seed(row * 23 + column))
    logits[row, column] = 5.0
    chance = logits.flatten().softmax(0).view(17, 23)
    ys, xs = torch.meshgrid(torch.arange(17), torch.arange(23), indexing="ij")
    near = chance * ((ys - row).abs() <= radius) * ((xs - column).abs() <= radius)
    x, y = (float((near * places).sum() / near.sum()) for places in (xs, ys))
    points, spread = local_soft_argmax(logits[None], radius)
    assert torch.allclose(points[0], torch.tensor([x, y]), atol=1e-4)
    assert torch.allclose(spread[0], (chance * ((xs - x) ** 2 + (ys - y) ** 2)).sum().sqrt(), atol=1e-4)


def test_loss_is_least_at_the_true_point_and_skips_unknown_ones():
    target = torch.tensor([[12.0, 20.0], [float("nan"), float("nan")]])
    right = torch.stack([_map(12, 20), _map(5, 5)])
    wrong = torch.stack([_map(18, 20), _map(5, 5)])
    assert heatmap_loss(right, target, 1.5, 0.5) < heatmap_loss(wrong, target, 1.5, 0.5)
    assert torch.isfinite(heatmap_loss(right, target, 1.5, 0.5))


def test_a_batch_without_a_known_point_teaches_nothing():
    logits = torch.zeros(2, 8, 8, requires_grad=True)
    loss = heatmap_loss(logits, torch.full((2, 2), torch.nan), 1.5, 0.5)
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(logits.grad, torch.zeros(2, 8, 8))
