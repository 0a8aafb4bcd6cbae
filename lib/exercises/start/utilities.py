"""Checks of the exercises in start/utilities."""

from collections.abc import Callable
from statistics import median

import torch

from lib.book.checks import Check, call, returns, satisfies


class _Work:
    """A piece of work and a clock that belong together: the n-th call takes `ticks[n]`."""

    def __init__(self, ticks: list[float]) -> None:
        self.ticks, self.now, self.calls, self.readings = ticks, 100.0, 0, 0

    def work(self) -> None:
        self.now += self.ticks[self.calls % len(self.ticks)]
        self.calls += 1

    def clock(self) -> float:
        self.readings += 1
        return self.now


def _timer(says: str, ticks: list[float], repeats: int, warmup: int, hint: str) -> Check:
    def test(candidate: Callable) -> str | None:
        work = _Work(ticks)
        got = call(lambda: candidate(work.work, work.clock, repeats=repeats, warmup=warmup), ())
        if work.calls != repeats + warmup:
            wanted = f"{warmup} + {repeats} calls of fn"
            return f"{wanted} were wanted, {work.calls} were made\n{hint}"
        if work.readings != 2 * repeats:
            return f"Read the clock before and after each repeat, {2 * repeats} times in all; "\
                   f"it was read {work.readings} times."
        wanted = median(ticks[warmup : warmup + repeats])
        return None if got == wanted else f"wanted {wanted}, got {got}\n{hint}"

    return Check(says, test)


def _draw() -> float:
    return torch.rand(()).item()


def _first_number(seed: int) -> float:
    return torch.rand((), generator=torch.Generator().manual_seed(seed)).item()


def _seeded(candidate: Callable) -> str | None:
    for seed in (3, 3, 4):
        got, wanted = call(lambda seed=seed: candidate(seed, _draw), ()), _first_number(seed)
        if got != wanted:
            return f"With seed {seed}, fn drew {got} and should have drawn {wanted}: seed before "\
                   "the call, and return what fn returns."
    return None


def _leaves_no_trace(candidate: Callable) -> str | None:
    torch.manual_seed(11)
    torch.rand(5)
    before = torch.get_rng_state()
    call(lambda: candidate(3, _draw), ())
    if torch.equal(before, torch.get_rng_state()):
        return None
    return "The generator is not where it was before: keep its state first, and put it back."


def _fails() -> None:
    raise KeyError("fn failed")


def _leaves_no_trace_after_an_error(candidate: Callable) -> str | None:
    before = torch.get_rng_state()
    try:
        candidate(3, _fails)
    except KeyError:
        fine = torch.equal(before, torch.get_rng_state())
        return None if fine else "After an error in fn the generator was not put back: use finally."
    return "The error of fn must come out; it was lost on the way."


def _whole(batches: list[torch.Tensor], n: int, batch_size: int, seed: int) -> bool | str:
    sizes = [len(batch) for batch in batches]
    full, rest = divmod(n, batch_size)
    if sizes != [batch_size] * full + [rest] * bool(rest):
        return f"{n} examples in batches of {batch_size}: the sizes {sizes} are wrong."
    indices = torch.cat(list(batches)).tolist()
    if sorted(indices) != list(range(n)):
        return f"Each number from 0 to {n - 1} must stand in one batch, once."
    if n > 20 and indices == sorted(indices):
        return "The order is that of counting: shuffle."
    return True


def _shuffles_alone(candidate: Callable) -> str | None:
    def order(seed: int) -> list[int]:
        return torch.cat(list(call(lambda: candidate(50, 7, seed), ()))).tolist()

    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = order(5)
    if not torch.equal(before, torch.get_rng_state()):
        return "The global generator was used or seeded: make a torch.Generator of your own."
    if first != order(5):
        return "The same seed gave two orders."
    return None if first != order(6) else "Two seeds gave the same order."


def _speed(says: str, make_tensors: Callable[[], list], seconds: float, hint: str) -> Check:
    return returns(says, lambda: (make_tensors(), seconds),
                   sum(t.nbytes for t in make_tensors()) / seconds / 1e9, hint=hint, atol=1e-12)


CHECKS: dict[str, tuple[Check, ...]] = {
    "median_time": (
        _timer("equal calls", [2.0] * 6, 5, 1, "Every call takes 2 ticks here."),
        _timer("a slow first call", [50.0, 2.0, 2.0, 2.0], 3, 1,
               "The first call is the warm-up and must not count."),
        _timer("one disturbed call", [1.0, 3.0, 2.0, 90.0, 2.0, 4.0], 5, 1,
               "The median, not the mean and not the lowest."),
        _timer("no warm-up, two repeats", [3.0, 5.0], 2, 0,
               "With an even number of repeats, the median is the mean of the middle two."),
        _timer("three warm-up calls", [9.0, 8.0, 7.0, 1.0, 2.0, 3.0], 3, 3,
               "Call fn `warmup` times first."),
    ),
    "with_seed": (
        Check("the numbers of the seed", _seeded),
        Check("the generator afterwards", _leaves_no_trace),
        Check("the generator after an error", _leaves_no_trace_after_an_error),
    ),
    "shuffled_batches": (
        satisfies("batches that fit", lambda: (40, 8, 0), _whole, hint="Five batches of eight."),
        satisfies("a short last batch", lambda: (50, 7, 1), _whole,
                  hint="Seven batches of seven, and one of one."),
        Check("seeds and the global generator", _shuffles_alone),
    ),
    "gigabytes_per_second": (
        _speed("three float32 tensors", lambda: [torch.zeros(1000, 250)] * 3, 0.002,
               "250,000 numbers of 4 bytes, three times, in 2 ms."),
        _speed("float64", lambda: [torch.zeros(1000, dtype=torch.float64)] * 2, 1e-6,
               "A float64 has 8 bytes: ask the tensor for its element_size()."),
        _speed("different dtypes", lambda: [torch.zeros(7), torch.zeros(5, dtype=torch.int64),
               torch.zeros(3, dtype=torch.bool)], 1e-9, "Each tensor has a size of its own."),
    ),
}
