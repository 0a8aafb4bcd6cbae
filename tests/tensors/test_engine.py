"""The engine against torch in float64: values and gradients, the walk, and what it refuses."""

import math
import re
import sys

import pytest
import torch

from lib.tensors import engine
from lib.tensors.engine import Variable, topological_order

SHAPES = [  # of the two operands
    ((), ()), ((3,), (3,)), ((1,), ()), ((5, 3), (3,)), ((5, 3), (5, 1)), ((5, 1), (1, 3)),
    ((2, 1, 3), (5, 1)), ((1, 1), (7,)), ((0, 3), (1, 3)), ((2, 0), (2, 1)), ((0,), ()),
]  # fmt: skip
MATRICES = [  # of the two factors
    ((2, 3), (3, 5)), ((1, 1), (1, 1)), ((7, 2, 3), (7, 3, 5)), ((7, 2, 3), (3, 5)),
    ((2, 3), (7, 3, 1)), ((1, 2, 3), (7, 3, 5)), ((5, 1, 2, 3), (7, 3, 2)), ((2, 0), (0, 3)),
    ((0, 3), (3, 2)), ((0, 2, 3), (3, 5)),
]  # fmt: skip
BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "a twice": lambda a, b: a * b + a,
}
UNARY = [engine.exp, engine.log, engine.relu, engine.tanh]
VALUES = [-100.0, -2.0, -1e-8, -0.0, 0.0, 1e-8, 0.5, 1.0, 2.0, 100.0]
EXPONENTS = [2, 3, 1, 0, 0.0, -1, -2.0, 0.5, 1.5]


def draw(*shape, seed=0):
    """Numbers between 0.5 and 2, some of them negative, so that none is divided by 0."""
    generator = torch.Generator().manual_seed(seed + len(shape))
    size = 0.5 + 1.5 * torch.rand(shape, generator=generator, dtype=torch.float64)
    return size * (torch.randint(0, 2, shape, generator=generator) * 2 - 1)


def agree(ours, theirs, *values):
    """Compare value and gradients of two functions for a gradient that differs in each entry."""
    before = [value.clone() for value in values]
    leaves = [Variable(value) for value in values]
    tensors = [value.clone().requires_grad_() for value in values]
    result, wanted = ours(*leaves), theirs(*tensors)
    torch.testing.assert_close(result.value, wanted.detach(), rtol=1e-12, atol=0, equal_nan=True)
    arriving = draw(*wanted.shape, seed=1)
    arrived = arriving.clone()
    result.backward(arriving)
    wanted.backward(arrived)
    for leaf, tensor in zip(leaves, tensors, strict=True):
        torch.testing.assert_close(leaf.grad, tensor.grad, rtol=1e-12, atol=1e-15, equal_nan=True)
    for old, new in zip(before, values, strict=True):
        torch.testing.assert_close(new, old, rtol=0, atol=0, equal_nan=True)
    assert torch.equal(arriving, arrived)


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_element_wise_operations_with_broadcasting(name, shapes):
    first, second = (draw(*shape, seed=seed) for seed, shape in enumerate(shapes))
    agree(BINARY[name], BINARY[name], first, second)
    agree(BINARY[name], BINARY[name], second, first)


@pytest.mark.parametrize("shapes", MATRICES, ids=str)
def test_matmul_with_broadcast_batches(shapes):
    first, second = (draw(*shape, seed=seed) for seed, shape in enumerate(shapes))
    agree(engine.matmul, torch.matmul, first, second)
    agree(lambda a, b: a @ b, torch.matmul, first, second)


@pytest.mark.parametrize("operation", UNARY)
@pytest.mark.parametrize("shape", [(), (1,), (2, 5), (0, 3)], ids=str)
def test_functions(operation, shape):
    theirs = getattr(torch, operation.__name__)
    agree(operation, theirs, draw(*shape).abs())
    agree(operation, theirs, draw(*shape))


