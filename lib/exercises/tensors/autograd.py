"""Exercises of tensors/autograd."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd import Function, grad
from torch.autograd.function import BackwardCFunction

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

CURVES = {
    "3 (x - 2)² + 1": lambda x: 3 * (x - 2) ** 2 + 1,
    "exp(x) - 2 x": lambda x: x.exp() - 2 * x,
    "x⁴ + x² - x": lambda x: x**4 + x**2 - x,
}
for _name, _curve in CURVES.items():
    _curve.__name__ = _name


def _vectors(r: Draw) -> list[Tensor]:
    n = r.size()
    return [r.tensor(n, dtype=torch.float64, requires_grad=True),
            r.tensor(n, dtype=torch.float64)]


def _vjp(x: Tensor, v: Tensor) -> Tensor:
    return (x.sum() * v + v @ x).detach()


def _vjp_in_place(x: Tensor, v: Tensor) -> Tensor:
    product = v @ x
    return v.mul_(x.sum()) + product


def _start(r: Draw) -> tuple:
    start = torch.tensor(r.float(-2, 3), dtype=torch.float64)
    return r.choice(*CURVES.values()), start.requires_grad_(r.choice(True, False)), r.int(0, 5)


def _newton(
    step: Callable = lambda first, second: first / second,
    begin: Callable = lambda start: start.detach().clone(),
    count: Callable = lambda steps: steps,
    create: bool = True,
    keep: bool = False,
) -> Callable:
    """Build a method by its step, where it begins, and how many steps it takes."""

    def newton_minimum(function: Callable, start: Tensor, steps: int) -> Tensor:
        x = begin(start)
        for _ in range(count(steps)):
            x = x if x.requires_grad else x.requires_grad_()
            (first,) = grad(function(x), x, create_graph=create)
            (second,) = grad(first, x, create_graph=keep)
            x = x - step(first, second) if keep else (x - step(first, second)).detach()
        return x

    return newton_minimum


def _clipped(
    value: Callable = lambda x: x.square().clamp(max=1),
    slope: Callable = lambda x, g: g * 2 * x * (x.abs() < 1),
) -> Callable[[Tensor], Tensor]:
    """Build an operation of one's own from its value and what it hands back."""

    class ClippedSquare(Function):
        @staticmethod
        def forward(ctx: Function, x: Tensor) -> Tensor:
            ctx.save_for_backward(x.clone())
            return value(x)

        @staticmethod
        def backward(ctx: Function, gradient: Tensor) -> Tensor:
            return slope(*ctx.saved_tensors, gradient)

    return ClippedSquare.apply


def _forward_and_back(operation: Callable, x: Tensor, v: Tensor) -> dict[str, object]:
    y = operation(x)
    return {"value": y.detach(), "gradient": grad(y, x, v)[0],
            "has a backward of its own": isinstance(y.grad_fn, BackwardCFunction)}


def _points(r: Draw) -> tuple:
    shape = r.sizes(r.int(1, 2))
    x = (r.integers(-8, 9, *shape) / 4).double().requires_grad_()
    return x, r.tensor(*shape, dtype=torch.float64)


def _batch(r: Draw) -> tuple:
    n, D = r.sizes(2, least=1, most=12)
    weight = r.tensor(D, dtype=torch.float64, requires_grad=True, scale=1.0, offset=0.0)
    weight.grad = r.choice(None, torch.full_like(weight, 100.0))
    batch_size = r.int(1, 6)

    def mean_loss(weight: Tensor, rows: Tensor) -> Tensor:
        if len(rows) > batch_size:
            raise ValueError(f"{len(rows)} rows at once, but only {batch_size} fit")
        return (rows @ weight - 1).square().mean()

    return mean_loss, weight, r.tensor(n, D, dtype=torch.float64), batch_size


def _accumulated(
    share: Callable = lambda piece, rows, pieces: len(piece) / len(rows),
    cut: Callable = lambda rows, batch_size: rows.split(batch_size),
) -> Callable:
    """Build an answer from how it cuts the rows, and how it weighs a piece."""

    def accumulated_gradient(
        mean_loss: Callable, weight: Tensor, rows: Tensor, batch_size: int
    ) -> Tensor:
        pieces, total = cut(rows, batch_size), torch.zeros_like(weight)
        for piece in pieces:
            total += grad(mean_loss(weight, piece), weight)[0] * share(piece, rows, pieces)
        return total

    return accumulated_gradient


def _onto_grad(mean_loss: Callable, weight: Tensor, rows: Tensor, batch_size: int) -> Tensor:
    for piece in rows.split(batch_size):
        (mean_loss(weight, piece) * len(piece) / len(rows)).backward()
    return weight.grad


def _cleared_grad(mean_loss: Callable, weight: Tensor, rows: Tensor, size: int) -> Tensor:
    weight.grad = None
    return _onto_grad(mean_loss, weight, rows, size).clone()


