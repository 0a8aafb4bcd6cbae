"""Parameters: how many a model has, and the random numbers that it starts from."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

GAINS = {"linear": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}


class Size(NamedTuple):
    """Numbers of a model, and the bytes of all of them."""

    trainable: int
    frozen: int
    bytes: int


def count_parameters(model: nn.Module) -> Size:
    """Count the numbers that training may change, those it may not, and their bytes.

    A parameter that several layers share counts once; buffers do not count.

    Units: numbers, numbers, bytes.
    """
    parameters = list(model.parameters())
    return Size(
        trainable=sum(p.numel() for p in parameters if p.requires_grad),
        frozen=sum(p.numel() for p in parameters if not p.requires_grad),
        bytes=sum(p.numel() * p.element_size() for p in parameters),
    )


def fans(weight: Tensor) -> tuple[int, int]:
    """Return how many inputs an output is summed from, and outputs an input goes to.

    fan_in = I · K, fan_out = O · K, where K is the number of entries of a kernel: 1 in
    a linear layer.

    Shapes: weight (O, I, ...), as in `nn.Linear`, or `nn.Conv2d` with stride 1 and
        without groups.
    Raises: ValueError if `weight` has fewer than two axes.
    Same as: torch.nn.init, which keeps this function to itself.
    """
    if weight.dim() < 2:
        shape = tuple(weight.shape)
        raise ValueError(f"weight must have two axes or more (O, I, ...), got {shape}")
    outputs, inputs, *kernel = weight.shape
    return inputs * math.prod(kernel), outputs * math.prod(kernel)


def gain_of(activation: str) -> float:
    """Return the factor for the standard deviation that an activation asks for.

    1 for "linear", √2 for "relu", 5/3 for "tanh".

    Raises: ValueError if `activation` is none of these.
    Same as: torch.nn.init.calculate_gain, which knows some more.
    """
    if activation not in GAINS:
        raise ValueError(
            f"activation must be one of {', '.join(GAINS)}, got {activation!r}"
        )
    return GAINS[activation]


@torch.no_grad()
def fill_normal(
    weight: Tensor, std: float, generator: torch.Generator | None = None
) -> Tensor:
    """Fill a weight, in place, with normal numbers of mean 0; return it.

    w ~ N(0, std²)

    Shapes: weight (any) -> the same.
    Same as: torch.nn.init.normal_.
    """
    return weight.normal_(0, std, generator=generator)


@torch.no_grad()
def fill_uniform(
    weight: Tensor, std: float, generator: torch.Generator | None = None
) -> Tensor:
    """Fill a weight, in place, with numbers that are equally likely between two bounds.

    w ~ U(−√3 std, √3 std), which has mean 0 and variance std²

    Shapes: weight (any) -> the same.
    Same as: torch.nn.init.uniform_ with these bounds.
    """
    bound = math.sqrt(3) * std
    return weight.uniform_(-bound, bound, generator=generator)


def kaiming_std(weight: Tensor, activation: str = "relu") -> float:
    """Return the standard deviation that keeps the size of activations through depth.

    std = gain / √fan_in

    Shapes: weight (O, I, ...).
    Raises: ValueError if `weight` has fewer than two axes or `activation` is unknown.
    Same as: torch.nn.init.kaiming_normal_ and kaiming_uniform_ with mode="fan_in".
    Source: He, Zhang, Ren, Sun (2015), doi:10.1109/ICCV.2015.123
    """
    fan_in, _ = fans(weight)
    return gain_of(activation) / math.sqrt(fan_in)


def xavier_std(weight: Tensor, activation: str = "linear") -> float:
    """Return a compromise between what the way forward and the way back ask for.

    std = gain · √(2 / (fan_in + fan_out))

    Shapes: weight (O, I, ...).
    Raises: ValueError if `weight` has fewer than two axes or `activation` is unknown.
    Same as: torch.nn.init.xavier_normal_ and xavier_uniform_.
    Source: Glorot, Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html
    """
    return gain_of(activation) * math.sqrt(2 / sum(fans(weight)))


@torch.no_grad()
def fill_orthogonal(
    weight: Tensor, gain: float = 1.0, generator: torch.Generator | None = None
) -> Tensor:
    """Fill a weight, in place, with a random orthogonal matrix times `gain`; return it.

    W Wᵀ = gain² · 1 if O ≤ I · K, and Wᵀ W = gain² · 1 if O ≥ I · K, for W as a matrix
    (O, I · K). It is the Q of a QR decomposition of normal numbers, with the signs of
    R's diagonal moved to Q, so that no rotation is more likely than another.

    Shapes: weight (O, I, ...) -> the same.
    Raises: ValueError if `weight` has fewer than two axes.
    Same as: torch.nn.init.orthogonal_.
    Source: Saxe, McClelland, Ganguli (2014), arXiv:1312.6120
    """
    fans(weight)  # raises for fewer than two axes
    matrix = torch.empty_like(weight.flatten(1)).normal_(generator=generator)
    is_wide = matrix.shape[0] < matrix.shape[1]
    Q, R = torch.linalg.qr(matrix.T if is_wide else matrix)
    Q = Q * R.diagonal().sign()  # one sign for each column
    return weight.copy_(gain * (Q.T if is_wide else Q).reshape(weight.shape))
