"""Checks of the exercises in data/exploring."""

import torch
from torch import Tensor

from lib.book.checks import Check, leaves_inputs_unchanged, raises, returns


def _counts(labels: Tensor, num_classes: int) -> Tensor:
    return torch.bincount(labels, minlength=num_classes)


def _tables() -> tuple[Tensor, Tensor]:
    """Return two tables of bytes that share rows. Shapes: (4, 3), (5, 3)."""
    first = torch.tensor([[1, 2, 3], [4, 5, 6], [1, 2, 3], [0, 0, 1]])
    second = torch.tensor([[3, 2, 1], [1, 2, 3], [6, 5, 4], [0, 0, 1], [1, 2, 3]])
    return first.to(torch.uint8), second.to(torch.uint8)


def _pairs(first: Tensor, second: Tensor) -> list[tuple[int, int]]:
    return [(i, j) for i in range(len(first)) for j in range(len(second))
            if torch.equal(first[i], second[j])]


def _points(num_test: int = 5) -> tuple[Tensor, Tensor]:
    """Return test and training points. Shapes: (num_test, 3), (7, 3)."""
    generator = torch.Generator().manual_seed(num_test)
    return (torch.randn(num_test, 3, generator=generator), torch.randn(7, 3, generator=generator))


def _nearest(test: Tensor, train: Tensor) -> tuple[Tensor, Tensor]:
    distances = (test[:, None] - train).square().sum(dim=2).sqrt()  # (M, 1, D) - (N, D) -> (M, N)
    return distances.min(dim=1).values, distances.argmin(dim=1)


def _columns() -> tuple[Tensor, float]:
    """Return columns of which 0 and 2, and 1 and 3 (falling), go together; 4 is constant."""
    generator = torch.Generator().manual_seed(2)
    free = torch.randn(40, 2, generator=generator)
    noise = 0.01 * torch.randn(40, 2, generator=generator)
    return torch.cat([free, free * torch.tensor([3.0, -5.0]) + noise, torch.ones(40, 1)], 1), 0.95


CHECKS: dict[str, tuple[Check, ...]] = {
    "class_counts": (
        returns(
            "six labels of four classes",
            lambda: (torch.tensor([2, 0, 1, 0, 3, 0]), 4),
            _counts,
            hint="Entry c is the number of labels equal to c.",
        ),
        returns(
            "the last class does not occur",
            lambda: (torch.tensor([1, 0, 1]), 4),
            _counts,
            hint="The result has num_classes entries, zeros for classes that do not occur.",
        ),
        returns(
            "a class in the middle does not occur",
            lambda: (torch.tensor([4, 0, 4, 1]), 5),
            _counts,
            hint="Count c belongs at place c, also when a smaller class is missing.",
        ),
        raises(
            "a label too large",
            lambda: (torch.tensor([0, 3]), 3),
            ValueError,
            match="3",
            hint="The message should name the label that is too large.",
        ),
    ),
    "exact_duplicates": (
        returns(
            "four rows against five",
            _tables,
            _pairs,
            hint="Row 0 and row 2 of the first table both equal rows 1 and 4 of the second.",
        ),
        returns(
            "rows with the same sum or the same numbers in another order",
            lambda: (torch.tensor([[1, 2]]), torch.tensor([[2, 1], [0, 3], [1, 2]])),
            [(0, 2)],
            hint="All elements must be equal, each in its place.",
        ),
        returns(
            "nothing in common",
            lambda: (torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 2.5]])),
            [],
            hint="Return an empty list when no row occurs twice; values are not rounded.",
        ),
        leaves_inputs_unchanged(_tables),
    ),
    "nearest_across": (
        returns(
            "five test points, seven training points",
            _points,
            _nearest,
            hint="Distances first, then the indices into the training points.",
        ),
        returns(
            "one test point",
            lambda: _points(1),
            _nearest,
            hint="Both results have one entry for each test point, also when there is only one.",
        ),
        returns(
            "as many test points as training points",
            lambda: _points(7),
            _nearest,
            hint="Look along the axis of the training points: one answer for each test point.",
        ),
    ),
    "correlated_pairs": (
        returns(
            "two pairs, one of them falling",
            _columns,
            [(0, 2), (1, 3)],
            hint="|r| counts, so that a falling relation is found; each pair once, with i < j.",
        ),
        returns(
            "the threshold",
            lambda: (_columns()[0], 1.5),
            [],
            hint="Compare |r| with the given threshold; no correlation is above 1.",
        ),
        returns(
            "a constant column",
            lambda: (_columns()[0][:, [4, 0, 2]], 0.95),
            [(1, 2)],
            hint="A constant column correlates with nothing: its r is NaN, and NaN > x is False.",
        ),
        leaves_inputs_unchanged(_columns),
    ),
}
