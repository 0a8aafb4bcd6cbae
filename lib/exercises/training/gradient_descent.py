"""Exercises of training/gradient_descent."""

import math

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def next_point(x, lr):
    slope = torch.cos(math.pi * x) - math.pi * x * torch.sin(math.pi * x)
    return x - lr * slope


def _by_autograd(x, lr):
    place = x.detach().clone().requires_grad_()
    height = place * torch.cos(math.pi * place)
    return x - lr * torch.autograd.grad(height.sum(), place)[0]


def _points(r: Draw) -> tuple:
    x = r.tensor(r.size(least=1), dtype=torch.float64, scale=1.0, offset=0.0)
    return x, r.choice(0.05, 0.1, 0.3)


def dents(values):
    chord = (values[:-2] + values[2:]) / 2
    return 1 + torch.nonzero(values[1:-1] > chord)[:, 0]


def _values(r: Draw) -> tuple:
    return (r.integers(-6, 7, r.size(least=3, most=12)).double(),)


def batch_for(gradients, share):
    mean = gradients.mean(dim=0)
    variance = (gradients - mean).square().sum(dim=1).mean()
    return math.ceil(variance / (share * mean.norm()) ** 2)


def _examples(r: Draw) -> tuple:
    N, D = r.sizes(2, least=2)
    near = {"dtype": torch.float64, "scale": 1.0, "offset": 0.0, "ties": False}
    shift = r.float(0.5, 2.0)
    return r.tensor(N, D, **near) + shift, r.choice(0.05, 0.1, 0.3)


EXERCISES = {
    "next_point": Exercise(
        reference=next_point,
        cases=_points,
        contract=Contract(fresh=True, without=("autograd",)),
        fixed=lambda: [(torch.tensor([0.5, 1.0], dtype=torch.float64), 0.1)],
        mistakes={
            "Uphill: the step goes against the slope.": "x - lr -> x + lr",
            "A product has two terms in its derivative; the second is missing.":
                " - math.pi * x * torch.sin(math.pi * x) -> ",
            "The first factor, x, has a slope, too.":
                "torch.cos(math.pi * x) - math -> -math",
            "The sign: the cosine falls where the sine is positive.":
                "torch.cos(math.pi * x) - math -> torch.cos(math.pi * x) + math",
            "The chain rule: the inner function has slope pi.":
                "- math.pi * x * -> - x *",
            "x stays in the second term: it is the factor that is not derived.":
                "- math.pi * x * -> - math.pi *",
            "This returns the slope, not the next point.":
                "return x - lr * slope -> return slope + 0 * lr",
            "Without the learning rate the step is the whole slope.":
                "x - lr * slope -> x - slope",
            "This is the step alone, without the point it starts from.":
                "return x - lr -> return -lr",
            "The task asks for the derivative by hand; autograd computed this one.":
                _by_autograd,
            "-= edits the caller's x.": "return x - -> return x.mul_(1) -",
        },
    ),
    "dents": Exercise(
        reference=dents,
        cases=_values,
        contract=Contract(no_loop=True),
        fixed=lambda: [
            (torch.tensor(row, dtype=torch.float64),)
            for row in ([4.0, 1.0, 0.0, 1.0, 4.0], [0.0, 1.0, 0.0], [0.0, 1.0, 2.0],
                        [0.0, 2.0, 3.0, 3.5], [4.0, 1.0, 0.5, 4.0, 0.0])
        ],
        mistakes={
            "Equal is no dent: a straight line is convex.": "> chord -> >= chord",
            "The wrong side: a dent shows where the graph lies above its chord.":
                "> chord -> < chord",
            "The first inner point has index 1.": "1 + torch -> torch",
            "The chord's middle is the mean of the two ends, not their sum.":
                " / 2 -> ",
            "The result has shape (K,): one index each.": "[:, 0] -> ",
            "These are the values there, not where they are.":
                "return 1 + torch.nonzero(values[1:-1] > chord)[:, 0] -> "
                "return values[1:-1][values[1:-1] > chord]",
            "A mask, not indices: torch.nonzero makes the one of the other.":
                "return 1 + torch.nonzero(values[1:-1] > chord)[:, 0] -> "
                "return values[1:-1] > chord",
            "A maximum is more than a dent: compare with the mean of the neighbours.":
                "(values[:-2] + values[2:]) / 2 -> "
                "torch.maximum(values[:-2], values[2:])",
            "All of them are wanted, not the first alone.":
                "chord)[:, 0] -> chord)[:1, 0]",
            "A convex function may rise: compare with both neighbours.":
                "(values[:-2] + values[2:]) / 2 -> values[:-2]",
            "One chord from end to end misses dents between: take neighbours.":
                "(values[:-2] + values[2:]) / 2 -> values[0] + (values[-1] - values[0])"
                " * torch.arange(1, len(values) - 1) / (len(values) - 1)",
        },
    ),
    "batch_for": Exercise(
        reference=batch_for,
        cases=_examples,
        contract=Contract(exact=True),
        fixed=lambda: [
            (torch.tensor([[1.0], [5.0]], dtype=torch.float64), 0.3),
            (torch.tensor([[1.0], [3.0]], dtype=torch.float64), 0.5),  # 1 exactly
            (torch.tensor([[1.0, 0.0], [2.0, 2.0]], dtype=torch.float64), 0.1),
        ],
        mistakes={
            "The noise falls as the root of the batch size: four times as many "
            "examples halve it.":
                "variance / (share * mean.norm()) ** 2 -> "
                "variance.sqrt() / (share * mean.norm())",
            "Rounded down, the noise is above the limit.": "math.ceil -> math.floor",
            "round() goes down as well as up.": "math.ceil -> round",
            "Where the quotient is whole, it is the answer: one more is too many.":
                "math.ceil(variance / (share * mean.norm()) ** 2) -> "
                "int(variance / (share * mean.norm()) ** 2) + 1",
            "The distance is measured over all parameters: sum the squares of a row.":
                ".sum(dim=1).mean() -> .mean()",
            "The spread around 0 is not the noise: take the mean gradient off first.":
                "(gradients - mean) -> gradients",
            "The limit is a share of the mean gradient's length.":
                "(share * mean.norm()) -> share",
            "The share is squared, too.":
                "(share * mean.norm()) ** 2 -> (share * mean.norm() ** 2)",
            "The length of the mean, not the mean of the lengths.":
                "mean.norm() -> gradients.norm(dim=1).mean()",
            "These examples are all there are: divide by N, not N - 1.":
                ".sum(dim=1).mean() -> .sum(dim=1).sum() / (len(gradients) - 1)",
            "An int is wanted.":
                "return math.ceil(variance / (share * mean.norm()) ** 2) -> "
                "return (variance / (share * mean.norm()) ** 2).ceil()",
            "This is 1 / B: which of the two goes below the line?":
                "variance / (share * mean.norm()) ** 2 -> "
                "(share * mean.norm()) ** 2 / variance",
        },
    ),
}  # fmt: skip
