"""Exercises of tensors/products."""

import math
from itertools import pairwise

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def row_dots(x, y):
    return (x * y).sum(dim=1)


def _pair(r: Draw) -> list:
    B, D = r.sizes(2)
    return [r.tensor(B, D, dtype=torch.float64) for _ in range(2)]


def quadratic_forms(x, A):
    return (x @ A * x).sum(dim=1)


def _forms(r: Draw) -> tuple:
    B, D = r.sizes(2)
    return r.tensor(B, D, dtype=torch.float64), r.tensor(D, D, dtype=torch.float64)


def chain_cost(sizes):
    first, *rest = sizes
    return sum(first * inner * outer for inner, outer in pairwise(rest))


def _cheapest(sizes):
    splits = range(1, len(sizes) - 1)
    return min((_cheapest(sizes[: k + 1]) + _cheapest(sizes[k:])
                + sizes[0] * sizes[k] * sizes[-1] for k in splits), default=0)


EXERCISES = {
    "row_dots": Exercise(
        reference=row_dots,
        cases=_pair,
        fixed=lambda: [
            (torch.tensor([[1, 2], [3, 4]]), torch.tensor([[5, 6], [7, 8]]))
        ],
        contract=Contract(no_loop=True, no_table=True),
        rtol=1e-4,
        mistakes={
            "This table has every row with every row: which entries are wanted?":
                lambda x, y: x @ y.mT,
            "Right, but B² products are made and B of them used.":
                lambda x, y: (x @ y.mT).diagonal(),
            "Row by row, in a loop: an element-wise product has all of it.":
                lambda x, y: torch.stack(
                    [x[b] @ y[b] for b in range(len(x))] or [x.sum(1)]
                ).reshape(len(x)),
            "The sum is still to be taken.": ".sum(dim=1) -> ",
            "That adds up columns.": "dim=1 -> dim=0",
            "One number for all: each row has its own.": "dim=1 -> ",
            "A sum, not a mean.": "(x * y).sum -> (x * y).double().mean",
            "The shape is (B,), without an axis of size 1.":
                "dim=1 -> dim=1, keepdim=True",
            "Row b of x belongs to row b of y.": "x * y -> x * y.flip(0)",
            "*= edits the caller's x.": "(x * y) -> x.mul_(y)",
        },
    ),
    "quadratic_forms": Exercise(
        reference=quadratic_forms,
        cases=_forms,
        fixed=lambda: [
            (torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
        ],
        contract=Contract(no_table=True),
        rtol=1e-4,
        mistakes={
            "Right, but off the diagonal stand forms that nobody wants.":
                lambda x, A: (x @ A @ x.mT).diagonal(),
            "All pairs: the forms stand on the diagonal of this table.":
                lambda x, A: x @ A @ x.mT,
            "One factor x is missing: this is linear in x.": "A * x -> A",
            "One number for all: sum over the features alone.": "dim=1 -> ",
            "That is right for a diagonal A only.":
                lambda x, A: x.square() @ A.diagonal(),
            "The sum is still to be taken.": ".sum(dim=1) -> ",
            "The shape is (B,), without an axis of size 1.":
                "dim=1 -> dim=1, keepdim=True",
            "A sum over features, not their mean.": "sum -> mean",
            "A sum over examples: which axis are the features?": "dim=1 -> dim=0",
        },
    ),
    "chain_cost": Exercise(
        reference=chain_cost,
        cases=lambda r: ([r.int(1, 50) for _ in range(r.int(2, 7))],),
        fixed=lambda: [([7, 5],), ([2, 3, 4],), ([1, 100, 100, 100],)],
        contract=Contract(exact=True),
        mistakes={
            "Two products are carried out one after the other: their costs add up.":
                lambda sizes: math.prod(sizes) if len(sizes) > 2 else 0,
            "From left to right, not from right to left.": "= sizes -> = sizes[::-1]",
            "This is the cheapest order, and the task asks for another.": _cheapest,
            "After the first product, the left matrix has the very first size.":
                lambda s: sum(math.prod(s[at : at + 3]) for at in range(len(s) - 2)),
            "That counts what the matrices store, not what is multiplied.":
                lambda sizes: sum(a * b for a, b in pairwise(sizes)),
            "Additions are not asked for.": "first * -> 2 * first *",
            "The list belongs to the caller: pop shortens it.":
                "first, *rest = sizes -> first, rest = sizes.pop(0), sizes",
            "A single matrix costs nothing.":
                "pairwise(rest) -> pairwise(rest if rest[1:] "
                "else [1, *rest])",
            "The cost is a whole number, an int.": "first * -> float(first) *",
        },
    ),
}
