"""Checks of the exercises in tensors/joining."""

import torch
from torch import Tensor

from lib.book.checks import Check, leaves_inputs_unchanged, returns


def _votes() -> tuple[list[Tensor]]:
    return ([torch.tensor([0, 2, 5]), torch.tensor([0, 1, 5]), torch.tensor([3, 1, 4])],)


def _winners(predictions: list[Tensor]) -> Tensor:
    columns = zip(*(prediction.tolist() for prediction in predictions), strict=True)
    return torch.tensor([max(sorted(set(c)), key=c.count) for c in columns], dtype=torch.int64)


def _shares(x: Tensor, num_workers: int) -> list[Tensor]:
    return list(torch.tensor_split(x, num_workers))


def _rows() -> tuple[Tensor, Tensor]:
    return torch.arange(6.0).reshape(3, 2), torch.arange(10.0, 16.0).reshape(3, 2)


def _interleaved(a: Tensor, b: Tensor) -> Tensor:
    return torch.tensor([row for pair in zip(a.tolist(), b.tolist(), strict=True) for row in pair])


CHECKS: dict[str, tuple[Check, ...]] = {
    "vote": (
        returns(
            "three models, three examples",
            _votes,
            _winners,
            hint="Count over the models, for each example: stack them along a new axis 0.",
        ),
        returns(
            "a tie",
            lambda: ([torch.tensor([4, 1]), torch.tensor([2, 1])],),
            torch.tensor([2, 1]),
            hint="Two models, two opinions: the smaller class wins.",
        ),
        returns(
            "one model",
            lambda: ([torch.tensor([7, 0, 7])],),
            torch.tensor([7, 0, 7]),
            hint="The only opinion wins, for each of the examples.",
        ),
        returns(
            "as many models as examples",
            lambda: ([torch.tensor([1, 0]), torch.tensor([1, 3])],),
            torch.tensor([1, 0]),
            hint="The result has one entry for each example, not for each model.",
        ),
    ),
    "shares": (
        returns(
            "ten for four",
            lambda: (torch.arange(10), 4),
            _shares,
            hint="Sizes 3, 3, 2, 2: the remainder goes to the first parts, one each.",
        ),
        returns(
            "two for five",
            lambda: (torch.arange(2), 5),
            _shares,
            hint="Always num_workers parts: here three of them are empty.",
        ),
        returns(
            "tables",
            lambda: (torch.arange(12).reshape(6, 2), 3),
            _shares,
            hint="Split along axis 0; rows stay whole.",
        ),
    ),
    "interleave": (
        returns("three rows each", _rows, _interleaved, hint="The rows alternate: a, b, a, b, …"),
        returns(
            "one row each",
            lambda: (torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[4.0, 5.0, 6.0]])),
            torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
            hint="Rows alternate, not single numbers: the result has shape (2, 3).",
        ),
        leaves_inputs_unchanged(_rows),
    ),
}
