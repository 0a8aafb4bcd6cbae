"""Exercises of training/checkpoints."""

import math

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def remaining_epochs(history, num_epochs):
    return list(range(len(history) + 1, num_epochs + 1))


def _history(r: Draw) -> tuple:
    done = r.int(0, 6)
    records = [{"epoch": i, "train_loss": r.float(0, 1)} for i in range(1, done + 1)]
    return records, r.int(0, 9)


def best_epoch(losses):
    numbers = [i for i, loss in enumerate(losses, start=1) if loss == loss]
    return min(numbers, key=lambda i: losses[i - 1], default=None)


def _losses(r: Draw) -> tuple:
    numbers = [math.nan, 0.5, 1.0, 1.5, 2.0, -1.0, math.inf]
    return ([r.choice(*numbers) for _ in range(r.int(0, 7))],)


def same_state(a, b):
    return a.keys() == b.keys() and all(
        a[name].shape == b[name].shape
        and a[name].dtype == b[name].dtype
        and torch.allclose(a[name], b[name], rtol=0, atol=0, equal_nan=True)
        for name in a
    )


def _states(r: Draw) -> tuple:
    near = {"scale": 1.0, "offset": 0.0, "dtype": torch.float32}
    one = {"weight": r.tensor(3, 2, **near), "bias": r.tensor(2, **near),
           "steps": torch.tensor(r.int(1, 9))}  # fmt: skip
    if r.choice(True, False):
        one["bias"][0] = math.nan
    other = {name: value.clone().contiguous() for name, value in one.items()}
    where = r.choice("weight", "bias")
    change = r.choice("none", "none", "last bit", "dtype", "shape", "name", "one less",
                      "one more", "order", "nan", "count")  # fmt: skip
    match change:
        case "last bit":
            last = other[where].flatten()[-1]
            other[where].view(-1)[-1] = torch.nextafter(last, torch.tensor(math.inf))
        case "dtype":
            other[where] = other[where].double()
        case "shape":
            other[where] = other[where][None]
        case "name":
            other["other"] = other.pop(where)
        case "one less":
            del other[where]
        case "one more":
            other["more"] = other[where].clone()
        case "order":
            other = dict(reversed(other.items()))
        case "nan":
            other["weight"][0, 1] = math.nan
        case "count":
            other["steps"] += 1
    return one, other


EXERCISES = {
    "remaining_epochs": Exercise(
        reference=remaining_epochs,
        cases=_history,
        contract=Contract(exact=True),
        mistakes={
            "The last completed epoch is trained again.":
                "len(history) + 1 -> max(1, len(history))",
            "Epochs are counted from 1.":
                "range(len(history) + 1, num_epochs + 1) -> "
                "range(len(history), num_epochs)",
            "The last epoch is missing.": "num_epochs + 1) -> num_epochs)",
            "An epoch is left out after the resume.":
                "len(history) + 1 -> len(history) + 2",
            "These are num_epochs more epochs, not num_epochs in all.":
                "num_epochs + 1) -> len(history) + num_epochs + 1)",
            "The history has no part in it.": "len(history) + 1 -> 1",
            "A list is wanted.": "list(range(len(history) + 1, num_epochs + 1)) -> "
                "range(len(history) + 1, num_epochs + 1)",
            "These are the epochs that are done.":
                "range(len(history) + 1, num_epochs + 1) -> "
                "range(1, len(history) + 1)",
        },
    ),
    "best_epoch": Exercise(
        reference=best_epoch,
        cases=_losses,
        fixed=lambda: [([math.nan, 2.0, 1.0, 1.0],), ([],), ([math.nan],),
                       ([math.inf],)],
        contract=Contract(exact=True),
        mistakes={
            "NaN is not less than anything: standing first, it stays the best here.":
                "if loss == loss -> if True",
            "Of equals, this is the last.": "min(numbers -> min(numbers[::-1]",
            "Epochs are counted from 1; this is an index.":
                "return min(numbers, key=lambda i: losses[i - 1], default=None) -> "
                "best = min(numbers, key=lambda i: losses[i - 1], default=None); "
                "return best and best - 1",
            "The highest loss is the worst.": "min( -> max(",
            "The loss itself is returned, not its epoch.":
                "return min(numbers, key=lambda i: losses[i - 1], default=None) -> "
                "return min((losses[i - 1] for i in numbers), default=None)",
            "Without a loss the answer is None.": "default=None -> default=0",
            "A NaN that is left out still counts as an epoch.":
                "[i for i, loss in enumerate(losses, start=1) if loss == loss] -> "
                "list(range(1, 1 + sum(loss == loss for loss in losses))); "
                "losses = [loss for loss in losses if loss == loss]",
            "Infinity is a loss like any other, if a bad one.":
                "loss == loss -> math.isfinite(loss)",
        },
    ),
    "same_state": Exercise(
        reference=same_state,
        cases=_states,
        draws=96,
        contract=Contract(exact=True),
        mistakes={
            "Two NaN at the same index count as the same.":
                "equal_nan=True -> equal_nan=False",
            "Small differences are forgiven here.": "rtol=0, atol=0, -> ",
            "Names that only one of them has are not seen.":
                "a.keys() == b.keys() and all( -> all(name in a and name in b for name "
                "in a.keys() & b.keys()) and all(name not in b or "
                "(name in b) and ",
            "The order of the names has no part in it.":
                "a.keys() == b.keys() -> list(a) == list(b)",
            "Numbers of another dtype are not the same state.":
                "and a[name].dtype == b[name].dtype\n -> \n",
            "A shape that broadcasts is another shape.":
                "a[name].shape == b[name].shape\n        and -> ",
            "One tensor that is the same does not make all the same.": "all( -> any(",
            "Only the names are compared.":
                " and all( -> or all(",
        },
    ),
}
