import os
import random
import sys
import warnings

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

from lib.book.contract import Contract, changed, contents, overlaps, state
from lib.book.exercise import Exercise, judged


def fault(answer, reference=lambda x: 2 * x, cases=None, use=None, **contract):
    exercise = Exercise(
        reference=reference,
        cases=cases or (lambda r: (r.tensor(*r.sizes(2, least=1)),)),
        use=use,
        contract=Contract(**contract),
        mistakes={},
    )
    report = judged(exercise, answer)
    return None if report.fault is None else report.fault.kind


MEDDLERS = {
    "Python's random generator": lambda: random.seed(0),
    "NumPy's random generator": lambda: np.random.rand(),
    "torch's random generator": lambda: torch.manual_seed(0),
    "the default dtype": lambda: torch.set_default_dtype(torch.float64),
    "the default device": lambda: torch.set_default_device("meta"),
    "the gradient mode": lambda: torch.set_grad_enabled(False),
    "the number of threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "the switch for deterministic algorithms":
        lambda: torch.use_deterministic_algorithms(True),
    "the precision of matrix products": lambda: torch.set_float32_matmul_precision("high"),
    "the recursion limit": lambda: sys.setrecursionlimit(5000),
    "the current folder": lambda: os.chdir("/"),
    "the warning filters": lambda: warnings.simplefilter("error"),
    "NumPy's error switches": lambda: np.seterr(all="raise"),
}


@pytest.mark.parametrize("what", MEDDLERS)
def test_global_state_is_watched_and_put_back(what):
    before = state()
    assert fault(lambda x: (x + x, MEDDLERS[what]())[0]) == what
    after = state()
    assert changed(before, after) is None


def test_drawing_may_be_allowed():
    def drawn(x):
        return x + torch.rand(()).item()

    assert fault(drawn, reference=drawn, draws=True) is None
    assert fault(drawn, reference=drawn) == "torch's random generator"
    assert fault(lambda x: x + torch.rand(2).sum().item(), reference=drawn, draws=True) == "value"


def test_memory_is_compared_not_sizes():
    x = torch.arange(10.0)
    assert overlaps(x[3:5], (x,)) == [True]
    assert overlaps((x.clone(), x.numpy()[1:]), (x,)) == [False, True]
    assert overlaps(x.clone()[:10], (x,)) == [False]
    nested = [x]
    assert overlaps([x.clone()], (nested,)) == [False, False]
    assert overlaps(nested, (nested,)) == [True, True]
    assert overlaps(torch.zeros(0), (x,)) == []
    array = np.arange(9.0)
    assert overlaps(torch.from_numpy(array[3:]), (array,)) == [True]


def test_views_and_fresh_results():
    assert fault(lambda x: x.clone()[:1], reference=lambda x: x[:1], view=True) == "copies"
    assert fault(lambda x: x[:1], reference=lambda x: x[:1], view=True) is None
    assert fault(lambda x: x[:1], reference=lambda x: x[:1].clone(), fresh=True) == "shares"


@pytest.mark.parametrize(
    ("make", "edit", "place"),
    [
        (lambda: torch.ones(2), lambda x: x.add_(0), "x"),
        (lambda: torch.ones(2), lambda x: x.data.add_(1), "x"),
        (lambda: torch.ones(2), lambda x: x.numpy().fill(3), "x"),
        (lambda: torch.ones(2), lambda x: x.requires_grad_(), "x.requires_grad"),
        (lambda: torch.ones(2, requires_grad=True), lambda x: x.sum().backward(), "x.grad"),
        (lambda: np.array([np.nan, 1.0]), lambda x: x.fill(np.nan), "x"),
        (lambda: {"a": [1, 2]}, lambda x: x["a"].append(3), "x['a']"),
        (lambda: {"a": 1}, lambda x: x.update(b=2), "x"),
        (lambda: torch.nn.Linear(2, 2), lambda x: x.eval(), "x.training"),
        (lambda: TensorDataset(torch.ones(2)), lambda x: x.tensors[0].zero_(), "x.tensors[0]"),
        (torch.Generator, lambda x: torch.rand(1, generator=x), "x"),
    ],
)
def test_what_changed_is_named(make, edit, place):
    x = make()
    before = contents(x, "x")
    assert changed(before, contents(x, "x")) is None
    edit(x)
    assert changed(before, contents(x, "x")) == place


def test_an_argument_may_change_as_the_reference_changes_it():
    def double(x):
        x.mul_(2)

    assert fault(double, reference=double, changes=("x",)) is None
    assert fault(lambda x: None, reference=double, changes=("x",)) == "effect x"
    assert fault(double, reference=double) == "changed x"


def twice(row):
    return row + row


def listed(x):
    return torch.tensor([2 * value for row in x.tolist() for value in row]).reshape(x.shape)


@pytest.mark.parametrize("answer", [
    lambda x: torch.stack([2 * row for row in x]),
    listed,
    lambda x: torch.stack([*map(twice, x)]),
    lambda x: torch.stack([*map(torch.add, x, x)]),
    lambda x: torch.stack([2 * column for column in x.unbind(1)], dim=1),
])
def test_loops_over_any_axis_are_seen(answer):
    assert fault(answer) is None
    assert fault(answer, no_loop=True).startswith("your code loops")
    assert fault(lambda x: x + x, no_loop=True) is None


def test_tables_are_seen():
    def cases(r):
        n, d = r.sizes(2, least=1)
        return (r.tensor(n, d, dtype=torch.float64),)

    def norms(x):
        return x.square().sum(1)

    for answer in (lambda x: (x @ x.mT).diagonal(), lambda x: (x[:, None] * x).sum(2).diagonal()):
        assert fault(answer, norms, cases) is None
        assert fault(answer, norms, cases, no_table=True).startswith("an intermediate tensor")
    assert fault(lambda x: torch.from_numpy((x.numpy() ** 2).sum(1)), norms, cases,
                 no_table=True) == "your code uses numpy; stay with torch"
    assert fault(lambda x: torch.einsum("nd,nd->n", x, x), norms, cases, no_table=True) is None


def test_functions_are_named():
    assert fault(lambda x: torch.mul(x, 2), without=("mul",)) == (
        "your code uses mul, which the task rules out")
    assert fault(lambda x: x + x, without=("mul",)) is None
    assert fault(lambda x: x.add(x), only=("add",)) is None
    assert fault(lambda x: x.add(x).clone(), only=("add",)) == (
        "your code uses clone, which the task rules out")


@pytest.mark.parametrize("answer", [
    lambda x: torch.autograd.functional.vjp(lambda x: (x * x).sum(), x)[1],
    lambda x: torch.func.grad(lambda x: (x * x).sum())(x),
    lambda x: torch.func.jvp(lambda x: x * x, (x,), (torch.ones_like(x),))[1],
    lambda x: torch.autograd.grad((y := x.clone().requires_grad_()).square().sum(), y)[0],
])
def test_autograd_is_seen_in_all_its_forms(answer):
    assert fault(answer) is None
    assert fault(answer, without=("autograd",)).startswith("your code uses autograd")


def test_types_are_exact_where_they_are_named():
    def count(x):
        return x.numel()

    for answer in (lambda x: torch.tensor(x.numel()), lambda x: np.int64(x.numel()),
                   lambda x: float(x.numel())):
        assert fault(answer, count) is None
        assert fault(answer, count, exact=True) == "value"
    assert fault(count, count, exact=True) is None
