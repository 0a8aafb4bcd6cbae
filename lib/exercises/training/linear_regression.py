"""Exercises of training/linear_regression."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def _problem(r: Draw) -> tuple:
    B, D = r.sizes(2, least=1)
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    return tuple(r.tensor(*shape, **near) for shape in ((B, D), (B,), (D,), ()))


def _gradient(
    sign: float = 1.0,
    factor: float = 2.0,
    count: Callable = len,
    product: Callable = lambda X, e: X.T @ e,
    bias_of: Callable = torch.sum,
) -> Callable:
    """Build a gradient of the mean squared error; arguments are places for faults."""

    def gradient_by_hand(
        features: Tensor, targets: Tensor, weight: Tensor, bias: Tensor
    ) -> tuple[Tensor, Tensor]:
        errors = sign * (features @ weight + bias - targets)
        share = factor / count(errors)
        return share * product(features, errors), share * bias_of(errors)

    return gradient_by_hand


def _gradient_that_edits(
    features: Tensor, targets: Tensor, weight: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor]:
    targets -= features @ weight + bias
    return -2 * features.T @ targets / len(targets), -2 * targets.mean()


def _by_autograd(
    features: Tensor, targets: Tensor, weight: Tensor, bias: Tensor
) -> tuple[Tensor, ...]:
    weight, bias = (p.detach().clone().requires_grad_() for p in (weight, bias))
    loss = (features @ weight + bias - targets).square().mean()
    return torch.autograd.grad(loss, (weight, bias))


def _ridge_in_place(weight: Tensor, gradient: Tensor, lr: float, by: float) -> Tensor:
    weight -= lr * (gradient + by * weight)
    return weight


def _scales(r: Draw) -> tuple:
    D = r.size(least=1)
    spread = r.tensor(D, scale=1.0, offset=0.0).abs() + 0.1
    return r.tensor(D, scale=1.0), r.tensor(scale=1.0), r.tensor(D, scale=3.0), spread


def _curvature(X: Tensor) -> Tensor:
    return torch.linalg.eigvalsh(2 * X.T @ X / len(X))


def _features(r: Draw) -> tuple:
    N = r.size(least=1) + 4
    return (r.tensor(N, r.size(least=1, most=4), dtype=torch.float64, ties=False),)


EXERCISES = {
    "ridge_step": Exercise(
        reference=lambda weight, gradient, lr, weight_decay: weight
        - lr * (gradient + weight_decay * weight),
        cases=lambda r: (
            r.tensor(n := r.size(least=1), scale=1.0), r.tensor(n, scale=1.0),
            r.choice(0.01, 0.1, 0.5), r.choice(0.0, 0.01, 0.5)),
        fixed=lambda: [(torch.tensor([2.0]), torch.tensor([1.0]), 0.5, 1.0)],
        contract=Contract(fresh=True),
        mistakes={
            "The penalty has no part in this step: what is the slope of its square?":
                lambda w, g, lr, decay: w - lr * g,
            "The weight shrinks after the step here, not together with it.":
                lambda w, g, lr, decay: (w - lr * g) * (1 - lr * decay),
            "The sign of the penalty: a large weight should become smaller.":
                lambda w, g, lr, decay: w - lr * (g - decay * w),
            "Uphill: the loss grows along its gradient.":
                lambda w, g, lr, decay: w + lr * (g + decay * w),
            "The learning rate does not reach the penalty here.":
                lambda w, g, lr, decay: w - lr * g - decay * w,
            "The square loses its 2 to the factor 1/2.":
                lambda w, g, lr, decay: w - lr * (g + 2 * decay * w),
            "This is the slope of |w|, not of its square.":
                lambda w, g, lr, decay: w - lr * (g + decay * w.sign()),
            "-= edits the caller's weight.": _ridge_in_place,
        },
    ),
    "gradient_by_hand": Exercise(
        reference=_gradient(),
        cases=_problem,
        fixed=lambda: [(torch.tensor([[1.0], [3.0]]), torch.tensor([2.0, 1.0]),
                        torch.tensor([1.0]), torch.tensor(0.0))],
        contract=Contract(without=("autograd",), no_loop=True),
        rtol=1e-4,
        mistakes={
            "The sum over the examples, not their mean.": _gradient(count=lambda e: 1),
            "The slope of a square has a factor of 2.": _gradient(factor=1.0),
            "These lead uphill: an error is the prediction minus the target.":
                _gradient(sign=-1.0),
            "A square X hides it: which axis of X do the errors belong to?": _gradient(
                product=lambda X, e: (X if len(X) == X.shape[1] else X.T) @ e),
            "The bias has one gradient, not one per example.":
                _gradient(bias_of=lambda e: e),
            "The bias is divided twice.": _gradient(bias_of=torch.mean),
            "The text asks for the formulae; autograd computed these.": _by_autograd,
            "-= edits the caller's targets.": _gradient_that_edits,
            "A loop over the examples: a product with the transpose does it at once.":
                _gradient(product=lambda X, e: torch.stack(
                    [x * a for x, a in zip(X, e, strict=True)]).sum(0)),
        },
    ),
    "for_raw_features": Exercise(
        reference=lambda weight, bias, mean, std: (weight / std,
                                                   bias - (weight * mean / std).sum()),
        cases=_scales,
        fixed=lambda: [(torch.tensor([6.0]), torch.tensor(1.0), torch.tensor([2.0]),
                        torch.tensor([3.0]))],
        rtol=1e-4,
        mistakes={
            "The weights fit, but the bias has moved: what is predicted at x = mean?":
                lambda w, b, mean, std: (w / std, b),
            "Multiplied by std: a feature in smaller units needs a smaller weight?":
                lambda w, b, mean, std: (w * std, b - (w * std * mean).sum()),
            "The mean is subtracted before the division, so it is divided, too.":
                lambda w, b, mean, std: (w / std, b - (w * mean).sum()),
            "The sign of the bias's shift.":
                lambda w, b, mean, std: (w / std, b + (w * mean / std).sum()),
            "There is one bias, not one per feature.":
                lambda w, b, mean, std: (w / std, b - w * mean / std),
            "The shift is a sum over the features, not their mean.":
                lambda w, b, mean, std: (w / std, b - (w * mean / std).mean()),
            "Only the bias has changed here.":
                lambda w, b, mean, std: (w, b - (w * mean / std).sum()),
            "The new weight is divided by std a second time in the bias.":
                lambda w, b, mean, std: (w / std, b - (w * mean / std**2).sum()),
        },
    ),
    "largest_lr": Exercise(
        reference=lambda features: 2 / _curvature(features)[-1],
        cases=_features,
        fixed=lambda: [(torch.tensor([[1.0], [3.0]], dtype=torch.float64),)],
        rtol=1e-6,
        mistakes={
            "The gentlest direction allows this rate; the steepest one decides.":
                lambda X: 2 / _curvature(X)[0],
            "At this rate the steepest direction is solved in one step. Where does it "
            "end to shrink?": lambda X: 1 / _curvature(X)[-1],
            "The loss is a mean: the curvature is divided by the number of examples.":
                lambda X: 2 / (len(X) * _curvature(X)[-1]),
            "The square brings a factor of 2 into the curvature.":
                lambda X: 4 / _curvature(X)[-1],
            "The mean curvature is not the largest.":
                lambda X: 2 / _curvature(X).mean(),
            "The diagonal of X.T @ X alone: directions may lie between the axes.":
                lambda X: 2 / (2 * X.square().mean(0)).max(),
            "The sum of all curvatures is too careful.":
                lambda X: 2 / _curvature(X).sum(),
            "Singular values of X are the roots of what you want.":
                lambda X: len(X) / torch.linalg.svdvals(X)[0],
        },
    ),
}
