"""Exercises of tensors/linear_algebra."""

import itertools
import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.linalg import vector_norm

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def _cosines(
    x: Tensor,
    y: Tensor,
    norm: Callable = lambda x: vector_norm(x, dim=1, keepdim=True),
    other: Callable | None = None,
) -> Tensor:
    return x / norm(x) @ (y / (other or norm)(y)).mT


def _tables(r: Draw) -> tuple:
    N, M, D = r.sizes(3, least=1)
    return (r.tensor(N, D, ties=False, dtype=torch.float64),
            r.tensor(M, D, ties=False, dtype=torch.float64))


def _scaled_in_place(x: Tensor, y: Tensor) -> Tensor:
    x /= vector_norm(x, dim=1, keepdim=True)
    return _cosines(x, y)


def _forms(r: Draw) -> tuple:
    B, D = r.sizes(2)
    return r.tensor(B, D, dtype=torch.float64), r.tensor(D, D, dtype=torch.float64)


def _from_the_left(sizes: list[int]) -> int:
    first, *rest = sizes
    return sum(first * inner * outer for inner, outer in itertools.pairwise(rest))


def _cheapest(sizes: list[int]) -> int:
    if len(sizes) < 3:
        return 0
    ends = sizes[0] * sizes[-1]
    return min(_cheapest(sizes[: at + 1]) + _cheapest(sizes[at:]) + ends * sizes[at]
               for at in range(1, len(sizes) - 1))


def _emptied(sizes: list[int]) -> int:
    cost = 0
    while len(sizes) > 2:
        cost += sizes[0] * sizes.pop(1) * sizes[1]
    return cost


EXERCISES = {
    "cosines": Exercise(
        reference=_cosines,
        cases=_tables,
        fixed=lambda: [(torch.tensor([[3.0, 4.0], [600.0, 0.0]]), torch.tensor([[0.0, 0.1]]))],
        contract=Contract(no_loop=True),
        mistakes={
            "A long row has large products: where are the norms?": lambda x, y: x @ y.mT,
            "One norm for the whole table: each row has its own.":
                lambda x, y: _cosines(x, y, vector_norm),
            "For as many rows as features, a norm of shape (N,) divides columns.":
                lambda x, y: _cosines(x, y, lambda x: vector_norm(x, dim=1)
                                      if len(x) == x.shape[1]
                                      else vector_norm(x, dim=1, keepdim=True)),
            "Rows belong to x, columns to y.": lambda x, y: _cosines(y, x),
            "Only the rows of x have length 1 now.": lambda x, y: _cosines(
                x, y, other=lambda y: 1),
            "The norm is the root of the sum of squares.": lambda x, y: _cosines(
                x, y, lambda x: x.square().sum(dim=1, keepdim=True)),
            "The sum of absolute values is another norm.": lambda x, y: _cosines(
                x, y, lambda x: x.abs().sum(dim=1, keepdim=True)),
            "Right, but one row at a time, in a loop.": lambda x, y: torch.cat(
                [_cosines(row[None], y) for row in x]),
            "The table x belongs to the caller: /= edits it.": _scaled_in_place,
            "A cosine may be negative.": lambda x, y: _cosines(x, y).abs(),
        },
    ),
    "quadratic_forms": Exercise(
        reference=lambda x, A: (x @ A * x).sum(dim=1),
        cases=_forms,
        fixed=lambda: [(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 1.0], [0.0, 0.0]]))],
        contract=Contract(no_table=True),
        rtol=1e-4,
        mistakes={
            "Right, but off the diagonal stand B² - B forms that nobody wants.":
                lambda x, A: (x @ A @ x.mT).diagonal(),
            "All pairs: the forms stand on the diagonal of this table.":
                lambda x, A: x @ A @ x.mT,
            "One factor x is missing: this is linear in x.": lambda x, A: (x @ A).sum(dim=1),
            "One number for all: sum over the features alone.":
                lambda x, A: torch.einsum("bi,ij,bj->", x, A, x),
            "That is right for a diagonal A only.":
                lambda x, A: x.square() @ A.diagonal(),
            "The sum is still to be taken.": lambda x, A: x @ A * x,
            "The shape is (B,), without an axis of size 1.":
                lambda x, A: (x @ A * x).sum(dim=1, keepdim=True),
            "A sum over features, not their mean.": lambda x, A:
                (x @ A * x).sum(dim=1) / x.shape[1],
            "A sum over examples: which axis are the features?":
                lambda x, A: (x @ A * x).sum(dim=0),
        },
    ),
    "chain_cost": Exercise(
        reference=_from_the_left,
        cases=lambda r: ([r.int(1, 50) for _ in range(r.int(2, 7))],),
        fixed=lambda: [([7, 5],), ([2, 3, 4],), ([1, 100, 100, 100],)],
        contract=Contract(exact=True),
        mistakes={
            "Two products are carried out one after the other: their costs add up.":
                lambda sizes: math.prod(sizes) if len(sizes) > 2 else 0,
            "From left to right, not from right to left.":
                lambda sizes: _from_the_left(sizes[::-1]),
            "This is the cheapest order, and the text asks for another.": _cheapest,
            "After the first product, the left matrix has the very first size.":
                lambda sizes: sum(map(math.prod, zip(sizes, sizes[1:], sizes[2:],
                                                     strict=False))),
            "That counts what the matrices store, not what is multiplied.":
                lambda sizes: sum(a * b for a, b in itertools.pairwise(sizes)),
            "Additions are not asked for.": lambda sizes: 2 * _from_the_left(sizes),
            "The list belongs to the caller: pop empties it.": _emptied,
            "A single matrix costs nothing.": lambda sizes:
                _from_the_left(sizes) if len(sizes) > 2 else math.prod(sizes),
            "The cost is a whole number, an int.":
                lambda sizes: float(_from_the_left(sizes)),
        },
    ),
}
