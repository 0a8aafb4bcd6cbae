"""Layer, group and RMS norm, and what all norms share.

Dimension letters: B batch, C channels, L further axes, of pictures H and W.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def standardise(x: Tensor, axes: Sequence[int], eps: float = 1e-5) -> Tensor:
    r"""Bring the numbers along the axes to mean 0 and variance 1.

    $$\hat x = (x - \mu) / \sqrt{\sigma^2 + \epsilon}$$

    $\mu$ and $\sigma^2$ are mean and biased variance over the axes.

    Shapes: (any) -> (the same)
    """
    axes = tuple(axes)
    centred = x - x.mean(axes, keepdim=True)
    variance = centred.square().mean(axes, keepdim=True)
    return centred * (variance + eps).rsqrt()


def scale_and_shift(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """Multiply each channel by its weight and add its bias, if there are any.

    Shapes: x (B, C, L…), weight (C,), bias (C,) -> (B, C, L…)
    """
    if weight is not None:
        x = x * along_channels(weight, x)
    if bias is not None:
        x = x + along_channels(bias, x)
    return x


def along_channels(values: Tensor, x: Tensor) -> Tensor:
    """Give a tensor with one value per channel the axes that it needs beside x.

    Shapes: values (C,), x (B, C, L…) -> (C, 1…)
    """
    return values.reshape(-1, *[1] * (x.dim() - 2))


class GroupNorm(nn.Module):
    """Standardise each example over groups of neighbouring channels and all positions.

    One group is all channels; as many groups as channels is instance norm.

    Shapes: (B, C), (B, C, L) or (B, C, H, W) -> the same
    Raises: ValueError for another number of channels, or one that the groups do not
        divide.
    Same as: torch.nn.GroupNorm, which refuses a batch that holds one value per group.
    Source: Wu, He (2018), arXiv:1803.08494
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(
                f"num_channels ({num_channels}) must be divisible by "
                f"num_groups ({num_groups})"
            )
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, eps
        add_parameters(self, (num_channels,), affine, affine and bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return x standardised, scaled and shifted."""
        check_channels(x, self.num_channels)
        groups = x.unflatten(1, (self.num_groups, -1))  # (B, C, L…) -> (B, G, C/G, L…)
        y = standardise(groups, range(2, groups.dim()), self.eps).flatten(1, 2)
        return scale_and_shift(y, self.weight, self.bias)


class LayerNorm(nn.Module):
    """Standardise over the last axes, those of `normalized_shape`.

    Each number of that shape has its own weight and bias.

    Shapes: (…, normalized_shape) -> the same
    Raises: ValueError if the last axes have other sizes.
    Same as: torch.nn.LayerNorm.
    Source: Ba, Kiros, Hinton (2016), arXiv:1607.06450
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.normalized_shape, self.eps = as_shape(normalized_shape), eps
        affine = elementwise_affine
        add_parameters(self, self.normalized_shape, affine, affine and bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return x standardised, scaled and shifted."""
        y = standardise(x, last_axes(x, self.normalized_shape), self.eps)
        y = y if self.weight is None else y * self.weight
        return y if self.bias is None else y + self.bias


class RMSNorm(nn.Module):
    r"""Divide by the root of the mean square over the last axes; subtract nothing.

    $$y = \gamma x / \sqrt{\operatorname{mean}(x^2) + \epsilon}$$

    Without `eps`, $\epsilon$ is the distance from 1 to the next number of x's dtype.

    Shapes: (…, normalized_shape) -> the same
    Raises: ValueError if the last axes have other sizes.
    Same as: torch.nn.RMSNorm.
    Source: Zhang, Sennrich (2019), arXiv:1910.07467
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
    ) -> None:
        super().__init__()
        self.normalized_shape, self.eps = as_shape(normalized_shape), eps
        add_parameters(self, self.normalized_shape, elementwise_affine, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return x divided and scaled."""
        axes = last_axes(x, self.normalized_shape)
        eps = torch.finfo(x.dtype).eps if self.eps is None else self.eps
        y = x * (x.square().mean(axes, keepdim=True) + eps).rsqrt()
        return y if self.weight is None else y * self.weight


def add_parameters(
    norm: nn.Module, shape: Sequence[int], weight: bool, bias: bool
) -> None:
    """Register a weight of ones and a bias of zeros, or None for what is not wanted.

    Shapes: weight (shape), bias (shape)
    """
    for name, wanted, value in (("weight", weight, 1.0), ("bias", bias, 0.0)):
        start = nn.Parameter(torch.full(tuple(shape), value)) if wanted else None
        norm.register_parameter(name, start)


def check_channels(x: Tensor, num_channels: int, further_axes: int = 0) -> None:
    """Check that x has a batch, these channels, and so many further axes or more.

    Shapes: x (B, C, L…)
    Raises: ValueError otherwise.
    """
    if x.dim() < 2 + further_axes or x.shape[1] != num_channels:
        wanted = ", ".join(["B", str(num_channels), *["L"] * further_axes, "..."])
        raise ValueError(f"x must have shape ({wanted}), got {tuple(x.shape)}")


def as_shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    """Return a shape as a tuple, one number as a tuple of one."""
    if isinstance(normalized_shape, int):
        return (normalized_shape,)
    return tuple(normalized_shape)


def last_axes(x: Tensor, normalized_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the axes that the shape stands for, counted from the end.

    Shapes: x (…, normalized_shape)
    Raises: ValueError if x ends in other sizes.
    """
    rank = len(normalized_shape)
    if tuple(x.shape[-rank:]) != normalized_shape:
        wanted = ", ".join(["...", *map(str, normalized_shape)])
        raise ValueError(f"x must have shape ({wanted}), got {tuple(x.shape)}")
    return tuple(range(-rank, 0))
