"""Checks of the exercises in tensors/shapes."""

import torch
from torch import Tensor

from lib.book.checks import Check, leaves_inputs_unchanged, raises, returns, satisfies


def _counted(*shape: int) -> Tensor:
    """Return a tensor of this shape whose elements are all different."""
    return torch.arange(float(torch.Size(shape).numel())).reshape(shape)


def _mosaic(images: Tensor, columns: int) -> Tensor:
    rows = [torch.cat(list(row[:, 0]), dim=1) for row in images.split(columns)]
    return torch.cat(rows, dim=0)


def _heads(x: Tensor, num_heads: int) -> Tensor:
    return torch.stack(x.chunk(num_heads, dim=2), dim=1)


def _joined(x: Tensor) -> Tensor:
    return torch.cat(list(x.unbind(1)), dim=2)


def _backwards(x: Tensor) -> Tensor:
    return torch.stack([x[row] for row in range(len(x) - 1, -1, -2)])


def _windows(x: Tensor, size: int) -> Tensor:
    return torch.stack([x[start : start + size] for start in range(len(x) - size + 1)])


def _is_view(result: Tensor, x: Tensor, size: int) -> bool:
    return result.untyped_storage().nbytes() == x.untyped_storage().nbytes()


CHECKS: dict[str, tuple[Check, ...]] = {
    "mosaic": (
        returns(
            "six pictures, three in a row",
            lambda: (_counted(6, 1, 2, 5), 3),
            _mosaic,
            hint="The axes must stand as (R, H, C, W) before rows join H and columns join W.",
        ),
        returns(
            "four pictures, two in a row",
            lambda: (_counted(4, 1, 3, 3), 2),
            _mosaic,
            hint="Fill row by row: the second picture stands to the right of the first.",
        ),
        returns(
            "three pictures, one in a row",
            lambda: (_counted(3, 1, 2, 2), 1),
            _mosaic,
            hint="`columns` is the number of pictures in a row, not the number of rows.",
        ),
        leaves_inputs_unchanged(lambda: (_counted(4, 1, 2, 3), 2)),
    ),
    "separate_heads": (
        returns(
            "two heads of three features",
            lambda: (_counted(2, 5, 6), 2),
            _heads,
            hint="Cut D into (N, K) first, then swap T and N; a reshape alone mixes positions.",
        ),
        returns(
            "as many heads as positions",
            lambda: (_counted(1, 3, 6), 3),
            _heads,
            hint="Head 0 holds the first K features of every position.",
        ),
        raises(
            "seven features for two heads",
            lambda: (_counted(1, 2, 7), 2),
            ValueError,
            match=r"7[\s\S]*2|2[\s\S]*7",
            hint="The message should name both numbers, the features and the heads.",
        ),
        leaves_inputs_unchanged(lambda: (_counted(2, 3, 4), 2)),
    ),
    "join_heads": (
        returns(
            "two heads of three features",
            lambda: (_counted(2, 2, 5, 3),),
            _joined,
            hint="Swap N and T first; then N and K are neighbours and can be joined.",
        ),
        returns(
            "as many heads as positions",
            lambda: (_counted(1, 3, 3, 2),),
            _joined,
            hint="A position's features are those of head 0, then those of head 1, and so on.",
        ),
        returns(
            "heads that come from a transposed tensor",
            lambda: (_counted(2, 5, 2, 3).transpose(1, 2),),
            _joined,
            hint="The argument's strides may be any; do not rely on them.",
        ),
        leaves_inputs_unchanged(lambda: (_counted(2, 2, 3, 1),)),
    ),
    "every_second_backwards": (
        returns(
            "five rows",
            lambda: (_counted(5, 2),),
            _backwards,
            hint="The first row of the result is the last row of x; columns keep their order.",
        ),
        returns(
            "four rows",
            lambda: (_counted(4, 2),),
            _backwards,
            hint="With an even number of rows, too, the last row comes first: reverse, then step.",
        ),
        returns(
            "a single number in a row",
            lambda: (_counted(1),),
            _backwards,
            hint="x may have any number of axes; only the first is reversed.",
        ),
        leaves_inputs_unchanged(lambda: (_counted(3, 2),)),
    ),
    "sliding_windows": (
        returns(
            "windows of three",
            lambda: (_counted(7), 3),
            _windows,
            hint="Window i begins at x[i]; the last one ends at the last number.",
        ),
        returns(
            "every second number of a longer tensor",
            lambda: (_counted(14)[1::2], 4),
            _windows,
            hint="The step from one number to the next is x.stride(0), which need not be 1.",
        ),
        returns(
            "one window",
            lambda: (_counted(3), 3),
            _windows,
            hint="There are T - size + 1 windows.",
        ),
        satisfies(
            "nothing is copied",
            lambda: (_counted(7), 3),
            _is_view,
            hint="The result has a storage of its own; a view reads that of x.",
        ),
    ),
}
