"""Exercises of sequences/lstm."""

import math

import torch

from lib.book.contract import Contract
from lib.book.exercise import Exercise


def count_lstm_parameters(input_size, hidden_size, num_layers):
    sizes = [input_size] + [hidden_size] * (num_layers - 1)
    return sum(4 * hidden_size * (size + hidden_size + 2) for size in sizes)


def kept_until_the_end(forget):
    later = torch.cat([forget[1:], torch.ones_like(forget[:1])])
    return later.flip(0).cumprod(0).flip(0)


def bias_for_share(gap, share):
    per_step = share ** (1 / gap)
    return math.log(per_step / (1 - per_step))


EXERCISES = {
    "count_lstm_parameters": Exercise(
        reference=count_lstm_parameters,
        cases=lambda r: (r.size(least=1), r.size(least=1), r.int(1, 4)),
        fixed=lambda: [(17, 32, 1), (100, 128, 2)],
        mistakes={
            "An LSTM has four blocks: i, f, g and o.": "4 * -> 3 * ",
            "Torch has two bias vectors, b_ih and b_hh.": "+ 2 -> + 1",
            "The biases are missing.": " + 2) -> )",
            "The layers above read hidden states: their inputs have hidden_size.":
                "[hidden_size] * (num_layers - 1) -> [input_size] * (num_layers - 1)",
            "The recurrent weights W_hh are missing.": "size + hidden_size -> size",
            "This counts the first layer alone.": "(num_layers - 1) -> 0",
            "There are num_layers layers in all.": "(num_layers - 1) -> num_layers",
            "Each block has hidden_size rows.": "4 * hidden_size -> 4 * input_size",
        },
    ),
    "kept_until_the_end": Exercise(
        reference=kept_until_the_end,
        cases=lambda r: (r.tensor(*r.sizes(2, least=1)).sigmoid(),),
        fixed=lambda: [(torch.tensor([[0.5], [0.9], [0.1]]),)],
        contract=Contract(fresh=True),
        mistakes={
            "Row t starts from c after step t: its own gate has acted already.":
                "torch.cat([forget[1:], torch.ones_like(forget[:1])]) -> forget",
            "This multiplies from the start; what counts is what still comes.":
                "later.flip(0).cumprod(0).flip(0) -> later.cumprod(0)",
            "The rows come in the wrong order: turn them back.":
                "cumprod(0).flip(0) -> cumprod(0)",
            "Shares multiply; they do not add up.": "cumprod -> cumsum",
            "Time is the first axis.": "cumprod(0) -> cumprod(1)",
            "The last row is 1: nothing comes after it.": "ones_like -> zeros_like",
            "The 1 belongs at the end, not at the beginning.":
                "[forget[1:], torch.ones_like(forget[:1])] -> "
                "[torch.ones_like(forget[:1]), forget[1:]]",
            "The last gate acts before the end, too.":
                "forget[1:], torch.ones_like(forget[:1]) -> "
                "forget[1:-1], torch.ones_like(forget[-2:])",
        },
    ),
    "bias_for_share": Exercise(
        reference=bias_for_share,
        cases=lambda r: (r.int(1, 300), r.float(0.01, 0.99)),
        fixed=lambda: [(1, 0.5), (200, 0.5), (10, 0.01)],
        rtol=1e-3,
        mistakes={
            "The share is left after all steps; each step keeps more.":
                "share ** (1 / gap) -> share",
            "A root, not a part: gates multiply.": "share ** (1 / gap) -> share / gap",
            "The power goes the other way.": "(1 / gap) -> gap",
            "The inverse of σ is log(p / (1 - p)).": " / (1 - per_step) -> ",
            "The sign: this is the bias for what is lost.":
                "per_step / (1 - per_step) -> (1 - per_step) / per_step",
            "log10 belongs to another inverse.": "math.log( -> math.log10(",
            "The logarithm is missing.": "math.log(per_step -> (per_step",
            "There are gap steps, not gap + 1.": "1 / gap -> 1 / (gap + 1)",
        },
    ),
}
