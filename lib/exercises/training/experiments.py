"""Exercises of training/experiments."""

import math
from statistics import NormalDist

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def two_factors(table):
    (a, b), (c, d) = table
    return {
        "first": (c + d - a - b) / 2,
        "second": (b + d - a - c) / 2,
        "both": (a + d - b - c) / 2,
    }


def _table(r: Draw) -> tuple:
    table = r.tensor(2, 2, r.size(least=1), scale=1.0, offset=0.0, ties=False)
    return (table.double(),)


def risk(better, worse):
    gaps = better[:, None] - worse
    return ((gaps < 0).double() + (gaps == 0).double() / 2).mean()


def _scores(r: Draw) -> tuple:
    n, m = r.sizes(2, least=1)
    return tuple(r.integers(80, 90, size).double() for size in (n, m))


def seeds_needed(differences, risk):
    ratio = differences.std() / differences.mean().abs()
    z = NormalDist().inv_cdf(1 - risk)
    return max(1, math.ceil((z * ratio) ** 2))


def _pilot(r: Draw) -> tuple:
    noise = r.tensor(r.size(least=2), dtype=torch.float64, scale=1.0, offset=0.0)
    sign = r.choice(-1.0, 1.0)
    return noise + sign * r.float(0.8, 2.0), r.choice(0.01, 0.05, 0.1, 0.3)


def _sorted_pairs(better, worse):
    n = min(len(better), len(worse))
    gaps = better[:n] - worse[:n]
    return ((gaps < 0).double() + (gaps == 0).double() / 2).mean()


def _searched(differences, risk):
    ratio = differences.mean().abs() / differences.std()
    n = 1
    while torch.special.ndtr(-(n**0.5) * ratio) > risk:
        n += 1
    return n + 1


EXERCISES = {
    "two_factors": Exercise(
        reference=two_factors,
        cases=_table,
        fixed=lambda: [
            (torch.tensor([[[84.0], [86.0]], [[70.0], [86.0]]], dtype=torch.float64),)
        ],
        mistakes={
            "first and second are exchanged: which axis is the first factor?":
                "(a, b), (c, d) = table -> (a, c), (b, d) = table",
            "The interaction lacks its half.": "(a + d - b - c) / 2 -> a + d - b - c",
            "A main effect is a difference of two means, each over two numbers.":
                "(c + d - a - b) / 2 -> (c + d - a - b) / 4",
            "A main effect is not the sum of both differences, but their mean.":
                "(b + d - a - c) / 2 -> b + d - a - c",
            "The sign of the interaction: ++ and -- count positive.":
                "(a + d - b - c) -> (b + c - a - d)",
            "The first effect has the wrong sign: second level minus first.":
                "(c + d - a - b) -> (a + b - c - d)",
            "The second effect has the wrong sign: second level minus first.":
                "(b + d - a - c) -> (a + c - b - d)",
            "This is the effect at the first level of the other factor only.":
                "(c + d - a - b) / 2 -> c - a",
            "One value for each seed is wanted, not their mean.":
                "(c, d) = table -> (c, d) = table.mean(-1, keepdim=True)",
        },
    ),
    "risk": Exercise(
        reference=risk,
        cases=_scores,
        fixed=lambda: [
            (torch.tensor([3.0, 1.0]), torch.tensor([1.0, 2.0])),
            (torch.tensor([2.0]), torch.tensor([2.0, 1.0, 3.0])),
        ],
        contract=Contract(no_loop=True),
        mistakes={
            "A tie counts as half.": " / 2 -> ",
            "A tie counts as half, too: it is not right every time.":
                " + (gaps == 0).double() / 2 -> ",
            "This is how often the better one wins.": "gaps < 0 -> gaps > 0",
            "A number of pairs; a share of them is wanted.": "mean() -> sum()",
            "Runs were compared place by place; any two may meet.": _sorted_pairs,
            "The means are compared: single runs are wanted.":
                "better[:, None] - worse -> better.mean() - worse.mean()",
            "Each run of one setting is compared with the mean of the other only.":
                "better[:, None] - worse -> better[:, None] - worse.mean()",
            "Percentages were not asked for.": ".mean() -> .mean() * 100",
            "A table of answers: their mean is wanted.": ".mean() -> ",
        },
    ),
    "seeds_needed": Exercise(
        reference=seeds_needed,
        cases=_pilot,
        fixed=lambda: [
            (torch.tensor([1.0, 3.0], dtype=torch.float64), 0.05),
            (torch.tensor([-0.1, -0.5, 0.3], dtype=torch.float64), 0.05),
            (torch.tensor([2.0, 2.1], dtype=torch.float64), 0.4),
        ],
        mistakes={
            "Rounded down, the risk is larger than allowed.": "ceil -> floor",
            "The number of seeds grows with the square.": " ** 2 ->  ** 1",
            "The scatter of the mean was taken; that of one difference is wanted.":
                "differences.std() -> differences.std() / len(differences) ** 0.5",
            "Upside down: a small gap needs more seeds.":
                "differences.std() / differences.mean().abs() -> "
                "differences.mean().abs() / differences.std()",
            "The risk is on one side only: the order can be wrong in one way.":
                "1 - risk -> 1 - risk / 2",
            "At least one seed.": "max(1, math.ceil((z * ratio) ** 2)) -> "
                "max(0, round(((z * ratio) ** 2).item()))",
            "The differences are a sample: which correction has its scatter?":
                "std() -> std(correction=0)",
            "The variance stands where the scatter belongs.": "std() -> var()",
            "That is one seed too many.": _searched,
        },
    ),
}  # fmt: skip
