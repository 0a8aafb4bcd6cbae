"""Exercises of tensors/attributes."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

DTYPES = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
REAL = (*DTYPES, torch.bool, torch.float16, torch.bfloat16, torch.float32, torch.float64)


def _smallest(
    fits: Callable = lambda low, high, info: info.min <= low and high <= info.max,
    dtypes: tuple = DTYPES,
    error: Callable = lambda: ValueError,
) -> Callable:
    """Build an answer that takes the first of the dtypes that `fits`."""

    def smallest_dtype(low: int, high: int) -> torch.dtype:
        for dtype in dtypes:
            if fits(low, high, torch.iinfo(dtype)):
                return dtype
        raise error()(f"{low} to {high}".replace("-", ""))

    return smallest_dtype


def _ends(r: Draw) -> tuple:
    low = r.choice(0, 0, 100, -r.choice(1, 127, 128, 129, 2**15, 2**31, 2**31 + 1, 2**63))
    near = 2 ** r.choice(7, 7, 8, 8, 15, 16, 31, 32, 63)
    return low, max(low, near + r.int(-1, 0))


def _brightened(picture: Tensor, amount: int) -> Tensor:
    return (picture.short() + max(-255, min(amount, 255))).clamp(0, 255).byte()


def _picture(r: Draw) -> tuple:
    amounts = (r.int(-300, 300), r.int(-300, 300), 2**r.int(8, 40), -(2**31), 10**30)
    return r.integers(0, 256, *r.sizes(2), dtype=torch.uint8), r.choice(*amounts)


def _brightened_in_place(picture: Tensor, amount: int) -> Tensor:
    return picture.copy_(_brightened(picture, amount))


def _bytes(shape: tuple, dtype: torch.dtype) -> int:
    return math.prod(shape) * dtype.itemsize


EXERCISES = {
    "smallest_dtype": Exercise(
        reference=_smallest(),
        cases=_ends,
        fixed=lambda: [(0, 255), (0, 256), (-128, 127), (0, 2**63), (-(2**63), 0), (5, 5)],
        mistakes={
            "A dtype must also reach down to low.": _smallest(
                lambda low, high, info: high <= info.max),
            "A dtype must also reach up to high.": _smallest(
                lambda low, high, info: info.min <= low),
            "The ends of a dtype can be stored, too.": _smallest(
                lambda low, high, info: info.min < low and high < info.max),
            "-128 fits into int8: there is one more number below 0 than above.": _smallest(
                lambda low, high, info: max(-low, high) <= info.max
                and info.min <= min(low, 0)),
            "Where one byte is enough with and without a sign, the text wants uint8.":
                _smallest(dtypes=(torch.int8, torch.uint8, *DTYPES[2:])),
            "That many different numbers fit, but perhaps not these.": _smallest(
                lambda low, high, info: high - low <= info.max - info.min),
            "One byte without a sign is a dtype, too.": _smallest(dtypes=DTYPES[1:]),
            "Four bytes lie between two and eight.": _smallest(
                dtypes=(*DTYPES[:3], torch.int64)),
            "Beyond int64 there is no dtype: the text names the error.": _smallest(
                error=lambda: OverflowError),
        },
    ),
    "brighten": Exercise(
        reference=_brightened,
        cases=_picture,
        fixed=lambda: [(torch.tensor([[0, 99, 255]], dtype=torch.uint8), 2**31)],
        contract=Contract(fresh=True),
        mistakes={
            "Bytes wrap around at 256: where may the sum be larger than a byte?":
                lambda picture, amount: picture + max(-255, min(amount, 255)),
            "byte() cuts fractions off: 199.9999 becomes 199.": lambda picture, amount: (
                picture.float() / 255 + amount / 255).clamp(0, 1).mul(255).byte(),
            "And below 0?": lambda picture, amount: (
                picture.short() + max(-255, min(amount, 255))).clamp(max=255).byte(),
            "And above 255?": lambda picture, amount: (
                picture.short() + max(-255, min(amount, 255))).clamp(min=0).byte(),
            "The result should be uint8 again.": lambda picture, amount: (
                picture.int() + max(-255, min(amount, 255))).clamp(0, 255),
            "An amount may be larger than any dtype. What is the largest that matters?":
                lambda picture, amount: (picture.int() + amount).clamp(0, 255).byte(),
            "int64 is large, but an amount may be larger still.":
                lambda picture, amount: (picture.long() + amount).clamp(0, 255).byte(),
            "The picture of the caller was edited.": _brightened_in_place,
            "256 is no byte: it becomes 0.": lambda picture, amount: (
                picture.short() + max(-255, min(amount, 256))).clamp(0, 256).byte(),
            "int8 has one byte as well, and ends at 127.": lambda picture, amount:
                (picture.to(torch.int8) + max(-255, min(amount, 255))).clamp(0, 127).byte(),
        },
    ),
    "bytes_needed": Exercise(
        reference=_bytes,
        cases=lambda r: (
            r.choice(tuple, torch.Size)(r.sizes(r.int(1, 4))),
            r.choice(*REAL, torch.complex64)),
        fixed=lambda: [((), torch.bool), ((10**6, 10**6, 10**3), torch.int64)],
        contract=Contract(exact=True),
        mistakes={
            "Not every number has four bytes.": lambda shape, dtype: 4 * math.prod(shape),
            "That counts the numbers, not their bytes.":
                lambda shape, dtype: math.prod(shape),
            "The sizes are multiplied: a table has rows times columns.":
                lambda shape, dtype: sum(shape) * dtype.itemsize,
            "Those are bits: eight make a byte.": lambda shape, dtype:
                8 * _bytes(shape, dtype),
            "A tensor without axes holds a number all the same.": lambda shape, dtype:
                _bytes(shape, dtype) if shape else 0,
            "This makes the tensor, however large.": lambda shape, dtype:
                torch.empty(shape, dtype=dtype).nbytes,
            "np.prod returns a number of NumPy's, not an int.": lambda shape, dtype:
                np.prod(shape) * dtype.itemsize,
            "A bool fills a byte: torch does not pack them.": lambda shape, dtype:
                math.ceil(math.prod(shape) / 8) if dtype is torch.bool
                else _bytes(shape, dtype),
            "finfo counts the bits of one part; a complex number has two.":
                lambda shape, dtype: _bytes(shape, dtype) // (1 + dtype.is_complex),
            "An int, not a float.": lambda shape, dtype: float(_bytes(shape, dtype)),
        },
    ),
}
