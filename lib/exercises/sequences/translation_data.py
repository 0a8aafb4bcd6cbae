"""Exercises of sequences/translation_data."""

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def teacher_forcing(ids, bos, eos):
    return torch.cat([ids.new_tensor([bos]), ids]), torch.cat(
        [ids, ids.new_tensor([eos])]
    )


def lengths_before(ids, eos):
    return ((ids == eos).cumsum(dim=1) == 0).sum(dim=1)


def padding_share(lengths, batch_size):
    cells = 0
    for start in range(0, len(lengths), batch_size):
        batch = lengths[start : start + batch_size]
        cells += len(batch) * max(batch)
    return 1 - sum(lengths) / cells if cells else 0.0


def _mean_of_shares(lengths, batch_size):
    starts = range(0, len(lengths), batch_size)
    batches = [lengths[start : start + batch_size] for start in starts]
    shares = [1 - sum(batch) / (len(batch) * max(batch)) for batch in batches]
    return sum(shares) / len(shares) if shares else 0.0


def _first_of_each_row(ids, eos):
    return (ids == eos).int().argmax(dim=1)


def _written(r: Draw) -> tuple:
    B, T = r.sizes(2, least=1)
    return r.integers(0, 5, B, T), r.int(0, 4)


EXERCISES = {
    "teacher_forcing": Exercise(
        reference=teacher_forcing,
        cases=lambda r: (r.integers(4, 9, r.size()), 2, 3),
        fixed=lambda: [(torch.tensor([7, 5, 8]), 2, 3), (torch.tensor([6]), 1, 0)],
        contract=Contract(fresh=True),
        mistakes={
            "The two are the same row: the answer stands in the question.":
                lambda ids, bos, eos: (torch.cat([ids.new_tensor([bos]), ids]),) * 2,
            "The decoder reads no end mark.":
                lambda ids, bos, eos: (
                    torch.cat([ids.new_tensor([bos]), ids, ids.new_tensor([eos])]),
                    torch.cat([ids, ids.new_tensor([eos])]),
                ),
            "The end has to be predicted, too.":
                lambda ids, bos, eos: (
                    torch.cat([ids.new_tensor([bos]), ids[:-1]]), ids.clone()
                ),
            "First what it reads, then what it says.":
                lambda ids, bos, eos: teacher_forcing(ids, bos, eos)[::-1],
            "bos stands in front, eos at the end.": "([bos]) -> ([eos])",
            "The target ends in eos, not in bos.": "([eos]) -> ([bos])",
            "The beginning is read, never said.":
                "torch.cat(\n        [ids, -> torch.cat(\n        "
                "[ids.new_tensor([bos]), ids,",
            "bos and eos are arguments, not always 2 and 3.":
                lambda ids, bos, eos: teacher_forcing(ids, 2, 3),
        },
    ),
    "lengths_before": Exercise(
        reference=lengths_before,
        cases=_written,
        fixed=lambda: [(torch.tensor([[4, 3, 4, 3], [3, 4, 4, 4], [4, 4, 4, 4]]), 3)],
        contract=Contract(no_loop=True),
        mistakes={
            "A row without an end mark has T tokens; argmax says 0.":
                _first_of_each_row,
            "Tokens after the end mark do not count, even if they are no end marks.":
                "((ids == eos).cumsum(dim=1) == 0) -> (ids != eos)",
            "The end mark itself is not before the end.":
                "cumsum(dim=1) == 0 -> cumsum(dim=1).cumsum(dim=1) <= 1",
            "Each row ends where it ends: add up along the row.":
                "cumsum(dim=1) -> cumsum(dim=0)",
            "One number for each row.": ".sum(dim=1) -> .sum()",
            "These are the columns.": ".sum(dim=1) -> .sum(dim=0)",
            "This counts what stands from the end mark on.": "== 0 -> > 0",
            "The last end mark is not the first.":
                "(ids == eos) -> (ids == eos).flip(1)",
        },
    ),
    "padding_share": Exercise(
        reference=padding_share,
        cases=lambda r: ([r.int(1, 9) for _ in range(r.size())], r.int(1, 4)),
        fixed=lambda: [([3, 1, 2], 2), ([5, 5], 2), ([], 3)],
        mistakes={
            "Batches differ in size: add up cells and tokens, then divide once.":
                _mean_of_shares,
            "Each batch is padded to its own longest sentence.":
                "max(batch) -> max(lengths)",
            "The last batch may be smaller.": "len(batch) * -> batch_size *",
            "This is the share of real tokens.": "1 - sum -> sum",
            "An empty list has no padding: 0.0.": " if cells else 0.0 -> ",
            "A batch is as wide as its longest sentence, not its first.":
                "max(batch) -> batch[0]",
            "A share is wanted, not a number of cells.":
                "1 - sum(lengths) / cells -> cells - sum(lengths)",
            "The last sentences belong to a batch, too.":
                "range(0, len(lengths), -> range(0, len(lengths) - 1,",
        },
    ),
}
