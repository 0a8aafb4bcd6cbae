"""Exercises of training/schedulers."""

import math

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def in_steps(epochs, num_examples, batch_size, drop_last):
    rounding = math.floor if drop_last else math.ceil
    per_epoch = rounding(num_examples / batch_size)
    return [epoch * per_epoch for epoch in epochs]


def _loader(r: Draw) -> tuple:
    batch_size = r.int(1, 9)
    num_examples = batch_size * r.int(1, 9) + r.int(0, batch_size - 1)
    epochs = [r.int(0, 30) for _ in range(r.int(0, 4))]
    return epochs, num_examples, batch_size, r.choice(True, False)


def warmup_decay(step, num_warmup, num_steps):
    if step < num_warmup:
        return (step + 1) / (num_warmup + 1)
    return max(0.0, (num_steps - step) / (num_steps - num_warmup))


def _moment(r: Draw) -> tuple:
    num_warmup = r.choice(0, r.int(1, 6), r.int(7, 20))
    num_steps = num_warmup + r.int(1, 30)
    inside = r.int(num_warmup, num_steps)
    return r.choice(r.int(0, 60), num_warmup, inside), num_warmup, num_steps


def plateau_epochs(values, patience):
    best, num_bad, found = math.inf, 0, []
    for epoch, value in enumerate(values):
        num_bad += 1
        if value < best:
            best, num_bad = value, 0
        if num_bad > patience:
            found.append(epoch)
            num_bad = 0
    return found


def _values(r: Draw) -> tuple:
    values = [float(r.int(0, 12)) for _ in range(r.int(0, 25))]
    return values, r.int(0, 3)


EXERCISES = {
    "in_steps": Exercise(
        reference=in_steps,
        cases=_loader,
        fixed=lambda: [([1, 3], 10, 4, False), ([1, 3], 10, 4, True)],
        mistakes={
            "A last batch that is short makes a step, too, unless it is dropped.":
                "math.floor if drop_last else math.ceil -> math.floor",
            "With drop_last=True the short batch makes no step.":
                "math.floor if drop_last else math.ceil -> math.ceil",
            "drop_last the wrong way round: True means fewer steps.":
                "math.floor if drop_last else math.ceil -> "
                "math.ceil if drop_last else math.floor",
            "These are still epochs: how many steps has one?":
                "epoch * per_epoch -> epoch",
            "A milestone counts examples here, not steps.":
                "epoch * per_epoch -> epoch * num_examples",
            "batch_size steps in an epoch? It is the number of batches.":
                "epoch * per_epoch -> epoch * batch_size",
            "Round the steps of one epoch, not the product.":
                "return [epoch * per_epoch -> "
                "return [rounding(epoch * num_examples / batch_size)",
            "round() goes to the nearest whole number, up or down.":
                "rounding(num_examples / batch_size) -> "
                "round(num_examples / batch_size)",
            "One step too many: is a multiple of the batch size special?":
                "rounding(num_examples / batch_size) -> num_examples // batch_size + "
                "(0 if drop_last else 1)",
            "Each milestone counts from the start of the training, not from the one "
            "before.":
                "epoch * per_epoch -> sum(epochs[:i + 1]) * per_epoch for i, epoch in "
                "enumerate(epochs)] or [epoch",
        },
    ),
    "warmup_decay": Exercise(
        reference=warmup_decay,
        cases=_moment,
        fixed=lambda: [(0, 4, 10), (3, 4, 10), (4, 4, 10), (7, 4, 10), (10, 4, 10)],
        mistakes={
            "A first rate of 0 wastes the first step.": "step + 1) -> step)",
            "The full rate is reached at step num_warmup, not one step earlier.":
                "(num_warmup + 1) -> num_warmup",
            "After num_steps the rate must not be negative: training uphill.":
                "max(0.0, (num_steps - step) / (num_steps - num_warmup)) -> "
                "(num_steps - step) / (num_steps - num_warmup)",
            "The decay starts below 1: it begins at the end of the warm-up.":
                "(num_steps - num_warmup)) -> num_steps)",
            "The decay takes num_steps - num_warmup steps, so it ends at num_steps.":
                "(num_steps - step) -> (num_steps + num_warmup - step)",
            "There is no warm-up here.": "if step < num_warmup -> if False",
            "No decay: after the warm-up the rate stays.":
                "max(0.0, (num_steps - step) / (num_steps - num_warmup)) -> 1.0",
            "The decay rises: how much is left, not how much is done?":
                "(num_steps - step) -> (step - num_warmup)",
            "The rate is 0 at step num_steps, not at the step before it.":
                "(num_steps - step) / (num_steps - num_warmup) -> "
                "(num_steps - 1 - step) / max(1, num_steps - 1 - num_warmup)",
        },
    ),
    "plateau_epochs": Exercise(
        reference=plateau_epochs,
        cases=_values,
        contract=Contract(exact=True),
        fixed=lambda: [([3.0, 2.0, 2.0, 2.0, 2.0, 2.0], 1), ([3.0, 2.0, 2.0], 0)],
        mistakes={
            "More than `patience` bad epochs: this does not wait long enough.":
                "> patience -> >= patience",
            "After a cut the counting starts anew.":
                "found.append(epoch) -> found.append(epoch); continue",
            "Equal to the best is no improvement.": "value < best -> value <= best",
            "Compare with the best so far, not with the epoch before.":
                "num_bad > patience -> (best := value) is None or num_bad > patience",
            "A good epoch ends the row of bad ones: the count returns to 0.":
                "best, num_bad = value, 0 -> best, num_bad = value, num_bad - 1",
            "A smaller value is the better one here.":
                "math.inf, 0, [] -> -math.inf, 0, []; values = [-v for v in values]; "
                "best = math.inf",
            "Epochs are counted from 0.": "found.append(epoch) -> "
                "found.append(epoch + 1)",
            "The rate can fall more than once.":
                "if num_bad > patience -> if num_bad > patience and not found",
            "The first value is worse than nothing: the best starts at infinity.":
                "math.inf, 0, [] -> 0.0, 0, []",
            "After a cut the best value stays: only the count is reset.":
                "found.append(epoch) -> found.append(epoch); best = math.inf",
        },
    ),
}  # fmt: skip
