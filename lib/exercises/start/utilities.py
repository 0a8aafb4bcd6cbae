"""Exercises of start/utilities."""

from collections.abc import Callable
from statistics import mean, median

import torch
from torch import Tensor

from lib.book.draw import Draw
from lib.book.exercise import Exercise

Batches = list[Tensor]


def _measure(
    timer: Callable, ticks: list[float], repeats: int | None, warmup: int | None
) -> list:
    """Time work whose n-th call takes `ticks[n]`; None stands for the default."""
    seen = {"now": 100.0, "calls": 0, "readings": 0}

    def work() -> None:
        seen["now"] += ticks[seen["calls"] % len(ticks)]
        seen["calls"] += 1

    def clock() -> float:
        seen["readings"] += 1
        return seen["now"]

    given = {"repeats": repeats, "warmup": warmup}
    given = {name: value for name, value in given.items() if value is not None}
    result = timer(work, clock, **given)
    return [result, seen["calls"], seen["readings"]]


def _timer(
    of: Callable = median, calls: Callable = lambda warmup: warmup,
    keep: Callable = lambda times, warmup: times, extra: Callable = lambda warmup: 0,
) -> Callable:
    """Build a timer; each argument is a place for a fault."""

    def median_time(
        fn: Callable, clock: Callable, repeats: int = 5, warmup: int = 1
    ) -> float:
        for _ in range(calls(warmup)):
            fn()
        times = []
        for _ in range(repeats + extra(warmup)):
            start = clock()
            fn()
            times.append(clock() - start)
        return of(keep(times, warmup))

    return median_time


def _one_pair(
    fn: Callable, clock: Callable, repeats: int = 5, warmup: int = 1
) -> float:
    for _ in range(warmup):
        fn()
    start = clock()
    for _ in range(repeats):
        fn()
    return (clock() - start) / repeats


def _draw_numbers(
    with_seed: Callable, seed: int, count: int, fails: bool
) -> list[float]:
    def numbers() -> list[float]:
        drawn = torch.rand(count).tolist()
        if fails:
            raise KeyError("fn failed")
        return drawn

    return with_seed(seed, numbers)


def _seeded(
    seed_it: Callable = torch.manual_seed, always: bool = True,
    back: Callable | None = None, swallow: bool = False,
    give: Callable = lambda result: result,
) -> Callable:
    """Build a call with a seed; each argument is a place for a fault."""

    def with_seed(seed: int, fn: Callable) -> object:
        state = torch.get_rng_state()
        restore = back or (lambda: torch.set_rng_state(state))
        seed_it(seed)
        try:
            result = fn()
        except KeyError:
            if always:
                restore()
            if swallow:
                return None
            raise
        restore()
        return give(result)

    return with_seed


def _batches(
    order: Callable = lambda n, seed: torch.randperm(
        n, generator=torch.Generator().manual_seed(seed)),
    cut: Callable = lambda order, size: order.split(size),
) -> Callable:
    return lambda n, batch_size, seed: list(cut(order(n, seed), batch_size))


def _three_times(shuffled: Callable, n: int, size: int, seed: int) -> list[Batches]:
    return [shuffled(n, size, seed) for seed in (seed, seed, seed + 1)]


def _numbers(batches: Batches) -> list[int]:
    return [number for batch in batches for number in batch.tolist()]


