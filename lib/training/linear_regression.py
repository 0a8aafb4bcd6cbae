"""Linear regression: data, batches, model, loss, step; and the exact answer."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from lib.core.shapes import check_shape


def synthetic_data(
    weight: Tensor,
    bias: float,
    num_examples: int,
    *,
    noise_std: float,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Draw examples from a known line with Gaussian noise.

    X ~ N(0, 1), y = X w + b + ε, ε ~ N(0, noise_std²)

    Shapes: weight (D,) -> features (N, D), targets (N,).
    Raises: ValueError if `weight` has another number of axes than one.
    """
    (num_features,) = check_shape("weight", weight, "D").values()
    options = {"generator": generator, "dtype": weight.dtype}
    features = torch.randn(num_examples, num_features, **options)
    noise = noise_std * torch.randn(num_examples, **options)
    targets = linear(features, weight, torch.tensor(bias, dtype=weight.dtype)) + noise
    return features, targets


def minibatches(
    features: Tensor, targets: Tensor, batch_size: int, *, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Go through the examples once in random order; the last batch may be shorter.

    Shapes: features (N, D), targets (N,) -> batches (B, D), (B,) with B ≤ batch_size.
    Raises: ValueError if `batch_size` is less than 1 or the numbers of examples differ.
    Same as: torch.utils.data.DataLoader(..., shuffle=True), in another order.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if len(features) != len(targets):
        raise ValueError(
            "features and targets must have as many rows, "
            f"got {len(features)} and {len(targets)}"
        )
    order = torch.randperm(len(features), generator=generator)
    for rows in order.split(batch_size):
        yield features[rows], targets[rows]


def linear(features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Predict one number per example.

    ŷ = X w + b

    Shapes: features (B, D), weight (D,), bias () -> (B,).
    Same as: torch.nn.functional.linear with one output, without its last axis.
    """
    return features @ weight + bias  # (B, D) @ (D,) -> (B,)


def squared_loss(predictions: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared difference; shapes must be equal, nothing is broadcast.

    L = 1/B Σᵢ (ŷᵢ − yᵢ)²

    Shapes: predictions, targets (any shape, the same for both) -> ().
    Raises: ValueError if the shapes differ.
    Same as: torch.nn.functional.mse_loss, which broadcasts with a warning.
    """
    if predictions.shape != targets.shape:
        raise ValueError(
            f"predictions and targets must have one shape, "
            f"got {tuple(predictions.shape)} and {tuple(targets.shape)}"
        )
    return (predictions - targets).square().mean()


@torch.no_grad()
def sgd_step(parameters: Sequence[Tensor], lr: float) -> None:
    """Move each parameter against its gradient, in place, and drop the gradient.

    θ ← θ − lr · ∂L/∂θ

    Shapes: parameters (any), each with a gradient of its own shape.
    Raises: ValueError if `lr` is not positive or a parameter has no gradient.
    Same as: torch.optim.SGD(parameters, lr).step() followed by zero_grad().
    """
    if not lr > 0:  # NaN is not
        raise ValueError(f"lr must be positive, got {lr}")
    if any(parameter.grad is None for parameter in parameters):
        raise ValueError(
            "every parameter must have a gradient: call backward() on the loss first"
        )
    for parameter in parameters:
        parameter -= lr * parameter.grad
        parameter.grad = None


def least_squares(features: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return the weight and bias with the smallest squared loss, without iterating.

    (w, b) = argmin ‖A (w, b) − y‖², A = [X 1], so that AᵀA (w, b) = Aᵀy; A must have
    full rank.

    Shapes: features (N, D), targets (N,) -> weight (D,), bias ().
    Raises: ValueError if there are fewer examples than unknowns (N < D + 1).
    Same as: sklearn.linear_model.LinearRegression.
    """
    num_examples, num_features = check_shape("features", features, "N", "D").values()
    check_shape("targets", targets, num_examples)
    if num_examples < num_features + 1:
        raise ValueError(
            f"{num_features} weights and a bias need at least {num_features + 1} "
            f"examples, got {num_examples}"
        )
    ones = features.new_ones(num_examples, 1)
    with_ones = torch.cat([features, ones], dim=1)  # (N, D), (N, 1) -> (N, D + 1)
    solution = torch.linalg.lstsq(with_ones, targets[:, None]).solution  # (D + 1, 1)
    return solution[:-1, 0], solution[-1, 0]


def largest_stable_lr(features: Tensor) -> float:
    """Return the lr above which full-batch descent on the squared loss diverges.

    lr < 2 / λ, λ the largest eigenvalue of the Hessian H = 2/N AᵀA, A = [X 1]

    Shapes: features (N, D).
    Raises: ValueError if `features` has another number of axes than two.
    Source: LeCun, Bottou, Orr, Müller (1998), Efficient BackProp,
    doi:10.1007/3-540-49430-8_2
    """
    num_examples, _ = check_shape("features", features, "N", "D").values()
    with_ones = torch.cat([features, features.new_ones(num_examples, 1)], dim=1)
    hessian = 2 / num_examples * with_ones.T @ with_ones  # (D + 1, N) @ (N, D + 1)
    return 2 / torch.linalg.eigvalsh(hessian)[-1].item()
