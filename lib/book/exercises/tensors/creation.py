"""Checks of the exercises in tensors/creation."""

from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional as F

from lib.book.checks import Check, NotWritten, leaves_inputs_unchanged, returns


def _keeps_the_array(candidate: Callable[[np.ndarray], torch.Tensor]) -> str | None:
    """Change the returned tensor in place and look at the array."""
    array = np.array([[0, 51, 255]], dtype=np.uint8)
    result = candidate(array)
    if result is Ellipsis:
        raise NotWritten
    result.zero_()
    if array.tolist() != [[0, 51, 255]]:
        return f"the array changed with the tensor: it was [[0, 51, 255]], got {array.tolist()}"
    return None


def _board(n: int) -> torch.Tensor:
    return torch.tensor([[(i + j) % 2 for j in range(n)] for i in range(n)]).reshape(n, n)


CHECKS: dict[str, tuple[Check, ...]] = {
    "one_hot": (
        returns(
            "three labels out of four classes",
            lambda: (torch.tensor([2, 0, 3]), 4),
            lambda labels, num_classes: F.one_hot(labels, num_classes).float(),
            hint="Row i has its 1 in column labels[i].",
        ),
        returns(
            "a class that does not occur",
            lambda: (torch.tensor([0, 1]), 5),
            lambda labels, num_classes: F.one_hot(labels, num_classes).float(),
            hint="The number of columns is num_classes, whatever labels occur.",
        ),
        returns(
            "no labels",
            lambda: (torch.zeros(0, dtype=torch.int64), 3),
            torch.zeros(0, 3),
            hint="No labels give no rows: shape (0, 3).",
        ),
        leaves_inputs_unchanged(lambda: (torch.tensor([1, 0]), 2)),
    ),
    "chessboard": (
        returns("three by three", lambda: (3,), _board, hint="0 in the top left corner."),
        returns("four by four", lambda: (4,), _board, hint="Each row starts unlike the one above."),
        returns("one field", lambda: (1,), _board, hint="A single 0 of shape (1, 1)."),
    ),
    "to_floats": (
        returns(
            "a small picture",
            lambda: (np.array([[0, 51], [102, 255]], dtype=np.uint8),),
            torch.tensor([[0.0, 0.2], [0.4, 1.0]]),
            hint="The largest byte, 255, becomes 1.",
        ),
        returns(
            "paper only",
            lambda: (np.zeros((2, 3), dtype=np.uint8),),
            torch.zeros(2, 3),
            hint="Divide by 255, not by the largest value that occurs.",
        ),
        Check("the array stays as it is", _keeps_the_array),
    ),
}
