"""The engine against torch on random graphs: broadcasting, shared parts, repeated use."""

from types import SimpleNamespace

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.tensors import engine
from lib.tensors.engine import Variable, topological_order

SHAPES = [(), (1,), (3,), (3, 1), (1, 3), (3, 3), (5, 1, 1), (5, 3, 3), (1, 3, 1), (5, 1, 3)]
SQUARE = torch.linspace(-1, 1, 9, dtype=torch.float64).reshape(3, 3)
OURS = SimpleNamespace(
    exp=engine.exp, log=engine.log, relu=engine.relu, tanh=engine.tanh,
    square=Variable(SQUARE),
    sum=lambda a: engine.sum_over(a, 0 if a.value.dim() else None),
)  # fmt: skip
TORCH = SimpleNamespace(
    exp=torch.exp, log=torch.log, relu=torch.relu, tanh=torch.tanh, square=SQUARE,
    sum=lambda a: a.sum(dim=0, keepdim=True) if a.dim() else a.sum(),
)  # fmt: skip
OPERATIONS = {  # tanh and the added constants keep numbers tame along a deep graph
    "add": lambda f, a, b: a + b,
    "subtract": lambda f, a, b: a - b,
    "multiply": lambda f, a, b: f.tanh(a) * b,
    "divide": lambda f, a, b: a / (b * b + 0.5),
    "square": lambda f, a, b: f.tanh(a) ** 2 + a,
    "cube": lambda f, a, b: f.tanh(a) ** 3,
    "root": lambda f, a, b: (a * a + 0.1) ** 0.5,
    "exp": lambda f, a, b: f.exp(f.tanh(a)),
    "log": lambda f, a, b: f.log(a * a + 0.1),
    "relu": lambda f, a, b: f.relu(a),
    "tanh": lambda f, a, b: f.tanh(a),
    "matmul": lambda f, a, b: f.tanh(a + f.square) @ f.tanh(b + f.square),
    "sum": lambda f, a, b: f.sum(a),
}
LINES = st.lists(
    st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 99), st.integers(0, 99)),
    min_size=1, max_size=12,
)  # fmt: skip


def run(program, functions, leaves):
    """Apply each line's operation to two of the results so far; use the last result twice more."""
    results = list(leaves)
    for name, first, second in program:
        a, b = results[first % len(results)], results[second % len(results)]
        results.append(OPERATIONS[name](functions, a, b))
    return results[-1] * functions.tanh(results[-1]) + results[-1]


@given(
    program=LINES,
    shapes=st.lists(st.sampled_from(SHAPES), min_size=1, max_size=4),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=200, deadline=None)
def test_gradients_of_random_graphs(program, shapes, seed):
    generator = torch.Generator().manual_seed(seed)
    values = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    before = [value.clone() for value in values]
    leaves = [Variable(value) for value in values]
    tensors = [value.clone().requires_grad_() for value in values]
    result, wanted = run(program, OURS, leaves), run(program, TORCH, tensors)
    torch.testing.assert_close(result.value, wanted.detach(), rtol=1e-10, atol=1e-13)

    arriving = torch.randn(wanted.shape, generator=generator, dtype=torch.float64)
    for _ in range(2):  # the second walk adds
        result.backward(arriving)
        wanted.backward(arriving, retain_graph=True)
    found = [tensor.grad for tensor in tensors if tensor.grad is not None]
    scale = max(float(gradient.abs().max()) for gradient in found)
    for leaf, tensor in zip(leaves, tensors, strict=True):
        assert (leaf.grad is None) == (tensor.grad is None)
        if leaf.grad is not None:  # where terms cancel, rounding is relative to the graph's size
            torch.testing.assert_close(
                leaf.grad, tensor.grad, rtol=1e-10, atol=1e-12 * scale + 1e-13
            )
    assert all(torch.equal(old, new) for old, new in zip(before, values, strict=True))


@given(program=LINES)
@settings(max_examples=50, deadline=None)
def test_order_of_random_graphs(program):
    leaves = [Variable(torch.zeros(3, 3, dtype=torch.float64)) for _ in range(2)]
    order = topological_order(run(program, OURS, leaves))
    places = {variable: place for place, variable in enumerate(order)}
    assert len(places) == len(order)
    for variable in order:
        assert all(places[parent] < places[variable] for parent in variable.parents)
