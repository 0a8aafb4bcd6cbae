"""Checks of the exercises in tensors/creation."""

from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional as F

from lib.book.checks import Check, NotWritten, leaves_inputs_unchanged, returns


def _keeps_the_array(candidate: Callable[[np.ndarray], torch.Tensor]) -> str | None:
    """Look at the array after the call, and again when the returned tensor was changed."""
    for dtype in (np.uint8, np.float32):
        array = np.array([[0, 51, 255]], dtype=dtype)
        result = candidate(array)
        if result is Ellipsis:
            raise NotWritten
        if array.tolist() != [[0, 51, 255]]:
            return f"the call changed the {array.dtype} array [[0, 51, 255]]: {array.tolist()}"
        result.zero_()
        if array.tolist() != [[0, 51, 255]]:
            return (
                f"the tensor shares the memory of the {array.dtype} array: setting it to 0 made "
                f"[[0, 51, 255]] {array.tolist()}"
            )
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
        returns(
            "an array of floats",
            lambda: (np.array([[0, 51, 255]], dtype=np.float32),),
            torch.tensor([[0.0, 0.2, 1.0]]),
            hint="The array may be float32 already; its numbers still go from 0 to 255.",
        ),
        Check("the array stays as it is", _keeps_the_array),
    ),
}
