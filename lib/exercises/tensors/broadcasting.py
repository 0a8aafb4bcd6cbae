"""Exercises of tensors/broadcasting."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def all_differences(a, b):
    return a[:, None] - b


def standardise_rows(x, eps=1e-5):
    mean = x.mean(dim=1, keepdim=True)
    variance = x.var(dim=1, keepdim=True, correction=0)
    return (x - mean) / (variance + eps).sqrt()


def _rows(r: Draw) -> tuple:
    B, D = r.sizes(2, least=1)
    return r.tensor(B, D), r.choice(1e-5, 1e-8, 0.1, 10.0)


def scale_channels(images, factors):
    return images * factors[:, None, None]


def _images(r: Draw) -> tuple:
    B, C, H, W = r.sizes(4, most=5)
    return r.tensor(B, C, H, W), r.tensor(C)


def strict_squared_loss(predictions, targets):
    if predictions.shape != targets.shape:
        raise ValueError(f"{tuple(predictions.shape)}, {tuple(targets.shape)}")
    return (predictions - targets).square().mean()


def _pair(r: Draw) -> tuple:
    n, m = r.sizes(2, least=1)
    shape = r.choice((n,), (n, m), (n, 1))
    other = r.choice(shape, shape, shape, (n,), (1, n), (n, 1), (m, n), (1,), ())
    return r.tensor(*shape, requires_grad=True), r.tensor(*other)


EXERCISES = {
    "all_differences": Exercise(
        reference=all_differences,
        cases=lambda r: [r.tensor(n) for n in r.sizes(2)],
        fixed=lambda: [(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0, 30.0]))],
        contract=Contract(no_loop=True),
        mistakes={
            "Equal lengths pair off. Which of the two should run downwards?":
                "a[:, None] - b -> a - b",
            "Here b runs downwards: the table is mirrored in its diagonal.":
                "a[:, None] - b -> a - b[:, None]",
            "The sign: row i is a[i] minus b.": "a[:, None] - b -> b - a[:, None]",
            "This adds b.": "- -> +",
            "These are the rows of b, and rows belong to a.":
                "a[:, None] - b -> b[:, None] - a",
            "A difference has a sign.": "a[:, None] - b -> (a[:, None] - b).abs()",
            "Right, but with a list of rows: broadcasting can loop for you.":
                "a[:, None] - b -> torch.stack([x - b for x in a] or [b])[:len(a)]",
            "Flattened, the table is no table.":
                "a[:, None] - b -> (a[:, None] - b).flatten()",
        },
    ),
    "standardise_rows": Exercise(
        reference=standardise_rows,
        cases=_rows,
        fixed=lambda: [(torch.tensor([[1.0, 3.0], [0.0, 10.0]]),), (torch.ones(2, 3),)],
        contract=Contract(fresh=True),
        rtol=3e-4,
        mistakes={
            "One mean for all: each row needs its own.": "dim=1 -> dim=(0, 1)",
            "These are the columns: dim names the axis that a mean removes.":
                "dim=1 -> dim=0",
            "The variance divides by D - 1; the task wants D.": ", correction=0 -> ",
            "In a square table a mean of shape (B,) lies along the rows.":
                "keepdim=True -> keepdim=x.shape[0] != x.shape[1]",
            "Nothing protects a constant row: where is eps?": " + eps -> ",
            "eps is an argument, not always 1e-5.": "+ eps -> + 1e-5",
            "eps belongs under the root.": "+ eps).sqrt() -> ).sqrt() + eps",
            "-= edits x, which belongs to the caller.": "(x - mean) -> x.sub_(mean)",
            "That divides by the variance: its root is missing.": ".sqrt() -> ",
        },
    ),
    "scale_channels": Exercise(
        reference=scale_channels,
        cases=_images,
        fixed=lambda: [(torch.ones(1, 2, 1, 2), torch.tensor([10.0, 20.0]))],
        contract=Contract(fresh=True),
        mistakes={
            "Counted from the right, factors meets W here.": "[:, None, None] -> ",
            "Where W = C, this scales columns; the shapes cannot tell you.":
                "None, None -> *[None] * 2 * (images.shape[3] != len(factors))",
            "With one new axis, factors meets H.": "[:, None, None] -> [:, None]",
            "With three new axes, factors meets B: one factor per picture.":
                "[:, None, None] -> [:, None, None, None]",
            "Where B = C, this scales pictures; the shapes cannot tell you.":
                "None, None -> *[None] * (2 + (len(images) == len(factors)))",
            "*= edits the images of the caller.": "images * -> images.mul_(1.0) * ",
            "Multiplied, not added.": "* -> +",
            "Each channel has a factor of its own, not their mean.":
                "[:, None, None] -> .mean()",
        },
    ),
    "strict_squared_loss": Exercise(
        reference=strict_squared_loss,
        cases=_pair,
        fixed=lambda: [(torch.ones(3, 1), torch.ones(1, 3)), (torch.ones(0),) * 2],
        mistakes={
            "Shapes that broadcast pass unseen: nothing raises an error here.":
                "predictions.shape != targets.shape -> False",
            "The number of axes alone: (3, 1) and (1, 3) are the same to it.":
                "shape != targets.shape -> ndim != targets.ndim",
            "The first axis alone is compared.":
                "shape != targets.shape -> shape[:1] != targets.shape[:1]",
            "The number of elements alone: (3,) and (3, 1) are the same to it.":
                "shape != targets.shape -> numel() != targets.numel()",
            "Equal shapes are fine; this refuses them.": "!= -> ==",
            "The mean, not the sum.": ".mean() -> .sum()",
            "Squared, not absolute.": ".square -> .abs",
            "The message should hold both shapes.": ", {tuple(targets.shape)} -> ",
            "An AssertionError is no ValueError.": "ValueError -> AssertionError",
            "A number has no gradient: stay with tensors.": ".mean() -> .mean().item()",
        },
    ),
}
