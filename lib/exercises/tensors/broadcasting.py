"""Exercises of tensors/broadcasting."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def _standardised(x: Tensor, eps: float = 1e-5, *, dim: int = 1, correction: int = 0) -> Tensor:
    variance = x.var(dim, keepdim=True, correction=correction)
    return (x - x.mean(dim, keepdim=True)) / (variance + eps).sqrt()


def _standardised_in_place(x: Tensor, eps: float = 1e-5) -> Tensor:
    x -= x.mean(1, keepdim=True)
    return x.div_((x.var(1, keepdim=True, correction=0) + eps).sqrt())


def _rows(r: Draw) -> tuple:
    B, D = r.sizes(2, least=1)
    return r.tensor(B, D), r.choice(1e-5, 1e-8, 0.1, 10.0)


def _images(r: Draw) -> tuple:
    B, C, H, W = r.sizes(4, most=5)
    return r.tensor(B, C, H, W), r.tensor(C)


def _scaled_in_place(images: Tensor, factors: Tensor) -> Tensor:
    images *= factors[:, None, None]
    return images


def _pair(r: Draw) -> tuple:
    n, m = r.sizes(2, least=1)
    shape = r.choice((n,), (n, m), (n, 1))
    other = r.choice(shape, shape, shape, (n,), (1, n), (n, 1), (m, n), (1,), ())
    return r.tensor(*shape, requires_grad=True), r.tensor(*other)


def _loss(
    differ: Callable = lambda p, t: p.shape != t.shape,
    loss: Callable = lambda errors: errors.square().mean(),
    error: type[Exception] = ValueError,
    message: str = "{0}, {1}",
) -> Callable:
    """Build a loss that raises where the pair `differ`s."""

    def strict_squared_loss(predictions: Tensor, targets: Tensor) -> Tensor:
        if differ(predictions, targets):
            raise error(message.format(tuple(predictions.shape), tuple(targets.shape)))
        return loss(predictions - targets)

    return strict_squared_loss


EXERCISES = {
    "all_differences": Exercise(
        reference=lambda a, b: a[:, None] - b,
        cases=lambda r: [r.tensor(n) for n in r.sizes(2)],
        fixed=lambda: [(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0, 30.0]))],
        contract=Contract(no_loop=True),
        mistakes={
            "Equal lengths pair off, and others do not fit. Which of the two should "
            "run downwards?": lambda a, b: a - b,
            "This is the table mirrored in its diagonal, with the sign changed: here b "
            "runs downwards.": lambda a, b: a - b[:, None],
            "The sign: row i is a[i] minus each of b, not the other way round.":
                lambda a, b: b - a[:, None],
            "a runs downwards, but this adds b.": lambda a, b: a[:, None] + b,
            "This is the table of b and a: its rows belong to b.":
                lambda a, b: b[:, None] - a,
            "A difference has a sign; this is its absolute value.":
                lambda a, b: (a[:, None] - b).abs(),
            "Right, but with a list of rows. Let broadcasting do the loop.":
                lambda a, b: torch.stack([x - b for x in a]) if len(a) else a[:, None] - b,
            "The numbers are right, but not their arrangement: flattened, the table "
            "is no table.": lambda a, b: (a[:, None] - b).flatten(),
        },
    ),
    "standardise_rows": Exercise(
        reference=_standardised,
        cases=_rows,
        fixed=lambda: [(torch.tensor([[1.0, 3.0], [0.0, 10.0]]),), (torch.ones(2, 3),)],
        contract=Contract(fresh=True),
        rtol=3e-4,
        mistakes={
            "One mean and one variance for the whole table: each row needs its own.":
                lambda x, eps=1e-5: (x - x.mean()) / (x.var(correction=0) + eps).sqrt(),
            "These are the columns: dim names the axis that a mean removes.":
                lambda x, eps=1e-5: _standardised(x, eps, dim=0),
            "The variance divides by D - 1 here; the text wants D.":
                lambda x, eps=1e-5: _standardised(x, eps, correction=1),
            "For a square table, a mean of shape (B,) lies along the rows: keepdim.":
                lambda x, eps=1e-5: (x - x.mean(1))
                / (x.var(1, correction=0) + eps).sqrt() if len(x) == x.shape[1]
                else _standardised(x, eps),
            "Nothing protects a constant row: where is eps?":
                lambda x, eps=1e-5: _standardised(x, 0.0),
            "eps is an argument, not always 1e-5.":
                lambda x, eps=1e-5: _standardised(x),
            "eps belongs under the root, beside the variance.": lambda x, eps=1e-5: (
                x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True, correction=0) + eps),
            "-= and div_ edit x, which belongs to the caller.": _standardised_in_place,
            "That divides by the variance: its root is missing.": lambda x, eps=1e-5: (
                x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True, correction=0) + eps),
        },
    ),
    "scale_channels": Exercise(
        reference=lambda images, factors: images * factors[:, None, None],
        cases=_images,
        fixed=lambda: [(torch.ones(1, 2, 1, 2), torch.tensor([10.0, 20.0]))],
        contract=Contract(fresh=True),
        mistakes={
            "Sizes are compared from the right: factors meets W here.":
                lambda images, factors: images * factors,
            "Where W = C, this scales columns; the shapes cannot tell you.":
                lambda images, factors: images * factors if images.shape[3] == len(factors)
                else images * factors[:, None, None],
            "With one new axis, factors meets H.":
                lambda images, factors: images * factors[:, None],
            "With three new axes, factors meets B: one factor per picture.":
                lambda images, factors: images * factors[:, None, None, None],
            "Where B = C, this scales pictures; the shapes cannot tell you.":
                lambda images, factors: images * factors.reshape(-1, 1, 1, 1)
                if len(images) == len(factors) else images * factors[:, None, None],
            "*= edits the images of the caller.": _scaled_in_place,
            "Multiplied, not added.":
                lambda images, factors: images + factors[:, None, None],
            "The images are new, but the factors of all channels came together.":
                lambda images, factors: images * factors.mean(),
        },
    ),
    "strict_squared_loss": Exercise(
        reference=_loss(),
        cases=_pair,
        fixed=lambda: [(torch.ones(3, 1), torch.ones(1, 3)), (torch.ones(0), torch.ones(0))],
        mistakes={
            "Shapes that broadcast pass unseen: nothing raises an error here.":
                _loss(lambda p, t: False),
            "The number of axes alone: (3, 1) and (1, 3) are the same to it.":
                _loss(lambda p, t: p.ndim != t.ndim),
            "len compares the first axis alone.": _loss(
                lambda p, t: p.shape[:1] != t.shape[:1]),
            "The number of elements alone: (3,) and (3, 1) are the same to it.":
                _loss(lambda p, t: p.numel() != t.numel()),
            "Equal shapes are fine; this refuses them.":
                _loss(lambda p, t: p.shape == t.shape),
            "The mean, not the sum.": _loss(loss=lambda errors: errors.square().sum()),
            "Squared, not absolute.": _loss(loss=lambda errors: errors.abs().mean()),
            "The message should hold both shapes.": _loss(message="the shapes differ"),
            "The message should hold the other shape, too.": _loss(message="got {0}"),
            "An AssertionError is no ValueError.": _loss(error=AssertionError),
            "A number has no gradient: a loss must stay a tensor.":
                _loss(loss=lambda errors: errors.square().mean().item()),
        },
    ),
}
