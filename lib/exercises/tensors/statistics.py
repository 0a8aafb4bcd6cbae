"""Exercises of tensors/statistics."""

import torch

from lib.book.draw import Draw
from lib.book.exercise import Exercise
from lib.core.seed import make_generator


def best_of_rows(scores, items):
    indices = scores.argmax(dim=1, keepdim=True)
    return items.gather(1, indices).squeeze(1)


def _scored(r: Draw) -> tuple:
    B, N = r.size(), r.size(least=1)
    return r.tensor(B, N), r.tensor(B, N, dtype=r.choice(torch.float32, torch.int64))


def merge(first, second):
    (n1, mean1, var1), (n2, mean2, var2) = first, second
    n = n1 + n2
    mean = (n1 * mean1 + n2 * mean2) / n
    within = (n1 * var1 + n2 * var2) / n
    return n, mean, within + n1 * n2 * (mean1 - mean2) ** 2 / n**2


def _summary(r: Draw) -> tuple:
    scale = r.choice(0.1, 1.0, 100.0)
    return r.int(1, 50), scale * r.float(-3, 3), r.choice(0.0, scale**2 * r.float(0, 2))


def bootstrap_error(values, num_draws, generator):
    draws = torch.randint(len(values), (num_draws, len(values)), generator=generator)
    return values[draws].mean(dim=1).std().item()


def _three_times(error, values, seed):
    return [error(values, 2000, make_generator(s)) for s in (seed, seed, seed + 1)]


def _near(results, values, seed):
    theory = values.std(correction=0).item() / len(values) ** 0.5
    return abs(results[0] / theory - 1) < 0.1


EXERCISES = {
    "best_of_rows": Exercise(
        reference=best_of_rows,
        cases=_scored,
        fixed=lambda: [(torch.tensor([[1.0, 3.0], [9.0, 9.0]]), torch.eye(2))],
        mistakes={
            "The best of each column: which axis has the items of one row?":
                "items.gather(1, indices).squeeze(1) -> "
                "items.gather(0, scores.argmax(0, keepdim=True))[0]",
            "The largest item, whatever the scores say.":
                lambda scores, items: items.amax(1),
            "Those are indices; the items stand there.":
                "items.gather(1, indices) -> indices",
            "That is the score of the best, not the item.":
                "items.gather -> scores.gather",
            "Of equal scores, the first counts.":
                "scores.argmax(dim=1 -> "
                "scores.shape[1] - 1 - scores.flip(1).argmax(dim=1",
            "The lowest score is the worst.": "argmax -> argmin",
            "The result has one axis, (B,).": ".squeeze(1) -> ",
            "squeeze() without a number also drops an axis B of size 1.":
                "squeeze(1) -> squeeze()",
            "A list of indices takes those columns of every row.":
                "items.gather(1, indices).squeeze(1) -> items[:, indices[:, 0]]",
        },
    ),
    "merge": Exercise(
        reference=merge,
        cases=lambda r: (_summary(r), _summary(r)),
        fixed=lambda: [((2, 2.0, 1.0), (2, 6.0, 1.0)), ((1, 0.0, 0.0), (3, 4.0, 2.0))],
        mistakes={
            "A part of 50 says more about the mean than a part of 1.":
                "(n1 * mean1 + n2 * mean2) / n -> (mean1 + mean2) / 2",
            "Parts that lie apart make a wide whole: how far apart are the means?":
                " + n1 * n2 * (mean1 - mean2) ** 2 / n**2 -> ",
            "A part of 50 says more about the variance than a part of 1.":
                "(n1 * var1 + n2 * var2) / n -> (var1 + var2) / 2",
            "With correction=0 the count divides, not the count minus 1.":
                "(n1 * var1 + n2 * var2) / n -> "
                "((n1 - 1) * var1 + (n2 - 1) * var2) / max(n - 2, 1)",
            "The shares of both parts count in the distance: n is there twice.":
                "n**2 -> n",
            "The distance to the common mean is less than that to the other part.":
                "n1 * n2 * (mean1 - mean2) ** 2 / n**2 -> (mean1 - mean2) ** 2",
            "The square of the distance, not the distance.":
                "(mean1 - mean2) ** 2 -> abs(mean1 - mean2)",
            "Variances of sums add up; these are parts of one set.":
                "(n1 * var1 + n2 * var2) / n -> var1 + var2",
            "Three numbers are wanted, the count first.": "return n, -> return ",
        },
    ),
    "bootstrap_error": Exercise(
        reference=bootstrap_error,
        cases=lambda r: (r.tensor(r.int(25, 60), ties=False), r.int(0, 999)),
        use=_three_times,
        equal=False,
        rtol=0.15,
        draws=10,
        laws={
            "a float": lambda results, *_: type(results[0]) is float,
            "about the standard deviation, divided by the root of the count": _near,
            "the same again for a generator with the same seed":
                lambda results, *_: results[0] == results[1],
            "something else for another generator":
                lambda results, *_: results[0] != results[2],
        },
        mistakes={
            "Without replacement each resample is the whole, in another order.":
                "values[draws] -> "
                "torch.stack([values[row.argsort()] for row in draws])",
            "That is the spread of the numbers, not of their mean.":
                "mean(dim=1).std() -> std(dim=1).mean()",
            "That is the variance of the means.": "std() -> var()",
            "num_draws resamples of len(values) each, not the other way round.":
                "(num_draws, len(values)) -> (len(values), num_draws)",
            "The spread of the means is the answer; no root is missing.":
                "std() -> std().div(len(values) ** 0.5)",
            "A float, not a tensor: .item() makes one.": ".item() -> ",
            "The generator is not used: draw from it alone.":
                "generator=generator -> generator=make_generator(0)",
            "The global generator was drawn from.": ", generator=generator -> ",
            "That is the mean of the means.": "std() -> mean()",
            "Medians scatter more than means.": "mean(dim=1) -> median(dim=1).values",
        },
    ),
}
