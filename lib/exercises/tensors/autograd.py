"""Exercises of tensors/autograd."""

import torch
from torch.autograd import Function, grad
from torch.autograd.function import BackwardCFunction

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def gradient_at(function, x):
    leaf = x.detach().requires_grad_()
    (gradient,) = grad(function(leaf), leaf)
    return gradient


def _stored(function, x):
    leaf = x.requires_grad_()
    function(leaf).backward()
    return leaf.grad.clone()


def _anywhere(r: Draw) -> tuple:
    x = r.tensor(*r.sizes(r.int(1, 2)), dtype=torch.float64, scale=1.0, offset=0.0)
    x.requires_grad_(r.choice(True, False))
    x.grad = r.choice(None, torch.ones_like(x))
    return r.choice(_wave, _mean_square), x


def _wave(x):
    return (x.sin() * x + 3).sum()


def _mean_square(x):
    return (x - 1).square().sum() / 7


def vjp_by_hand(x, v):
    return x.sum() * v + v @ x


def _vectors(r: Draw) -> tuple:
    n = r.size()
    return r.tensor(n, dtype=torch.float64), r.tensor(n, dtype=torch.float64)


def newton_minimum(function, start, steps):
    x = start.detach().clone()
    for _ in range(steps):
        x.requires_grad_()
        (first,) = grad(function(x), x, create_graph=True)
        (second,) = grad(first, x)
        x = (x - first / second).detach()
    return x


def _parabola(x):
    return 3 * (x - 2) ** 2 + 1


def _bowl(x):
    return x.exp() - 2 * x


def _start(r: Draw) -> tuple:
    start = torch.tensor(r.float(-2, 3), dtype=torch.float64)
    start.requires_grad_(r.choice(True, False))
    return r.choice(_parabola, _bowl), start, r.int(0, 5)


