"""Checks of the exercises in tensors/linear_algebra."""

import torch
from torch import Tensor
from torch.nn import functional as F

from lib.book.checks import Check, leaves_inputs_unchanged, returns


def _rows(*shape: int, seed: int = 3) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _cosines(x: Tensor, y: Tensor) -> Tensor:
    rows = [[F.cosine_similarity(a, b, dim=0) for b in y] for a in x]
    return torch.tensor(rows)


def _forms(x: Tensor, A: Tensor) -> Tensor:
    return torch.stack([row @ A @ row for row in x])


CHECKS: dict[str, tuple[Check, ...]] = {
    "cosines": (
        returns(
            "two rows against three",
            lambda: (_rows(2, 5), _rows(3, 5, seed=4)),
            _cosines,
            hint="Row i belongs to x[i], column j to y[j]; both are divided by their length.",
        ),
        returns(
            "rows of very different length",
            lambda: (torch.tensor([[3.0, 4.0], [600.0, 0.0]]), torch.tensor([[0.0, 0.01]])),
            torch.tensor([[0.8], [0.0]]),
            hint="Each row is divided by its own norm.",
        ),
        returns(
            "as many features as rows",
            lambda: (_rows(3, 3), _rows(3, 3, seed=8)),
            _cosines,
            hint="In square tensors a norm without keepdim divides the columns.",
        ),
        leaves_inputs_unchanged(lambda: (_rows(2, 3), _rows(2, 3))),
    ),
    "quadratic_forms": (
        returns(
            "four examples",
            lambda: (_rows(4, 3), _rows(3, 3, seed=5)),
            _forms,
            hint="x_b, then A, then the same x_b: one number for each example.",
        ),
        returns(
            "a matrix that is not symmetric",
            lambda: (
                torch.tensor([[1.0, 2.0], [1.0, 1.0]]),
                torch.tensor([[0.0, 1.0], [0.0, 0.0]]),
            ),
            torch.tensor([2.0, 1.0]),
            hint="Here x A x is the product of the two entries of x.",
        ),
        returns("one example", lambda: (_rows(1, 4), torch.eye(4)), _forms, hint="Shape (1,)."),
    ),
    "chain_cost": (
        returns("two matrices", lambda: ([2, 3, 4],), 24, hint="(2, 3) times (3, 4): 2·3·4."),
        returns(
            "three matrices",
            lambda: ([2, 3, 4, 5],),
            64,
            hint="2·3·4 for the first product, then (2, 4) times (4, 5).",
        ),
        returns("one matrix", lambda: ([7, 5],), 0, hint="Nothing to multiply."),
        returns(
            "order matters",
            lambda: ([1, 100, 100, 100],),
            20_000,
            hint="From left to right the first size stays 1.",
        ),
    ),
}
