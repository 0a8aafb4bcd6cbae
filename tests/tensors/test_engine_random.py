"""The engine against torch on random graphs: broadcasting, shared parts, repeated use."""

from collections import Counter
from types import SimpleNamespace

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.tensors import engine
from lib.tensors.engine import Variable, topological_order

SHAPES = [(), (1,), (3,), (3, 1), (1, 3), (3, 3), (5, 1, 1), (5, 3, 3), (1, 3, 1), (5, 1, 3)]
SQUARE = torch.linspace(-1, 1, 9, dtype=torch.float64).reshape(3, 3)
BATCH = torch.linspace(-1, 1, 45, dtype=torch.float64).reshape(5, 3, 3)
OURS = SimpleNamespace(
    exp=engine.exp, log=engine.log, relu=engine.relu, tanh=engine.tanh,
    square=Variable(SQUARE), batch=Variable(BATCH),
    sum=lambda a: engine.sum_over(a, 0 if a.value.dim() else None),
)  # fmt: skip
TORCH = SimpleNamespace(
    exp=torch.exp, log=torch.log, relu=torch.relu, tanh=torch.tanh, square=SQUARE, batch=BATCH,
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
    "matmul of a batch": lambda f, a, b: f.tanh(a + f.batch) @ f.tanh(b + f.square),
    "sum": lambda f, a, b: f.sum(a),
}
LINES = st.lists(
    st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 99), st.integers(0, 99)),
    min_size=3, max_size=12,
)  # fmt: skip
LEAVES = st.lists(st.sampled_from(SHAPES), min_size=2, max_size=4)


def run(program, functions, leaves):
    """Apply each line's operation to two of the results so far; use the last result twice more.

    What no line used is added at the end, so that every line counts.
    """
    results, unused = list(leaves), set()
    for name, *places in program:
        first, second = (place % len(results) for place in places)
        unused -= {first, second}
        unused.add(len(results))
        results.append(OPERATIONS[name](functions, results[first], results[second]))
    total = results[-1] * functions.tanh(results[-1])
    for place in sorted(unused):
        total = total + results[place]
    return total


def cases(root, leaves):
    """Name what a graph holds of the cases that these tests are for."""
    order = topological_order(root)
    uses = Counter(parent for variable in order for parent in variable.parents)
    for variable in order:
        yield variable.operation or "leaf"
        shapes = [parent.value.shape for parent in variable.parents]
        if variable.operation in ("add", "multiply"):
            stretched = [p for p in variable.parents if p.value.shape != variable.value.shape]
            yield from ["broadcast number" for p in stretched if p.value.dim() == 0]
            yield from ["broadcast tensor" for p in stretched if p.value.dim() > 0]
            yield from ["broadcast leaf" for p in stretched if p in leaves]
        if variable.operation == "matmul" and shapes[0][:-2] != shapes[1][:-2]:
            yield "broadcast batch"
        if uses[variable] > 1 and variable in leaves:
            yield "leaf used again"
    if sum(uses[variable] > 1 for variable in order if variable.parents) > 1:
        yield "shared expression"  # beside the last line's result, which is always one
    if max(uses.values()) > 3:
        yield "used four times"


def test_the_programs_reach_every_case():
    reached, most = Counter(), 100

    @given(program=LINES, shapes=LEAVES)
    @settings(max_examples=most, deadline=None, derandomize=True, database=None)
    def look(program, shapes):
        leaves = [Variable(torch.ones(shape, dtype=torch.float64)) for shape in shapes]
        reached.update(set(cases(run(program, OURS, leaves), leaves)))

    look()
    for case in ("add", "multiply", "power", "exp", "log", "relu", "tanh", "matmul", "sum",
                 "broadcast number", "broadcast tensor", "broadcast leaf", "broadcast batch",
                 "leaf used again", "shared expression", "used four times"):  # fmt: skip
        assert reached[case] >= most / 10, (case, reached)


@given(program=LINES, shapes=LEAVES, seed=st.integers(0, 10_000))
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
        wanted.backward(arriving.clone(), retain_graph=True)  # torch may make it a leaf's grad
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
