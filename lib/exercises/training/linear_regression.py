"""Checks of the exercises in training/linear_regression."""

import torch
from torch import Tensor

from lib.book.checks import Check, leaves_inputs_unchanged, raises, returns


def _problem(num_examples: int = 5, num_features: int = 3) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return features, targets, weight and bias. Shapes: (N, D), (N,), (D,), ()."""
    generator = torch.Generator().manual_seed(num_examples)
    features = torch.randn(num_examples, num_features, generator=generator)
    targets = torch.randn(num_examples, generator=generator)
    weight = torch.arange(1.0, 1 + num_features)
    return features, targets, weight, torch.tensor(0.5)


def _autograd(
    features: Tensor, targets: Tensor, weight: Tensor, bias: Tensor
) -> tuple[Tensor, ...]:
    weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    loss = torch.nn.functional.mse_loss(features @ weight + bias, targets)
    return torch.autograd.grad(loss, (weight, bias))


def _standardised(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    mean, std = train.mean(0), train.std(0, correction=0)
    std[std == 0] = 1
    return (train - mean) / std, (test - mean) / std


def _tables() -> tuple[Tensor, Tensor]:
    return torch.tensor([[1.0, 10.0], [3.0, 30.0], [8.0, 20.0]]), torch.tensor([[2.0, 100.0]])


CHECKS: dict[str, tuple[Check, ...]] = {
    "gradient_by_hand": (
        returns(
            "five examples with three features",
            _problem,
            _autograd,
            hint="2/B times X.T @ errors, and 2/B times the sum of the errors.",
        ),
        returns(
            "a single example",
            lambda: _problem(1),
            _autograd,
            hint="Divide by the number of examples that came, here 1.",
        ),
        returns(
            "as many examples as features",
            lambda: _problem(3),
            _autograd,
            hint="For a square X torch cannot tell X from X.T: the errors meet the rows of X.",
        ),
        leaves_inputs_unchanged(_problem),
    ),
    "epoch_loss": (
        returns("two equal batches", lambda: ([1.0, 3.0], [4, 4]), 2.0, hint="The mean is 2."),
        returns(
            "a short last batch",
            lambda: ([1.0, 1.0, 11.0], [4, 4, 2]),
            3.0,
            hint="(4·1 + 4·1 + 2·11) / 10: a batch of two weighs half as much as one of four.",
        ),
        returns(
            "one batch",
            lambda: ([0.25], [7]),
            0.25,
            hint="One batch: its own mean.",
        ),
        raises("no batches", lambda: ([], []), ValueError),
    ),
    "ridge_step": (
        returns(
            "no weight decay",
            lambda: (torch.tensor([1.0, -2.0]), torch.tensor([0.5, 4.0]), 0.1, 0.0),
            torch.tensor([0.95, -2.4]),
            hint="Without weight decay it is the plain step w - lr * gradient.",
        ),
        returns(
            "weight decay alone",
            lambda: (torch.tensor([1.0, -2.0]), torch.zeros(2), 0.1, 0.5),
            torch.tensor([0.95, -1.9]),
            hint="With gradient 0 the weight shrinks by the factor 1 - lr * weight_decay.",
        ),
        returns(
            "both",
            lambda: (torch.tensor([3.0]), torch.tensor([2.0]), 0.5, 0.1),
            torch.tensor([1.85]),
            hint="The decay uses the weight before the step: lr * (gradient + weight_decay * w).",
        ),
        leaves_inputs_unchanged(lambda: (torch.ones(2), torch.ones(2), 0.1, 0.1)),
    ),
    "standardise": (
        returns(
            "three training rows and one test row",
            _tables,
            _standardised,
            hint="Mean and standard deviation (correction=0) per feature, of the training part.",
        ),
        returns(
            "a test part that lies elsewhere",
            lambda: (_tables()[0], _tables()[0] + 50),
            _standardised,
            hint="The test part is shifted by the training mean, not by its own.",
        ),
        returns(
            "a constant feature",
            lambda: (torch.tensor([[5.0, 1.0], [5.0, 3.0]]), torch.tensor([[6.0, 2.0]])),
            _standardised,
            hint="Where the standard deviation is 0, divide by 1.",
        ),
        leaves_inputs_unchanged(_tables),
    ),
}
