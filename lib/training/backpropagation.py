"""Gradients of a network with two layers, by the chain rule, without autograd."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from lib.core.shapes import check_shape


class Network(NamedTuple):
    """The parameters of two layers, or their gradients, which have the same shapes.

    Shapes: W1 (H, D), b1 (H,), W2 (C, H), b2 (C,)
    """

    W1: Tensor
    b1: Tensor
    W2: Tensor
    b2: Tensor


class Cache(NamedTuple):
    """What the forward pass keeps for the backward pass.

    Shapes: x (B, D), z (B, H), h (B, H)
    """

    x: Tensor
    z: Tensor
    h: Tensor


def forward(network: Network, x: Tensor) -> tuple[Tensor, Cache]:
    """Return the logits of a batch, and what the backward pass will need.

    z = x W₁ᵀ + b₁,  h = max(z, 0),  s = h W₂ᵀ + b₂

    Shapes: x (B, D) -> logits (B, C).
    Raises: ValueError if `x` does not fit W1, or a parameter another one.
    Same as: nn.Sequential(nn.Linear(D, H), nn.ReLU(), nn.Linear(H, C)).
    """
    num_hidden, num_features = check_shape("W1", network.W1, "H", "D").values()
    check_shape("b1", network.b1, num_hidden)
    (num_classes,) = check_shape("W2", network.W2, "C", num_hidden).values()
    check_shape("b2", network.b2, num_classes)
    check_shape("x", x, "B", num_features)
    z = x @ network.W1.T + network.b1  # (B, D) @ (D, H) -> (B, H)
    h = z.clamp(min=0)
    return h @ network.W2.T + network.b2, Cache(x, z, h)  # (B, H) @ (H, C) -> (B, C)


def backward(
    network: Network, cache: Cache, logits_grad: Tensor
) -> tuple[Network, Tensor]:
    """Return the gradients of the parameters, and of the inputs, by the chain rule.

    With S = ∂L/∂s (B, C):  ∂L/∂W₂ = Sᵀ h,  ∂L/∂b₂ = Σᵢ Sᵢ,  ∂L/∂h = S W₂,
    Z = ∂L/∂z = ∂L/∂h ⊙ [z > 0],  ∂L/∂W₁ = Zᵀ x,  ∂L/∂b₁ = Σᵢ Zᵢ,  ∂L/∂x = Z W₁

    Shapes: logits_grad (B, C) -> gradients as in Network, and (B, D).
    Raises: ValueError if `logits_grad` does not fit the network and the cache.
    Same as: torch.autograd.grad(loss, parameters).
    Source: Rumelhart, Hinton, Williams (1986), doi:10.1038/323533a0
    """
    check_shape("logits_grad", logits_grad, len(cache.x), len(network.b2))
    W2_grad = logits_grad.T @ cache.h  # (C, B) @ (B, H) -> (C, H)
    h_grad = logits_grad @ network.W2  # (B, C) @ (C, H) -> (B, H)
    z_grad = h_grad * (cache.z > 0)
    W1_grad = z_grad.T @ cache.x  # (H, B) @ (B, D) -> (H, D)
    x_grad = z_grad @ network.W1  # (B, H) @ (H, D) -> (B, D)
    return Network(W1_grad, z_grad.sum(0), W2_grad, logits_grad.sum(0)), x_grad


def finite_difference(
    loss_fn: Callable[[], Tensor], parameter: Tensor, step: float
) -> Tensor:
    """Estimate the gradient of a loss by moving one number of a parameter at a time.

    gⱼ = (L(θ + ε eⱼ) − L(θ − ε eⱼ)) / 2ε

    The parameter is as it was afterwards. This takes two losses for each number.

    Shapes: parameter (any) -> the same.
    Raises: ValueError if `step` is not positive.
    Same as: torch.autograd.gradcheck, which compares such numbers with autograd's.
    """
    if not step > 0:
        raise ValueError(f"step must be positive, got {step}")
    gradient = torch.empty(parameter.numel(), dtype=parameter.dtype)
    with torch.no_grad():
        numbers = parameter.view(-1)  # the same memory
        for j, number in enumerate(numbers.clone()):
            numbers[j] = number + step
            above = loss_fn()
            numbers[j] = number - step
            gradient[j] = (above - loss_fn()) / (2 * step)
            numbers[j] = number
    return gradient.view(parameter.shape)
