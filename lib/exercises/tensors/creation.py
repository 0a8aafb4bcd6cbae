"""Exercises of tensors/creation."""

import torch
from torch.nn import functional as F

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def one_hot(labels, num_classes):
    return torch.eye(num_classes)[labels]


def _labels(r: Draw) -> tuple:
    num_classes = r.size(least=1)
    return r.integers(0, num_classes, r.size()), num_classes


def _whole_columns(labels, num_classes):
    rows = torch.zeros(len(labels), num_classes)
    rows[:, labels] = 1
    return rows


def chessboard(n):
    steps = torch.arange(n)
    return (steps[:, None] + steps) % 2


def to_floats(array):
    return torch.from_numpy(array).float() / 255


def _array(r: Draw) -> tuple:
    dtype = r.choice(torch.uint8, torch.float32)
    return (r.integers(0, r.choice(1, 200, 256), *r.sizes(2), dtype=dtype).numpy(),)


EXERCISES = {
    "one_hot": Exercise(
        reference=one_hot,
        cases=_labels,
        fixed=lambda: [(torch.tensor([2, 0]), 4)],
        contract=Contract(no_loop=True),
        mistakes={
            "Right but for the dtype: these are integers.": F.one_hot,
            "The columns are as many as num_classes, whatever labels occur.":
                lambda labels, num_classes: F.one_hot(labels).float(),
            "The labels choose columns here: which index are rows?":
                "[labels] -> [:, labels]",
            "Right, but row by row in a loop.": "torch.eye(num_classes)[labels] -> "
                "torch.cat([torch.eye(num_classes)[label, None] for label in labels]"
                " or [torch.eye(num_classes)[:0]])",
            "A comparison gives booleans.": "[labels] -> [labels] == 1",
            "Classes are counted from 0.": "[labels] -> [labels - 1]",
            "rows[:, labels] = 1 fills whole columns.": _whole_columns,
            "One axis too many: each row is a table.": "[labels] -> [labels[:, None]]",
        },
    ),
    "chessboard": Exercise(
        reference=chessboard,
        cases=lambda r: (r.size(most=9),),
        fixed=lambda: [(2,), (3,)],
        contract=Contract(no_loop=True),
        mistakes={
            "0 belongs in the top left corner.": "+ steps -> + steps + 1",
            "The task wants int64.": "% 2 -> % 2.0",
            "Counted on through the rows, all rows are alike where n is even.":
                "steps[:, None] + steps -> n * steps[:, None] + steps",
            "That is one row of the board.": "[:, None] + steps -> ",
            "Right, but square by square in a loop.":
                "(steps[:, None] + steps) % 2 -> torch.tensor("
                "[(i + j) % 2 for i in range(n) for j in range(n)]).long().view(n, n)",
            "A comparison gives booleans.": "% 2 -> % 2 == 1",
            "i + j alternates from square to square, i · j does not.": "+ -> *",
            "These numbers grow; the board holds only their remainder.": "% 2 -> ",
        },
    ),
    "to_floats": Exercise(
        reference=to_floats,
        cases=_array,
        contract=Contract(fresh=True),
        mistakes={
            "255 becomes 255/256, which is not 1.": "255 -> 256",
            "A dark picture would become bright: divide by the same number always.":
                "/ 255 -> / array.max(initial=1)",
            "The task wants float32.": "float() -> double()",
            "float() copies no float32, and div_ writes into the array.":
                " / 255 -> .div_(255)",
            "An array of floats goes from 0 to 255, too.":
                "/ 255 -> / (255 if array.dtype == 'uint8' else 1)",
            "The numbers still go to 255.": " / 255 -> .clone()",
            "Whole numbers after a division: only 0 and 1 are left.": "/ -> //",
            "That is an array, not a tensor.":
                "torch.from_numpy(array).float() -> array.astype('float32')",
            "The darkest pixel need not be 0.":
                "/ 255 -> / 255 - array.min(initial=255) / 255",
        },
    ),
}
