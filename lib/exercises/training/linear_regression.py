"""Exercises of training/linear_regression."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def ridge_step(weight, gradient, lr, weight_decay):
    return weight - lr * (gradient + weight_decay * weight)


def _step(r: Draw) -> tuple:
    n, rates = r.size(least=1), (r.choice(0.01, 0.1, 0.5), r.choice(0.0, 0.01, 0.5))
    return r.tensor(n, scale=1.0), r.tensor(n, scale=1.0), *rates


def gradient_by_hand(features, targets, weight, bias):
    errors = features @ weight + bias - targets
    share = 2 / len(errors)
    return share * (features.T @ errors), share * errors.sum()


def _by_autograd(features, targets, weight, bias):
    weight, bias = (p.detach().clone().requires_grad_() for p in (weight, bias))
    loss = (features @ weight + bias - targets).square().mean()
    return torch.autograd.grad(loss, (weight, bias))


def _problem(r: Draw) -> tuple:
    B, D = r.sizes(2, least=1)
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    return tuple(r.tensor(*shape, **near) for shape in ((B, D), (B,), (D,), ()))


def for_raw_features(weight, bias, mean, std):
    return weight / std, bias - (weight * mean / std).sum()


def _scales(r: Draw) -> tuple:
    D = r.size(least=1)
    spread = r.tensor(D, scale=1.0, offset=0.0).abs() + 0.1
    return r.tensor(D, scale=1.0), r.tensor(scale=1.0), r.tensor(D, scale=3.0), spread


def largest_lr(features):
    curvatures = torch.linalg.eigvalsh(2 * features.T @ features / len(features))
    return 2 / curvatures[-1]


def _features(r: Draw) -> tuple:
    N = r.size(least=1) + 4
    return (r.tensor(N, r.size(least=1, most=4), dtype=torch.float64, ties=False),)


EXERCISES = {
    "ridge_step": Exercise(
        reference=ridge_step,
        cases=_step,
        fixed=lambda: [(torch.tensor([2.0]), torch.tensor([1.0]), 0.5, 1.0)],
        contract=Contract(fresh=True),
        mistakes={
            "The penalty has no part in this step: what is the slope of its square?":
                " + weight_decay * weight -> ",
            "The weight shrinks after the step here, not together with it.":
                "weight - lr * (gradient + weight_decay * weight) -> "
                "(weight - lr * gradient) * (1 - lr * weight_decay)",
            "The sign of the penalty: a large weight should become smaller.": "+ -> -",
            "Uphill: the loss grows along its gradient.": "- lr -> + lr",
            "The learning rate does not reach the penalty here.":
                "(gradient + weight_decay * weight) -> "
                "gradient - weight_decay * weight",
            "The square loses its 2 to the factor 1/2.":
                "+ weight_decay -> + 2 * weight_decay",
            "This is the slope of |w|, not of its square.":
                "* weight) -> * weight.sign())",
            "-= edits the caller's weight.": "weight - lr -> weight.mul_(1) - lr",
        },
    ),
    "gradient_by_hand": Exercise(
        reference=gradient_by_hand,
        cases=_problem,
        contract=Contract(without=("autograd",), no_loop=True),
        rtol=1e-4,
        mistakes={
            "The sum over the examples, not their mean.": "2 / len(errors) -> 2",
            "The slope of a square has a factor of 2.": "2 / -> 1 /",
            "These lead uphill: an error is the prediction minus the target.":
                "2 / -> -2 /",
            "A square X hides it: which axis of X do the errors belong to?":
                "features.T @ -> "
                "(features if len(features) == len(weight) else features.T) @",
            "The bias has one gradient, not one per example.": "errors.sum() -> errors",
            "The bias is divided twice.": "sum() -> mean()",
            "The task asks for the formulae; autograd computed these.": _by_autograd,
            "-= edits the caller's targets.":
                "share = -> targets.add_(errors); share =",
            "A loop over the examples: a product with the transpose does it at once.":
                "features.T @ errors -> sum(x * a for x, a in zip(features, errors))",
        },
    ),
    "for_raw_features": Exercise(
        reference=for_raw_features,
        cases=_scales,
        rtol=1e-4,
        mistakes={
            "The weights fit, but the bias has moved: what is predicted at x = mean?":
                " - (weight * mean / std).sum() -> ",
            "Multiplied by std: a feature in smaller units needs a smaller weight?":
                "/ -> *",
            "The mean is subtracted before the division, so it is divided, too.":
                "mean / std -> mean",
            "The sign of the bias's shift.": "bias - -> bias +",
            "There is one bias, not one per feature.": ".sum() -> ",
            "The shift is a sum over the features, not their mean.": "sum() -> mean()",
            "Only the bias has changed here.": "weight / std, -> weight,",
            "The new weight is divided by std a second time in the bias.":
                "mean / std -> mean / std**2",
        },
    ),
    "largest_lr": Exercise(
        reference=largest_lr,
        cases=_features,
        fixed=lambda: [(torch.tensor([[1.0], [3.0]], dtype=torch.float64),)],
        rtol=1e-6,
        mistakes={
            "The gentlest direction allows this rate; the steepest one decides.":
                "[-1] -> [0]",
            "This solves the steepest direction in one step: how far may it overshoot?":
                "return 2 -> return 1",
            "The loss is a mean: the curvature is divided by the number of examples.":
                " / len(features) -> ",
            "The square brings a factor of 2 into the curvature.":
                "2 * features -> features",
            "The mean curvature is not the largest.": "[-1] -> .mean()",
            "The diagonal of X.T @ X alone: directions may lie between the axes.":
                "return 2 / curvatures[-1] -> "
                "return 1 / features.square().mean(0).max()",
            "The sum of all curvatures is too careful.": "[-1] -> .sum()",
            "Singular values of X are the roots of what you want.":
                "2 / curvatures[-1] -> "
                "len(features) / torch.linalg.svdvals(features)[0]",
        },
    ),
}
