"""Exercises of sequences/deep_and_bidirectional."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def split_states(h_n, num_layers):
    states = h_n.view(num_layers, 2, *h_n.shape[1:])
    return states[:, 0].transpose(0, 1), states[:, 1].transpose(0, 1)


def _states(r: Draw) -> tuple:
    L, B, H = r.sizes(3, least=1, most=5)
    return torch.randn(2 * L, B, H, generator=r.generator()), L


def ends_of(output, lengths):
    H = output.shape[2] // 2
    rows = torch.arange(len(output))
    return torch.cat([output[rows, lengths - 1, :H], output[:, 0, H:]], dim=1)


def _outputs(r: Draw) -> tuple:
    B, T, H = r.sizes(3, least=1)
    return r.tensor(B, T, 2 * H), r.integers(1, T + 1, B)


def flip_real(x, lengths):
    t = torch.arange(x.shape[1])
    mirrored = lengths[:, None] - 1 - t
    index = torch.where(t < lengths[:, None], mirrored, t)
    return x[torch.arange(len(x))[:, None], index]


def _padded(r: Draw) -> tuple:
    B, T, D = r.sizes(3, least=1)
    return r.tensor(B, T, D), r.integers(1, T + 1, B)


def _three_sentences() -> list[tuple]:
    steps = torch.arange(1.0, 5.0).repeat(3, 1)
    return [(steps[:, :, None] + torch.zeros(2), torch.tensor([4, 1, 3]))]


EXERCISES = {
    "split_states": Exercise(
        reference=split_states,
        cases=_states,
        fixed=lambda: [(torch.arange(4.0).view(4, 1, 1), 2)],
        mistakes={
            "The direction changes fastest: layers come first in the view.":
                "h_n.view(num_layers, 2, *h_n.shape[1:]) -> "
                "h_n.view(2, num_layers, *h_n.shape[1:]).transpose(0, 1)",
            "Even rows are forward, odd ones backward.":
                "states[:, 0].transpose(0, 1), states[:, 1] -> "
                "states[:, 1].transpose(0, 1), states[:, 0]",
            "The batch comes first in the result.": ".transpose(0, 1) -> ",
            "A view as (B, L, H) mixes the sentences; exchange two axes.":
                "states[:, 0].transpose(0, 1) -> "
                "states[:, 0].reshape(h_n.shape[1], num_layers, -1)",
            "Both results are the forward states.": "states[:, 1] -> states[:, 0]",
            "This is the first layer alone.": "states[:, 0] -> states[:1, 0]",
            "These are the last states of all, not of each layer.":
                "states[:, 1] -> states[-1:, 1]",
            "The units stay in their order; exchange layers and batch.":
                "[:, 1].transpose(0, 1) -> [:, 1].transpose(0, 1).flip(2)",
        },
    ),
    "ends_of": Exercise(
        reference=ends_of,
        cases=_outputs,
        fixed=lambda: [(torch.arange(12.0).view(2, 3, 2), torch.tensor([3, 1]))],
        contract=Contract(fresh=True),
        mistakes={
            "That is output[:, -1]: its backward half has read one token.":
                "output[rows, lengths - 1, :H], output[:, 0, H:] -> output[:, -1]",
            "The last real step differs from sentence to sentence.":
                "rows, lengths - 1 -> :, -1",
            "Counting starts at 0: the last real step is lengths - 1.":
                "lengths - 1, -> (lengths % output.shape[1]),",
            "Backward reading ends at step 0, whatever the length.":
                "output[:, 0, H:] -> output[rows, lengths - 1, H:]",
            "The forward half comes first.":
                "[output[rows, lengths - 1, :H], output[:, 0, H:]] -> "
                "[output[:, 0, H:], output[rows, lengths - 1, :H]]",
            "The halves are exchanged: forward comes first in output.":
                "1, :H], output[:, 0, H:] -> 1, H:], output[:, 0, :H]",
            "Step 0 is the end of the backward half, not of the forward one.":
                "rows, lengths - 1 -> :, 0",
            "Backward reading ends at step 0, not at the last one.":
                "output[:, 0, H:] -> output[:, -1, H:]",
        },
    ),
    "flip_real": Exercise(
        reference=flip_real,
        cases=_padded,
        fixed=_three_sentences,
        contract=Contract(fresh=True, no_loop=True),
        mistakes={
            "This brings the padding to the front.":
                "x[torch.arange(len(x))[:, None], index] -> x.flip(1)",
            "Counting starts at 0: step t comes from n - 1 - t.":
                "lengths[:, None] - 1 - t -> (lengths[:, None] - t) % x.shape[1]",
            "The padding stays where it is.":
                "torch.where(t < lengths[:, None], mirrored, t) -> "
                "mirrored % x.shape[1]",
            "Nothing is turned around here.": "mirrored, t) -> t, t)",
            "All sentences have been cut to the length of the first.":
                "mirrored = lengths[:, None] -> mirrored = lengths[:1, None]",
            "At t = n the padding begins: t < n, not t <= n.":
                "t < lengths -> t <= lengths",
            "The numbers within a token are not turned around.":
                "[:, None], index] -> [:, None], index].flip(2)",
            "The padding keeps its numbers: it is not set to 0.":
                "index] -> index] * (t < lengths[:, None])[:, :, None]",
        },
    ),
}
