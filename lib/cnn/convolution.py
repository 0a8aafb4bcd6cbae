"""Convolution and transposed convolution as functions, and convolution as a layer.

Letters: B pictures, G groups with C input and O output channels each, height H and
width W, kernels of h rows and w columns.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lib.cnn.correlation import correlate_by_windows
from lib.cnn.padding_stride_channels import (
    Pair,
    edge_padding,
    output_size,
    transposed_output_size,
    whole_pair,
)

Correlate = Callable[[Tensor, Tensor, Pair, Pair], Tensor]


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Pair = 1,
    padding: int | Pair | str = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
    *,
    correlate: Correlate = correlate_by_windows,
) -> Tensor:
    """Pad the pictures with zeros, correlate them with the kernels, add the bias.

    `correlate` is one of the ways of `lib.cnn.correlation`.

    Shapes: input (B, G C, H, W) or (G C, H, W), weight (G O, C, h, w), bias (G O,) ->
        (B, G O, H', W') or (G O, H', W'), sizes as `output_size` says
    Raises: ValueError if shapes and options do not fit; TypeError for a stride, padding
        or dilation that is neither a whole number nor a pair of them.
    Same as: torch.nn.functional.conv2d.
    """
    stride = whole_pair("stride", stride, 1)
    dilation = whole_pair("dilation", dilation, 1)
    kernel_size = tuple(weight.shape[-2:])
    edges = edge_padding(padding, kernel_size, stride, dilation)
    _check_channels(input, weight, bias, groups, in_axis=1)
    x = F.pad(input, edges).unflatten(-3, (groups, -1))  # (..., G C, H, W) -> (G, C)
    for n, k, s, d in zip(x.shape[-2:], kernel_size, stride, dilation, strict=True):
        output_size(n, k, s, 0, d)  # refuses a kernel that does not fit
    x = x if input.dim() == 4 else x[None]
    y = correlate(x, weight.unflatten(0, (groups, -1)), stride, dilation)
    y = y.flatten(1, 2)  # (B, G, O, H', W') -> (B, G O, H', W')
    y = y if bias is None else y + bias[:, None, None]
    return y if input.dim() == 4 else y[0]


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    output_padding: int | Pair = 0,
    groups: int = 1,
    dilation: int | Pair = 1,
) -> Tensor:
    """Put a copy of the kernel, times each input number, into the output, and add up.

    The transpose of `conv2d`: with the same weight and options, its matrix is that of
    `conv2d` with rows and columns exchanged.

    Shapes: input (B, G C, H, W) or (G C, H, W), weight (G C, O, h, w), bias (G O,) ->
        (B, G O, H', W') or (G O, H', W'), sizes as `transposed_output_size` says
    Raises: ValueError if shapes and options do not fit; TypeError for an option that is
        neither a whole number nor a pair of them.
    Same as: torch.nn.functional.conv_transpose2d.
    """
    stride = whole_pair("stride", stride, 1)
    dilation = whole_pair("dilation", dilation, 1)
    padding = whole_pair("padding", padding, 0)
    extra = whole_pair("output_padding", output_padding, 0)
    _check_channels(input, weight, bias, groups, in_axis=0)
    x = input.unflatten(-3, (groups, -1))  # (..., G C, H, W) -> (..., G, C, H, W)
    x = x if input.dim() == 4 else x[None]
    kernels = weight.unflatten(0, (groups, -1))  # (G C, O, h, w) -> (G, C, O, h, w)
    options = (stride, padding, extra, dilation)
    sizes = [
        transposed_output_size(*axis)
        for axis in zip(x.shape[-2:], weight.shape[-2:], *options, strict=True)
    ]
    rows, columns = (slice(p, p + n) for p, n in zip(padding, sizes, strict=True))
    canvas = [n + 2 * p for n, p in zip(sizes, padding, strict=True)]
    y = _spread(x, kernels, stride, dilation, canvas)[..., rows, columns]
    y = y.flatten(1, 2)  # (B, G, O, H', W') -> (B, G O, H', W')
    y = y if bias is None else y + bias[:, None, None]
    return y if input.dim() == 4 else y[0]


def _spread(
    x: Tensor, kernels: Tensor, stride: Pair, dilation: Pair, size: Sequence[int]
) -> Tensor:
    """Add up the products of (B, G, C, H, W) and (G, C, O, h, w) in their positions."""
    (H, W), (h, w) = x.shape[-2:], kernels.shape[-2:]
    canvas = x.new_zeros(len(x), len(kernels), kernels.shape[2], *size)
    for i in range(h):
        top = i * dilation[0]
        rows = slice(top, top + (H - 1) * stride[0] + 1, stride[0])
        for j in range(w):
            left = j * dilation[1]
            columns = slice(left, left + (W - 1) * stride[1] + 1, stride[1])
            part = torch.einsum("bgcyx,gco->bgoyx", x, kernels[..., i, j])
            canvas[..., rows, columns] += part
    return canvas


class Conv2d(nn.Module):
    """A convolution with learnt kernels and a learnt bias, as a layer.

    y = conv2d(x, weight, bias)

    Shapes: (B, in_channels, H, W) -> (B, out_channels, H', W'), or both without B.
    Raises: ValueError for channels that `groups` does not divide, an unknown padding
        mode, or an input that does not fit; TypeError as `conv2d`.
    Same as: torch.nn.Conv2d; its state dict fits.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair | str = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__()
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(f"padding_mode must be a known one, got {padding_mode!r}")
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"in_channels ({in_channels}) and out_channels ({out_channels}) "
                f"must be divisible by groups ({groups})"
            )
        self.kernel_size = whole_pair("kernel_size", kernel_size, 1)
        self.stride = whole_pair("stride", stride, 1)
        self.dilation = whole_pair("dilation", dilation, 1)
        self.edges = edge_padding(padding, self.kernel_size, self.stride, self.dilation)
        self.padding, self.groups, self.padding_mode = padding, groups, padding_mode
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = nn.Parameter(torch.empty(shape))
        self.register_parameter("bias", None)
        if bias:
            self.bias = nn.Parameter(torch.empty(out_channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw uniformly between ±1/√n, n the numbers that an output depends on."""
        bound = 1 / math.sqrt(self.weight[0].numel())
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of x."""
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        x = F.pad(x, self.edges, mode)  # (..., H, W) -> (..., H + top + bottom, …)
        return conv2d(
            x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )

    def extra_repr(self) -> str:
        """Return what stands between the brackets when the layer is printed."""
        out_channels, in_channels = len(self.weight), self.weight.shape[1] * self.groups
        return (
            f"{in_channels}, {out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"groups={self.groups}, bias={self.bias is not None}"
        )


def _check_channels(
    input: Tensor, weight: Tensor, bias: Tensor | None, groups: int, *, in_axis: int
) -> None:
    """Refuse pictures, kernels and bias that do not fit; `in_axis` is of the weight."""
    for name, tensor, ranks in (("input", input, (3, 4)), ("weight", weight, (4,))):
        if tensor.dim() not in ranks:
            raise ValueError(
                f"{name} must have {' or '.join(map(str, ranks))} axes, "
                f"got shape {tuple(tensor.shape)}"
            )
    if groups < 1 or len(weight) % groups:
        raise ValueError(
            f"axis 0 of weight ({len(weight)}) must be divisible by groups ({groups})"
        )
    others = 1 if in_axis == 0 else groups
    wanted = weight.shape[in_axis] * others
    if input.shape[-3] != wanted:
        raise ValueError(
            f"input must have {wanted} channels on axis -3, got {tuple(input.shape)}: "
            f"weight is {tuple(weight.shape)}, groups {groups}"
        )
    out_channels = len(weight) if in_axis == 1 else weight.shape[1] * groups
    if bias is not None and bias.shape != (out_channels,):
        raise ValueError(
            f"bias must have shape ({out_channels},), got {tuple(bias.shape)}"
        )
