"""Batch norm and instance norm, with running statistics, and batch norm folded away.

Dimension letters: B batch, C channels, L further axes, of pictures H and W.
"""

import copy

import torch
from torch import Tensor, nn

from lib.cnn.normalisation import (
    add_parameters,
    along_channels,
    check_channels,
    scale_and_shift,
    standardise,
)


class BatchNorm(nn.Module):
    r"""Standardise each channel over the batch, or by running statistics in evaluation.

    In training, $\mu$ and $\sigma^2$ are those of the batch, of its n values a channel:
    $$y = \gamma \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta, \quad
    \bar\mu \leftarrow (1 - m) \bar\mu + m \mu, \quad
    \bar\sigma^2 \leftarrow (1 - m) \bar\sigma^2 + m \frac{n}{n - 1} \sigma^2$$

    In evaluation $\bar\mu$, $\bar\sigma^2$ stand in their place. The share m is
    `momentum`; with None the running statistics are means over all batches so far.

    Shapes: (B, C), (B, C, L) or (B, C, H, W) -> the same
    Raises: ValueError for another number of channels, or if a channel has fewer than
        two values to take statistics of.
    Same as: torch.nn.BatchNorm1d, BatchNorm2d, BatchNorm3d; these take an empty batch
        in training, too.
    Source: Ioffe, Szegedy (2015), arXiv:1502.03167
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        add_parameters(self, (num_features,), affine, affine and bias)
        add_running_statistics(self, num_features if track_running_stats else None)

    def forward(self, x: Tensor) -> Tensor:
        """Return x standardised, scaled and shifted; in training, learn statistics."""
        check_channels(x, self.num_features)
        axes = (0, *range(2, x.dim()))  # all but the channels
        if self.training or self.running_mean is None:
            count = x.numel() // self.num_features
            check_count(count, x)
            mean, variance = x.mean(axes), x.var(axes, correction=0)
            if self.running_mean is not None:
                self.learn(mean, variance * count / (count - 1))
        else:
            mean, variance = self.running_mean, self.running_var
        scale = (variance + self.eps).rsqrt()
        y = (x - along_channels(mean, x)) * along_channels(scale, x)
        return scale_and_shift(y, self.weight, self.bias)

    @torch.no_grad()
    def learn(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running statistics towards those of a batch.

        Shapes: mean (C,), variance (C,)
        """
        self.num_batches_tracked += 1
        share = self.momentum
        if share is None:
            share = 1 / self.num_batches_tracked.item()
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)


class InstanceNorm(nn.Module):
    """Standardise each channel of each example by itself.

    With running statistics, evaluation takes these, averaged over the examples.

    Shapes: (B, C, L) or (B, C, H, W) -> the same
    Raises: ValueError for another shape, one without a batch included, or if a channel
        of an example has one value.
    Same as: torch.nn.InstanceNorm1d, InstanceNorm2d, InstanceNorm3d; these take an
        input without a batch, too.
    Source: Ulyanov, Vedaldi, Lempitsky (2016), arXiv:1607.08022
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        add_parameters(self, (num_features,), affine, affine and bias)
        add_running_statistics(self, num_features if track_running_stats else None)

    def forward(self, x: Tensor) -> Tensor:
        """Return x standardised, scaled and shifted; in training, learn statistics."""
        check_channels(x, self.num_features, further_axes=1)
        axes = tuple(range(2, x.dim()))
        if self.training or self.running_mean is None:
            count = x[0, 0].numel()
            check_count(count, x)
            if self.running_mean is not None:
                with torch.no_grad():
                    variance = x.var(axes).mean(0)  # (B, C, L…) -> (C,)
                    self.running_mean.lerp_(x.mean(axes).mean(0), self.momentum)
                    self.running_var.lerp_(variance, self.momentum)
            y = standardise(x, axes, self.eps)
        else:
            scale = (self.running_var + self.eps).rsqrt()
            y = (x - along_channels(self.running_mean, x)) * along_channels(scale, x)
        return scale_and_shift(y, self.weight, self.bias)


@torch.no_grad()
def fold_batch_norm(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    r"""Return one convolution that gives what the two layers give in evaluation.

    With $s = \gamma / \sqrt{\bar\sigma^2 + \epsilon}$, one number an output channel:
    $$w' = s w, \quad b' = s (b - \bar\mu) + \beta$$

    Shapes: conv.weight (C, in_channels / groups, kernel), norm's vectors (C,)
    Raises: ValueError if the norm has no running statistics or other channels.
    Same as: torch.nn.utils.fusion.fuse_conv_bn_eval.
    """
    if norm.running_mean is None:
        raise ValueError("norm must have running statistics, got None")
    if norm.num_features != conv.out_channels:
        raise ValueError(
            f"norm must have num_features = {conv.out_channels}, the channels of conv, "
            f"got {norm.num_features}"
        )
    folded = copy.deepcopy(conv)
    scale = (norm.running_var + norm.eps).rsqrt()
    scale = scale if norm.weight is None else scale * norm.weight
    bias = -norm.running_mean if conv.bias is None else conv.bias - norm.running_mean
    bias = scale * bias if norm.bias is None else scale * bias + norm.bias
    folded.weight.copy_(scale[:, None, None, None] * conv.weight)
    folded.bias = nn.Parameter(bias)
    return folded


def add_running_statistics(norm: nn.Module, num_features: int | None) -> None:
    """Register mean 0, variance 1 and a count of batches as buffers, or None.

    Shapes: running_mean (C,), running_var (C,), num_batches_tracked ()
    """
    size = num_features
    norm.register_buffer("running_mean", None if size is None else torch.zeros(size))
    norm.register_buffer("running_var", None if size is None else torch.ones(size))
    count = None if size is None else torch.tensor(0)
    norm.register_buffer("num_batches_tracked", count)


def check_count(count: int, x: Tensor) -> None:
    """Check that a channel has two values or more to take statistics of.

    Shapes: x (B, C, L…)
    Raises: ValueError otherwise.
    """
    if count < 2:
        raise ValueError(
            "x must hold at least 2 values per channel to take statistics of, "
            f"got {count} in shape {tuple(x.shape)}"
        )