@pytest.mark.parametrize("operation", UNARY)
def test_functions_at_extreme_values(operation):
    values = torch.tensor([*VALUES, math.inf, -math.inf, math.nan], dtype=torch.float64)
    agree(operation, getattr(torch, operation.__name__), values)


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_powers(exponent):
    agree(lambda a: a**exponent, lambda a: a**exponent, torch.tensor(VALUES, dtype=torch.float64))


def test_the_power_0_stops_an_infinite_gradient():
    leaf = Variable(torch.tensor([0.0, 2.0]))
    tensor = leaf.value.clone().requires_grad_()
    for base in (leaf, tensor):
        (base**0).backward(torch.tensor([math.inf, math.nan]))
    assert leaf.grad.tolist() == tensor.grad.tolist() == [0, 0]


@pytest.mark.parametrize("dim", [None, 0, 1, -1, (0, 2), (1,), (0, 1, 2)])
@pytest.mark.parametrize("shape", [(2, 3, 5), (1, 1, 1), (2, 0, 3)], ids=str)
def test_sums(dim, shape):
    def theirs(tensor):
        return tensor.sum() if dim is None else tensor.sum(dim=dim, keepdim=True)

    agree(lambda variable: engine.sum_over(variable, dim), theirs, draw(*shape))


def test_the_sum_of_a_number():
    agree(engine.sum_over, torch.sum, draw())


@pytest.mark.parametrize("constant", [3, -0.5, torch.tensor([1.0, 2.0, -4.0])], ids=str)
def test_constants_on_both_sides(constant):
    x = draw(5, 3)
    for function in (
        lambda a: a + constant, lambda a: constant + a, lambda a: a - constant,
        lambda a: constant - a, lambda a: a * constant, lambda a: constant * a,
        lambda a: a / constant, lambda a: constant / a, lambda a: -a,
    ):  # fmt: skip
        agree(function, function, x)


def test_a_second_backward_adds():
    x, y = draw(3), torch.tensor(2.0, dtype=torch.float64)
    leaf, tensor = Variable(x), x.clone().requires_grad_()
    result, wanted = engine.sum_over(leaf * leaf), (tensor * tensor).sum()
    for gradient in (None, y):
        result.backward(gradient)
        wanted.backward(gradient, retain_graph=True)
        assert torch.equal(leaf.grad, tensor.grad)
    leaf.grad = None
    result.backward()
    assert torch.equal(leaf.grad, 2 * x)


def test_gradients_share_no_memory():
    a, b, arriving = Variable(draw(2)), Variable(draw(2)), torch.ones(2, dtype=torch.float64)
    (a + b).backward(arriving)
    engine.sum_over(c := Variable(draw(2, 3))).backward()
    a.grad[0], c.grad[0, 0] = 7.0, 7.0
    assert b.grad.tolist() == arriving.tolist() == [1, 1]
    assert c.grad.tolist() == [[7, 1, 1], [1, 1, 1]]


def test_only_leaves_keep_a_gradient():
    x = Variable(draw(3))
    middle = engine.exp(x)
    result = engine.sum_over(middle)
    result.backward()
    assert middle.grad is None
    assert result.grad is None
    x.backward(torch.full((3,), 5.0))  # a leaf is its own root; the gradient gets its dtype
    torch.testing.assert_close(x.grad, x.value.exp() + 5)


def test_torch_records_nothing():
    x = draw(3).requires_grad_()
    leaf = Variable(x)
    result = engine.sum_over(leaf * x)
    result.backward(torch.tensor(1.0, dtype=torch.float64, requires_grad=True))
    assert not result.value.requires_grad
    assert not leaf.grad.requires_grad
    assert x.grad is None


