"""Exercises of tensors/autograd_engine."""

import torch
from torch.nn import functional as F

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise
from lib.tensors.engine import Variable, exp


def sigmoid(a):
    c = a.value.sigmoid()
    return Variable(c, (a,), lambda g: (g * c * (1 - c),), "sigmoid")


def _forward_and_back(operation, x, gradient):
    a = Variable(x.clone())
    result = operation(a)
    found = {"value": result.value, "parents are (a,)": tuple(result.parents) == (a,)}
    if found["parents are (a,)"]:
        found["gradients in a tuple"] = isinstance(result.gradient_fn(gradient), tuple)
    result.backward(gradient)
    return found | {"gradient": a.grad}


def _inputs(r: Draw) -> tuple:
    shape = r.sizes(r.int(1, 2))
    x = r.tensor(*shape, dtype=torch.float64, scale=r.choice(1.0, 3.0, 1e3), offset=0.0)
    return x, r.tensor(*shape, dtype=torch.float64)


def max_gradient(x, gradient):
    place = x.argmax(dim=1)
    return gradient * F.one_hot(place, x.shape[1]).to(gradient.dtype)


def _rows(r: Draw) -> tuple:
    B, D = r.sizes(2, least=1)
    return r.tensor(B, D), r.tensor(B, 1)


def order_after_parents(parents):
    children = {name: [] for name in parents}
    for name, above in parents.items():
        for parent in above:
            children[parent].append(name)
    missing = {name: len(above) for name, above in parents.items()}
    order = [name for name in parents if missing[name] == 0]
    for name in order:
        for child in children[name]:
            missing[child] -= 1
            if missing[child] == 0:
                order.append(child)
    return order


def _recursive(parents):
    order = []

    def visit(name):
        if name not in order:
            for parent in parents[name]:
                visit(parent)
            order.append(name)

    for name in parents:
        visit(name)
    return order


def _graph(r: Draw) -> tuple:
    names = r.shuffled("abcdefgh"[: r.int(1, 8)])
    parents = {name: [r.choice(*names[:at]) for _ in range(r.int(0, 3) if at else 0)]
               for at, name in enumerate(names)}  # fmt: skip
    return ({name: parents[name] for name in r.shuffled(names)},)


def _chain(length: int) -> dict[str, list[str]]:
    return {f"v{n}": [f"v{n + 1}"] * (n + 1 < length) for n in range(length)}


def _after_parents(order, parents):
    at = {name: place for place, name in enumerate(order)}
    return all(at[above] < at[name] for name in parents for above in parents[name])


def forward_derivative(function, x):
    class Dual:
        def __init__(self, value, slope=0.0):
            self.value, self.slope = value, slope

        def __add__(self, other):
            other = other if isinstance(other, Dual) else Dual(other)
            return Dual(self.value + other.value, self.slope + other.slope)

        def __mul__(self, other):
            other = other if isinstance(other, Dual) else Dual(other)
            slope = self.slope * other.value + self.value * other.slope
            return Dual(self.value * other.value, slope)

        __radd__, __rmul__ = __add__, __mul__

    return function(Dual(x, 1.0)).slope


def _by_torch(function, x):
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(function(leaf), leaf)[0].item()


def _function(text: str) -> object:
    function = eval(f"lambda x: {text}")
    function.__name__ = text
    return function


def _point(r: Draw) -> tuple:
    text = r.choice("1 + x", "3 * x", "x + x", "x * x", "x * 2 + 1", "x * (x + 2) + x",
                    "x * x * x * (x + 1)")  # fmt: skip
    return _function(text), round(r.float(-3, 3), 2)


