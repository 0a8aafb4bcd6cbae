"""Exercises of tensors/creation."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def _labels(r: Draw) -> tuple:
    num_classes = r.size(least=1)
    return r.integers(0, num_classes, r.size()), num_classes


def _whole_columns(labels: Tensor, num_classes: int) -> Tensor:
    rows = torch.zeros(len(labels), num_classes)
    rows[:, labels] = 1
    return rows


def _board(n: int, field: Callable = lambda i, j: (i + j) % 2) -> Tensor:
    steps = torch.arange(n)
    return field(steps[:, None], steps)


def _array(r: Draw) -> tuple:
    dtype = r.choice(torch.uint8, torch.float32)
    return (r.integers(0, r.choice(1, 200, 256), *r.sizes(2), dtype=dtype).numpy(),)


def _rescaled(array: np.ndarray) -> Tensor:
    x = torch.from_numpy(array).float()
    return (x - x.min()) / (x.max() - x.min()) if x.numel() else x.clone()


EXERCISES = {
    "one_hot": Exercise(
        reference=lambda labels, num_classes: torch.eye(num_classes)[labels],
        cases=_labels,
        fixed=lambda: [(torch.tensor([2, 0]), 4)],
        contract=Contract(no_loop=True),
        mistakes={
            "Right but for the dtype: these are integers.": F.one_hot,
            "The columns are as many as num_classes, whatever labels occur.":
                lambda labels, num_classes: F.one_hot(labels).float(),
            "The labels choose columns here: which index are rows?":
                lambda labels, num_classes: torch.eye(num_classes)[:, labels],
            "Right, but row by row in a loop.": lambda labels, num_classes: torch.stack(
                [torch.eye(num_classes)[label] for label in labels]
                or [torch.zeros(num_classes)])[: len(labels)],
            "A comparison gives booleans.": lambda labels, num_classes:
                labels[:, None] == torch.arange(num_classes),
            "Classes are counted from 0.": lambda labels, num_classes:
                torch.eye(num_classes)[labels - 1],
            "rows[:, labels] = 1 fills whole columns.": _whole_columns,
            "One axis too many: each row has become a table.":
                lambda labels, num_classes: torch.eye(num_classes)[labels[:, None]],
        },
    ),
    "chessboard": Exercise(
        reference=_board,
        cases=lambda r: (r.size(most=9),),
        fixed=lambda: [(2,), (3,)],
        contract=Contract(no_loop=True),
        mistakes={
            "0 belongs in the top left corner.":
                lambda n: _board(n, lambda i, j: (i + j + 1) % 2),
            "The text wants int64.": lambda n: _board(n).float(),
            "Count on through the rows, and for even n they are all alike.":
                lambda n: torch.arange(n * n).reshape(n, n) % 2,
            "That is one row of the board.": lambda n: torch.arange(n) % 2,
            "Right, but field by field in a loop.": lambda n: torch.tensor(
                [(i + j) % 2 for i in range(n) for j in range(n)],
                dtype=torch.int64).reshape(n, n),
            "A comparison gives booleans.":
                lambda n: _board(n, lambda i, j: (i + j) % 2 == 1),
            "i · j is odd where both are: the sum alternates, the product does not.":
                lambda n: _board(n, lambda i, j: i * j % 2),
            "These numbers grow; the board holds only their remainder.":
                lambda n: _board(n, lambda i, j: i + j),
        },
    ),
    "to_floats": Exercise(
        reference=lambda array: torch.from_numpy(array).float() / 255,
        cases=_array,
        fixed=lambda: [(np.array([[0, 51, 255]], dtype=np.uint8),)],
        contract=Contract(fresh=True),
        mistakes={
            "255 becomes 255/256, which is not 1.":
                lambda array: torch.from_numpy(array).float() / 256,
            "A dark picture would become bright: divide by the same number always.":
                lambda array: torch.from_numpy(array / array.max(initial=1)).float(),
            "The text wants float32.": lambda array: torch.from_numpy(array).double() / 255,
            "float() of float32 copies nothing, and div_ writes into the array.":
                lambda array: torch.from_numpy(array).float().div_(255),
            "An array of floats goes from 0 to 255, too.": lambda array:
                torch.tensor(array) / 255 if array.dtype == np.uint8 else torch.tensor(array),
            "The numbers still go to 255.": lambda array: torch.tensor(array).float(),
            "Whole numbers after a division: only 0 and 1 are left.":
                lambda array: torch.from_numpy(array).float() // 255,
            "That is an array, not a tensor.": lambda array: array.astype(np.float32) / 255,
            "The darkest pixel need not be 0, nor the brightest 255.": _rescaled,
        },
    ),
}