EXERCISES = {
    "vjp_by_hand": Exercise(
        reference=_vjp,
        cases=lambda r: [x.detach() for x in _vectors(r)],
        fixed=lambda: [(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.0]))],
        contract=Contract(no_table=True, without=("autograd",)),
        mistakes={
            "s depends on x as well: the second part of J is missing.":
                lambda x, v: x.sum() * v,
            "That is J v, and vᵀ J is wanted: which index is summed?":
                lambda x, v: x.sum() * v + x * v.sum(),
            "The sum over i is missing in the second part.":
                lambda x, v: x.sum() * v + v * x,
            "v belongs to the caller: mul_ and *= edit it.": _vjp_in_place,
            "Right, but by hand means without autograd.": lambda x, v:
                torch.autograd.functional.vjp(lambda x: x.sum() * x, x, v)[1],
            "Right, but there are n² numbers in this J.": lambda x, v: v @ (
                x.sum() * torch.eye(len(x), dtype=x.dtype) + x[:, None]),
            "The first part of J is missing: s v.": lambda x, v: (v @ x).expand_as(v),
            "Both parts have the sign +.": lambda x, v: x.sum() * v - v @ x,
            "s is the sum, not the mean.": lambda x, v: x.mean() * v + v @ x,
        },
    ),
    "newton_minimum": Exercise(
        reference=_newton(),
        cases=_start,
        fixed=lambda: [(CURVES["3 (x - 2)² + 1"], torch.tensor(10.0), 1)],
        mistakes={
            "The step of gradient descent; Newton's divides by the curvature.":
                _newton(lambda first, second: 0.1 * first),
            "The first derivative came without a graph: no second one follows.":
                _newton(create=False),
            "One step, however many are wanted.": _newton(count=lambda n: min(n, 1)),
            "One step too many.": _newton(count=lambda n: n + 1),
            "One step too few.": _newton(count=lambda n: max(n - 1, 0)),
            "Each step keeps the graph of all before: detach.": _newton(
                begin=lambda start: start.detach().clone().requires_grad_(), keep=True),
            "This walks uphill.": _newton(lambda first, second: -first / second),
            "requires_grad_ has changed the start of the caller.":
                _newton(begin=lambda start: start),
            "start was edited: detach still shares its memory, and -= or sub_ writes there.":
                lambda function, start, steps: start.detach().sub_(
                    start.detach() - _newton()(function, start, steps)),
        },
    ),
    "clipped_square": Exercise(
        reference=_clipped(),
        cases=_points,
        fixed=lambda: [(torch.tensor([2.0], requires_grad=True), torch.ones(1))],
        use=_forward_and_back,
        mistakes={
            "The value exceeds 1: only its gradient is cut.": _clipped(torch.square),
            "Where the value is cut, it does not move with x.":
                _clipped(slope=lambda x, g: g * 2 * x),
            "At exactly ±1 the text wants 0.":
                _clipped(slope=lambda x, g: g * 2 * x * (x.abs() <= 1)),
            "The slope at x, not at x².":
                _clipped(slope=lambda x, g: g * 2 * x**2 * (x.abs() < 1)),
            "Something arrives from above: where is the chain rule?":
                _clipped(slope=lambda x, g: 2 * x * (x.abs() < 1)),
            "square_ edits the caller's tensor.":
                _clipped(lambda x: x.data.square_().clamp(max=1)),
            "Right, but that is torch's backward.": lambda x: x.square().clamp(max=1),
            "Far to the left, too, the value is cut.":
                _clipped(slope=lambda x, g: g * 2 * x * (x < 1)),
            "The square has a factor 2 in its slope.":
                _clipped(slope=lambda x, g: g * x * (x.abs() < 1)),
        },
    ),
    "accumulated_gradient": Exercise(
        reference=_accumulated(),
        cases=_batch,
        mistakes={
            "Each piece counts by its share of the rows.": _accumulated(lambda *_: 1),
            "A short last piece counts less than the others.":
                _accumulated(lambda piece, rows, pieces: 1 / len(pieces)),
            "A mean over len(rows) rows: how many has the last piece?":
                _accumulated(lambda piece, rows, pieces: len(pieces[0]) / len(rows)),
            "So many rows do not fit at once.": _accumulated(cut=lambda rows, n: [rows]),
            "backward adds to weight.grad, and it stays as it was.": _onto_grad,
            "weight.grad belongs to the caller, even when it is in the way.": _cleared_grad,
            "The rows that are left over count, too.": _accumulated(
                cut=lambda rows, n: rows[: len(rows) // n * n or len(rows)].split(n)),
            "chunk takes the number of pieces, split their size.":
                _accumulated(cut=lambda rows, n: rows.chunk(n)),
            "Only one piece is used.": _accumulated(cut=lambda rows, n: [rows[:n]]),
        },
    ),
}
