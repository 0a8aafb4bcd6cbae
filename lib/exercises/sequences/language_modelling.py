"""Exercises of sequences/language_modelling."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def whole_perplexity(losses, counts):
    return ((losses * counts).sum() / counts.sum()).exp()


def _batches(r: Draw) -> tuple:
    n = r.size(least=1)
    return torch.rand(n, generator=r.generator()) * 4, r.integers(1, 50, n)


def witten_bell_step(counts, lower):
    total, kinds = counts.sum(), (counts > 0).sum()
    if total == 0:
        return lower
    return (counts + kinds * lower) / (total + kinds)


def _counts(r: Draw) -> tuple:
    V = r.size(least=1)
    counts = r.integers(0, r.choice(1, 2, 5), V)
    lower = torch.rand(V, generator=r.generator()) + 0.1
    return counts, lower / lower.sum()


def long_rows(ids, batch_size, seq_len):
    columns = (len(ids) - 1) // batch_size
    total = columns * batch_size
    inputs = ids[:total].reshape(batch_size, columns)
    targets = ids[1 : total + 1].reshape(batch_size, columns)
    parts = [slice(start, start + seq_len) for start in range(0, columns, seq_len)]
    return [(inputs[:, part], targets[:, part]) for part in parts]


def _text(r: Draw) -> tuple:
    more, B, T = r.sizes(3, least=1, most=9)
    return r.integers(0, 50, B + more), B, T


EXERCISES = {
    "whole_perplexity": Exercise(
        reference=whole_perplexity,
        cases=_batches,
        fixed=lambda: [(torch.tensor([0.0, 2.0]), torch.tensor([3, 1]))],
        rtol=1e-4,
        mistakes={
            "That is the mean of the batches' perplexities: average losses first.":
                "((losses * counts).sum() / counts.sum()).exp() -> losses.exp().mean()",
            "Also weighted by tokens, a mean of perplexities is no perplexity.":
                "((losses * counts).sum() / counts.sum()).exp() -> "
                "(losses.exp() * counts).sum() / counts.sum()",
            "A batch of 3 tokens should weigh three times as much as one of 1 token.":
                "(losses * counts).sum() / counts.sum() -> losses.mean()",
            "The losses are in nats: e to their power, not 2.": "exp() -> exp2()",
            "That is the loss; its exponential is missing.": ".exp() -> ",
            "A perplexity is the inverse of a mean probability.":
                "return ( -> return (-1 * ",
            "The sum of all losses still has to be divided.": " / counts.sum() -> ",
            "Divide by the number of tokens, not of batches.":
                "counts.sum() -> len(counts)",
        },
    ),
    "witten_bell_step": Exercise(
        reference=witten_bell_step,
        cases=_counts,
        fixed=lambda: [
            (torch.tensor([0, 2, 1, 0]), torch.tensor([15, 11, 7, 3]) / 36),
            (torch.zeros(2, dtype=torch.int64), torch.tensor([0.25, 0.75])),
        ],
        contract=Contract(no_loop=True),
        laws={"probabilities sum to 1":
              lambda p, counts, lower: abs(float(p.sum()) - 1) < 1e-5},
        rtol=1e-4,
        mistakes={
            "Where nothing was counted, 0 / 0 is NaN: all goes to the shorter context.":
                "total == 0 -> False",
            "t(h) is the number of kinds that were seen, not the vocabulary's size.":
                "(counts > 0).sum() -> len(counts)",
            "The denominator must grow by as much as the numerators do together.":
                "(total + kinds) -> total",
            "This is add-one smoothing: the shorter context has no say.":
                "(counts + kinds * lower) / (total + kinds) -> "
                "(counts + 1) / (total + len(counts))",
            "kinds counts tokens that occur, not how often.":
                "(counts > 0).sum() -> counts.sum()",
            "Without kinds, lower counts as one observation.":
                "(counts + kinds * lower) / (total + kinds) -> "
                "(counts + lower) / (total + 1)",
            "Interpolation mixes the shorter context in for seen tokens, too.":
                "kinds * lower -> kinds * lower * (counts == 0)",
            "Unseen contexts know something: what the shorter one knows.":
                "return lower -> return torch.ones_like(lower) / len(lower)",
        },
    ),
    "long_rows": Exercise(
        reference=long_rows,
        cases=_text,
        fixed=lambda: [(torch.arange(12), 2, 3), (torch.arange(11), 2, 3)],
        mistakes={
            "Neighbours of the text belong into one row, not into one column.":
                ".reshape(batch_size, columns) -> .reshape(columns, batch_size).T",
            "A target is the token after its input.": "[1 : total + 1] -> [:total]",
            "A target is one token on, not two.":
                "ids[1 : total + 1] -> ids.roll(-2)[:total]",
            "Inputs come first in each pair.":
                "(inputs[:, part], targets[:, part]) -> (targets, inputs)",
            "The last segment may be shorter; its tokens count, too.":
                "range(0, columns, -> range(0, columns - seq_len + 1,",
            "The next segment begins where this one ends.":
                "columns, seq_len)] -> columns)]",
            "The two sizes are exchanged.": "start + seq_len -> start + batch_size",
            "Segments are cut along the steps, not along the rows.":
                "inputs[:, part] -> inputs[part]",
        },
    ),
}
