"""Exercises of tensors/joining."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def _predictions(r: Draw) -> tuple:
    N, num_classes = r.size(least=1), r.int(1, 5)
    return ([r.integers(0, num_classes, N) for _ in range(r.int(1, 6))],)


def _voted(predictions: list[Tensor], choose: Callable = lambda n: n.argmax(1)) -> Tensor:
    return choose(one_hot(torch.stack(predictions)).sum(0))  # (m, N, C) -> (N, C) -> (N,)


def _first_of_best(predictions: list[Tensor]) -> Tensor:
    stacked = torch.stack(predictions)
    counts = (stacked[:, None] == stacked).sum(dim=1)  # (m, 1, N) == (m, N) -> (m, N)
    return stacked.gather(0, counts.argmax(dim=0, keepdim=True))[0]


def _by_sizes(part_sizes: Callable) -> Callable:
    """Build an answer from `part_sizes(base, longer, num_workers)`."""

    def shares(x: Tensor, num_workers: int) -> list[Tensor]:
        base, longer = divmod(len(x), num_workers)
        sizes = part_sizes(base, longer, num_workers)
        return list(x[: sum(sizes)].split(sizes))

    return shares


_shares = _by_sizes(lambda base, longer, n: [base + 1] * longer + [base] * (n - longer))


def _table(r: Draw) -> tuple:
    return r.tensor(*r.sizes(r.int(1, 3))), r.int(1, 6)


def _two_tables(r: Draw) -> tuple:
    N, D = r.sizes(2)
    dtype = r.choice(torch.float32, torch.float64, torch.int64)
    return r.tensor(N, D, dtype=dtype), r.tensor(N, D, dtype=dtype)


def _interleaved_floats(a: Tensor, b: Tensor) -> Tensor:
    rows = torch.zeros(2 * len(a), a.shape[1])
    rows[::2], rows[1::2] = a, b
    return rows


EXERCISES = {
    "vote": Exercise(
        reference=_voted,
        cases=_predictions,
        fixed=lambda: [([torch.tensor([4, 1]), torch.tensor([2, 1])],)],
        mistakes={
            "One winner per model: which axis are the models?":
                lambda predictions: torch.stack(predictions).mode(dim=1).values,
            "Joined end to end, the examples lose their votes to each other.":
                lambda predictions: torch.cat(predictions).mode().values,
            "Classes are names: 0 and 4 do not average to 2.": lambda predictions:
                torch.stack(predictions).double().mean(dim=0).round().long(),
            "The largest class is not the most frequent.":
                lambda predictions: torch.stack(predictions).amax(dim=0),
            "In a tie, the smallest class wins, whichever model names it.": _first_of_best,
            "In a tie, the smallest class wins, not the largest.": lambda predictions:
                _voted(predictions, lambda n: n.shape[1] - 1 - n.flip(1).argmax(1)),
            "The class in the middle need not be the most frequent.":
                lambda predictions: torch.stack(predictions).median(dim=0).values,
            "That is the opinion of the first model.": lambda predictions: predictions[0],
            "That is how many votes the winner has, not who it is.":
                lambda predictions: _voted(predictions, lambda n: n.amax(1)),
        },
    ),
    "shares": Exercise(
        reference=_shares,
        cases=_table,
        fixed=lambda: [(torch.arange(10), 4), (torch.arange(2), 5)],
        contract=Contract(exact=True, without=("tensor_split",)),
        mistakes={
            "chunk makes parts of equal size, and sometimes too few of them.":
                lambda x, num_workers: list(x.chunk(num_workers)),
            "The whole remainder in the last part: sizes differ by more than one.":
                _by_sizes(lambda base, longer, n: [base] * (n - 1) + [base + longer]),
            "split returns a tuple.": lambda x, num_workers: tuple(_shares(x, num_workers)),
            "Rows stay whole: split along axis 0.": lambda x, num_workers:
                list(x.tensor_split(num_workers, dim=-1)),
            "The longer parts come first.": _by_sizes(
                lambda base, longer, n: [base] * (n - longer) + [base + 1] * longer),
            "Right, but tensor_split is what the text rules out.":
                lambda x, num_workers: list(x.tensor_split(num_workers)),
            "Dealt out like cards: the rows of a part should be neighbours.":
                lambda x, num_workers: [x[w::num_workers] for w in range(num_workers)],
            "The remainder is lost.": _by_sizes(lambda base, longer, n: [base] * n),
            "Empty parts belong to the list, too.": lambda x, num_workers: [
                part for part in _shares(x, num_workers) if len(part)],
        },
    ),
    "interleave": Exercise(
        reference=lambda a, b: torch.stack([a, b], dim=1).flatten(0, 1),
        cases=_two_tables,
        fixed=lambda: [(torch.tensor([[1, 2], [3, 4]]), torch.tensor([[5, 6], [7, 8]]))],
        contract=Contract(no_loop=True),
        mistakes={
            "First all of a, then all of b.": lambda a, b: torch.cat([a, b]),
            "Numbers alternate, and rows should.": lambda a, b:
                torch.stack([a, b], dim=-1).reshape(2 * len(a), a.shape[1]),
            "The pairs are there; one axis is left to be flattened.":
                lambda a, b: torch.stack([a, b], dim=1),
            "a comes first.": lambda a, b: torch.stack([b, a], dim=1).flatten(0, 1),
            "Side by side: each row has become longer.":
                lambda a, b: torch.cat([a, b], dim=1),
            "Right, but row by row in a loop.": lambda a, b: torch.stack(
                [row for pair in zip(a, b, strict=True) for row in pair]
            ) if len(a) else torch.cat([a, b]),
            "The rows of a twice; where are those of b?":
                lambda a, b: a.repeat_interleave(2, dim=0),
            "zeros are float32 unless told otherwise.": _interleaved_floats,
        },
    ),
}