EXERCISES = {
    "sigmoid": Exercise(
        reference=sigmoid,
        cases=_inputs,
        fixed=lambda: [(torch.tensor([-1000.0, 0.0, 1000.0]), torch.ones(3))],
        use=_forward_and_back,
        mistakes={
            "A tensor came back: the engine works with a Variable.":
                lambda a: a.value.sigmoid(),
            "Without parents no gradient reaches a.":
                lambda a: Variable(a.value.sigmoid()),
            "The task wants one operation, and here are several.":
                lambda a: 1 / (exp(-a) + 1),
            "What arrives from above is lost.": "g * -> ",
            "One gradient for each parent, in a tuple: (…,).": "(1 - c),) -> (1 - c))",
            "exp(1000) overflows: inf / inf is NaN.":
                "a.value.sigmoid() -> a.value.exp() / (1 + a.value.exp())",
            "The value is finite, but the slope takes exp(1000).":
                "c * (1 - c) -> (-a.value).exp() / (1 + (-a.value).exp()) ** 2",
            "That is the slope of tanh.": "c * (1 - c) -> (1 - c * c)",
            "The slope is c (1 - c), with the value c, not with a.":
                "c * (1 - c) -> a.value * (1 - a.value)",
        },
    ),
    "max_gradient": Exercise(
        reference=max_gradient,
        cases=_rows,
        fixed=lambda: [(torch.tensor([[4.0, 1.0, 4.0]]), torch.tensor([[10.0]]))],
        mistakes={
            "Only the largest entry moves the maximum.":
                lambda x, gradient: gradient.expand_as(x),
            "Of several largest entries the first gets all, the others nothing.":
                lambda x, gradient: gradient * (x == x.amax(1, keepdim=True)),
            "-5 is not larger than 3.": "x.argmax -> x.abs().argmax",
            "One largest entry per row, not per column.":
                lambda x, gradient: gradient * F.one_hot(x.argmax(dim=0), len(x)).mT,
            "x belongs to the caller: zero_ and scatter_ edit it.":
                "gradient * -> gradient * x.zero_().add(1) *",
            "The gradient of the row is missing: what arrives from above?":
                "gradient * -> ",
            "That is the gradient of the minimum.": "argmax -> argmin",
            "Of several largest entries the first gets all, not the last.":
                "x.argmax(dim=1) -> x.shape[1] - 1 - x.flip(1).argmax(dim=1)",
        },
    ),
    "order_after_parents": Exercise(
        reference=order_after_parents,
        cases=_graph,
        fixed=lambda: [({"y": ["x", "x"], "x": []},), (_chain(4000),)],
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
            "A chain of 4,000 is too deep for a function that calls itself.":
                _recursive,
            "A parent named twice is still one parent.":
                "len(above) -> len(set(above))",
            "The fewest parents first is no order: they may depend on each other.":
                lambda parents: sorted(parents, key=lambda name: len(parents[name])),
            "Children first: that is the order of backward.": "return order -> "
                "return order[::-1]",
            "A list is wanted.": "return order -> return tuple(order)",
            "The graph belongs to the caller: it was emptied.": "return order -> "
                "parents.clear(); return order",
            "Names without parents are only the beginning.":
                "order.append(child) -> pass",
        },
    ),
    "forward_derivative": Exercise(
        reference=forward_derivative,
        cases=_point,
        rtol=1e-12,
        contract=Contract(without=("autograd",)),
        mistakes={
            "(u v)' is not u' v'.": "other.value + self.value * -> ",
            "(u v)' has two parts.": " + self.value * other.slope -> ",
            "(u v)' has two parts, one with each slope.":
                "self.slope * other.value + -> ",
            "A constant does not move: its slope is 0.": "slope=0.0 -> slope=1.0",
            "The input moves with itself: its slope is 1.": "x, 1.0 -> x",
            "(u + v)' = u' + v'.": "self.slope + other.slope -> self.slope",
            "That is the value.": ")).slope -> )).value",
            "In 1 + x the number stands on the left: who adds then?":
                "__radd__, __rmul__ = __add__, __mul__ -> pass",
            "Two points give a slope nearby, not the exact one.":
                lambda f, x: (f(x + 1e-6) - f(x - 1e-6)) / 2e-6,
            "Right, but with torch's autograd instead of dual numbers.": _by_torch,
        },
    ),
}
