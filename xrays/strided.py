"""The 3×3 convolutions of stride 2 of a ResNet, with an input gradient whose bits no CPU cache decides.

oneDNN blocks that one gradient by the size of the L2 cache: with 256 KB (Intel's desktops and laptops from Haswell to
Comet Lake) a ResNet50 at 64 pixels got other bits than with 320 KB and more. Here it is computed as a convolution of
stride 1 for each of the four parities of a pixel's place, which no cache changed at up to 128 pixels, in the same time
(0.868 s a step beside 0.869 s). `python -m benchmarks.caches` shows both. The same arithmetic, the other way round, is
the sub-pixel convolution of Shi et al. 2016, "Is the deconvolution layer the same as a convolutional layer?".
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Strided(nn.Conv2d):
    """A Conv2d of kernel 3, stride 2, padding 1, without bias; its values, its weights and their names are Conv2d's."""

    def forward(self, x: Tensor) -> Tensor:
        return Convolution.apply(x, self.weight)


class Convolution(torch.autograd.Function):
    """x (n, i, h, w) and weight (o, i, 3, 3) to (n, o, ⌈h/2⌉, ⌈w/2⌉)."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return functional.conv2d(x, weight, stride=2, padding=1)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        of_input, of_weight = ctx.needs_input_grad
        return (input_gradient(x, weight, grad) if of_input else None,
                nn.grad.conv2d_weight(x, weight.shape, grad, stride=2, padding=1) if of_weight else None)


def input_gradient(x: Tensor, weight: Tensor, grad: Tensor) -> Tensor:
    """What autograd gives for x, up to rounding.

    Output place g sees the inputs 2g - 1, 2g and 2g + 1. An even input 2m is thus seen by g = m alone, through the
    middle tap; an odd one, 2m + 1, by g = m through the last tap and by g = m + 1 through the first.
    """
    taps = weight.transpose(0, 1).flip(2, 3)
    padded = functional.pad(grad, (0, 1, 0, 1)).contiguous(memory_format=torch.channels_last)
    of_input = torch.empty_like(x)
    for row, rows in enumerate([slice(1, 2), slice(0, 3, 2)]):
        for column, columns in enumerate([slice(1, 2), slice(0, 3, 2)]):
            kernel = taps[:, :, rows, columns].contiguous(memory_format=torch.channels_last)
            places = of_input[:, :, row::2, column::2]
            places.copy_(functional.conv2d(padded, kernel)[:, :, :places.shape[2], :places.shape[3]])
    return of_input


def steady(model: nn.Module) -> nn.Module:
    """Make every such convolution of a model a Strided one, in place; nothing that is saved changes."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d) and (layer.kernel_size, layer.stride, layer.padding) == ((3, 3), (2, 2), (1, 1)):
            layer.__class__ = Strided
    return model
