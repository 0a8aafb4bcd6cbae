"""Checks of the exercises in tensors/statistics."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.book.checks import Check, NotWritten, leaves_inputs_unchanged, returns
from lib.core.seed import make_generator

Summary = tuple[int, float, float]


def _scored() -> tuple[Tensor, Tensor]:
    scores = torch.tensor([[0.1, 0.7, 0.2], [0.9, 0.3, 0.4]])
    return scores, torch.tensor([[11, 12, 13], [21, 22, 23]])


def _summary(values: list[float]) -> Summary:
    x = torch.tensor(values, dtype=torch.float64)
    return len(values), x.mean().item(), x.var(correction=0).item()


def _near(num_values: int, spread: float) -> Callable[[Callable], str | None]:
    """Build the test that the error is near the theoretical one, repeats and uses the generator."""

    def test(candidate: Callable) -> str | None:
        values = spread * torch.randn(num_values, generator=make_generator(3)) + 100
        theory = (values.std(correction=0) / num_values**0.5).item()
        first = candidate(values, 2000, make_generator(1))
        if first is Ellipsis:
            raise NotWritten
        if not isinstance(first, float):
            return f"wanted a float, got {type(first).__name__}"
        if abs(first / theory - 1) > 0.1:
            return f"wanted about {theory:.4f}, got {first:.4f}"
        if candidate(values, 2000, make_generator(1)) != first:
            return "the same generator must give the same result: draw from it alone"
        if candidate(values, 2000, make_generator(2)) == first:
            return "another generator gave the same result: it is not used"
        return None

    return test


CHECKS: dict[str, tuple[Check, ...]] = {
    "best_of_rows": (
        returns("two rows", _scored, torch.tensor([12, 21]), hint="One item for each row."),
        returns(
            "a square table",
            lambda: (torch.tensor([[0.0, 5.0], [7.0, 1.0]]), torch.tensor([[1, 2], [3, 4]])),
            torch.tensor([2, 3]),
            hint="The highest score of each row, not of each column.",
        ),
        returns(
            "one row",
            lambda: (torch.tensor([[1.0, 3.0, 2.0]]), torch.tensor([[7.0, 8.0, 9.0]])),
            torch.tensor([8.0]),
            hint="The result has shape (B,), also for one row.",
        ),
        leaves_inputs_unchanged(_scored),
    ),
    "merge": (
        returns(
            "equal parts",
            lambda: (_summary([1.0, 3.0]), _summary([5.0, 7.0])),
            _summary([1.0, 3.0, 5.0, 7.0]),
            hint="The parts lie apart, and their distance belongs to the variance.",
        ),
        returns(
            "unequal parts",
            lambda: (_summary([0.0]), _summary([2.0, 4.0, 6.0])),
            _summary([0.0, 2.0, 4.0, 6.0]),
            hint="Weigh means and variances by their counts.",
        ),
        returns(
            "equal means",
            lambda: (_summary([1.0, 3.0]), _summary([0.0, 2.0, 4.0])),
            _summary([1.0, 3.0, 0.0, 2.0, 4.0]),
            hint="With equal means only the variances are left, weighted by count.",
        ),
    ),
    "bootstrap_error": (
        Check("400 numbers", _near(400, 2.0)),
        Check("25 numbers", _near(25, 5.0)),
    ),
}
