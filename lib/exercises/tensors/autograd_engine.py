"""Checks of the exercises in tensors/autograd_engine."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from lib.book.checks import Check, NotWritten, leaves_inputs_unchanged, returns, satisfies
from lib.book.difference import difference
from lib.tensors.engine import Variable

Parents = Mapping[str, Sequence[str]]


def _result(candidate: Callable[[Variable], object], a: Variable) -> Variable | str:
    """Return what a new operation returns, or what is wrong with its kind."""
    result = candidate(a)
    if result is Ellipsis:
        raise NotWritten
    if isinstance(result, Variable):
        return result
    return f"sigmoid must return a Variable, got {type(result).__name__}"


def _sigmoid_value(says: str, values: list[float], *, hint: str) -> Check:
    """Build the check of the value."""

    def test(candidate: Callable[[Variable], object]) -> str | None:
        a = Variable(torch.tensor(values, dtype=torch.float64))
        result = _result(candidate, a)
        if isinstance(result, str):
            return result
        found = difference(torch.sigmoid(torch.tensor(values, dtype=torch.float64)), result.value)
        return found and f"{found}\n{hint}"

    return Check(says, test)


def _one_operation(candidate: Callable[[Variable], object]) -> str | None:
    """Say so if the result was put together from several operations, or is a leaf."""
    a = Variable(torch.tensor([0.5]))
    result = _result(candidate, a)
    if isinstance(result, str) or result.parents == (a,):
        return result if isinstance(result, str) else None
    if not result.parents:
        return "the result has no parents, so no gradient can reach a: pass (a,) and a function."
    return "the result's parents should be (a,) alone: one operation with a gradient function."


def _sigmoid_gradient(
    says: str, values: list[float], arriving: list[float], *, hint: str
) -> Check:
    """Build the check of the gradient function for a gradient that arrives."""

    def test(candidate: Callable[[Variable], object]) -> str | None:
        a = Variable(torch.tensor(values, dtype=torch.float64))
        gradient = torch.tensor(arriving, dtype=torch.float64)
        tensor = a.value.clone().requires_grad_()
        torch.sigmoid(tensor).backward(gradient)
        result = _result(candidate, a)
        if isinstance(result, str):
            return result
        if not isinstance(result.gradient_fn(gradient), tuple):
            return "the gradient function returns a tuple, one gradient for each parent: (…,)."
        result.backward(gradient)
        found = difference(tensor.grad, a.grad, rtol=1e-8, atol=1e-12)
        return found and f"{found}\n{hint}"

    return Check(says, test)


def _rows(*rows: list[float]) -> tuple[Tensor, Tensor]:
    """A table, and an arriving gradient that differs from row to row."""
    return torch.tensor(rows), torch.arange(1.0, 1 + len(rows))[:, None] * 10


def _largest(x: Tensor, gradient: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    return torch.autograd.grad(x.max(dim=1, keepdim=True).values, x, gradient)[0]


def _in_order(order: object, parents: Parents) -> str | None:
    """Say what is wrong with an order."""
    if not isinstance(order, list):
        return f"the result must be a list of names, got {type(order).__name__}"
    if sorted(order) != sorted(parents):
        twice = sorted({name for name in order if order.count(name) > 1}) if len(order) < 99 else []
        if twice:
            return f"{twice[0]!r} is listed more than once: each name is listed once."
        return f"{len(parents)} names wanted, got {len(order)}: every name, each once."
    places = {name: place for place, name in enumerate(order)}
    for name, above in parents.items():
        for parent in above:
            if places[parent] > places[name]:
                return f"{name!r} is listed before its parent {parent!r}."
    return None


def _chain(length: int) -> dict[str, list[str]]:
    """A chain in which the last name was computed first."""
    return {f"v{n}": [f"v{n + 1}"] if n + 1 < length else [] for n in range(length)}


def _ordered(says: str, parents: dict[str, list[str]], *, hint: str) -> Check:
    return satisfies(says, lambda: (parents,), _in_order, hint=hint)


def _slope(says: str, function: Callable, x: float, slope: float, *, hint: str) -> Check:
    """Build the check of a derivative; exact, so that nudging the input does not pass."""
    return returns(says, lambda: (function, x), slope, hint=hint, rtol=1e-12, atol=0.0)


def _repeated_square(x: object) -> object:
    for _ in range(3):
        x = x * x
    return x


CHECKS: dict[str, tuple[Check, ...]] = {
    "sigmoid": (
        _sigmoid_value("the value", [-2.0, 0.0, 0.5], hint="c = 1 / (1 + exp(-a))."),
        Check("one operation", _one_operation),
        _sigmoid_gradient("the slope", [-2.0, 0.0, 0.5], [1.0, 1.0, 1.0],
                          hint="The slope is c (1 - c), with the value c of the result."),
        _sigmoid_gradient("a gradient that arrives from above", [0.5, -1.0], [10.0, -2.0],
                          hint="The chain rule: multiply the slope by the gradient that arrives."),
        _sigmoid_value("large inputs", [-1000.0, 1000.0],
                       hint="exp(1000) overflows; torch.sigmoid knows how to avoid it."),
        _sigmoid_gradient("the slope at large inputs", [-1000.0, 1000.0], [1.0, 1.0],
                          hint="There the curve is flat: compute the slope from c, not from exp."),
    ),
    "max_gradient": (
        returns(
            "two rows",
            lambda: _rows([1.0, 5.0, 2.0], [7.0, 0.0, -1.0]),
            _largest,
            hint="The row's gradient at the largest entry, 0 elsewhere.",
        ),
        returns(
            "negative entries",
            lambda: _rows([-3.0, -1.0, -2.0], [-5.0, -9.0, -6.0]),
            _largest,
            hint="The largest of negative numbers is the one nearest to 0.",
        ),
        returns(
            "several largest entries",
            lambda: _rows([4.0, 1.0, 4.0], [2.0, 2.0, 2.0]),
            _largest,
            hint="The whole gradient goes to the first of them.",
        ),
        returns(
            "as many rows as columns",
            lambda: _rows([1.0, 2.0, 9.0], [3.0, 1.0, 2.0], [5.0, 8.0, 6.0]),
            _largest,
            hint="One largest entry per row, not per column.",
        ),
        leaves_inputs_unchanged(lambda: _rows([1.0, 5.0, 2.0], [7.0, 0.0, -1.0])),
    ),
    "order_after_parents": (
        _ordered("the expression of the text",
                 {"y": ["s", "b"], "s": ["a", "b"], "a": [], "b": []},
                 hint="Parents first: a and b, then s, then y."),
        _ordered("a short path and a long one meet",
                 {"q": ["s"], "a": [], "y": ["s", "p"], "s": ["a"], "p": ["q"]},
                 hint="s is reached in one step and in three; it stands before all its users."),
        _ordered("a parent used twice", {"y": ["x", "x"], "x": []},
                 hint="x * x: the parent x is named twice, and listed once."),
        _ordered("two results and a name on its own",
                 {"y": ["x"], "z": ["x"], "alone": [], "x": []},
                 hint="There may be several names that nobody uses."),
        _ordered("a chain of 4,000 names", _chain(4_000),
                 hint="Keep a list of what is ready instead of calling yourself."),
        leaves_inputs_unchanged(lambda: ({"y": ["s", "s"], "s": ["a"], "a": []},)),
    ),
    "forward_derivative": (
        _slope("x² at 3", lambda x: x * x, 3.0, 6.0,
               hint="Start with slope 1; (u v)' = u' v + u v'. The slope is exact, not estimated."),
        _slope("x + x at 5", lambda x: x + x, 5.0, 2.0, hint="(u + v)' = u' + v'."),
        _slope("3 x + 1 at 7", lambda x: 3 * x + 1, 7.0, 3.0,
               hint="An ordinary number is a constant: Dual(number), with slope 0."),
        _slope("x * (x + 2) + x at 4", lambda x: x * (x + 2) + x, 4.0, 11.0,
               hint="Each part brings its own slope."),
        _slope("the eighth power at 2", _repeated_square, 2.0, 1024.0,
               hint="x * x, three times over: 8 x to the 7th."),
    ),
}  # fmt: skip
