"""Networks for use alone: a normalisation that learns no more is a part of the convolution before it."""

from itertools import pairwise
from typing import TypeVar

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

Network = TypeVar("Network", bound=nn.Module)


def folded(network: Network) -> Network:
    """Put every batch normalisation into the convolution before it; the outputs stay the same, sooner.

    Parameters
    ----------
    network
        Changed in place, in evaluation mode from now on. Within each of its parts a normalisation must be defined
        right after its convolution, alone or first in an `nn.Sequential`.
    """
    network.eval()
    for part in list(network.modules()):
        for (name, conv), (next_name, after) in pairwise(list(part.named_children())):
            holder, key = (after, "0") if isinstance(after, nn.Sequential) and len(after) else (part, next_name)
            norm = getattr(holder, key)
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(part, name, fuse_conv_bn_eval(conv, norm))
                setattr(holder, key, nn.Identity())
    return network
