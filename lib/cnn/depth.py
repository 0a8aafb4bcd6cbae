"""Deep, narrow networks with and without skips and batch norm: a grid of runs."""

from itertools import product

import torch
from torch import Tensor, nn

from lib.cnn.learning_rates import sgd_on_digits
from lib.cnn.normalisation import add_parameters, scale_and_shift
from lib.cnn.resnet import BasicBlock, begin_as_identity, keep_variance, same_conv
from lib.training.run_grid import RunGrid, Setting

DEPTHS = (8, 20, 56)
DEPTH_RATES = (0.001, 0.003, 0.01, 0.03)
SHORT, LONG = 3, 12  # epochs


class ChannelAffine(nn.Module):
    """Batch norm's weight and bias alone: nothing is standardised.

    Shapes: (B, C, L…) -> the same
    """

    def __init__(self, num_features: int) -> None:
        super().__init__()
        add_parameters(self, (num_features,), weight=True, bias=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return x, each channel scaled and shifted."""
        return scale_and_shift(x, self.weight, self.bias)


class Nothing(nn.Module):
    """Zeros in the shape of the input, in the place of a skip: a block adds nothing.

    Shapes: (any) -> (the same)
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return zeros."""
        return torch.zeros_like(x)


def network_of_depth(
    depth: int, *, skips: bool, norm: bool, identity: bool = False, width: int = 8
) -> nn.Sequential:
    """Return a first convolution, blocks at 7 × 7 positions, and a linear layer.

    `depth` counts the convolutions and the linear layer. Without `skips`, a block is
    its two convolutions alone; without `norm`, scales and shifts stay. With `identity`,
    the blocks' last scales begin at 0.

    Shapes: images (B, 1, 28, 28) -> logits (B, 10)
    Raises: ValueError unless depth is 2, 4, 6, ...
    """
    if depth < 2 or depth % 2:
        raise ValueError(f"depth must be 2, 4, 6, ..., got {depth}")
    blocks = [BasicBlock(width, width) for _ in range(depth // 2 - 1)]
    for block in blocks:
        if not skips:
            block.downsample = Nothing()
        if not norm:
            block.bn1, block.bn2 = ChannelAffine(width), ChannelAffine(width)
    model = nn.Sequential(
        same_conv(1, width, 3, stride=2),  # -> (B, width, 14, 14)
        nn.BatchNorm2d(width) if norm else ChannelAffine(width),
        nn.ReLU(),
        nn.MaxPool2d(2),  # -> (B, width, 7, 7)
        *blocks,
        nn.Flatten(),
        nn.Linear(width * 7 * 7, 10),
    )
    keep_variance(model)
    if identity:
        begin_as_identity(model)
    return model


def make_depth_run(
    depth: int,
    skips: bool,
    norm: bool,
    identity: bool,
    lr: float,
    num_epochs: int,
    seed: int,
) -> dict[str, object]:
    """Return what `fit` needs for one run."""
    model = network_of_depth(depth, skips=skips, norm=norm, identity=identity)
    return {**sgd_on_digits(model, lr, seed), "num_epochs": num_epochs}


def depth_settings() -> list[Setting]:
    """Return the settings of the runs.

    The four networks of each depth; at the largest, two that begin as identities, and
    four times as many epochs for those without skips.
    """
    four = [*product((False, True), (False, True))]  # skips, norm
    plans = [
        (depth, *arm, False, lr, SHORT)
        for depth, arm, lr in product(DEPTHS, four, DEPTH_RATES)
    ]
    deepest = DEPTHS[-1]
    for norm in (False, True):
        plans += [(deepest, True, norm, True, lr, SHORT) for lr in DEPTH_RATES]
        plans += [(deepest, False, norm, False, 0.003, LONG)]
    names = ("depth", "skips", "norm", "identity", "lr", "num_epochs", "seed")
    return [
        dict(zip(names, (*plan, seed), strict=True))
        for plan, seed in product(plans, range(3))
    ]


GRID = RunGrid(make_depth_run, depth_settings(), num_epochs=SHORT, rtol=0.05)
