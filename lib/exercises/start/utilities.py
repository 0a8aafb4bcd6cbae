"""Exercises of start/utilities."""

from statistics import median

import torch

from lib.book.draw import Draw
from lib.book.exercise import Exercise


def gigabytes_per_second(tensors, seconds):
    return sum(tensor.nbytes for tensor in tensors) / seconds / 1e9


def _tensors(r: Draw) -> tuple:
    dtypes = (torch.float32, torch.float64, torch.int64, torch.bool, torch.float16)
    tensors = [torch.zeros(r.int(0, 40), r.int(1, 9), dtype=r.choice(*dtypes))
               for _ in range(r.int(1, 4))]  # fmt: skip
    return tensors, r.choice(1e-6, 0.002, 3.0)


def median_time(fn, clock, repeats=5, warmup=1):
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        start = clock()
        fn()
        times.append(clock() - start)
    return median(times)


def _measure(timer, ticks, repeats, warmup):
    """Time work whose n-th call takes `ticks[n]`; None stands for the default."""
    seen = {"now": 100.0, "calls of fn": 0, "readings of the clock": 0}

    def work():
        seen["now"] += ticks[seen["calls of fn"] % len(ticks)]
        seen["calls of fn"] += 1

    def clock():
        seen["readings of the clock"] += 1
        return seen["now"]

    given = {"repeats": repeats, "warmup": warmup}
    result = timer(work, clock, **{k: v for k, v in given.items() if v is not None})
    return {"result": result} | seen


def with_seed(seed, fn):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        return fn()
    finally:
        torch.set_rng_state(state)


def _draw_numbers(with_seed, seed, count, fails):
    def numbers():
        drawn = torch.rand(count).tolist()
        if fails:
            raise KeyError("fn failed")
        return drawn

    return with_seed(seed, numbers)


def shuffled_batches(n, batch_size, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(n, generator=generator)
    return list(order.split(batch_size))


def _three_times(shuffled, n, batch_size, seed):
    runs = [shuffled(n, batch_size, s) for s in (seed, seed, seed + 1)]
    return [[batch.tolist() for batch in run] for run in runs]


def _numbers(run):
    return [number for batch in run for number in batch]


def _sizes(runs, n, batch_size, seed):
    full, rest = divmod(n, batch_size)
    return list(map(len, runs[0])) == [batch_size] * full + [rest] * (rest > 0)


EXERCISES = {
    "gigabytes_per_second": Exercise(
        reference=gigabytes_per_second,
        cases=_tensors,
        fixed=lambda: [([torch.zeros(1000, 250)] * 3, 0.002)],
        rtol=1e-9,
        mistakes={
            "These are numbers, not bytes.": "nbytes -> numel()",
            "Not all numbers have 4 bytes.": "tensor.nbytes -> 4 * tensor.numel()",
            "Not all tensors have the dtype of the first.":
                "tensor.nbytes -> tensor.numel() * tensors[0].element_size()",
            "A gigabyte has 10^9 bytes, a gibibyte 2^30.": "1e9 -> 2**30",
            "The more seconds, the slower.": "/ seconds -> * seconds",
            "These are bits.": "tensor.nbytes -> 8 * tensor.nbytes",
            "The rows alone: a tensor may have more axes.":
                "tensor.nbytes -> len(tensor) * tensor.element_size()",
            "The result passes through memory, too.": "in tensors -> in tensors[:-1]",
        },
    ),
    "median_time": Exercise(
        reference=median_time,
        cases=lambda r: ([r.int(1, 60) / 4 for _ in range(9)],
                         r.choice(None, 1, 2, 3, 4, 6), r.choice(None, 0, 1, 2, 3)),
        fixed=lambda: [([50.0, 2.0, 3.0, 90.0, 2.5], 3, 1), ([3.0, 5.0], 2, 0)],
        use=_measure,
        rtol=1e-9,
        mistakes={
            "The first calls are slow; they are to be called, and not measured.":
                "range(warmup) -> range(0)",
            "The warm-up is measured, too.":
                "range(repeats) -> range(-warmup, repeats)",
            "One disturbed call spoils a mean.":
                "median(times) -> sum(times) / len(times)",
            "The lowest is not the middle.": "median(times) -> min(times)",
            "With an even number of times there are two in the middle.":
                "median(times) -> sorted(times)[len(times) // 2]",
            "The times are not sorted: what stands in the middle of the list?":
                "median(times) -> times[len(times) // 2]",
            "Read the clock before and after each repeat.":
                "start = clock() -> start = start if times else clock()",
            "warmup says how many, it is not always one.": "range(warmup) -> range(1)",
            "Only the number of calls is right; the first `warmup` repeats are lost.":
                "median(times) -> median(times[warmup:] or times)",
        },
    ),
    "with_seed": Exercise(
        reference=with_seed,
        cases=lambda r: (r.int(0, 99), r.int(1, 3), r.choice(True, False, False)),
        use=_draw_numbers,
        mistakes={
            "The generator stays where the seed put it.":
                "torch.set_rng_state(state) -> pass",
            "An error in fn jumps over the line that puts the state back.":
                "try:\n        return fn()\n    finally:\n        torch.set_rng_state("
                "state) -> result = fn(); torch.set_rng_state(state); return result",
            "This seeds a generator that nobody draws from.":
                "torch.manual_seed -> torch.Generator().manual_seed",
            "What fn returns is lost.": "return fn() -> fn()",
            "The caller never learns of the error in fn.":
                "finally: -> except KeyError: pass\n    finally:",
            "The seed is not quite the one that was given.": "(seed) -> (seed + 1)",
            "The seed is an argument.": "(seed) -> (0)",
            "Numbers are drawn between the seed and fn.":
                "(seed) -> (seed); torch.rand(2)",
        },
    ),
    "shuffled_batches": Exercise(
        reference=shuffled_batches,
        cases=lambda r: (r.choice(1, 7, 30, 40, 50), r.int(1, 9), r.int(0, 99)),
        fixed=lambda: [(50, 7, 1)],
        use=_three_times,
        equal=False,
        laws={
            "each number once":
                lambda runs, n, *_: sorted(_numbers(runs[0])) == [*range(n)],
            "full batches, but perhaps the last": _sizes,
            "the same order for the same seed": lambda runs, *_: runs[0] == runs[1],
            "another order for another seed":
                lambda runs, n, *_: n < 30 or runs[0] != runs[2],
            "a shuffled order":
                lambda runs, n, *_: n < 30 or _numbers(runs[0]) != [*range(n)],
        },
        mistakes={
            "The global generator is seeded: others draw from it, too.":
                "torch.Generator().manual_seed -> torch.manual_seed",
            "The global generator is used, and the seed is not.":
                ", generator=generator -> ",
            "Nothing is shuffled.": "randperm(n, generator=generator) -> arange(n)",
            "What is left over is lost.":
                "order.split -> order[: n // batch_size * batch_size].split",
            "Numbers may be drawn twice here.": "randperm(n, -> randint(n, (n,),",
            "The seed is an argument.": "manual_seed(seed) -> manual_seed(0)",
            "That many batches, not batches of that size.": "split -> chunk",
            "The numbers begin with 0.":
                "generator=generator) -> generator=generator) + 1",
        },
    ),
}
