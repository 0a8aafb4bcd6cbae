"""Exercises of data/dataloaders."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def batch_indices(order, batch_size, drop_last=False):
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    order, step = list(order), max(batch_size, 1)
    found = [order[start : start + step] for start in range(0, len(order), step)]
    if drop_last and found and len(found[-1]) < step:
        found.pop()
    return found


def _orders(r: Draw) -> tuple:
    order = r.shuffled(range(r.int(0, 13)))
    return order, r.choice(-1, 0, 1, 2, 3, 4, 5, 6), *r.choice((), (True,), (False,))


def _neighbours_apart(order, n, drop_last=False):
    if n < 1 or not order:
        return batch_indices(order, n)
    count = -(-len(order) // n)
    return [order[k::count] for k in range(count)]


def balanced_weights(labels):
    counts = labels.bincount()
    return (1.0 / counts[labels].double()) / len(labels.unique())


def _labels(r: Draw) -> tuple:
    n = r.size(least=1, most=12)
    return (r.integers(0, r.int(1, 4), n) * r.choice(1, 1, 3) + r.choice(0, 2),)


def epoch_seconds(load_times, step_time, num_workers):
    free, main = [0.0] * max(num_workers, 1), 0.0
    for k, load in enumerate(load_times):
        worker = k % len(free)
        start = main if num_workers == 0 else free[worker]
        free[worker] = start + load
        main = max(main, free[worker]) + step_time
    return main


def _times(r: Draw) -> tuple:
    loads = [r.float(0.1, 2.0) for _ in range(r.int(0, 9))]
    return loads, r.choice(0.0, 0.3, 1.0, r.float(0.1, 3)), r.int(0, 5)


EXERCISES = {
    "batch_indices": Exercise(
        reference=batch_indices,
        cases=_orders,
        fixed=lambda: [([5, 3, 0], 2), ([5, 3, 0], 2, True), ([4, 1], 2, True),
                       ([], 2), ([7], 0)],
        contract=Contract(exact=True),
        mistakes={
            "A short last batch is always dropped: what is drop_last for?":
                "if drop_last and found -> if found",
            "drop_last is an argument, and here it changes nothing.":
                "if drop_last and -> if False and",
            "drop_last the other way round.":
                "if drop_last and -> if not drop_last and",
            "A last batch that is full stays with drop_last, too.":
                "found and len(found[-1]) < step -> found",
            "The indices are sorted: the order is what the sampler decided.":
                "list(order) -> sorted(order)",
            "A batch_size of 0 passes here. And a negative one?":
                "batch_size < 1 -> batch_size < -9",
            "A batch_size of 0 is refused, but 1 is too: batches of one are fine.":
                "batch_size < 1 -> batch_size < 2",
            "A batch_size below 1 is a ValueError, not an AssertionError.":
                "ValueError -> AssertionError",
            "Every batch_size-th index in one batch: the first batch holds neighbours.":
                _neighbours_apart,
            "The batches are tuples; lists were asked for.": lambda *args, **named: [
                tuple(batch) for batch in batch_indices(*args, **named)],
        },
    ),
    "balanced_weights": Exercise(
        reference=balanced_weights,
        cases=_labels,
        fixed=lambda: [(torch.tensor([0, 0, 0, 1]),), (torch.tensor([2, 5, 5]),)],
        contract=Contract(fresh=True, no_loop=True),
        mistakes={
            "One weight per class; a sampler needs one per example.":
                "1.0 / counts[labels] -> 1.0 / counts",
            "All examples weigh the same, so the frequent class is drawn most.":
                "1.0 / counts[labels].double() -> 0 * counts[labels].double() + 1",
            "The frequent class weighs more here: turn the ratio over.":
                "1.0 / counts[labels].double() -> counts[labels].double() / 1.0",
            "The labels themselves are no weights: how often does each occur?":
                "counts[labels] -> (labels + 1)",
            "The ratios are right; what do they sum to?":
                "/ len(labels.unique()) -> / 1",
            "Not every number up to the largest is a label: count those that occur.":
                "len(labels.unique()) -> len(counts)",
            "Divided by the number of examples, they do not sum to 1.":
                "len(labels.unique()) -> len(labels)",
            "The weights are float64.": "double() -> float()",
            "One over the square root of the count is half way to even.":
                "counts[labels].double() -> counts[labels].double().sqrt()",
            "Right, but with a loop over the examples.": lambda labels: torch.tensor([
                1 / int((labels == label).sum()) / len(labels.unique())
                for label in labels], dtype=torch.float64),
        },
    ),
    "epoch_seconds": Exercise(
        reference=epoch_seconds,
        cases=_times,
        fixed=lambda: [([4.0] * 6, 2.0, 0), ([4.0] * 6, 2.0, 2), ([], 1.0, 2),
                       ([1.0, 5.0, 1.0, 1.0], 1.0, 2)],
        mistakes={
            "Without workers loading and steps alternate: nothing overlaps.":
                "main if num_workers == 0 else free[worker] -> free[worker]",
            "With workers a load need not wait for the step before it.":
                "main if num_workers == 0 else free[worker] -> main",
            "All workers load at once: this is one worker, whatever num_workers says.":
                "k % len(free) -> 0",
            "A worker loads one batch at a time; here each loads all its own at once.":
                "else free[worker] -> else 0.0",
            "The main process takes the next batch only when its step has ended.":
                "max(main, free[worker]) -> free[worker]",
            "A step cannot begin before its batch has been loaded.":
                "max(main, free[worker]) -> main",
            "The last step counts, too.":
                "return main -> return max(0.0, main - step_time)",
            "Batch k goes to worker k mod W, not to the one that is free first.":
                "k % len(free) -> free.index(min(free))",
            "The formula takes all loads to be equally long; here each has a time.":
                lambda loads, step, workers: epoch_seconds(loads, step, 0) if (
                    workers == 0 or not loads) else max(
                        sum(loads) / workers + step, loads[0] + len(loads) * step),
            "Neither can work alone at the start or end: who waits for the first load?":
                lambda loads, step, workers: epoch_seconds(loads, step, 0) if (
                    workers == 0) else max(sum(loads) / workers, len(loads) * step),
        },
    ),
}
