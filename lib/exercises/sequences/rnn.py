"""Exercises of sequences/rnn."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def unroll(x, h, weight_ih, weight_hh, bias):
    hidden = []
    for t in range(x.shape[1]):
        h = torch.tanh(x[:, t] @ weight_ih.T + h @ weight_hh.T + bias)
        hidden.append(h)
    return torch.stack(hidden, dim=1)


def _sequences(r: Draw) -> tuple:
    B, T, D, H = r.sizes(4, least=1, most=5)
    shapes = (B, T, D), (B, H), (H, D), (H, H), (H,)
    return tuple(r.tensor(*shape, scale=0.5, offset=0.0) for shape in shapes)


def through_time(hidden, weight_hh):
    product = torch.eye(len(weight_hh), dtype=weight_hh.dtype)
    for h in hidden:
        product = (1 - h**2)[:, None] * weight_hh @ product
    return product


def _states(r: Draw) -> tuple:
    T, H = r.size(least=0, most=4), r.size(least=1, most=4)
    hidden = r.tensor(T, H, scale=0.5, offset=0.0, dtype=torch.float64).tanh()
    return hidden, r.tensor(H, H, scale=1.0, offset=0.0, dtype=torch.float64)


def begin_again(state, is_first):
    return torch.where(is_first[:, None], 0.0, state)


def _rows(r: Draw) -> tuple:
    L, B, H = r.sizes(3, least=1, most=4)
    return r.tensor(L, B, H), r.tensor(B, scale=1.0, offset=0.0) > 0


EXERCISES = {
    "unroll": Exercise(
        reference=unroll,
        cases=_sequences,
        contract=Contract(fresh=True),
        rtol=1e-4,
        mistakes={
            "Batch first: time is axis 1 of x.": "x.shape[1] -> x.shape[0]",
            "The states belong on axis 1, behind the batch.": "dim=1 -> dim=0",
            "The state goes on to the next step; here each step starts from zero.":
                "hidden.append(h) -> hidden.append(h)\n        h = torch.zeros_like(h)",
            "Read from the first step to the last.":
                "in range(x.shape[1]) -> in reversed(range(x.shape[1]))",
            "The weights have a row for each unit: multiply by their transposes.":
                "h @ weight_hh.T -> h @ weight_hh",
            "The bias is missing.": " + bias -> ",
            "Without tanh this is a linear recurrence.": "torch.tanh( -> (",
            "The old state is missing.": " + h @ weight_hh.T -> ",
        },
    ),
    "through_time": Exercise(
        reference=through_time,
        cases=_states,
        rtol=1e-6,
        mistakes={
            "The factor of the latest step stands on the left.":
                "(1 - h**2)[:, None] * weight_hh @ product -> "
                "product @ ((1 - h**2)[:, None] * weight_hh)",
            "The slope of unit i belongs to row i of W.": "[:, None] -> ",
            "h is the value of tanh already; its slope there is 1 - h^2.":
                "(1 - h**2) -> (1 - h.tanh() ** 2)",
            "This is the slope without the 1.": "1 - h**2 -> h**2",
            "This leaves out the slopes of tanh.": "(1 - h**2)[:, None] * -> ",
            "Without steps nothing changes: the product is then the identity.":
                "torch.eye(len(weight_hh), dtype=weight_hh.dtype) -> weight_hh",
            "Each step multiplies the product of the steps before.": " @ product -> ",
            "Row i of W belongs to new unit i: no transpose.":
                "weight_hh @ product -> weight_hh.T @ product",
        },
    ),
    "begin_again": Exercise(
        reference=begin_again,
        cases=_rows,
        contract=Contract(fresh=True),
        mistakes={
            "The other way round: True means that the row begins a new text.":
                "is_first[:, None], 0.0, state -> is_first[:, None], state, 0.0",
            "A row is an example, which is axis 1 of the state; axis 0 counts layers.":
                "is_first[:, None], 0.0 -> is_first[: len(state), None, None], 0.0",
            "One new text must not reset the states of the others.":
                "torch.where(is_first[:, None], 0.0, state) -> "
                "state * 0 if is_first.any() else state.clone()",
            "Only the first layer was reset.":
                "torch.where(is_first[:, None], 0.0, state) -> torch.cat("
                "(torch.where(is_first[:, None], 0.0, state[:1]), state[1:]))",
            "A new state is wanted; this changes the one that was given.":
                "torch.where(is_first[:, None], 0.0, state) -> "
                "state.masked_fill_(is_first[:, None], 0.0)",
            "A fresh state is 0.": "0.0, state -> 1.0, state",
            "All rows stay; those that begin a new text are 0.":
                "torch.where(is_first[:, None], 0.0, state) -> state[:, ~is_first]",
            "Nothing was reset.": "0.0, state -> state, state",
        },
    ),
}
