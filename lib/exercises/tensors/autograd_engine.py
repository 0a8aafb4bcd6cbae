"""Exercises of tensors/autograd_engine."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise
from lib.tensors.engine import Variable, exp

Parents = dict[str, list[str]]


def _sigmoid(
    slope: Callable = lambda c, g, a: g * c * (1 - c),
    value: Callable = torch.sigmoid,
    pack: Callable = lambda gradient: (gradient,),
) -> Callable[[Variable], Variable]:
    """Build an operation from its value, its slope, and what the gradient comes in."""

    def sigmoid(a: Variable) -> Variable:
        c = value(a.value)
        return Variable(c, (a,), lambda g: pack(slope(c, g, a.value)), "sigmoid")

    return sigmoid


def _forward_and_back(operation: Callable, x: Tensor, gradient: Tensor) -> dict:
    a = Variable(x.clone())
    result = operation(a)
    found = {"value": result.value, "parents are (a,)": tuple(result.parents) == (a,)}
    if tuple(result.parents) == (a,):
        found["gradients in a tuple"] = isinstance(result.gradient_fn(gradient), tuple)
    result.backward(gradient)
    return found | {"gradient": a.grad}


def _inputs(r: Draw) -> tuple:
    shape = r.sizes(r.int(1, 2))
    x = r.tensor(*shape, dtype=torch.float64, scale=r.choice(1.0, 3.0, 1000.0), offset=0.0)
    return x, r.tensor(*shape, dtype=torch.float64)


def _to_largest(x: Tensor, gradient: Tensor) -> Tensor:
    return gradient * one_hot(x.argmax(1), x.shape[1]).to(gradient.dtype)


def _rows(r: Draw) -> tuple:
    B, D = r.sizes(2, least=1)
    return r.tensor(B, D), r.tensor(B, 1)


def _graph(r: Draw) -> tuple[Parents]:
    names = r.shuffled("abcdefgh"[: r.int(1, 8)])
    parents = {name: [r.choice(*names[:at]) for _ in range(r.int(0, 3) if at else 0)]
               for at, name in enumerate(names)}
    return ({name: parents[name] for name in r.shuffled(names)},)


def _after_parents(order: list[str], parents: Parents) -> bool:
    place = {name: at for at, name in enumerate(order)}
    return all(place[above] < place[name] for name in parents for above in parents[name])


def _order(missing: Callable = len) -> Callable:
    """Build an answer that counts the missing parents of each name."""

    def order_after_parents(parents: Parents) -> list[str]:
        children = {name: [] for name in parents}
        for name, above in parents.items():
            for parent in above:
                children[parent].append(name)
        left = {name: missing(above) for name, above in parents.items()}
        order = [name for name, count in left.items() if count == 0]
        for name in order:
            for child in children[name]:
                left[child] -= 1
                if left[child] == 0:
                    order.append(child)
        return order

    return order_after_parents


def _recursive(parents: Parents, *, once: bool = True) -> list[str]:
    order = []

    def visit(name: str) -> None:
        if not (once and name in order):
            for parent in parents[name]:
                visit(parent)
            order.append(name)

    for name in parents:
        visit(name)
    return order


def _dual(
    times: Callable = lambda u, v: u.slope * v.value + u.value * v.slope,
    constant: float = 0.0,
    start: float = 1.0,
    plus: Callable = lambda u, v: u.slope + v.slope,
    answer: Callable = lambda y: y.slope,
    right: bool = True,
) -> Callable:
    """Build an answer from its rules for slopes."""

    class Dual:
        def __init__(self, value: float, slope: float = constant) -> None:
            self.value, self.slope = value, slope

        def __add__(self, other: object) -> "Dual":
            other = other if isinstance(other, Dual) else Dual(other)
            return Dual(self.value + other.value, plus(self, other))

        def __mul__(self, other: object) -> "Dual":
            other = other if isinstance(other, Dual) else Dual(other)
            return Dual(self.value * other.value, times(self, other))

        if right:
            __radd__, __rmul__ = __add__, __mul__

    return lambda function, x: answer(function(Dual(x, start)))


def _by_torch(function: Callable, x: float) -> float:
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(function(leaf), leaf)[0].item()


FUNCTIONS = {
    "1 + x": lambda x: 1 + x,
    "3 * x": lambda x: 3 * x,
    "x + x": lambda x: x + x,
    "x * x": lambda x: x * x,
    "x * 2 + 1": lambda x: x * 2 + 1,
    "x * (x + 2) + x": lambda x: x * (x + 2) + x,
    "x * x * x * (x + 1)": lambda x: x * x * x * (x + 1),
}
for _name, _function in FUNCTIONS.items():
    _function.__name__ = _name


EXERCISES = {
    "sigmoid": Exercise(
        reference=_sigmoid(),
        cases=_inputs,
        fixed=lambda: [(torch.tensor([-1000.0, 0.0, 1000.0]), torch.ones(3))],
        use=_forward_and_back,
        mistakes={
            "A tensor came back: the engine works with a Variable.":
                lambda a: a.value.sigmoid(),
            "Without parents no gradient reaches a.":
                lambda a: Variable(a.value.sigmoid()),
            "The text wants one operation, and here are several.": lambda a:
                1 / (exp(-a) + 1),
            "What arrives from above is lost.": _sigmoid(lambda c, g, a: c * (1 - c)),
            "One gradient for each parent, in a tuple: (…,).":
                _sigmoid(pack=lambda gradient: gradient),
            "exp(1000) overflows: inf / inf is NaN.":
                _sigmoid(value=lambda a: a.exp() / (1 + a.exp())),
            "The value is finite, but the slope takes exp(1000).": _sigmoid(
                lambda c, g, a: g * (-a).exp() / (1 + (-a).exp()) ** 2),
            "That is the slope of tanh.": _sigmoid(lambda c, g, a: g * (1 - c * c)),
            "The slope is c (1 - c), with the value c, not with a.":
                _sigmoid(lambda c, g, a: g * a * (1 - a)),
        },
    ),
    "max_gradient": Exercise(
        reference=_to_largest,
        cases=_rows,
        fixed=lambda: [(torch.tensor([[4.0, 1.0, 4.0]]), torch.tensor([[10.0]]))],
        mistakes={
            "Only the largest entry moves the maximum.":
                lambda x, gradient: gradient.expand_as(x),
            "Of several largest entries the first gets all, the others nothing.":
                lambda x, gradient: gradient * (x == x.amax(1, keepdim=True)),
            "Of several largest entries the first gets all, not each its share.":
                lambda x, gradient: gradient * (m := (x == x.amax(1, keepdim=True)))
                / m.sum(1, keepdim=True),
            "-5 is not larger than 3.": lambda x, gradient: _to_largest(x.abs(), gradient),
            "One largest entry per row, not per column.":
                lambda x, gradient: _to_largest(x.T, gradient.new_ones(1)).T * gradient,
            "x belongs to the caller: zero_ and scatter_ edit it.":
                lambda x, gradient: x.zero_() + _to_largest(x, gradient),
            "The gradient of the row is missing: what arrives from above?":
                lambda x, gradient: _to_largest(x, torch.ones_like(gradient)),
            "That is the gradient of the minimum.":
                lambda x, gradient: _to_largest(-x, gradient),
            "Of several largest entries the first gets all, not the last.":
                lambda x, gradient: _to_largest(x.flip(1), gradient).flip(1),
        },
    ),
    "order_after_parents": Exercise(
        reference=_order(),
        cases=_graph,
        fixed=lambda: [({"y": ["x", "x"], "x": []},), ({f"v{n}": [f"v{n + 1}"] * (n < 3999)
                                                        for n in range(4000)},)],
        equal=False,
        contract=Contract(exact=True),
        laws={
            "a list": lambda order, parents: type(order) is list,
            "every name, once": lambda order, parents: sorted(order) == sorted(parents),
            "each name after all its parents": _after_parents,
        },
        mistakes={
            "The dictionary has no order that helps, also not backwards.":
                lambda parents: list(parents)[::-1],
            "The dictionary is in any order.": list,
            "A chain of 4,000 is too deep for a function that calls itself.": _recursive,
            "A parent named twice is still one parent.": _order(lambda a: len(set(a))),
            "A name with several children is listed once.":
                lambda parents: _recursive(parents, once=False),
            "The fewest parents first is no order: they may depend on each other.":
                lambda parents: sorted(parents, key=lambda name: len(parents[name])),
            "Children first: that is the order of the way back.":
                lambda parents: _order()(parents)[::-1],
            "A list is wanted.": lambda parents: tuple(_order()(parents)),
            "The graph belongs to the caller: it was emptied.": lambda parents: (
                _order()(parents), parents.clear())[0],
            "Names without parents are only the beginning.": lambda parents: [
                name for name, above in parents.items() if not above],
        },
    ),
    "forward_derivative": Exercise(
        reference=_dual(),
        cases=lambda r: (r.choice(*FUNCTIONS.values()), round(r.float(-3, 3), 2)),
        rtol=1e-12,
        contract=Contract(without=("autograd",)),
        mistakes={
            "(u v)' is not u' v'.": _dual(lambda u, v: u.slope * v.slope),
            "(u v)' has two parts.": _dual(lambda u, v: u.slope * v.value),
            "(u v)' has two parts, one with each slope.":
                _dual(lambda u, v: u.value * v.slope),
            "A constant does not move: its slope is 0.": _dual(constant=1.0),
            "The input moves with itself: its slope is 1.": _dual(start=0.0),
            "(u + v)' = u' + v'.": _dual(plus=lambda u, v: u.slope),
            "That is the value.": _dual(answer=lambda y: y.value),
            "In 1 + x the number stands on the left: who adds then?": _dual(right=False),
            "Two points give a slope nearby, not the exact one.": lambda function, x:
                (function(x + 1e-6) - function(x - 1e-6)) / 2e-6,
            "Right, but the text is about dual numbers, not torch's autograd.": _by_torch,
        },
    ),
}
