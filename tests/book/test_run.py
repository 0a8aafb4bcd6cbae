import pytest
import torch

from lib.book.run import Prints


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
def test_loops_over_any_axis_are_seen(fault, answer):
    assert fault(answer) is None
    assert fault(answer, no_loop=True).startswith("your code loops")
    assert fault(lambda x: x + x, no_loop=True) is None


def test_tables_are_seen(fault):
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


def test_functions_are_named(fault):
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
def test_autograd_is_seen_in_all_its_forms(fault, answer):
    assert fault(answer) is None
    assert fault(answer, without=("autograd",)).startswith("your code uses autograd")


def test_prints_are_kept_from_their_beginning():
    prints = Prints()
    assert [prints.write("no" * 10**6) for _ in range(3)] == [2 * 10**6] * 3
    assert len(prints.getvalue()) == 1000
