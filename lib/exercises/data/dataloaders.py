"""Checks of the exercises in data/dataloaders."""

import torch
from torch import Tensor

from lib.book.checks import Check, leaves_inputs_unchanged, raises, returns


def _batches(order: list[int], batch_size: int, drop_last: bool = False) -> list[list[int]]:
    found = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return [batch for batch in found if len(batch) == batch_size or not drop_last]


def _rows(scale: float = 1.0) -> tuple[Tensor, Tensor]:
    """Return values and mask of three sequences. Shapes: (3, 4, 2), (3, 4)."""
    values = torch.randn(3, 4, 2, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[True] * 4, [True, False, False, False], [True, True, True, False]])
    return scale * values, mask


def _negative_rows() -> tuple[Tensor, Tensor]:
    values, mask = _rows()
    return -1 - values.abs(), mask


def _rows_with_large_padding() -> tuple[Tensor, Tensor]:
    values, mask = _rows()
    return torch.where(mask[..., None], values, 1e6), mask


def _largest(values: Tensor, mask: Tensor) -> Tensor:
    rows = [row[real].amax(dim=0) for row, real in zip(values, mask, strict=True)]
    return torch.stack(rows)  # B of (D,) -> (B, D)


def _by_length(lengths: list[int], batch_size: int) -> list[list[int]]:
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    return _batches(order, batch_size)


def _sentences(*lengths: int) -> list[tuple[Tensor, int]]:
    return [
        (torch.arange(1, 1 + length) * 10 + length, label) for label, length in enumerate(lengths)
    ]


def _left(examples: list[tuple[Tensor, int]]) -> tuple[Tensor, Tensor, Tensor]:
    longest = max(len(sequence) for sequence, _ in examples)
    values = torch.zeros(len(examples), longest, dtype=examples[0][0].dtype)
    mask = torch.zeros(len(examples), longest, dtype=torch.bool)
    for row, (sequence, _) in enumerate(examples):
        values[row, longest - len(sequence) :] = sequence
        mask[row, longest - len(sequence) :] = True
    return values, mask, torch.tensor([label for _, label in examples])


CHECKS: dict[str, tuple[Check, ...]] = {
    "batch_indices": (
        returns(
            "six indices in batches of two",
            lambda: ([5, 3, 0, 1, 4, 2], 2),
            _batches,
            hint="Cut the order as it stands: the first two indices are the first batch.",
        ),
        returns(
            "a short last batch is kept",
            lambda: (list(range(7)), 3),
            _batches,
            hint="Seven indices in batches of three end in a batch of one.",
        ),
        returns(
            "a short last batch is dropped",
            lambda: (list(range(7)), 3, True),
            _batches,
            hint="With drop_last the batch of one goes.",
        ),
        returns(
            "a full last batch is never dropped",
            lambda: (list(range(6)), 3, True),
            _batches,
            hint="The last batch is full here: drop_last concerns short batches only.",
        ),
        returns("an empty order", lambda: ([], 3), [], hint="No indices, no batches: []."),
        raises("batches of nothing", lambda: ([1, 2], 0), ValueError),
        raises("batches of a negative size", lambda: ([1, 2], -1), ValueError),
        leaves_inputs_unchanged(lambda: ([2, 0, 1], 2)),
    ),
    "masked_max": (
        returns(
            "three sequences",
            _rows,
            _largest,
            hint="For each row and column of features the maximum over axis 1, real places only.",
        ),
        returns(
            "padding that is larger than everything real",
            _rows_with_large_padding,
            _largest,
            hint="Padding must not win, whatever it holds.",
        ),
        returns(
            "all real values negative",
            _negative_rows,
            _largest,
            hint="Filling the padding with 0 lets it win here: 0 is larger than all real values.",
        ),
        returns(
            "real values far below zero",
            lambda: _rows(1e30),
            _largest,
            hint="Fill with minus infinity: any finite number can be undercut.",
        ),
        leaves_inputs_unchanged(_rows),
    ),
    "length_batches": (
        returns(
            "six different lengths",
            lambda: ([5, 3, 9, 1, 4, 7], 2),
            _by_length,
            hint="Batches hold indices, and the first batch those of the two shortest sequences.",
        ),
        returns(
            "equal lengths",
            lambda: ([2, 1, 2, 1, 2, 1], 2),
            _by_length,
            hint="Equal lengths stay in their original order: 1, 3, 5, then 0, 2, 4.",
        ),
        returns(
            "a short last batch",
            lambda: ([4, 3, 2, 1, 9], 2),
            _by_length,
            hint="The longest sequence is left over and makes a batch of its own.",
        ),
        leaves_inputs_unchanged(lambda: ([3, 1, 2], 2)),
    ),
    "collate_left": (
        returns(
            "three sequences",
            lambda: (_sentences(3, 1, 2),),
            _left,
            hint="Each row ends in the last element of its sequence; the mask is True there.",
        ),
        returns(
            "a sequence with a real zero",
            lambda: ([(torch.tensor([4, 0, 7]), 1), (torch.tensor([0]), 0)],),
            _left,
            hint="Make the mask from lengths: `values != 0` takes a real 0 for padding.",
        ),
        returns(
            "a batch of one",
            lambda: (_sentences(2),),
            _left,
            hint="One example: no padding, but still a batch axis.",
        ),
        returns(
            "fractional numbers",
            lambda: ([(torch.tensor([0.5]), 3), (torch.tensor([1.5, 2.5]), 4)],),
            _left,
            hint="The values keep the dtype of the sequences.",
        ),
        leaves_inputs_unchanged(lambda: (_sentences(3, 1),)),
    ),
}
