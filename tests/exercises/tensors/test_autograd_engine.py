"""Typical mistakes in the exercises of tensors/autograd_engine; every one must be refused."""

from torch.nn import functional as F

from lib.tensors.engine import Variable, exp


def sigmoid_of_tensors(a):
    return a.value.sigmoid()


def sigmoid_without_parents(a):
    return Variable(a.value.sigmoid())


def sigmoid_from_parts(a):
    return 1 / (exp(-a) + 1)


def sigmoid_without_the_chain_rule(a):
    c = a.value.sigmoid()
    return Variable(c, (a,), lambda g: (c * (1 - c),), "sigmoid")


def sigmoid_without_a_tuple(a):
    c = a.value.sigmoid()
    return Variable(c, (a,), lambda g: g * c * (1 - c), "sigmoid")


def sigmoid_that_overflows(a):
    powers = a.value.exp()
    c = powers / (1 + powers)
    return Variable(c, (a,), lambda g: (g * c * (1 - c),), "sigmoid")


def sigmoid_whose_slope_overflows(a):
    powers = (-a.value).exp()
    return Variable(
        a.value.sigmoid(), (a,), lambda g: (g * powers / (1 + powers) ** 2,), "sigmoid"
    )


def max_to_every_entry(x, gradient):
    return gradient.expand_as(x).clone()


def max_to_all_largest(x, gradient):
    return gradient * (x == x.amax(dim=1, keepdim=True))


def max_by_size(x, gradient):
    return gradient * F.one_hot(x.abs().argmax(dim=1), x.shape[1])


def max_in_place(x, gradient):
    place = x.argmax(dim=1, keepdim=True)
    return x.zero_().scatter_(1, place, gradient)


def order_reversed(parents):
    return list(parents)[::-1]


def order_nearest_first(parents):
    used = {parent for above in parents.values() for parent in above}
    level = [name for name in parents if name not in used]
    order = dict.fromkeys(level)
    while level:
        level = [parent for name in level for parent in parents[name] if parent not in order]
        order.update(dict.fromkeys(level))
    return list(order)[::-1]


def order_by_recursion(parents):
    order = []

    def visit(name):
        if name not in order:
            for parent in parents[name]:
                visit(parent)
            order.append(name)

    for name in parents:
        visit(name)
    return order


def order_without_memory(parents):
    def behind(name):
        return [found for parent in parents[name] for found in behind(parent)] + [name]

    return behind(next(iter(parents)))


def order_counting_parents_once(parents):
    children = {name: [] for name in parents}
    for name, above in parents.items():
        for parent in set(above):
            children[parent].append(name)
    missing = {name: len(above) for name, above in parents.items()}
    order = [name for name, count in missing.items() if count == 0]
    for name in order:
        for child in children[name]:
            missing[child] -= 1
            if missing[child] == 0:
                order.append(child)
    return order


def order_that_empties_the_graph(parents):
    order = {}
    while parents:
        name, above = parents.popitem()
        missing = [parent for parent in above if parent not in order]
        if missing:
            parents[name] = above
            parents.update({parent: parents.pop(parent) for parent in dict.fromkeys(missing)})
        else:
            order[name] = None
    return list(order)


def derivative_by(product_slope, *, constant_slope=0.0, input_slope=1.0, answer="slope"):
    """Build a solution with another product rule, other slopes at the start, or another answer."""

    class Dual:
        def __init__(self, value, slope=constant_slope):
            self.value, self.slope = value, slope

        def __add__(self, other):
            other = other if isinstance(other, Dual) else Dual(other)
            return Dual(self.value + other.value, self.slope + other.slope)

        def __mul__(self, other):
            other = other if isinstance(other, Dual) else Dual(other)
            return Dual(self.value * other.value, product_slope(self, other))

        __radd__, __rmul__ = __add__, __mul__

    return lambda function, x: getattr(function(Dual(x, input_slope)), answer)


def right_slope(u, v):
    return u.slope * v.value + u.value * v.slope


def derivative_without_constants(function, x):
    class Dual:
        def __init__(self, value, slope):
            self.value, self.slope = value, slope

        def __add__(self, other):
            return Dual(self.value + other.value, self.slope + other.slope)

        def __mul__(self, other):
            return Dual(self.value * other.value, right_slope(self, other))

    return function(Dual(x, 1.0)).slope


def derivative_by_nudging(function, x):
    return (function(x + 1e-6) - function(x - 1e-6)) / 2e-6


WRONG = {
    "sigmoid": [
        sigmoid_of_tensors,
        sigmoid_without_parents,
        sigmoid_from_parts,
        sigmoid_without_the_chain_rule,
        sigmoid_without_a_tuple,
        sigmoid_that_overflows,
        sigmoid_whose_slope_overflows,
    ],
    "max_gradient": [
        max_to_every_entry,
        max_to_all_largest,
        max_by_size,
        max_in_place,
    ],
    "order_after_parents": [
        order_reversed,
        order_nearest_first,
        order_by_recursion,
        order_without_memory,
        order_counting_parents_once,
        order_that_empties_the_graph,
    ],
    "forward_derivative": [
        derivative_by(lambda u, v: u.slope * v.slope),
        derivative_by(lambda u, v: u.slope * v.value),
        derivative_by(right_slope, constant_slope=1.0),
        derivative_by(right_slope, input_slope=0.0),
        derivative_by(right_slope, answer="value"),
        derivative_without_constants,
        derivative_by_nudging,
    ],
}
