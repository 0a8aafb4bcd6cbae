"""Checks of the exercises in start/gpu_setup."""

import torch
from torch import Tensor

from lib.book.checks import Check, leaves_inputs_unchanged, returns

BUILDS = {
    "2.9": ("12.6", "12.8", "13.0"),
    "2.13": ("12.6", "13.0", "13.2"),
    "2.6": ("11.8", "12.4", "12.6"),
}


def _card(says: str, text: str, index: str, hint: str) -> Check:
    return returns(says, lambda: (text,), index, hint=hint)


def _speed(says: str, sizes: list[int], seconds: float, tflops: float, hint: str) -> Check:
    return returns(says, lambda: (sizes, seconds), tflops, hint=hint, rtol=1e-9, atol=0.0)


def _release(says: str, driver: str, pair: tuple[str, str] | None, hint: str) -> Check:
    return returns(says, lambda: (driver, BUILDS), pair, hint=hint)


def _two_neighbours(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return a result whose elements lie inside and outside the tolerance, and its reference."""
    steps = torch.tensor([0, 3, -3, 5, -5], dtype=torch.float64)
    exact = torch.full((5,), 1024.0, dtype=torch.float64)
    return (exact + steps * torch.finfo(dtype).eps * 1024).to(dtype), exact


def _count(says: str, result: list[float], reference: list[float], wrong: int, hint: str) -> Check:
    return returns(
        says,
        lambda: (torch.tensor(result), torch.tensor(reference, dtype=torch.float64)),
        wrong,
        hint=hint,
    )


CHECKS: dict[str, tuple[Check, ...]] = {
    "freest_card": (
        _card("two cards", "0, 312, 23028\n1, 21984, 23028\n", "0",
              "Card 0 has 22,716 MiB free, card 1 has 1,044. Return the text '0'."),
        _card("cards of different sizes", "0, 1000, 8192\n1, 20000, 40960\n2, 0, 12288\n", "1",
              "Card 1 uses most and still has most free: free is total minus used."),
        _card("numbers with more digits", "0, 9000, 10000\n1, 0, 9999\n", "1",
              "Compare numbers, not texts: as texts, '9999' comes after '10000'."),
        _card("a driver that lists card 3 first", "3, 5, 8192\n0, 4000, 8192\n", "3",
              "Return the index that stands in the line, not the number of the line."),
        _card("two equal cards", "0, 100, 8192\n1, 100, 8192\n", "0",
              "Of equally free cards the first: replace the best only by a better one."),
        _card("full cards", "0, 8192, 8192\n1, 8192, 8192\n", "0",
              "A card with nothing free is still a card: begin with less than 0."),
        _card("no card", "", "", "Without a line there is no card: return the empty text."),
    ),
    "chain_tflops": (
        _speed("one product", [1000, 2000, 500], 0.001, 2.0,
               "Two operations for each of 1000 · 2000 · 500 pairs: 2·10⁹ in 0.001 s."),
        _speed("three matrices", [100, 200, 300, 400], 0.0001, 0.36,
               "From left to right: (100, 200)·(200, 300), then that (100, 300) times (300, 400)."),
        _speed("a vector in front", [1, 5000, 5000, 5000], 1.0, 1e-4,
               "Every intermediate result has sizes[0] rows, here one."),
        _speed("one matrix, nothing to multiply", [30, 40], 2.0, 0.0,
               "A single matrix takes no operation."),
        leaves_inputs_unchanged(lambda: ([3, 5, 7, 2], 1.0)),
    ),
    "newest_torch": (
        _release("a driver that runs all", "580.65.06", ("2.13", "13.2"),
                 "2.13 is the newest release, and 13.2 its newest CUDA: thirteen is more than 9."),
        _release("a driver for CUDA 12", "550.163.01", ("2.13", "12.6"),
                 "The newest release has a build that runs: the one for CUDA 12.6."),
        _release("an old driver", "470.82.01", ("2.6", "11.8"),
                 "Only one build runs here, that of 2.6 for CUDA 11.8."),
        _release("a driver too old for all", "390.157", None,
                 "Nothing runs: return None."),
        _release("exactly the oldest driver", "525", ("2.13", "12.6"),
                 "The oldest driver that runs a build does run it."),
        leaves_inputs_unchanged(lambda: ("550.163.01", BUILDS)),
    ),
    "count_outside": (
        _count("float32, one far off", [1.0, 2.0, 4.0], [1.0, 2.5, 4.0], 1,
               "One element differs by 0.5. Return its number, as an int."),
        _count("NaN and infinity", [float("nan"), 1.0, float("inf")], [1.0, 1.0, 1.0], 2,
               "Comparisons with NaN are false: count what is not right."),
        _count("small references", [1e-9, 0.0, 3e-7], [0.0, 0.0, 0.0], 0,
               "Below 1 the tolerance is 4 eps itself: max(1, |reference|)."),
        _count("a negative reference", [-1000.0002, -1000.5], [-1000.0, -1000.0], 1,
               "The tolerance grows with the absolute value of the reference."),
        returns("float32 near its tolerance", lambda: _two_neighbours(torch.float32), 2,
                hint="3 eps · 1024 is allowed, 5 eps · 1024 is not."),
        returns("bfloat16", lambda: _two_neighbours(torch.bfloat16), 2,
                hint="eps belongs to the dtype of the result: 1/128 for bfloat16."),
        returns("float16 against a fraction",
                lambda: (torch.tensor([2048.0], dtype=torch.float16),
                         torch.tensor([2056.5], dtype=torch.float64)), 1,
                hint="8.5 is more than 4 eps · 2056.5; float16 rounds it to 8: use float64."),
        leaves_inputs_unchanged(lambda: _two_neighbours(torch.float16)),
    ),
}  # fmt: skip
