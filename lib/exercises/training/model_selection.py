"""Exercises of training/model_selection."""

import torch

from lib.book.draw import Draw
from lib.book.exercise import Exercise


def fold_sizes(n, k):
    return [n // k + (fold < n % k) for fold in range(k)]


def _sizes(r: Draw) -> tuple:
    k = r.int(2, 9)
    return k + r.int(0, 40), k


def _last_smaller(n, k):
    size = -(-n // k)
    return [min(size, max(0, n - fold * size)) for fold in range(k)]


def one_standard_error(errors):
    means = errors.mean(dim=1)
    best = means.argmin()
    allowed = means[best] + errors[best].std() / errors.shape[1] ** 0.5
    return int((means <= allowed).int().argmax())


def _errors(r: Draw) -> tuple:
    M, K = r.int(1, 7), r.int(2, 6)
    noise = r.tensor(M, K, scale=1.0, offset=0.0, ties=False)
    drop = r.tensor(M, 1, scale=r.choice(0.3, 1.0), offset=0.0, ties=False).abs()
    return ((10 + noise - drop.sort(dim=0).values).double(),)


def _own_error(errors):
    means = errors.mean(dim=1)
    own = errors.std(dim=1) / errors.shape[1] ** 0.5
    return int((means - own <= means.min()).int().argmax())


def _most_complex(errors):
    means = errors.mean(dim=1)
    best = means.argmin()
    allowed = means[best] + errors[best].std() / errors.shape[1] ** 0.5
    return int((means <= allowed).nonzero()[-1])


def stopping_point(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            return epoch + 1, best + 1
    return len(losses), best + 1


def _losses(r: Draw) -> tuple:
    return [r.int(1, 9) / 2 for _ in range(r.int(1, 14))], r.int(1, 4)


def _best_of_all(losses, patience):
    stop, _ = stopping_point(losses, patience)
    return stop, losses.index(min(losses)) + 1


def _rises(losses, patience):
    waited = 0
    for epoch in range(1, len(losses)):
        waited = waited + 1 if losses[epoch] >= losses[epoch - 1] else 0
        if waited >= patience:
            return epoch + 1, losses.index(min(losses[: epoch + 1])) + 1
    return len(losses), losses.index(min(losses)) + 1


def _never_reset(losses, patience):
    best, waited = 0, 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch:
            waited += 1
        if waited >= patience:
            return epoch + 1, best + 1
    return len(losses), best + 1


EXERCISES = {
    "fold_sizes": Exercise(
        reference=fold_sizes,
        cases=_sizes,
        fixed=lambda: [(7, 3), (6, 3), (17, 5), (3, 3)],
        mistakes={
            "The remainder is lost: do the sizes add up to n?": " + (fold < n % k) -> ",
            "The last fold took the whole remainder: sizes differ by one at most.":
                lambda n, k: [n // k] * (k - 1) + [n - (k - 1) * (n // k)],
            "The first fold took the whole remainder: sizes differ by one at most.":
                lambda n, k: [n - (k - 1) * (n // k)] + [n // k] * (k - 1),
            "The larger folds come first.": "fold < n % k -> k - fold <= n % k",
            "Rounded up, the last fold is left with too little.": _last_smaller,
            "Sizes are whole numbers.": "n // k + (fold < n % k) -> n / k",
            "Rounded sizes need not add up to n.":
                "n // k + (fold < n % k) -> round(n / k)",
            "One fold too many is larger.": "fold < n % k -> fold <= n % k",
            "There are k folds.": "range(k) -> range(k + 1)",
        },
    ),
    "one_standard_error": Exercise(
        reference=one_standard_error,
        cases=_errors,
        fixed=lambda: [
            (torch.tensor([[2.0, 2.0], [1.0, 1.0]], dtype=torch.float64),)
        ],
        mistakes={
            "That is the model with the lowest mean; is a simpler one close enough?":
                "return int((means <= allowed).int().argmax()) -> return int(best)",
            "Of those that qualify, the simplest is wanted, not the most complex.":
                _most_complex,
            "The standard error is that of the best model, not of each.": _own_error,
            "A standard deviation: the mean of K folds scatters less.":
                " / errors.shape[1] ** 0.5 -> ",
            "Divide by the root of K.": " ** 0.5 -> ",
            "Folds are a sample: which correction?": ".std() -> .std(correction=0)",
            "Two standard errors: one was asked for.":
                "errors[best].std() -> 2 * errors[best].std()",
            "K is the number of folds, not of models.":
                "errors.shape[1] -> errors.shape[0]",
            "Compare means over folds, not the best fold of each.":
                "errors.mean(dim=1) -> errors.amin(dim=1)",
        },
    ),
    "stopping_point": Exercise(
        reference=stopping_point,
        cases=_losses,
        fixed=lambda: [
            ([3, 2, 2, 2, 1], 2), ([3, 2, 4, 1], 5), ([1.0, 2.0, 3.0, 0.5], 2),
            ([5, 4, 4.5, 3, 3.5, 3.6, 1], 2), ([2.0], 1),
        ],
        mistakes={
            "A tie is no improvement.": "loss < -> loss <=",
            "Epochs count from 1: how many ran?":
                "epoch + 1, best + 1 -> epoch, best + 1",
            "The best epoch counts from 1, too.": "best + 1 -> best",
            "One epoch too long: patience is how many may pass without improvement.":
                ">= patience -> > patience",
            "The best epoch must be one that ran.": _best_of_all,
            "Compare with the best so far, not with the epoch before.": _rises,
            "An improvement starts the wait anew.": _never_reset,
            "The pair is in the wrong order.":
                "return epoch + 1, best + 1 -> return best + 1, epoch + 1",
            "If it never stops, all epochs ran.":
                "return len(losses), best -> return best + 1, best",
        },
    ),
}  # fmt: skip
