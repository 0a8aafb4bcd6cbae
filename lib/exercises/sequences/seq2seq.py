"""Exercises of sequences/seq2seq."""

from collections import Counter

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def clipped_matches(tokens, reference, order):
    def count(words):
        starts = range(len(words) - order + 1)
        return Counter(tuple(words[i : i + order]) for i in starts)

    return (count(tokens) & count(reference)).total()


def _sentences(r: Draw) -> tuple:
    n, m = r.sizes(2)
    draw = [[r.choice("the", "cat", "sat") for _ in range(k)] for k in (n, m)]
    return *draw, r.int(1, 4)


def token_loss(losses, mask):
    real = torch.where(mask, losses, 0)
    return real.sum() / mask.sum().clamp(min=1)


def _losses(r: Draw) -> tuple:
    B, T = r.sizes(2, least=1)
    mask = r.mask(B, T, share=r.choice(0.0, 0.5, 0.5, 0.8))
    padding = r.choice(0.0, 3.0, torch.inf, torch.nan)
    losses = r.tensor(B, T).abs().masked_fill(~mask, padding)
    return losses.requires_grad_(), mask


def extend_beam(log_probs, next_log_probs, beam_width):
    totals = log_probs[:, None] + next_log_probs
    best, index = totals.flatten().topk(beam_width)
    V = totals.shape[1]
    return index // V, index % V, best


def _beam(r: Draw) -> tuple:
    K, V = r.sizes(2, least=1)
    log_probs = r.tensor(K, V).log_softmax(dim=1)
    return -3 * r.tensor(K).abs(), log_probs, r.int(1, K * V)


EXERCISES = {
    "clipped_matches": Exercise(
        reference=clipped_matches,
        cases=_sentences,
        fixed=lambda: [(["no", "where"], ["now", "here"], 2), (["a", "a"], ["a"], 1)],
        contract=Contract(exact=True),
        mistakes={
            "An n-gram counts at most as often as it stands in the reference.":
                "(count(tokens) & count(reference)).total() -> sum(n for g, n in "
                "count(tokens).items() if g in count(reference))",
            "The smaller count is wanted, not the larger one.": "& -> |",
            "An n-gram that matches twice counts twice.":
                "(count(tokens) & count(reference)).total() -> "
                "len(count(tokens) & count(reference))",
            "The last n-gram is missing.": " + 1) -> )",
            "The pieces at the end are shorter than n.":
                "len(words) - order + 1 -> len(words)",
            "These are single words; n of them belong together.":
                "i + order -> i + 1",
            "Words glued together forget where one ends and the next begins.":
                "tuple(words[i : i + order]) -> ''.join(words[i : i + order])",
            "This is the number of n-grams that do not match.": "& -> -",
            "The number is wanted, not the precision.":
                ".total() -> .total() / max(len(tokens) - order + 1, 1)",
        },
    ),
    "token_loss": Exercise(
        reference=token_loss,
        cases=_losses,
        fixed=lambda: [(
            torch.tensor([[2.0, 4.0], [9.0, 7.0]]),
            torch.tensor([[True, True], [True, False]]),
        )],
        mistakes={
            "Padding is in the denominator.":
                "mask.sum().clamp(min=1) -> mask.numel()",
            "Infinity times 0 is not 0.":
                "torch.where(mask, losses, 0) -> losses * mask",
            "Padding is in the sum.": "torch.where(mask, losses, 0) -> losses",
            "Without a real token this is 0 / 0.": ".clamp(min=1) -> ",
            "Each sentence weighs the same here, each token should.":
                "real.sum() / mask.sum().clamp(min=1) -> "
                "(real.sum(1) / mask.sum(1).clamp(min=1)).mean()",
            "These are the padding's losses: True marks a real token.":
                "(mask, losses, 0) -> (~mask, losses, 0)",
            "That is the loss of a sentence, not of a token.":
                "mask.sum().clamp(min=1) -> len(mask)",
            "No gradient flows back from here.": "real.sum() -> real.detach().sum()",
            "A sum grows with the batch.":
                "real.sum() / mask.sum().clamp(min=1) -> real.sum()",
        },
    ),
    "extend_beam": Exercise(
        reference=extend_beam,
        cases=_beam,
        fixed=lambda: [(
            torch.tensor([-1.0, -2.0]),
            torch.tensor([[-3.0, -0.5, -1.0], [-0.1, -4.0, -5.0]]),
            2,
        )],
        mistakes={
            "The beginning comes first, then the token.":
                "index // V, index % V -> index % V, index // V",
            "How likely was the beginning?": "log_probs[:, None] + -> ",
            "Row k of the table goes on from beginning k: add down the rows.":
                "log_probs[:, None] -> log_probs.repeat(99)[: next_log_probs.shape[1]]",
            "These are the least likely ones.":
                "topk(beam_width) -> topk(beam_width, largest=False)",
            "Logarithms of factors are added.":
                "log_probs[:, None] + -> log_probs[:, None] *",
            "A row has as many entries as there are tokens.":
                "totals.shape[1] -> totals.shape[0]",
            "Log-probabilities are wanted.": "index % V, best -> index % V, best.exp()",
            "The best ones first.":
                "index // V, index % V, best -> "
                "(index // V).flip(0), (index % V).flip(0), best.flip(0)",
            "The sum is wanted, not the last token's part.":
                "index % V, best -> index % V, next_log_probs.flatten()[index]",
        },
    ),
}  # fmt: skip
