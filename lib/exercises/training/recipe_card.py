"""Exercises of training/recipe_card."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def constant_loss(labels):
    _, counts = labels.unique(return_counts=True)
    shares = counts.double() / len(labels)
    return -(shares * shares.log()).sum().item()


def _labels(r: Draw) -> tuple:
    return (r.integers(0, r.int(1, 6), r.size(least=1, most=12)),)


def shared_rows(first, second):
    known = {tuple(row) for row in first.tolist()}
    return sum(tuple(row) in known for row in second.tolist())


def _tables(r: Draw) -> tuple:
    N, M, D = r.sizes(3, least=1, most=5)
    first = r.integers(0, 3, N, D).float()
    second = r.integers(0, 3, M, D).float()
    if r.choice(True, False):
        picked = first[r.integers(0, N, M)]
        second = torch.where(r.mask(M, 1, share=0.5), picked, second)
    return first, second


def relative_step(before, after):
    pairs = zip(before, after, strict=True)
    change = sum((b - a).square().sum() for a, b in pairs)
    size = sum(a.square().sum() for a in before)
    return (change / size).sqrt().item()


def _steps(r: Draw) -> tuple:
    rows = r.sizes(3, least=1, most=4)
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    before = [r.tensor(rows[0], **near), 3 * r.tensor(rows[1], rows[2], **near)]
    before = [b.contiguous() for b in before]  # as parameters usually are
    factor = r.choice(0.01, 0.1, 1.0)
    steps = [factor * r.tensor(*b.shape, **near) for b in before]
    return before, [(b + s).contiguous() for b, s in zip(before, steps, strict=True)]


EXERCISES = {
    "constant_loss": Exercise(
        reference=constant_loss,
        cases=_labels,
        fixed=lambda: [(torch.tensor([0, 0, 0, 2]),), (torch.arange(10),)],
        contract=Contract(exact=True),
        mistakes={
            "Shares are wanted in the logarithm, not counts.":
                "counts.double() / len(labels) -> counts.double()",
            "The loss of a share p is minus its logarithm.": "-(shares -> (shares",
            "The natural logarithm, as in cross_entropy.": "log() -> log2()",
            "log C is right only if all classes are equally frequent.":
                lambda labels: torch.tensor(float(len(labels.unique()))).log().item(),
            "Each class weighs as much as it has examples.":
                "-(shares * shares.log()).sum() -> -shares.log().mean()",
            "Always the most frequent class, with certainty, has an infinite loss; "
            "this is the loss of that class alone.":
                "-(shares * shares.log()).sum() -> -shares.max().log()",
            "A sum over classes, not a mean.": ".sum() -> .mean()",
            "A float is wanted, not a tensor.": ".item() -> ",
            "This is the share of wrong answers, not the loss.":
                "-(shares * shares.log()).sum() -> 1 - shares.max()",
            "The table of counts has zeros, whose logarithm is minus infinity.":
                "_, counts = labels.unique(return_counts=True) -> "
                "counts = labels.bincount(minlength=12)",
        },
    ),
    "shared_rows": Exercise(
        reference=shared_rows,
        cases=_tables,
        fixed=lambda: [(torch.tensor([[1.0, 2.0]]), torch.tensor([[2.0, 1.0]] * 2)),
                       (torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 2.0]] * 2))],
        contract=Contract(exact=True),
        mistakes={
            "A row that occurs twice in the second table counts twice.":
                "sum(tuple(row) in known for row in second.tolist()) -> "
                "len(known & {tuple(row) for row in second.tolist()})",
            "The rows of the second table are counted, not those of the first.":
                lambda first, second: shared_rows(second, first),
            "A row may stand anywhere in the other table, not only at its own number.":
                lambda first, second: sum(
                    map(torch.equal, first, second)),
            "All numbers of the row must be equal, not one.":
                lambda first, second: int(
                    (first[:, None] == second).any(2).any(0).sum()),
            "The order within a row counts.":
                lambda first, second: shared_rows(
                    first.sort(1).values, second.sort(1).values),
            "The count is wanted, not the share.":
                "sum(tuple(row) in known for row in second.tolist()) -> "
                "sum(tuple(row) in known for row in second.tolist()) / len(second)",
            "These are the rows that are not shared.": "in known -> not in known",
            "Each row counts once, however often it is found in the first table.":
                lambda first, second: int((first[:, None] == second).all(2).sum()),
            "Equal sums do not make equal rows.":
                lambda first, second: shared_rows(
                    first.sum(1, keepdim=True), second.sum(1, keepdim=True)),
            "A number is wanted, not whether there is one.":
                "sum(tuple(row) in known for row in second.tolist()) -> "
                "any(tuple(row) in known for row in second.tolist())",
        },
    ),
    "relative_step": Exercise(
        reference=relative_step,
        cases=_steps,
        fixed=lambda: [([torch.tensor([3.0]), torch.tensor([[4.0]])],
                        [torch.tensor([3.0]), torch.tensor([[4.5]])])],
        contract=Contract(exact=True),
        rtol=1e-4,
        mistakes={
            "A length is the root of the sum of squares.": ".sqrt() -> ",
            "The change is compared with the numbers before it, not after it.":
                "for a in before) -> for a in after)",
            "The lengths of the tensors do not add up: square, add, then the root.":
                lambda before, after: _sum_of_lengths(before, after),
            "One length for all tensors together, not a mean of ratios.":
                lambda before, after: _mean_of_ratios(before, after),
            "The change is after minus before, not the difference of lengths.":
                "(b - a).square().sum() -> (b.norm() - a.norm()).square()",
            "The change itself is wanted in relation to the size: divide.":
                "(change / size) -> change",
            "The ratio is upside down.": "change / size -> size / change",
            "The first tensor is not the whole model.":
                lambda before, after: relative_step(before[:1], after[:1]),
            "A float is wanted, not a tensor.": ".item() -> ",
            "Squares, or positive and negative changes cancel.":
                "(b - a).square().sum() -> (b - a).sum().square()",
        },
    ),
}


def _sum_of_lengths(before, after):
    pairs = zip(before, after, strict=True)
    change = sum((b - a).norm() for a, b in pairs)
    return (change / sum(a.norm() for a in before)).item()


def _mean_of_ratios(before, after):
    pairs = zip(before, after, strict=True)
    return torch.stack([(b - a).norm() / a.norm() for a, b in pairs]).mean().item()
