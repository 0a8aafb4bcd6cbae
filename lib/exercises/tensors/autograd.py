"""Checks of the exercises in tensors/autograd."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction

from lib.book.checks import Check, leaves_inputs_unchanged, returns, satisfies
from lib.book.difference import difference


def _vjp(x: Tensor, v: Tensor) -> Tensor:
    return torch.autograd.functional.vjp(lambda x: x.sum() * x, x, v)[1]


def _vectors(size: int = 3) -> tuple[Tensor, Tensor]:
    return torch.arange(1.0, 1 + size), torch.tensor([2.0, -1.0, 5.0, 0.5])[:size]


def _parabola(x: Tensor) -> Tensor:
    return 3 * (x - 2) ** 2 + 1


def _quartic(x: Tensor) -> Tensor:
    return x**4 - 3 * x**2 + x


def _bowl(x: Tensor) -> Tensor:
    return x.exp() - 2 * x


def _gradient(says: str, values: list[float], arriving: list[float], *, hint: str) -> Check:
    """Build the check of clipped_square's backward for a gradient that arrives from above."""

    def test(candidate: Callable[[Tensor], Tensor]) -> str | None:
        x = torch.tensor(values, requires_grad=True)
        v = torch.tensor(arriving)
        wanted = torch.where(x.detach().abs() < 1, 2 * x.detach(), 0.0) * v
        (got,) = torch.autograd.grad(candidate(x), x, v)
        found = difference(wanted, got)
        return found and f"{found}\n{hint}"

    return Check(says, test)


def _value(says: str, values: list[float], *, hint: str) -> Check:
    """Build the check of clipped_square's forward."""

    def test(candidate: Callable[[Tensor], Tensor]) -> str | None:
        x = torch.tensor(values)
        before = x.clone()
        found = difference(before.square().clamp(max=1), candidate(x))
        if found is None and not torch.equal(x, before):
            return "forward edited its argument: compute a new tensor."
        return found and f"{found}\n{hint}"

    return Check(says, test)


def _own_backward(candidate: Callable[[Tensor], Tensor]) -> str | None:
    """Say so if the gradient comes from torch's own operations."""
    result = candidate(torch.tensor([0.5, 2.0], requires_grad=True))
    if isinstance(result.grad_fn, BackwardCFunction):
        return None
    return "the result's grad_fn is none of yours: return ClippedSquare.apply(x)."


def _limited_loss(most: int) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a mean loss that refuses more rows than fit."""

    def mean_loss(weight: Tensor, rows: Tensor) -> Tensor:
        if len(rows) > most:
            raise ValueError(f"{len(rows)} rows at once, but only {most} fit")
        return (rows @ weight - 1).square().mean()

    return mean_loss


def _batch(num_rows: int, batch_size: int) -> tuple[Callable, Tensor, Tensor, int]:
    generator = torch.Generator().manual_seed(num_rows)
    rows = torch.randn(num_rows, 3, generator=generator)
    weight = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
    return _limited_loss(batch_size), weight, rows, batch_size


def _at_once(mean_loss: object, weight: Tensor, rows: Tensor, batch_size: int) -> Tensor:
    return torch.autograd.grad(_limited_loss(len(rows))(weight, rows), weight)[0]


def _with_old_gradient() -> tuple[Callable, Tensor, Tensor, int]:
    arguments = _batch(6, 3)
    arguments[1].grad = torch.tensor([100.0, 200.0, 300.0])
    return arguments


def _grad_stays(candidate: Callable[..., object]) -> str | None:
    """Say what happened to a gradient that was there before the call."""
    arguments = _with_old_gradient()
    before = arguments[1].grad.clone()
    candidate(*arguments)
    after = arguments[1].grad
    if after is None or not torch.equal(before, after):
        return "weight.grad changed: torch.autograd.grad returns gradients and stores nothing."
    return None


CHECKS: dict[str, tuple[Check, ...]] = {
    "vjp_by_hand": (
        returns(
            "three numbers",
            _vectors,
            _vjp,
            hint="s times v, plus the same number v·x in each entry.",
        ),
        returns(
            "four numbers whose sum is 0",
            lambda: (torch.tensor([1.0, -2.0, 3.0, -2.0]), _vectors(4)[1]),
            _vjp,
            hint="With s = 0, what remains is v·x, the same in all entries.",
        ),
        returns("one number", lambda: _vectors(1), _vjp, hint="For one number f(x) = x², so 2xv."),
        leaves_inputs_unchanged(_vectors),
    ),
    "newton_minimum": (
        returns(
            "a parabola, one step",
            lambda: (_parabola, torch.tensor(10.0), 1),
            torch.tensor(2.0),
            hint="For a parabola one step x - f'(x)/f''(x) arrives; its minimum is at 2.",
        ),
        returns(
            "no step",
            lambda: (_quartic, torch.tensor(0.5), 0),
            torch.tensor(0.5),
            hint="No step: the start is the answer.",
        ),
        returns(
            "a curve that needs several steps",
            lambda: (_bowl, torch.tensor(1.5), 6),
            torch.tensor(2.0).log(),
            hint="exp(x) - 2x is lowest at log 2 = 0.693; each step starts where the last ended.",
        ),
        returns(
            "exactly so many steps",
            lambda: (_bowl, torch.tensor(0.0), 2),
            torch.tensor(1 - (torch.e - 2) / torch.e),
            hint="From 0 the first step leads to 1, the second to 2/e = 0.736.",
        ),
        satisfies(
            "a result without history",
            lambda: (_quartic, torch.tensor(2.0), 3),
            lambda result, *_: not result.requires_grad,
            hint="The result still carries its graph: return x.detach().",
        ),
        leaves_inputs_unchanged(lambda: (_quartic, torch.tensor(2.0), 3)),
    ),
    "clipped_square": (
        _value("values inside and outside", [-3.0, -0.5, 0.0, 0.25, 2.0],
               hint="Square first, then cut what exceeds 1."),
        Check("an operation of its own", _own_backward),
        _gradient("the slope inside", [-0.5, 0.0, 0.25], [1.0, 1.0, 1.0],
                  hint="Inside, the derivative is 2x."),
        _gradient("the slope outside", [-3.0, 2.0, 0.5], [1.0, 1.0, 1.0],
                  hint="Outside, the result does not move with x: slope 0."),
        _gradient("a gradient that arrives from above", [0.5, -0.5, 3.0], [10.0, -2.0, 7.0],
                  hint="The chain rule: multiply by the gradient that backward receives."),
    ),
    "accumulated_gradient": (
        returns(
            "two equal pieces",
            lambda: _batch(6, 3),
            _at_once,
            hint="Weigh the gradient of each piece by its share of the rows, and add.",
        ),
        returns(
            "a short last piece",
            lambda: _batch(7, 3),
            _at_once,
            hint="The last piece has one row of seven, so its gradient counts 1/7.",
        ),
        returns(
            "fewer rows than fit",
            lambda: _batch(2, 5),
            _at_once,
            hint="One piece with two rows: its gradient as it is.",
        ),
        returns(
            "a weight with an old gradient",
            _with_old_gradient,
            _at_once,
            hint="The old weight.grad must not join the sum.",
        ),
        Check("weight.grad stays as it was", _grad_stays),
    ),
}  # fmt: skip
