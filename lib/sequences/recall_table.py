"""How well each layer recalls a symbol after each gap, at its own best rate."""

from collections.abc import Iterable
from statistics import mean
from typing import NamedTuple

from lib.sequences.memory import BATCHES_PER_EPOCH, is_solved
from lib.training.run_grid import GridRow


class Recall(NamedTuple):
    """What the runs of one layer at one gap reached, a number for each seed.

    `updates` holds None for a run that was not solved; `accuracies` are those on 1,000
    new sequences.
    """

    lr: float
    accuracies: list[float]
    updates: list[int | None]

    def num_solved(self) -> int:
        """Return the number of runs that were solved."""
        return sum(count is not None for count in self.updates)


def best_recall(rows: Iterable[GridRow]) -> Recall:
    """Return the runs at the best rate among runs of one layer at one gap.

    The best rate solves most runs; among equals, it has the highest mean validation
    accuracy at the end, then the fewest updates.

    Raises: ValueError if there are no rows.
    """
    by_rate: dict[float, list[GridRow]] = {}
    for row in rows:
        by_rate.setdefault(row.setting["lr"], []).append(row)
    if not by_rate:
        raise ValueError("rows must hold at least one run, got none")
    lr, best = max(by_rate.items(), key=lambda item: _merit(item[1]))
    return Recall(lr, [row.test["accuracy"] for row in best], [*map(_updates, best)])


def _merit(rows: list[GridRow]) -> tuple[int, float, int]:
    """Return what decides between rates, the most important first."""
    solved = sum(is_solved(row.history) for row in rows)
    accuracy = mean(row.history[-1]["val_accuracy"] for row in rows)
    return solved, accuracy, -sum(len(row.history) for row in rows)


def _updates(row: GridRow) -> int | None:
    """Return the updates until a run was solved; None if it was not."""
    solved = is_solved(row.history)
    return len(row.history) * BATCHES_PER_EPOCH if solved else None
