import os
import random
import sys
import warnings

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

from lib.book.contract import changed, contents, overlaps, state

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
def test_global_state_is_watched_and_put_back(fault, what):
    before = state()
    assert fault(lambda x: (x + x, MEDDLERS[what]())[0]) == what
    after = state()
    assert changed(before, after) is None


def test_drawing_may_be_allowed(fault):
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
