"""Where on a picture the network's answer comes from: Grad-CAM (Selvaraju et al., ICCV 2017) of its last block.

A map is as coarse as that block: 2 x 2 cells at 64 pixels, 4 x 4 at 128. It tells a half of the chest from the other,
not a lesion from its neighbourhood.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from xrays import classifier

SIDE = 16  # pixels of a stored map; 256 bytes a picture


def maps(model: nn.Sequential, pictures: Tensor, normalize: str) -> np.ndarray:
    """uint8 (n, SIDE, SIDE) for uint8 pictures (n, s, s): what speaks for COVID-19, 255 at each map's own maximum.

    The block's channels, weighted by the mean gradient of the logit of COVID-19 less that of Normal, summed, and cut at
    0. A map where nothing speaks for COVID-19 is 0 everywhere.
    """
    model.eval()
    batches = pictures.split(classifier.ASKED_AT_ONCE)
    return torch.cat([_batch(model, batch[:, None].float() / 255, normalize) for batch in batches]).numpy()


def _batch(model: nn.Sequential, grey: Tensor, normalize: str) -> Tensor:
    body, head = model
    device = next(model.parameters()).device
    with torch.no_grad():  # the gradient stops at the block: through the body as well it took four times as long
        block = body(classifier.normalised(grey.to(device), normalize))
    block.requires_grad_()
    outputs = head(block)
    gradient, = torch.autograd.grad((outputs[:, 1] - outputs[:, 0]).sum(), block)
    return _drawn(block.detach(), gradient)


def _drawn(block: Tensor, gradient: Tensor) -> Tensor:
    """Maps from a block and its gradient, both (n, channels, h, w)."""
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    heat = functional.relu((weights * block).sum(dim=1, keepdim=True))
    heat = functional.interpolate(heat, size=(SIDE, SIDE), mode="bilinear", align_corners=False)[:, 0]
    top = heat.amax(dim=(1, 2), keepdim=True)
    return torch.where(top > 0, heat / top.clamp(min=1e-12) * 255, 0).round().to(torch.uint8).cpu()
