"""Exercises of training/long_runs."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def _agree(a: float, b: float, rtol: float) -> bool:
    return abs(a - b) <= rtol * max(abs(a), abs(b))


def _numbers(r: Draw) -> tuple:
    a = r.choice(0.0, r.float(-0.1, -0.01), r.float(0.01, 0.1), r.float(20, 30))
    pair = [a, a * r.choice(1, 0.9512, 0.9512, 0.9, -1, 0)]
    return *r.shuffled(pair), r.choice(0.0, 0.05, 0.05)


def _disagreements(
    keys: Callable = lambda stored, new: stored.keys() | new.keys(),
    lacking: Callable = lambda key, stored, new: key not in stored or key not in new,
    differ: Callable = lambda a, b, rtol: not _agree(a, b, rtol),
    result: Callable = sorted,
) -> Callable:
    """Build an answer from the keys it looks at and how it judges each."""

    def disagreements(stored: dict, new: dict, rtol: float) -> list[str]:
        found = [
            key
            for key in keys(stored, new)
            if lacking(key, stored, new)
            or (key in stored and key in new and differ(stored[key], new[key], rtol))
        ]
        return result(found)

    return disagreements


def _records(r: Draw) -> tuple:
    names = r.shuffled("abcdef")
    stored = {key: r.choice(0.0, r.float(20, 30), r.float(-2, -1)) for key in names[:5]}
    share = {key: r.choice(1, 1, 1.004, 0.9, 1.1, math.nan) for key in stored}
    new = {key: stored[key] * share[key] for key in r.shuffled(stored)}
    if r.choice(True, False):
        new.pop(names[0])
    if r.choice(True, False):
        new[names[-1]] = 1.0
    return stored, new, r.choice(0.01, 0.0)


def _moved(images: Tensor, rows: Tensor, columns: Tensor, fill: float = 0.0) -> Tensor:
    _, height, width = images.shape
    padded = F.pad(images, [2] * 4, value=fill)
    windows = padded.unfold(1, height, 1).unfold(2, width, 1)
    return windows[torch.arange(len(images)), 2 - rows, 2 - columns]


def _shifts(r: Draw) -> tuple:
    B, H, W = r.sizes(3, least=1)
    return r.tensor(B, H, W), r.integers(-2, 3, B), r.integers(-2, 3, B)


def _one_by_one(move: Callable) -> Callable:
    """Build an answer that moves the pictures one after the other."""

    def shift_each(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        pairs = zip(images, rows.tolist(), columns.tolist(), strict=True)
        return torch.stack([move(*pair) for pair in pairs])

    return shift_each


EXERCISES = {
    "agree": Exercise(
        reference=_agree,
        cases=_numbers,
        fixed=lambda: [(2.0, 2.1, 0.05), (0.0, 0.0, 0.0), (math.nan, math.nan, 0.1)],
        contract=Contract(exact=True),
        mistakes={
            "A share of a alone: swap the two, and the answer may change.":
                lambda a, b, rtol: abs(a - b) <= rtol * abs(a),
            "A share of b alone: swap the two, and the answer may change.":
                lambda a, b, rtol: abs(a - b) <= rtol * abs(b),
            "The share is that of the smaller one here.":
                lambda a, b, rtol: abs(a - b) <= rtol * min(abs(a), abs(b)),
            "A difference has a sign: much too small is not close.":
                lambda a, b, rtol: a - b <= rtol * max(abs(a), abs(b)),
            "Which of two negative numbers has the larger absolute value?":
                lambda a, b, rtol: abs(a - b) <= rtol * max(a, b),
            "Two zeros agree: is their difference below the tolerance, or equal to it?":
                lambda a, b, rtol: abs(a - b) < rtol * max(abs(a), abs(b)),
            "This is an absolute tolerance: it does not grow with the numbers.":
                lambda a, b, rtol: abs(a - b) <= rtol,
            "Comparisons with NaN are False. Ask whether they agree, not whether they "
            "differ.": lambda a, b, rtol: not abs(a - b) > rtol * max(abs(a), abs(b)),
        },
    ),
    "disagreements": Exercise(
        reference=_disagreements(),
        cases=_records,
        fixed=lambda: [({"loss": 1.0, "lr": 0.1}, {"loss": 1.2, "lr": 0.1}, 0.1)],
        contract=Contract(exact=True),
        mistakes={
            "What of a name that is in one record and not in the other?":
                _disagreements(lacking=lambda key, stored, new: False),
            "What of a name that the new record alone has?":
                _disagreements(keys=lambda stored, new: stored.keys()),
            "What of a name that the stored record alone has?":
                _disagreements(keys=lambda stored, new: new.keys()),
            "NaN agrees with nothing: which answer does your comparison give for it?":
                _disagreements(differ=lambda a, b, rtol: abs(a - b)
                               > rtol * max(abs(a), abs(b))),
            "These numbers need not be equal: there is a tolerance.":
                _disagreements(differ=lambda a, b, rtol: a != b),
            "In which order do the names come?": _disagreements(
                keys=lambda stored, new: list(dict.fromkeys([*stored, *new])),
                result=list),
            "This is an absolute tolerance: it does not grow with the numbers.":
                _disagreements(differ=lambda a, b, rtol: not abs(a - b) <= rtol),
            "These are the names that agree.": lambda stored, new, rtol: sorted(
                stored.keys() & new.keys() - set(_disagreements()(stored, new, rtol))),
            "The task asks for the names, not for how many there are.":
                _disagreements(result=len),
        },
    ),
    "shift_each": Exercise(
        reference=_moved,
        cases=_shifts,
        fixed=lambda: [(torch.ones(1, 3, 3), torch.tensor([1]), torch.tensor([0]))],
        contract=Contract(no_loop=True),
        mistakes={
            "What leaves the picture at one side comes in again at the other.":
                _one_by_one(lambda image, *shifts: image.roll(shifts, (0, 1))),
            "Right, but picture by picture: let one index do all of them.":
                _one_by_one(lambda image, row, column: _moved(
                    image[None], torch.tensor([row]), torch.tensor([column]))[0]),
            "They move the other way: what does a window further down show?":
                lambda images, rows, columns: _moved(images, -rows, -columns),
            "Up and down are mistaken for each other.":
                lambda images, rows, columns: _moved(images, -rows, columns),
            "Left and right are mistaken for each other.":
                lambda images, rows, columns: _moved(images, rows, -columns),
            "Rows and columns are swapped.":
                lambda images, rows, columns: _moved(images, columns, rows),
            "Each picture has shifts of its own; here all move as the first does.":
                lambda images, rows, columns: _moved(
                    images, rows[:1].expand_as(rows), columns[:1].expand_as(columns)),
            "What comes in at the edge is 0.":
                lambda images, rows, columns: _moved(images, rows, columns, fill=1.0),
        },
    ),
}
