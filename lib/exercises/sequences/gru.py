"""Exercises of sequences/gru."""

import math

import torch

from lib.book.draw import Draw
from lib.book.exercise import Exercise


def steps_kept(z, share):
    if z == 1:
        return math.inf
    if z == 0:
        return 0.0
    return math.log(share) / math.log(z)


def _keeping(r: Draw) -> tuple:
    return r.choice(0.0, 0.1, 0.5, 0.9, 0.99, 1.0), r.choice(0.5, 0.1, 0.01, 0.9)


def num_gru_parameters(input_size, hidden_size, num_layers, bidirectional):
    directions = 2 if bidirectional else 1
    total, size = 0, input_size
    for _ in range(num_layers):
        total += directions * 3 * hidden_size * (size + hidden_size + 2)
        size = directions * hidden_size
    return total


def _sizes(r: Draw) -> tuple:
    D, H = r.sizes(2, least=1)
    return D, H, r.size(least=1, most=4), r.choice(True, False)


def cho_step(x, h, weight_ih, weight_hh, bias):
    W_r, W_z, W_n = weight_ih.chunk(3)
    U_r, U_z, U_n = weight_hh.chunk(3)
    b_r, b_z, b_n = bias.chunk(3)
    r = torch.sigmoid(x @ W_r.T + h @ U_r.T + b_r)
    z = torch.sigmoid(x @ W_z.T + h @ U_z.T + b_z)
    n = torch.tanh(x @ W_n.T + (r * h) @ U_n.T + b_n)
    return (1 - z) * n + z * h


def _step(r: Draw) -> tuple:
    B, D, H = r.sizes(3, least=1, most=5)
    shapes = (B, D), (B, H), (3 * H, D), (3 * H, H), (3 * H,)
    return tuple(r.tensor(*shape, scale=0.7, offset=0.0) for shape in shapes)


EXERCISES = {
    "steps_kept": Exercise(
        reference=steps_kept,
        cases=_keeping,
        rtol=1e-6,
        mistakes={
            "After k steps the share is z to the power of k; solve for k.":
                "math.log(share) / math.log(z) -> share / z",
            "The quotient is upside down.":
                "math.log(share) / math.log(z) -> math.log(z) / math.log(share)",
            "Not whole steps: return the k that solves the equation.":
                "math.log(share) / math.log(z) -> "
                "float(math.ceil(math.log(share) / math.log(z)))",
            "z = 1 keeps all for ever.": "return math.inf -> return 0.0",
            "z = 0 keeps nothing, from the first step on.": "return 0.0 -> return 1.0",
            "The gate that keeps is z; 1 - z is what the candidate gets.":
                "math.log(z) -> math.log(1 - z)",
            "Shares multiply from step to step; they do not add up.":
                "math.log(share) / math.log(z) -> (1 - share) / (1 - z)",
            "The share that is left, not the share that is lost.":
                "math.log(share) -> math.log(1 - share)",
        },
    ),
    "num_gru_parameters": Exercise(
        reference=num_gru_parameters,
        cases=_sizes,
        mistakes={
            "A GRU has two gates and a candidate: three blocks.": "* 3 * -> * 2 *",
            "torch has two biases, b_ih and b_hh.":
                "hidden_size + 2 -> hidden_size + 1",
            "The biases are missing.": " + hidden_size + 2 -> + hidden_size",
            "The state has weights, too.": "size + hidden_size + 2 -> size + 2",
            "Each direction has weights of its own.":
                "total += directions * -> total += ",
            "From the second layer on, the input is the state of the layer below.":
                "size = directions * hidden_size -> size = input_size",
            "A layer above reads both directions.":
                "size = directions * hidden_size -> size = hidden_size",
            "These are the numbers of one layer.": "range(num_layers) -> range(1)",
        },
    ),
    "cho_step": Exercise(
        reference=cho_step,
        cases=_step,
        rtol=1e-4,
        mistakes={
            "This is torch's order: the reset after the product.":
                "(r * h) @ U_n.T -> r * (h @ U_n.T)",
            "z and 1 - z are swapped: an open update gate keeps the old state.":
                "(1 - z) * n + z * h -> z * n + (1 - z) * h",
            "The reset gate is missing.": "(r * h) @ U_n.T -> h @ U_n.T",
            "The candidate has a tanh.": "n = torch.tanh( -> n = torch.sigmoid(",
            "The order of the blocks is r, z, n.":
                "W_r, W_z, W_n = -> W_z, W_r, W_n =",
            "The old state is missing from the result.":
                "(1 - z) * n + z * h -> (1 - z) * n",
            "r belongs to the candidate, not to what is kept.":
                "z * h -> z * r * h",
            "The bias of the candidate is missing.": " + b_n -> ",
        },
    ),
}
