"""Exercises of start/gpu_setup."""

import math
from itertools import pairwise

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise
from lib.start.versions import is_older, minimum_driver


def chain_tflops(sizes, seconds):
    rows, *rest = sizes
    operations = sum(2 * rows * inner * columns for inner, columns in pairwise(rest))
    return operations / seconds / 1e12


def newest_torch(driver, builds):
    pairs = [(name, cuda) for name, cudas in builds.items() for cuda in cudas]
    found = [pair for pair in pairs if not is_older(driver, minimum_driver(pair[1]))]

    def number(pair):
        return [[int(part) for part in version.split(".")] for version in pair]

    return max(found, key=number, default=None)


def _builds(r: Draw) -> tuple:
    driver = r.choice("390.157", "470.82.01", "525", "550.163.01", "570.9", "580.65.06")
    cudas = ("11.8", "12.4", "12.6", "12.8", "13.0", "13.2")
    releases = r.shuffled(["2.6", "2.9", "2.10", "2.13"])[: r.int(1, 4)]
    return driver, {name: tuple(r.shuffled(cudas)[: r.int(1, 3)]) for name in releases}


def count_outside(result, reference):
    eps = torch.finfo(result.dtype).eps
    allowed = 4 * eps * reference.abs().clamp(min=1)
    inside = (result.double() - reference).abs() <= allowed
    return int((~inside).sum())


def _results(r: Draw) -> tuple:
    shape = r.choice((5,), (3, 2), (0,), ())
    reference = r.tensor(*shape, dtype=torch.float64, scale=r.choice(1e-3, 1.0, 300.0))
    dtype = r.choice(torch.float32, torch.bfloat16, torch.float16)
    unit = torch.finfo(dtype).eps * reference.abs().clamp(min=1)
    result = (reference + r.integers(-7, 8, *shape) * unit).to(dtype)
    if r.choice(True, False, False):
        result = torch.where(r.mask(*shape, share=0.3), torch.nan, result)
    return result, reference


EXERCISES = {
    "chain_tflops": Exercise(
        reference=chain_tflops,
        cases=lambda r: (
            [r.int(1, 900) for _ in range(r.int(2, 5))], r.float(0.001, 3.0)),
        fixed=lambda: [([1000, 2000, 500], 0.001), ([30, 40], 2.0)],
        rtol=1e-9,
        mistakes={
            "A product adds as often as it multiplies.": "2 * rows -> rows",
            "These are GFLOP/s.": "1e12 -> 1e9",
            "Each product is counted as if the left one were the next matrix alone.":
                lambda s, t: 2e-12 / t * sum(
                    math.prod(s[at : at + 3]) for at in range(len(s) - 2)),
            "All sizes at once: that is one product of nothing.":
                lambda s, t: 2 * math.prod(s) / t / 1e12,
            "Only the last product.": "pairwise(rest) -> pairwise(rest[-2:])",
            "Only the first product.": "pairwise(rest) -> pairwise(rest[:2])",
            "From right to left: that costs something else.":
                "= sizes -> = sizes[::-1]",
            "Time is what it is divided by.": "/ seconds -> * seconds",
            "The caller's list is emptied.":
                "rows, *rest = sizes -> rows, rest = sizes.pop(0), sizes",
        },
    ),
    "newest_torch": Exercise(
        reference=newest_torch,
        cases=_builds,
        fixed=lambda: [("525", {"2.9": ("12.6",), "2.13": ("12.6", "13.0")})],
        mistakes={
            "As strings, 2.9 comes after 2.13.": ", key=number -> ",
            "The CUDA version decides first here.": "in pair] -> in pair[::-1]]",
            "The order in the dictionary means nothing.":
                "key=number -> key=lambda pair: 0",
            "The oldest, not the newest.": "max -> min",
            "The oldest driver that runs a build does run it.":
                "not is_older(driver, minimum_driver(pair[1])) -> "
                "is_older(minimum_driver(pair[1]), driver)",
            "A build that does not run is offered.":
                "not is_older(driver, minimum_driver(pair[1])) -> True",
            "If one build of the newest release does not run, another may.":
                "max(found -> max([pair for pair in found if pair[1] == found[0][1]]",
            "Nothing runs: that is an answer, not an error.": ", default=None -> ",
        },
    ),
    "count_outside": Exercise(
        reference=count_outside,
        cases=_results,
        fixed=lambda: [
            (torch.tensor([2048.0]).half(), torch.tensor([2056.5]).double()),
            (torch.tensor([torch.nan, 1.0, torch.inf]), torch.ones(3).double())],
        contract=Contract(exact=True),
        mistakes={
            "Comparisons with NaN are false, this one, too.":
                "abs() <= allowed -> abs() <= allowed\n    inside |= result.isnan()",
            "Nothing is allowed here for rounding.": "<= allowed -> <= 0",
            "eps belongs to the dtype of the result.": "result.dtype -> torch.float32",
            "The comparison is rounded, too: both must be float64.":
                "result.double() - reference -> result - reference.to(result.dtype)",
            "Near 0 nearly nothing is allowed here.": ".clamp(min=1) -> ",
            "A negative reference has a size, too.": "reference.abs() -> reference",
            "A share is no number of elements.":
                "int((~inside).sum()) -> (~inside).double().mean().item()",
            "The tolerance does not grow with the reference.":
                "* reference.abs().clamp(min=1) -> ",
            "These are the right ones.": "~inside -> inside",
            "An int is wanted, not a tensor.":
                "int((~inside).sum()) -> (~inside).sum()",
        },
    ),
}
