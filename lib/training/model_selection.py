"""Choosing a model: folds for cross-validation, early stopping, the winner's luck."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from lib.core.shapes import check_shape
from lib.training.fit import Callback, History


def k_folds(num_examples: int, k: int, *, order: Tensor | None = None) -> Tensor:
    """Return the fold, 0 to k − 1, in which each example is held out.

    The rows are cut into k runs whose lengths differ by one at most. Pass a random
    permutation as `order` to shuffle the rows first.

    Shapes: order (N,) -> (N,) int64.
    Raises: ValueError if `k` is not from 2 to N or `order` is not a permutation.
    Same as: sklearn.model_selection.KFold, if `order` is its shuffled order.
    """
    order = _checked(num_examples, k, order)
    small, longer = divmod(num_examples, k)
    sizes = torch.tensor([small + 1] * longer + [small] * (k - longer))
    folds = torch.empty(num_examples, dtype=torch.int64)
    folds[order] = torch.arange(k).repeat_interleave(sizes)
    return folds


def stratified_folds(labels: Tensor, k: int, *, order: Tensor | None = None) -> Tensor:
    """Return the fold of each example, with each class spread evenly over the folds.

    In a class the folds' shares differ by one example at most, and so do the folds.

    Shapes: labels (N,), order (N,) -> (N,) int64.
    Raises: ValueError if `k` is not from 2 to N or `order` is not a permutation.
    Same as: sklearn.model_selection.StratifiedKFold, without shuffling.
    """
    check_shape("labels", labels, "N")
    order = _checked(len(labels), k, order)
    folds, start = torch.empty(len(labels), dtype=torch.int64), 0
    for label in dict.fromkeys(labels[order].tolist()):
        members = order[labels[order] == label]
        # Deal out like cards, and go on with the next class where this one stopped.
        dealt = torch.arange(start, start + len(members)) % k
        folds[members] = dealt.sort().values
        start += len(members)
    return folds


def group_folds(groups: Tensor, k: int) -> Tensor:
    """Return the fold of each example, with each group in one fold as a whole.

    The largest group comes first, each into the fold that is smallest so far.

    Shapes: groups (N,) -> (N,) int64.
    Raises: ValueError if `k` is below 2 or above the number of groups.
    Same as: sklearn.model_selection.GroupKFold, without shuffling.
    """
    check_shape("groups", groups, "N")
    names, members = groups.unique(return_inverse=True)
    sizes = torch.bincount(members)
    if not 2 <= k <= len(names):
        raise ValueError(f"k must be from 2 to the {len(names)} groups, got {k}")
    totals = torch.zeros(k, dtype=torch.int64)
    fold_of_group = torch.empty(len(names), dtype=torch.int64)
    for group in sizes.argsort(stable=True).flip(0).tolist():
        smallest = totals.argmin()
        fold_of_group[group] = smallest
        totals[smallest] += sizes[group]
    return fold_of_group[members]


def splits(folds: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield for each fold the rows to train on and the rows held out, in order.

    Shapes: folds (N,) -> k pairs of (N − n,) and (n,) int64.
    """
    for fold in range(int(folds.max()) + 1):
        held_out = folds == fold
        yield (~held_out).nonzero()[:, 0], held_out.nonzero()[:, 0]


def cross_validate(score: Callable[[Tensor, Tensor], float], folds: Tensor) -> Tensor:
    """Return score(training rows, held-out rows) for each fold.

    Shapes: folds (N,) -> (k,) float64.
    """
    scores = [float(score(train, held_out)) for train, held_out in splits(folds)]
    return torch.tensor(scores, dtype=torch.float64)


def early_stopping(
    patience: int, *, monitor: str = "val_loss", min_delta: float = 0.0
) -> Callback:
    """Return a callback for `fit` that ends training when nothing improves any more.

    It does so after `patience` epochs in a row without an improvement: an entry that is
    lower by more than `min_delta` than at the last one. A NaN is no improvement.

    Raises: ValueError if `patience` is below 1 or `min_delta` below 0.
    """
    if patience < 1 or min_delta < 0:
        raise ValueError(
            "patience must be at least 1 and min_delta at least 0, "
            f"got {patience} and {min_delta}"
        )

    def callback(history: History) -> bool:
        lowest, waited = float("inf"), 0
        for record in history:
            improved = record[monitor] < lowest - min_delta
            lowest, waited = (record[monitor], 0) if improved else (lowest, waited + 1)
        return waited >= patience

    return callback


def expected_maximum(k: int) -> float:
    """Return how far the largest of k standard normal numbers lies above 0, on average.

    m_k = ∫₀^∞ (1 − Φ(x)ᵏ − Φ(−x)ᵏ) dx

    Raises: ValueError if `k` is below 1.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    x = torch.linspace(0, 12, 12_001, dtype=torch.float64)
    # 1 − Φᵏ without the rounding of Φ near 1
    above = -torch.expm1(k * torch.special.log_ndtr(x))
    below = torch.special.ndtr(-x) ** k
    return torch.trapezoid(above - below, x).item()


def _checked(num_examples: int, k: int, order: Tensor | None) -> Tensor:
    """Return the order, the given one or that of the rows, if it and k are possible."""
    if not 2 <= k <= num_examples:
        raise ValueError(f"k must be from 2 to the {num_examples} examples, got {k}")
    rows = torch.arange(num_examples)
    if order is None:
        return rows
    check_shape("order", order, num_examples)
    if not torch.equal(order.sort().values, rows):
        raise ValueError(f"order must hold each of 0 to {num_examples - 1} once")
    return order
