"""Number format of the networks for films: 16 bits where the device computes faster with them."""

from contextlib import AbstractContextManager

import torch


def fast_bfloat16(device: torch.device) -> bool:
    """Return whether ``device`` has instructions for bfloat16; without them it would be twice as slow."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        return bool(torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return False


def autocast(device: torch.device) -> AbstractContextManager[None]:
    """Run the networks in bfloat16 where that is faster."""
    return torch.autocast(device.type, torch.bfloat16, enabled=fast_bfloat16(device))


def full_precision(device: torch.device) -> AbstractContextManager[None]:
    """Compute in 32 bits within `autocast`: the steps of 16-bit logits would move a point by a tenth of a mm."""
    return torch.autocast(device.type, enabled=False)
