"""Exercises of data/exploring."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

Pairs = list[tuple[int, int]]


def _counts(labels: Tensor, num_classes: int) -> Tensor:
    if len(labels) and labels.max() >= num_classes:
        raise ValueError(f"labels must be below {num_classes}, got {int(labels.max())}")
    return torch.bincount(labels, minlength=num_classes)


def _unchecked(labels: Tensor, num_classes: int) -> Tensor:
    return torch.bincount(labels, minlength=num_classes)


def _labels(r: Draw) -> tuple:
    classes = r.int(1, 6)
    return r.integers(0, classes + r.choice(0, 0, 0, 2), r.size()), classes


def _equal(rows: Callable = lambda table: table, once: bool = False) -> Callable:
    """Build a search for equal rows; `rows` is what is compared of a table."""

    def exact_duplicates(first: Tensor, second: Tensor) -> Pairs:
        equal = (rows(first)[:, None] == rows(second)).all(dim=2)
        if once:
            equal &= equal.cumsum(dim=1) == 1
        return [tuple(pair) for pair in equal.nonzero().tolist()]

    return exact_duplicates


def _same_place(first: Tensor, second: Tensor) -> Pairs:
    return [(i, i) for i, (a, b) in enumerate(zip(first, second, strict=False))
            if torch.equal(a, b)]


def _two_tables(r: Draw) -> tuple:
    (n, m), d = r.sizes(2), r.int(1, 3)
    first, second = r.integers(0, 3, n, d), r.integers(0, 3, m, d)
    return first / r.choice(1, 2), second / r.choice(1, 2)


def _folds(
    order: Callable = lambda size, group: (-size, group),
    load: Callable = lambda size: size,
    choose: Callable = lambda loads: loads.index(min(loads)),
) -> Callable:
    """Build a split into folds by groups; each argument is a place for a fault."""

    def grouped_folds(groups: Tensor, num_folds: int) -> Tensor:
        found, sizes = groups.unique(return_counts=True)
        loads, result = [0] * num_folds, torch.zeros_like(groups)
        pairs = zip(sizes.tolist(), found.tolist(), strict=True)
        for size, group in sorted(pairs, key=lambda pair: order(*pair)):
            fold = choose(loads)
            loads[fold] += load(size)
            result[groups == group] = fold
        return result

    return grouped_folds


def _correlated(
    value: Callable = torch.abs, constant: Callable = lambda x: x.amax(0) == x.amin(0),
    both: bool = False, table: Callable = lambda x: torch.corrcoef(x.T),
    limit: Callable = lambda threshold: threshold,
) -> Callable:
    """Build a search for correlated columns; each argument is a place for a fault."""

    def correlated_pairs(x: Tensor, threshold: float) -> Pairs:
        strong = value(table(x)).reshape(x.shape[1], x.shape[1]) > limit(threshold)
        strong[constant(x)] = False
        strong[:, constant(x)] = False
        strong = strong.fill_diagonal_(False) if both else strong.triu(diagonal=1)
        return [tuple(pair) for pair in strong.nonzero().tolist()]

    return correlated_pairs


def _columns(r: Draw) -> tuple:
    kind = {"dtype": torch.float64, "ties": False}
    x = r.tensor(12, r.int(1, 3), scale=1.0, offset=0.0, **kind)
    noise = r.tensor(12, 2, scale=r.choice(0.01, 0.5, 1.0), offset=0.0, **kind)
    mixed = x[:, :1] * torch.tensor([3.0, -5.0]) + noise
    columns = [*x.T, *mixed.T, torch.full((12,), r.choice(0.1, 0.3, 5.0)).double()]
    x = torch.stack(r.shuffled(columns), dim=1) * r.choice(1.0, 1e-3, 1e3)
    return x + r.choice(0.0, 100.0), r.choice(0.3, 0.6, 0.95)


def _edges() -> list[tuple]:
    """Return constant columns that seem to vary after rounding, and an r that is 1."""
    same = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    constant = [(torch.tensor([[0.01, 0.1, 0.3]] * n), 0.5) for n in (3, 7, 9)]
    return [*constant, (same, 1.0)]


def _cosine(x: Tensor) -> Tensor:
    return torch.nn.functional.cosine_similarity(x.T[:, None], x.T[None], dim=2)


EXERCISES = {
    "class_counts": Exercise(
        reference=_counts,
        cases=_labels,
        fixed=lambda: [(torch.tensor([1, 0, 1]), 3), (torch.tensor([0, 3]), 3)],
        mistakes={
            "A label that is too large passes and makes the result longer.": _unchecked,
            "Classes that do not occur are missing: each class has a count.":
                lambda y, n: (_counts(y, n), y.unique(return_counts=True)[1])[1],
            "The last classes are missing where they do not occur.":
                lambda y, n: (_counts(y, n), torch.bincount(y))[1],
            "The counts are sorted: which class is which?":
                lambda y, n: _counts(y, n).sort(descending=True).values,
            "Shares are not counts.": lambda y, n: _counts(y, n) / max(len(y), 1),
            "num_classes itself is no label: they begin at 0.":
                lambda y, n: _counts(y, n + 1)[:n],
            "Labels that are too large are left out here without a word.":
                lambda y, n: _unchecked(y[y < n], n),
            "There is no largest label among none: what of an empty part?":
                lambda y, n: (y.max(), _counts(y, n))[1],
        },
    ),
    "exact_duplicates": Exercise(
        reference=_equal(),
        cases=_two_tables,
        fixed=lambda: [(torch.tensor([[1, 2]]), torch.tensor([[2, 1], [0, 3], [1, 2]])),
                       (torch.tensor([[1, 1]]), torch.tensor([[1, 1], [1, 1]]))],
        mistakes={
            "Rows with the same sum are not the same rows.":
                _equal(lambda t: t.sum(1, keepdim=True)),
            "The same numbers in another order are another row.":
                _equal(lambda t: t.sort(dim=1).values),
            "Another equal row may follow the first.": _equal(once=True),
            "Only rows at the same index are compared.": _same_place,
            "Rounded numbers are equal too soon.": _equal(lambda t: t.long()),
            "The indices are in the wrong order: i belongs to the first table.":
                lambda a, b: [(i, j) for j, i in _equal()(b, a)],
            "Only the first column is compared.": _equal(lambda t: t[:, :1]),
            "These are the rows without a partner.": lambda a, b: [
                (i, j) for i in range(len(a)) for j in range(len(b))
                if not torch.equal(a[i], b[j])],
        },
    ),
    "grouped_folds": Exercise(
        reference=_folds(),
        cases=lambda r: (r.integers(0, r.int(1, 6), r.int(0, 14)) + r.choice(0, 7),
                         r.int(1, 4)),
        fixed=lambda: [(torch.tensor([5, 5, 5, 2, 2, 9, 9, 4]), 2)],
        mistakes={
            "Large groups that come late spoil the balance.":
                _folds(lambda size, group: group),
            "From the smallest group up: the largest come last and spoil the balance.":
                _folds(lambda size, group: (size, group)),
            "Groups are counted, not examples.": _folds(load=lambda size: 1),
            "The fullest fold gets the next group.":
                _folds(choose=lambda loads: loads.index(max(loads))),
            "In a tie the last fold is taken.": _folds(
                choose=lambda loads: len(loads) - 1 - loads[::-1].index(min(loads))),
            "Of groups of the same size, the larger number goes first here.":
                _folds(lambda size, group: (-size, -group)),
            "The examples are dealt out one by one: a group is torn apart.":
                lambda groups, n: torch.arange(len(groups)) % n,
            "The number of a group says nothing about the room that is left.":
                lambda groups, n: groups % n,
        },
    ),
    "correlated_pairs": Exercise(
        reference=_correlated(),
        cases=_columns,
        fixed=_edges,
        contract=Contract(exact=True),
        mistakes={
            "A falling relation is one, too.": _correlated(lambda r: r),
            "Each pair is there twice.": _correlated(both=True),
            "Rows are compared, not columns.": _correlated(
                table=lambda x: torch.corrcoef(x)[: x.shape[1], : x.shape[1]]),
            "The mean was not taken out: far from 0 all columns look alike.":
                _correlated(table=_cosine),
            "r squared is smaller than |r|.": _correlated(torch.square),
            "The threshold is an argument.": _correlated(limit=lambda t: 0.95),
            "Rounding gives a constant column a tiny spread: is NaN sure to come?":
                _correlated(constant=lambda x: torch.zeros(x.shape[1]).bool()),
            "A covariance grows with the scale of its columns.":
                _correlated(table=lambda x: torch.cov(x.T)),
        },
    ),
}
