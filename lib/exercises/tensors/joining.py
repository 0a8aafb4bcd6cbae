"""Exercises of tensors/joining."""

import torch
from torch.nn.functional import one_hot

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def vote(predictions):
    counts = one_hot(torch.stack(predictions)).sum(dim=0)  # m × (N,) -> (N, C)
    return counts.argmax(dim=1)


def _first_of_best(predictions):
    stacked = torch.stack(predictions)
    counts = (stacked[:, None] == stacked).sum(dim=1)  # (m, 1, N) == (m, N) -> (m, N)
    return stacked.gather(0, counts.argmax(dim=0, keepdim=True))[0]


def _predictions(r: Draw) -> tuple:
    N, num_classes = r.size(least=1), r.int(1, 5)
    return ([r.integers(0, num_classes, N) for _ in range(r.int(1, 6))],)


def shares(x, num_workers):
    base, longer = divmod(len(x), num_workers)
    sizes = [base + 1] * longer + [base] * (num_workers - longer)
    return list(x[: sum(sizes)].split(sizes))


def interleave(a, b):
    return torch.stack([a, b], dim=1).flatten(0, 1)


def _zeros_filled(a, b):
    rows = torch.zeros(2 * len(a), a.shape[1])
    rows[::2], rows[1::2] = a, b
    return rows


def _two_tables(r: Draw) -> tuple:
    N, D = r.sizes(2)
    dtype = r.choice(torch.float32, torch.float64, torch.int64)
    return r.tensor(N, D, dtype=dtype), r.tensor(N, D, dtype=dtype)


EXERCISES = {
    "vote": Exercise(
        reference=vote,
        cases=_predictions,
        fixed=lambda: [([torch.tensor([4, 1]), torch.tensor([2, 1])],)],
        mistakes={
            "One winner per model: which axis are the models?":
                lambda predictions: torch.stack(predictions).mode(dim=1).values,
            "Joined end to end, the examples lose their votes to each other.":
                lambda predictions: torch.cat(predictions).mode().values,
            "Classes are names: 0 and 4 do not average to 2.":
                lambda predictions: torch.stack(predictions).double().mean(0).long(),
            "The largest class is not the most frequent.":
                lambda predictions: torch.stack(predictions).amax(dim=0),
            "In a tie, the smallest class wins, whichever model names it.":
                _first_of_best,
            "In a tie, the smallest class wins, not the largest.":
                "counts.argmax(dim=1) -> "
                "counts.shape[1] - 1 - counts.flip(1).argmax(1)",
            "The class in the middle need not be the most frequent.":
                lambda predictions: torch.stack(predictions).median(dim=0).values,
            "That is how many votes the winner has, not who it is.": "argmax -> amax",
        },
    ),
    "shares": Exercise(
        reference=shares,
        cases=lambda r: (r.tensor(*r.sizes(r.int(1, 3))), r.int(1, 6)),
        fixed=lambda: [(torch.arange(10), 4), (torch.arange(2), 5)],
        contract=Contract(exact=True, without=("tensor_split",)),
        mistakes={
            "chunk makes parts of equal size, and sometimes too few of them.":
                lambda x, num_workers: list(x.chunk(num_workers)),
            "The whole remainder in one part: sizes differ by more than one.":
                "[base + 1] * longer + [base] * (num_workers - longer) -> "
                "[base] * (num_workers - 1) + [base + longer]",
            "split returns a tuple.": "list -> tuple",
            "Rows stay whole: split along axis 0.":
                lambda x, num_workers: list(x.tensor_split(num_workers, dim=-1)),
            "The longer parts come first.": "split(sizes) -> split(sizes[::-1])",
            "Right, but tensor_split is what the task rules out.":
                lambda x, num_workers: list(x.tensor_split(num_workers)),
            "Dealt out like cards: the rows of a part should be neighbours.":
                lambda x, num_workers: [x[w::num_workers] for w in range(num_workers)],
            "The remainder is lost.": "base + 1 -> base",
            "Empty parts belong to the list, too.":
                "[base] * (num_workers - longer) -> "
                "[base] * (base and num_workers - longer)",
        },
    ),
    "interleave": Exercise(
        reference=interleave,
        cases=_two_tables,
        fixed=lambda: [
            (torch.tensor([[1, 2], [3, 4]]), torch.tensor([[5, 6], [7, 8]]))
        ],
        contract=Contract(no_loop=True),
        mistakes={
            "First all of a, then all of b.": "dim=1 -> dim=0",
            "Numbers alternate, and rows should.":
                "dim=1).flatten(0, 1) -> dim=2).reshape(2 * len(a), a.shape[1])",
            "The pairs are there; one axis is left to be flattened.":
                ".flatten(0, 1) -> ",
            "a comes first.": "[a, b] -> [b, a]",
            "Side by side: each row has become longer.": "flatten(0, 1) -> flatten(1)",
            "Right, but row by row in a loop.":
                "torch.stack([a, b], dim=1).flatten(0, 1) -> "
                "torch.cat([row[None] for p in zip(a, b) for row in p] or [a])",
            "The rows of a twice; where are those of b?": "[a, b] -> [a, a]",
            "zeros are float32 unless told otherwise.": _zeros_filled,
        },
    ),
}
