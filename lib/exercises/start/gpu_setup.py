"""Exercises of start/gpu_setup."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise
from lib.start.versions import is_older, minimum_driver

Builds = dict[str, tuple[str, ...]]


def _visible(
    unset: Callable = lambda n: list(range(n)), stop: bool = True, twice: bool = True,
    last: Callable = lambda n: n - 1, order: Callable = lambda cards: cards,
) -> Callable:
    """Build a reading of CUDA_VISIBLE_DEVICES; arguments are places for faults."""

    def visible_cards(setting: str | None, num_cards: int) -> list[int]:
        if setting is None:
            return unset(num_cards)
        cards = []
        for entry in setting.split(","):
            known = entry.isdecimal() and int(entry) <= last(num_cards)
            if not known and stop:
                break
            if known:
                cards.append(int(entry))
        if twice and len(set(cards)) < len(cards):
            return []
        return order(cards)

    return visible_cards


def _setting(r: Draw) -> tuple:
    num_cards = r.int(0, 4)
    entries = r.shuffled([str(i) for i in range(num_cards)])[: r.int(0, 4)]
    if r.choice(True, False):
        entries.insert(r.int(0, len(entries)), r.choice("7", "-1", str(num_cards), "0"))
    return r.choice(None, *[",".join(entries)] * 6), num_cards


def _speed(
    factor: float = 2.0, unit: float = 1e12,
    operations: Callable = lambda sizes: sum(
        sizes[0] * inner * columns for inner, columns in pairwise(sizes[1:])),
) -> Callable:
    return lambda sizes, seconds: factor * operations(sizes) / seconds / unit


def _eaten(sizes: list[int], seconds: float) -> float:
    operations = 0
    while len(sizes) > 2:
        operations += 2 * sizes[0] * sizes[1] * sizes[2]
        del sizes[1]
    return operations / seconds / 1e12


def _key(pair: tuple[str, str]) -> list:
    return [[int(part) for part in version.split(".")] for version in pair]


def _newest(
    key: Callable | None = _key, pick: Callable = max,
    runs: Callable = lambda driver, oldest: not is_older(driver, oldest),
    of: Callable = lambda found: found,
) -> Callable:
    """Build a search for the newest build; arguments are places for faults."""

    def newest_torch(driver: str, builds: Builds) -> tuple[str, str] | None:
        found = [(release, cuda) for release, versions in builds.items()
                 for cuda in versions if runs(driver, minimum_driver(cuda))]
        return pick(of(found), key=key, default=None)

    return newest_torch


def _builds(r: Draw) -> tuple:
    driver = r.choice("390.157", "470.82.01", "525", "550.163.01", "570.9", "580.65.06")
    cudas = ("11.8", "12.4", "12.6", "12.8", "13.0", "13.2")
    releases = r.shuffled(["2.6", "2.9", "2.10", "2.13"])[: r.int(1, 4)]
    return driver, {name: tuple(r.shuffled(cudas)[: r.int(1, 3)]) for name in releases}


def _outside(
    compare: Callable = lambda error, allowed: ~(error <= allowed),
    eps: Callable = lambda result: torch.finfo(result.dtype).eps,
    scale: Callable = lambda reference: reference.abs().clamp(min=1),
    error: Callable = lambda result, reference: (result.double() - reference).abs(),
    count: Callable = lambda wrong: int(wrong.sum()), factor: float = 4,
) -> Callable:
    """Build a count of the wrong elements; arguments are places for faults."""

    def count_outside(result: Tensor, reference: Tensor) -> object:
        allowed = factor * eps(result) * scale(reference)
        return count(compare(error(result, reference), allowed))

    return count_outside


def _own_dtype(result: Tensor, reference: Tensor) -> Tensor:
    return (result - reference.to(result.dtype)).abs().double()


def _results(r: Draw) -> tuple:
    shape = r.choice((5,), (3, 2), (0,), ())
    reference = r.tensor(*shape, dtype=torch.float64, scale=r.choice(1e-3, 1.0, 300.0))
    dtype = r.choice(torch.float32, torch.bfloat16, torch.float16)
    unit = torch.finfo(dtype).eps * reference.abs().clamp(min=1)
    off = r.integers(-7, 8, *shape) * unit
    result = (reference + off).to(dtype)
    if r.choice(True, False, False):
        result = torch.where(r.mask(*shape, share=0.3), torch.nan, result)
    return result, reference


EXERCISES = {
    "chain_tflops": Exercise(
        reference=_speed(),
        cases=lambda r: (
            [r.int(1, 900) for _ in range(r.int(2, 5))], r.float(0.001, 3.0)),
        fixed=lambda: [([1000, 2000, 500], 0.001), ([30, 40], 2.0)],
        rtol=1e-9,
        mistakes={
            "A product adds as often as it multiplies.": _speed(factor=1.0),
            "These are GFLOP/s.": _speed(unit=1e9),
            "Each product is counted as if the left one were the next matrix alone.":
                _speed(operations=lambda s: sum(
                    a * b * c for a, b, c in zip(s, s[1:], s[2:], strict=False))),
            "All sizes at once: that is one product of nothing.": _speed(
                operations=lambda s: torch.tensor(s).double().prod().item()),
            "Only the last product.": _speed(
                operations=lambda s: s[0] * s[-2] * s[-1] if len(s) > 2 else 0),
            "Only the first product.": _speed(
                operations=lambda s: s[0] * s[1] * s[2] if len(s) > 2 else 0),
            "From right to left: that costs something else.": _speed(
                operations=lambda s: sum(s[-1] * b * a for a, b in pairwise(s[:-1]))),
            "Time is what it is divided by.": lambda s, t: _speed()(s, 1 / t),
            "The list of the caller is eaten up.": _eaten,
        },
    ),
    "visible_cards": Exercise(
        reference=_visible(),
        cases=_setting,
        fixed=lambda: [("1,0", 2), ("0,7,1", 2), ("", 2), (None, 2), ("0,0", 2)],
        contract=Contract(exact=True),
        mistakes={
            "What does not exist is skipped here; it also hides what follows.":
                _visible(stop=False),
            "The cards are sorted, but the setting decides which is cuda:0.":
                _visible(order=sorted),
            "A variable that is not set hides nothing.": _visible(unset=lambda n: []),
            "A card named twice is there twice.": _visible(twice=False),
            "A card named twice is there once; CUDA then shows none.": _visible(
                twice=False, order=lambda cards: list(dict.fromkeys(cards))),
            "Cards are counted from 0: the last one has which number?":
                _visible(last=lambda n: n),
            "An empty text is not the same as no text.": lambda setting, n: (
                _visible()(setting or None, n)),
            "PyTorch counts anew: these are its numbers, not those of the cards.":
                _visible(order=lambda cards: list(range(len(cards)))),
        },
    ),
    "newest_torch": Exercise(
        reference=_newest(),
        cases=_builds,
        fixed=lambda: [("525", {"2.9": ("12.6",), "2.13": ("12.6", "13.0")})],
        mistakes={
            "As texts, 2.9 comes after 2.13.": _newest(key=None),
            "The CUDA version decides first here.": _newest(
                key=lambda pair: _key(pair[::-1])),
            "The order in the dictionary means nothing.": _newest(key=lambda pair: 0),
            "The oldest, not the newest.": _newest(pick=min),
            "The oldest driver that runs a build does run it.": _newest(
                runs=lambda driver, oldest: is_older(oldest, driver)),
            "A build that does not run is offered.": _newest(runs=lambda *pair: True),
            "If one build of the newest release does not run, another may.": _newest(
                of=lambda found: [pair for pair in found if pair[1] == found[0][1]]),
            "Nothing runs: that is an answer, not an error.": lambda driver, builds: (
                _newest(of=lambda found: found or [][0])(driver, builds)),
        },
    ),
    "count_outside": Exercise(
        reference=_outside(),
        cases=_results,
        fixed=lambda: [
            (torch.tensor([2048.0]).half(), torch.tensor([2056.5]).double()),
            (torch.tensor([torch.nan, 1.0, torch.inf]), torch.ones(3).double())],
        contract=Contract(exact=True),
        mistakes={
            "Comparisons with NaN are false, this one, too.": _outside(
                lambda error, allowed: error > allowed),
            "Nothing is allowed here for rounding.": _outside(
                lambda error, allowed: ~(error <= 0)),
            "eps belongs to the dtype of the result.": _outside(
                eps=lambda result: torch.finfo(torch.float32).eps),
            "The comparison is rounded, too: both must be float64.": _outside(
                error=_own_dtype),
            "Near 0 nearly nothing is allowed here.": _outside(scale=torch.abs),
            "A negative reference has a size, too.": _outside(
                scale=lambda reference: reference.clamp(min=1)),
            "A share is no number of elements.": _outside(
                count=lambda wrong: wrong.double().mean().item()),
            "The tolerance does not grow with the reference.": _outside(
                scale=torch.ones_like),
            "These are the right ones.": _outside(
                lambda error, allowed: error <= allowed),
            "An int is wanted, not a tensor.": _outside(count=torch.sum),
        },
    ),
}