def clipped_square(x):
    class ClippedSquare(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.square().clamp(max=1)

        @staticmethod
        def backward(ctx, gradient):
            (x,) = ctx.saved_tensors
            return gradient * 2 * x * (x.abs() < 1)

    return ClippedSquare.apply(x)


def _forward_and_back(operation, x, v):
    y = operation(x)
    return {"value": y.detach(), "gradient": grad(y, x, v)[0],
            "has a backward of its own":
                isinstance(y.grad_fn, BackwardCFunction)}  # fmt: skip


def _points(r: Draw) -> tuple:
    shape = r.sizes(r.int(1, 2))
    x = (r.integers(-8, 9, *shape) / 4).double().requires_grad_()
    return x, r.tensor(*shape, dtype=torch.float64)


def accumulated_gradient(mean_loss, weight, rows, batch_size):
    pieces, total = rows.split(batch_size), torch.zeros_like(weight)
    for piece in pieces:
        share = len(piece) / len(rows)
        total += grad(mean_loss(weight, piece), weight)[0] * share
    return total


def _onto_grad(mean_loss, weight, rows, batch_size):
    for piece in rows.split(batch_size):
        (mean_loss(weight, piece) * len(piece) / len(rows)).backward()
    return weight.grad


def _cleared_grad(mean_loss, weight, rows, batch_size):
    weight.grad = None
    return _onto_grad(mean_loss, weight, rows, batch_size).clone()


def _batch(r: Draw) -> tuple:
    n, D = r.sizes(2, least=1, most=12)
    weight = r.tensor(D, dtype=torch.float64, requires_grad=True, scale=1.0, offset=0.0)
    weight.grad = r.choice(None, torch.full_like(weight, 100.0))
    batch_size = r.int(1, 6)

    def mean_loss(weight, rows):
        if len(rows) > batch_size:
            raise ValueError(f"{len(rows)} rows at once, but only {batch_size} fit")
        return (rows @ weight - 1).square().mean()

    return mean_loss, weight, r.tensor(n, D, dtype=torch.float64), batch_size


EXERCISES = {
    "gradient_at": Exercise(
        reference=gradient_at,
        cases=_anywhere,
        fixed=lambda: [(_mean_square, torch.tensor([8.0, 1.0]))],
        mistakes={
            "requires_grad_ has changed the tensor of the caller.": ".detach() -> ",
            "backward adds to .grad of the caller's tensor.": _stored,
            "That is the value, not the gradient.":
                "return gradient -> return function(x).detach()",
            "That is the point, not the gradient there.": "return gradient -> return x",
            "The gradient has the shape of x.":
                "return gradient -> return gradient.sum()",
            "A tensor is wanted.": "return gradient -> return gradient.tolist()",
            "One tensor is wanted: grad returns a tuple.":
                "(gradient,) = -> gradient =",
            "The gradient still has a graph.":
                "function(leaf), leaf -> function(leaf), leaf, create_graph=True",
            "Nothing was recorded: does the function get a tensor that requires it?":
                "function(leaf), -> function(x.detach()),",
            "That is a second gradient on top of the first.":
                "return gradient -> return gradient * 2",
        },
    ),
    "vjp_by_hand": Exercise(
        reference=vjp_by_hand,
        cases=_vectors,
        fixed=lambda: [(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.0]))],
        contract=Contract(no_table=True, without=("autograd",)),
        mistakes={
            "s depends on x as well: the second part of J is missing.": " + v @ x -> ",
            "That is J v, and vᵀ J is wanted: which index is summed?":
                "v @ x -> x * v.sum()",
            "The sum over i is missing in the second part.": "@ -> *",
            "v belongs to the caller: mul_ and *= edit it.":
                "x.sum() * v + v @ x -> v @ x + v.mul_(x.sum())",
            "Right, but by hand means without autograd.": lambda x, v:
                torch.autograd.functional.vjp(lambda x: x.sum() * x, x, v)[1],
            "Right, but there are n² numbers in this J.": "x.sum() * v + v @ x -> "
                "v @ (x.sum() * torch.eye(len(x), dtype=x.dtype) + x[:, None])",
            "The first part of J is missing: s v.": "x.sum() * v -> 0 * v",
            "Both parts have the sign +.": "+ -> -",
            "s is the sum, not the mean.": "sum -> mean",
        },
    ),
    "newton_minimum": Exercise(
        reference=newton_minimum,
        cases=_start,
        fixed=lambda: [(_parabola, torch.tensor(10.0), 1)],
        mistakes={
            "The step of gradient descent; Newton's divides by the curvature.":
                "/ second -> * 0.1",
            "The first derivative came without a graph: no second one follows.":
                ", create_graph=True -> ",
            "One step, however many are wanted.":
                "range(steps) -> range(min(steps, 1))",
            "One step too many.": "range(steps) -> range(steps + 1)",
            "One step too few.": "range(steps) -> range(1, steps)",
            "Each step keeps the graph of all before: detach.":
                "(x - first / second).detach() -> x - first / second",
            "This walks uphill.": "x - first -> x + first",
            "requires_grad_ has changed the start of the caller.":
                "start.detach().clone() -> start",
            "start was edited: detach shares its memory, and -= writes there.":
                "return x -> return start.detach().copy_(x)",
        },
    ),
    "clipped_square": Exercise(
        reference=clipped_square,
        cases=_points,
        fixed=lambda: [(torch.tensor([2.0], requires_grad=True), torch.ones(1))],
        use=_forward_and_back,
        mistakes={
            "The value exceeds 1: only its gradient is cut.": ".clamp(max=1) -> ",
            "Where the value is cut, it does not move with x.": " * (x.abs() < 1) -> ",
            "At exactly ±1 the task wants 0.": "< -> <=",
            "The slope at x, not at x².": "2 * x * -> 2 * x**2 *",
            "Something arrives from above: where is the chain rule?": "gradient * -> ",
            "square_ edits the caller's tensor.": "x.square() -> x.data.square_()",
            "Right, but that is torch's backward.":
                "ClippedSquare.apply(x) -> x.square().clamp(max=1)",
            "Far to the left, too, the value is cut.": "x.abs() < -> x <",
            "The square has a factor 2 in its slope.": "* 2 -> ",
        },
    ),
    "accumulated_gradient": Exercise(
        reference=accumulated_gradient,
        cases=_batch,
        mistakes={
            "Each piece counts by its share of the rows.": "* share -> ",
            "A short last piece counts less than the others.":
                "len(piece) / len(rows) -> 1 / len(pieces)",
            "A mean over len(rows) rows: how many has the last piece?":
                "len(piece) / -> len(pieces[0]) /",
            "So many rows do not fit at once.": "rows.split(batch_size), -> [rows],",
            "backward adds to weight.grad, and it stays as it was.": _onto_grad,
            "weight.grad belongs to the caller, even when it is in the way.":
                _cleared_grad,
            "The rows that are left over count, too.":
                "in pieces -> in pieces[: len(rows) // batch_size or 1]",
            "chunk takes the number of pieces, split their size.": ".split -> .chunk",
            "Only one piece is used.": "in pieces -> in pieces[:1]",
        },
    ),
}