def test_a_graph_deeper_than_the_stack():
    assert sys.getrecursionlimit() < 3000
    x = Variable(torch.tensor(0.3, dtype=torch.float64))
    tensor = x.value.clone().requires_grad_()
    result, wanted = x, tensor
    for _ in range(1500):
        result, wanted = engine.tanh(result) + x, torch.tanh(wanted) + tensor
    result.backward()
    wanted.backward()
    torch.testing.assert_close(x.grad, tensor.grad, rtol=1e-10, atol=0)
    assert len(topological_order(result)) == 3001


def test_each_variable_stands_once_and_after_its_parents():
    x, y = Variable(draw(2)), Variable(draw(2))
    shared = x * y
    root = engine.exp(shared) * shared + x
    order = topological_order(root)
    assert len(order) == len(set(order)) == 6
    places = {variable: place for place, variable in enumerate(order)}
    for variable in order:
        assert all(places[parent] < places[variable] for parent in variable.parents)
    assert order[-1] is root
    assert topological_order(x) == [x]


def test_a_shared_variable_is_visited_once():
    x = Variable(torch.tensor(1.0))
    calls = []
    shared = Variable(x.value * 2, (x,), lambda g: calls.append(g) or (2 * g,), "double")
    (shared * shared + shared).backward()
    assert [call.item() for call in calls] == [5]  # once, with the whole gradient
    assert x.grad == 10


def variable(*shape, dtype=torch.float64):
    """A leaf full of ones."""
    return Variable(torch.ones(shape, dtype=dtype))


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (
            lambda: Variable(3.0),
            TypeError,
            "value must be a tensor of floating-point numbers, got float",
        ),
        (
            lambda: Variable(torch.tensor([1, 2])),
            TypeError,
            "value must be a tensor of floating-point numbers, got torch.int64",
        ),
        (
            lambda: Variable(torch.ones(2), (variable(2, dtype=torch.float32),)),
            ValueError,
            "parents and gradient_fn belong together, got 1 parents",
        ),
        (
            lambda: Variable(torch.ones(2), (), lambda g: ()),
            ValueError,
            "parents and gradient_fn belong together, got 0 parents",
        ),
        (
            lambda: variable(2) + variable(2, dtype=torch.float32),
            TypeError,
            "parents must be torch.float64, got torch.float32",
        ),
        (
            lambda: variable(2, 3).backward(),
            ValueError,
            "gradient must be given for a value of shape (2, 3)",
        ),
        (
            lambda: variable(0).backward(),
            ValueError,
            "gradient must be given for a value of shape (0,)",
        ),
        (
            lambda: variable(2, 3).backward(torch.ones(3)),
            ValueError,
            "gradient must have shape (2, 3), got (3,)",
        ),
        (
            lambda: variable(3) @ variable(3, 2),
            ValueError,
            "matmul needs two or more axes on both sides, got (3,) and (3, 2)",
        ),
        (
            lambda: engine.matmul(variable(2, 3), variable(3)),
            ValueError,
            "matmul needs two or more axes on both sides, got (2, 3) and (3,)",
        ),
        (
            lambda: variable(2) ** variable(2),
            TypeError,
            "exponent must be a number, got Variable",
        ),
        (
            lambda: engine.power(variable(2), torch.tensor([1.0, 2.0])),
            TypeError,
            "exponent must be a number, got Tensor",
        ),
    ],
)
def test_errors_say_what_was_wanted_and_what_came(action, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        action()


def test_a_gradient_of_another_shape_is_not_handed_on():
    bias = variable(3)
    wrong = Variable(torch.ones(5, 3).double() + bias.value, (bias,), lambda g: (g,), "shift")
    message = "shift must return a gradient of shape (3,), got (5, 3)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        engine.sum_over(wrong).backward()
    assert bias.grad is None


def test_as_many_gradients_as_parents():
    a = variable(3)
    wrong = Variable(a.value * 2, (a, a), lambda g: (g,), "twice")
    with pytest.raises(ValueError, match="zip"):
        engine.sum_over(wrong).backward()
