"""Checks of the exercises in tensors/attributes."""

import math

import torch

from lib.book.checks import Check, leaves_inputs_unchanged, returns

PICTURE = [[0, 10, 200], [250, 255, 128]]


def _picture() -> torch.Tensor:
    return torch.tensor(PICTURE, dtype=torch.uint8)


def _brightened(picture: torch.Tensor, amount: int) -> torch.Tensor:
    rows = [[min(max(value + amount, 0), 255) for value in row] for row in picture.tolist()]
    return torch.tensor(rows, dtype=torch.uint8)


def _bytes(shape: tuple[int, ...], dtype: torch.dtype) -> int:
    return math.prod(shape) * torch.empty(0, dtype=dtype).element_size()


CHECKS: dict[str, tuple[Check, ...]] = {
    "outer_sum": (
        returns(
            "two against three",
            lambda: (torch.tensor([10.0, 20.0]), torch.tensor([1.0, 2.0, 3.0])),
            torch.tensor([[11.0, 12.0, 13.0], [21.0, 22.0, 23.0]]),
            hint="Row i is b plus a[i]: a runs downwards, b to the right.",
        ),
        returns(
            "equal lengths",
            lambda: (torch.tensor([10.0, 20.0]), torch.tensor([1.0, 2.0])),
            torch.tensor([[11.0, 12.0], [21.0, 22.0]]),
            hint="With equal lengths both orders fit: a is the column, b the row.",
        ),
        leaves_inputs_unchanged(lambda: (torch.ones(2), torch.ones(3))),
    ),
    "brighten": (
        returns(
            "plus 100",
            lambda: (_picture(), 100),
            _brightened,
            hint="Bytes wrap around at 255: compute in a larger kind, then clamp.",
        ),
        returns(
            "minus 50",
            lambda: (_picture(), -50),
            _brightened,
            hint="Below 0 the nearest end is 0.",
        ),
        returns(
            "an amount beyond a byte",
            lambda: (_picture(), 1000),
            _brightened,
            hint="1000 does not fit into a byte itself.",
        ),
        leaves_inputs_unchanged(lambda: (_picture(), 3)),
    ),
    "bytes_needed": (
        returns(
            "floats in a table",
            lambda: ((3, 5), torch.float32),
            _bytes,
            hint="15 numbers of 4 bytes.",
        ),
        returns(
            "half precision and bytes",
            lambda: ((7, 2, 3), torch.bfloat16),
            _bytes,
            hint="bfloat16 takes 2 bytes.",
        ),
        returns("a scalar", lambda: ((), torch.float64), _bytes, hint="No axes: one number."),
        returns(
            "more than any memory",
            lambda: ((10**6, 10**6, 10**3), torch.int64),
            _bytes,
            hint="Multiply the sizes; do not make the tensor.",
        ),
    ),
}
