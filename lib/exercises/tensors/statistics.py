"""Exercises of tensors/statistics."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.book.draw import Draw
from lib.book.exercise import Exercise
from lib.core.seed import make_generator

Summary = tuple[int, float, float]


def _best(
    scores: Tensor, items: Tensor, place: Callable = lambda s: s.argmax(1, keepdim=True)
) -> Tensor:
    return items.gather(1, place(scores))[:, 0]


def _scored(r: Draw) -> tuple:
    B, N = r.size(), r.size(least=1)
    return r.tensor(B, N), r.tensor(B, N, dtype=r.choice(torch.float32, torch.int64))


def _summary(r: Draw) -> Summary:
    scale = r.choice(0.1, 1.0, 100.0)
    return r.int(1, 50), scale * r.float(-3, 3), r.choice(0.0, scale**2 * r.float(0, 2))


def _merged(
    mean: Callable = lambda n, k, a, b: (n * a + k * b) / (n + k),
    within: Callable = lambda n, k, v, w: (n * v + k * w) / (n + k),
    between: Callable = lambda n, k, distance: n * k * distance**2 / (n + k) ** 2,
    result: Callable = lambda *summary: summary,
) -> Callable:
    """Build a merge from the mean, the variance within parts, and that between them."""

    def merge(first: Summary, second: Summary) -> Summary:
        (n, a, v), (k, b, w) = first, second
        return result(n + k, mean(n, k, a, b), within(n, k, v, w) + between(n, k, a - b))

    return merge


def _bootstrap(
    statistic: Callable = lambda samples: samples.mean(1).std(),
    draw: Callable = lambda n, k, g: torch.randint(n, (k, n), generator=g),
) -> Callable:
    """Build a bootstrap from what it makes of the resamples, and how it draws them."""

    def bootstrap_error(values: Tensor, num_draws: int, generator: torch.Generator) -> float:
        return statistic(values[draw(len(values), num_draws, generator)]).item()

    return bootstrap_error


def _three_times(error: Callable, values: Tensor, seed: int) -> list[float]:
    return [error(values, 2000, make_generator(s)) for s in (seed, seed, seed + 1)]


def _near(results: list[float], values: Tensor, seed: int) -> bool:
    return abs(results[0] / values.std(correction=0).item() * len(values) ** 0.5 - 1) < 0.1


EXERCISES = {
    "best_of_rows": Exercise(
        reference=_best,
        cases=_scored,
        fixed=lambda: [(torch.tensor([[1.0, 3.0], [9.0, 9.0]]), torch.tensor([[1, 2], [3, 4]]))],
        mistakes={
            "The best of each column: which axis has the items of one row?":
                lambda scores, items: items.gather(0, scores.argmax(0, keepdim=True))[0],
            "The largest item, whatever the scores say.":
                lambda scores, items: items.amax(1),
            "Those are indices; the items stand there.":
                lambda scores, items: scores.argmax(1),
            "That is the score of the best, not the item.":
                lambda scores, items: scores.amax(1),
            "Of equal scores, the first counts.": lambda scores, items: _best(
                scores.flip(1), items.flip(1)),
            "The lowest score is the worst.": lambda scores, items: _best(-scores, items),
            "The result has one axis, (B,).": lambda scores, items: items.gather(
                1, scores.argmax(1, keepdim=True)),
            "squeeze() without a number also drops an axis B of size 1.":
                lambda scores, items: items.gather(
                    1, scores.argmax(1, keepdim=True)).squeeze(),
            "A list of indices takes those columns of every row.":
                lambda scores, items: items[:, scores.argmax(1)],
        },
    ),
    "merge": Exercise(
        reference=_merged(),
        cases=lambda r: (_summary(r), _summary(r)),
        fixed=lambda: [((2, 2.0, 1.0), (2, 6.0, 1.0)), ((1, 0.0, 0.0), (3, 4.0, 2.0))],
        mistakes={
            "A part of 50 says more about the mean than a part of 1.":
                _merged(mean=lambda n, k, a, b: (a + b) / 2),
            "Parts that lie apart make a wide whole: where is the distance of the means?":
                _merged(between=lambda n, k, distance: 0.0),
            "A part of 50 says more about the variance than a part of 1.":
                _merged(within=lambda n, k, v, w: (v + w) / 2),
            "With correction=0 the count divides, not the count minus 1.": _merged(
                within=lambda n, k, v, w: ((n - 1) * v + (k - 1) * w) / max(n + k - 2, 1)),
            "The squares of the distance count with n k / (n + k)², once.":
                _merged(between=lambda n, k, distance: n * k * distance**2 / (n + k)),
            "The parts' distances to the common mean are not all of the distance.":
                _merged(between=lambda n, k, distance: distance**2),
            "The square of the distance, not the distance.":
                _merged(between=lambda n, k, distance: n * k * abs(distance) / (n + k) ** 2),
            "Variances of independent sums add up; these are parts of one set.":
                _merged(within=lambda n, k, v, w: v + w),
            "That is the standard deviation.":
                _merged(result=lambda n, mean, variance: (n, mean, variance**0.5)),
            "Three numbers are wanted, the count first.":
                _merged(result=lambda n, mean, variance: (mean, variance)),
        },
    ),
    "bootstrap_error": Exercise(
        reference=_bootstrap(),
        cases=lambda r: (r.tensor(r.int(25, 60), ties=False), r.int(0, 999)),
        use=_three_times,
        equal=False,
        rtol=0.15,
        draws=10,
        laws={
            "a float": lambda results, *_: type(results[0]) is float,
            "about the standard deviation, divided by the root of the count": _near,
            "the same again for a generator with the same seed": lambda results, *_:
                results[0] == results[1],
            "something else for another generator": lambda results, *_:
                results[0] != results[2],
        },
        mistakes={
            "Without replacement each resample is the whole, in another order.": _bootstrap(
                draw=lambda n, k, g: torch.stack(
                    [torch.randperm(n, generator=g) for _ in range(k // 20)])),
            "That is the spread of the numbers, not of their mean.":
                _bootstrap(lambda samples: samples.std(1).mean()),
            "That is the variance of the means.":
                _bootstrap(lambda samples: samples.mean(1).var()),
            "num_draws resamples of len(values) each, not the other way round.":
                _bootstrap(draw=lambda n, k, g: torch.randint(n, (n, k), generator=g)),
            "The spread of the means is the answer already; no root is missing.": _bootstrap(
                lambda samples: samples.mean(1).std() / samples.shape[1] ** 0.5),
            "A float, not a tensor: .item() makes one.": lambda values, num_draws, generator:
                torch.tensor(_bootstrap()(values, num_draws, generator)),
            "The generator is not used: draw from it alone.": _bootstrap(
                draw=lambda n, k, g: torch.randint(n, (k, n), generator=make_generator(0))),
            "The global generator was drawn from: pass generator=generator.":
                _bootstrap(draw=lambda n, k, g: torch.randint(n, (k, n))),
            "That is the mean of the means.": _bootstrap(lambda samples: samples.mean()),
            "Medians scatter more than means.":
                _bootstrap(lambda samples: samples.median(1).values.std()),
        },
    ),
}
