"""Exercises of training/losses."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def smooth_targets(targets, num_classes, label_smoothing):
    shares = torch.full((len(targets), num_classes), label_smoothing / num_classes)
    shares[torch.arange(len(targets)), targets] += 1 - label_smoothing
    return shares


def _classes(r: Draw) -> tuple:
    B, C = r.sizes(2, least=2)
    return r.integers(0, C, B), C, r.choice(0.1, 0.25, 0.4)


def quantile_loss(predictions, targets, q):
    errors = targets - predictions
    return torch.where(errors > 0, q * errors, (q - 1) * errors).mean()


def _predictions(r: Draw) -> tuple:
    n = r.size(least=1)
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    return r.tensor(n, **near), r.tensor(n, **near), r.choice(0.1, 0.25, 0.9)


def masked_mean(losses, mask):
    counted = torch.where(mask, losses, 0)
    return counted.sum() / mask.sum().clamp(min=1)


def _masked(r: Draw) -> tuple:
    B, T = r.sizes(2, least=1)
    return r.tensor(B, T, scale=1.0, offset=3.0, ties=False), r.mask(B, T)


def without_weights(logits, weight):
    return (logits - weight.log()).softmax(dim=1)


def _weighted(r: Draw) -> tuple:
    B, C = r.sizes(2, least=2)
    weight = r.tensor(C, scale=1.0, offset=0.0, ties=False).abs() + 0.2
    return r.tensor(B, C, scale=1.0, offset=0.0, ties=False), weight


def _nothing_counts() -> list[tuple]:
    losses = torch.tensor([[1.0, float("inf")], [2.0, 4.0]])
    return [
        (losses[1:], torch.zeros(1, 2, dtype=torch.bool)),
        (losses, torch.tensor([[True, False], [True, True]])),
    ]


EXERCISES = {
    "smooth_targets": Exercise(
        reference=smooth_targets,
        cases=_classes,
        fixed=lambda: [(torch.tensor([1, 0, 1]), 2, 0.2)],
        mistakes={
            "Each class gets an equal share of the smoothing, so divide it by C.":
                "label_smoothing / num_classes) -> label_smoothing)",
            "The share is taken from the right class, or the row's sum is above 1.":
                "+= 1 - label_smoothing -> += 1",
            "The right class gets its equal share, too.":
                "+= 1 - label_smoothing -> = 1 - label_smoothing",
            "The right class ends with the smoothing and the others with the rest.":
                "shares[torch.arange(len(targets)), targets] += 1 - label_smoothing -> "
                "shares = 1 - shares",
            "Only the wrong classes share here: C - 1 in the place of C.":
                "label_smoothing / num_classes -> label_smoothing / (num_classes - 1)",
            "Nothing is smoothed.": "label_smoothing / num_classes) -> 0.0)",
            "The right class is missing: this row is the same for each example.":
                "+= 1 - label_smoothing -> += 0",
            "This adds to whole columns: one entry in each row is meant.":
                "[torch.arange(len(targets)), targets] -> [:, targets]",
            "The transposed table: one row for each example.":
                "return shares -> return shares.T",
        },
    ),
    "quantile_loss": Exercise(
        reference=quantile_loss,
        cases=_predictions,
        fixed=lambda: [(torch.tensor([0.0, 0.0]), torch.tensor([1.0, -1.0]), 0.9)],
        contract=Contract(no_loop=True),
        mistakes={
            "The sides are exchanged: a target above the prediction costs q.":
                "targets - predictions -> predictions - targets",
            "A negative loss: below the prediction the error has to be turned.":
                "(q - 1) * errors -> (1 - q) * errors",
            "Both sides cost the same here, so this is the median's loss.":
                "(q - 1) * errors -> -q * errors",
            "The mean over the examples, not the sum.": "mean() -> sum()",
            "One number for all examples.": ".mean() -> ",
            "Squares lead to another statistic than the quantile.":
                "q * errors, (q - 1) * errors -> "
                "q * errors.square(), (1 - q) * errors.square()",
            "The side below costs nothing here, so a huge prediction is free.":
                "(q - 1) * errors -> 0 * errors",
            "The side above costs nothing here.": "q * errors, -> 0 * errors,",
            "The side below has the weight 1 - q, not 1.":
                "(q - 1) * errors -> -errors",
        },
    ),
    "masked_mean": Exercise(
        reference=masked_mean,
        cases=_masked,
        fixed=_nothing_counts,
        mistakes={
            "Divided by all places: those that do not count make the mean smaller.":
                "mask.sum().clamp(min=1) -> mask.numel()",
            "0 / 0 where nothing counts: the result there is 0.": ".clamp(min=1) -> ",
            "Infinity times 0 is no number: choose the losses, do not multiply them.":
                "torch.where(mask, losses, 0) -> losses * mask",
            "Those that do not count are counted, and the others left out.":
                "where(mask, losses, 0) -> where(mask, 0, losses)",
            "The mask has no part in the sum.":
                "torch.where(mask, losses, 0) -> losses",
            "A mean of the rows' means: a short row weighs as much as a long one.":
                "counted.sum() / mask.sum().clamp(min=1) -> "
                "(counted.sum(1) / mask.sum(1).clamp(min=1)).mean()",
            "This is the sum.": " / mask.sum().clamp(min=1) -> ",
            "Always one too many in the denominator.":
                "mask.sum().clamp(min=1) -> (mask.sum() + 1)",
            "One number for the whole batch, not one for each row.":
                "counted.sum() / mask.sum().clamp(min=1) -> "
                "counted.sum(1) / mask.sum(1).clamp(min=1)",
        },
    ),
    "without_weights": Exercise(
        reference=without_weights,
        cases=_weighted,
        contract=Contract(fresh=True),
        rtol=1e-4,
        mistakes={
            "The weights are applied a second time: which way back?":
                "- weight -> + weight",
            "The weights multiply probabilities: take their logarithms to the logits.":
                "weight.log() -> weight",
            "Divided logits are a temperature for each class.":
                "(logits - weight.log()) -> (logits / weight)",
            "The probabilities must sum to 1 over the classes.":
                "(logits - weight.log()).softmax(dim=1) -> "
                "logits.softmax(dim=1) / weight",
            "These are still the probabilities of the weighted model.":
                "logits - weight.log() -> logits",
            "The softmax runs over the classes of an example.": "dim=1 -> dim=0",
            "Logarithms of probabilities are not asked for.": "softmax -> log_softmax",
            "Logits are not asked for.": ".softmax(dim=1) -> ",
            "-= edits the caller's logits.":
                "(logits - weight.log()) -> logits.sub_(weight.log())",
        },
    ),
}  # fmt: skip