BATCH_LAWS = {
    "each number once": lambda runs, n, *_: sorted(_numbers(runs[0])) == list(range(n)),
    "full batches, but perhaps the last": lambda runs, n, size, _: (
        [len(batch) for batch in runs[0]]
        == [size] * (n // size) + [n % size] * (n % size > 0)),
    "the same order for the same seed": lambda runs, *_: (
        _numbers(runs[0]) == _numbers(runs[1])),
    "another order for another seed": lambda runs, n, *_: (
        n < 30 or _numbers(runs[0]) != _numbers(runs[2])),
    "a shuffled order": lambda runs, n, *_: (
        n < 30 or _numbers(runs[0]) != list(range(n))),
}  # fmt: skip


def _speed(
    size: Callable = lambda tensor: tensor.nbytes, unit: float = 1e9,
    tensors_of: Callable = lambda tensors: tensors,
) -> Callable:
    return lambda tensors, seconds: (
        sum(size(tensor) for tensor in tensors_of(tensors)) / seconds / unit)


def _tensors(r: Draw) -> tuple:
    dtypes = (torch.float32, torch.float64, torch.int64, torch.bool, torch.float16)
    tensors = [torch.zeros(r.int(0, 40), r.int(1, 9), dtype=r.choice(*dtypes))
               for _ in range(r.int(1, 4))]
    return tensors, r.choice(1e-6, 0.002, 3.0)


EXERCISES = {
    "gigabytes_per_second": Exercise(
        reference=_speed(),
        cases=_tensors,
        fixed=lambda: [([torch.zeros(1000, 250)] * 3, 0.002)],
        rtol=1e-9,
        mistakes={
            "These are numbers, not bytes.": _speed(torch.numel),
            "Not all numbers have 4 bytes.": _speed(lambda x: 4 * x.numel()),
            "Not all tensors have the dtype of the first.": lambda tensors, seconds: (
                sum(x.numel() for x in tensors) * tensors[0].element_size()
                / seconds / 1e9),
            "A gigabyte has 10^9 bytes, a gibibyte 2^30.": _speed(unit=2**30),
            "The more seconds, the slower.": lambda tensors, seconds: (
                _speed()(tensors, 1 / seconds)),
            "These are bits.": _speed(lambda x: 8 * x.nbytes),
            "The rows alone: a tensor may have more axes.": _speed(
                lambda x: len(x) * x.element_size()),
            "The result passes through memory, too.": _speed(
                tensors_of=lambda tensors: tensors[:-1]),
        },
    ),
    "median_time": Exercise(
        reference=_timer(),
        cases=lambda r: ([r.int(1, 60) / 4 for _ in range(9)],
                         r.choice(None, 1, 2, 3, 4, 6), r.choice(None, 0, 1, 2, 3)),
        fixed=lambda: [([50.0, 2.0, 3.0, 90.0, 2.5], 3, 1), ([3.0, 5.0], 2, 0)],
        use=_measure,
        rtol=1e-9,
        mistakes={
            "The first calls are slow; they are to be called, and not measured.":
                _timer(calls=lambda warmup: 0),
            "The warm-up is measured, too.": _timer(
                calls=lambda warmup: 0, extra=lambda warmup: warmup),
            "One disturbed call spoils a mean.": _timer(of=mean),
            "The lowest is not the middle.": _timer(of=min),
            "With an even number of times there are two in the middle.": _timer(
                of=lambda times: sorted(times)[len(times) // 2]),
            "The times are not sorted: what stands in the middle of the list?": _timer(
                of=lambda times: times[len(times) // 2]),
            "One difference for all calls gives their mean.": _one_pair,
            "warmup says how many, it is not always one.": _timer(
                calls=lambda warmup: 1),
            "Only the number of calls is right; the first `warmup` repeats are lost.":
                _timer(keep=lambda times, warmup: times[warmup:] or times),
        },
    ),
    "with_seed": Exercise(
        reference=_seeded(),
        cases=lambda r: (r.int(0, 99), r.int(1, 3), r.choice(True, False, False)),
        use=_draw_numbers,
        mistakes={
            "The generator stays where the seed put it.": _seeded(back=lambda: None),
            "An error in fn jumps over the line that puts the state back.":
                _seeded(always=False),
            "This seeds a generator that nobody draws from.": _seeded(
                seed_it=lambda seed: torch.Generator().manual_seed(seed)),
            "What fn returns is lost.": _seeded(give=lambda result: None),
            "The caller never learns of the error in fn.": _seeded(swallow=True),
            "The seed is not quite the one that was given.": _seeded(
                seed_it=lambda seed: torch.manual_seed(seed + 1)),
            "The seed is an argument.": _seeded(
                seed_it=lambda seed: torch.manual_seed(0)),
            "Numbers are drawn between the seed and fn.": _seeded(
                seed_it=lambda seed: (torch.manual_seed(seed), torch.rand(2))),
        },
    ),
    "shuffled_batches": Exercise(
        reference=_batches(),
        cases=lambda r: (r.choice(1, 7, 30, 40, 50), r.int(1, 9), r.int(0, 99)),
        fixed=lambda: [(50, 7, 1)],
        use=_three_times,
        laws=BATCH_LAWS,
        equal=False,
        mistakes={
            "The global generator is seeded: others draw from it, too.": _batches(
                lambda n, seed: (torch.manual_seed(seed), torch.randperm(n))[1]),
            "The global generator is used, and the seed is not.": _batches(
                lambda n, seed: torch.randperm(n)),
            "Nothing is shuffled.": _batches(lambda n, seed: torch.arange(n)),
            "What is left over is lost.": _batches(
                cut=lambda order, size: order[: len(order) // size * size].split(size)),
            "Numbers may be drawn twice here.": _batches(lambda n, seed: torch.randint(
                max(n, 1), (n,), generator=torch.Generator().manual_seed(seed))),
            "The seed is an argument.": _batches(lambda n, seed: torch.randperm(
                n, generator=torch.Generator().manual_seed(0))),
            "That many batches, not batches of that size.": _batches(
                cut=lambda order, size: order.chunk(size)),
            "The last number is missing, or there is one too many.": _batches(
                lambda n, seed: torch.randperm(
                    n, generator=torch.Generator().manual_seed(seed)) + 1),
        },
    ),
}
