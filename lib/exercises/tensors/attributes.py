"""Exercises of tensors/attributes."""

import math

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

DTYPES = (torch.bool, torch.uint8, torch.int16, torch.int64, torch.bfloat16,
          torch.float16, torch.float32, torch.float64, torch.complex64)  # fmt: skip


def smallest_dtype(low, high):
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
        info = torch.iinfo(dtype)
        if info.min <= low and high <= info.max:
            return dtype
    raise ValueError("no dtype is large enough")


def _ends(r: Draw) -> tuple:
    low = r.choice(0, 0, 100, -1, -127, -128, -129, -(2**15), -(2**31) - 1, -(2**63))
    near = 2 ** r.choice(7, 7, 8, 8, 15, 16, 31, 32, 63)
    return low, max(low, near + r.int(-1, 0))


def brighten(picture, amount):
    amount = max(-255, min(amount, 255))
    return (picture.to(torch.int16) + amount).clamp(0, 255).to(torch.uint8)


def _picture(r: Draw) -> tuple:
    amounts = (r.int(-300, 300), r.int(-300, 300), 2**r.int(8, 40), -(2**31), 10**30)
    return r.integers(0, 256, *r.sizes(2), dtype=torch.uint8), r.choice(*amounts)


def bytes_needed(shape, dtype):
    return math.prod(shape) * dtype.itemsize


def _shape(r: Draw) -> tuple:
    return r.choice(tuple, torch.Size)(r.sizes(r.int(1, 4))), r.choice(*DTYPES)


EXERCISES = {
    "smallest_dtype": Exercise(
        reference=smallest_dtype,
        cases=_ends,
        fixed=lambda: [(0, 255), (-128, 127), (0, 2**63), (-(2**63), 0), (5, 5)],
        mistakes={
            "A dtype must also reach down to low.": "info.min <= low and -> ",
            "A dtype must also reach up to high.": "and high <= info.max -> ",
            "The ends of a dtype can be stored, too.": "<= -> <",
            "-128 fits into int8: one more number lies below 0 than above.":
                "info.min <= -> -info.max <=",
            "Where both dtypes of one byte are enough, the task wants uint8.":
                "torch.uint8, torch.int8 -> torch.int8, torch.uint8",
            "That many different numbers fit, but perhaps not these.":
                "info.min <= low and high <= info.max -> "
                "high - low <= info.max - info.min",
            "One byte without a sign is a dtype, too.": "torch.uint8, -> ",
            "Four bytes lie between two and eight.": "torch.int32, -> ",
            "The task names another error.": "ValueError -> OverflowError",
        },
    ),
    "brighten": Exercise(
        reference=brighten,
        cases=_picture,
        fixed=lambda: [(torch.tensor([[0, 99, 255]], dtype=torch.uint8), 2**31)],
        contract=Contract(fresh=True),
        mistakes={
            "Bytes wrap around at 256: which dtype has room for the sum?":
                "int16 -> uint8",
            "byte() cuts fractions off: 199.9999 becomes 199.":
                "picture.to(torch.int16) + amount).clamp(0, 255) -> "
                "picture / 255 + amount / 255).clamp(0, 1).mul(255)",
            "And below 0?": "clamp(0, 255) -> clamp(max=255)",
            "And above 255?": "clamp(0, 255) -> clamp(min=0)",
            "The result should be uint8 again.": ".to(torch.uint8) -> ",
            "An amount may be larger than any dtype: from where on is it all the same?":
                "max(-255, min(amount, 255)) -> int(amount)",
            "The picture of the caller was edited.":
                "(picture.to(torch.int16) + amount) -> "
                "picture.copy_((picture.to(torch.int16) + amount).clamp(0, 255))",
            "256 is no byte: it becomes 0.": "255 -> 256",
            "int8 has one byte as well, and ends at 127.": "int16 -> int8",
        },
    ),
    "bytes_needed": Exercise(
        reference=bytes_needed,
        cases=_shape,
        fixed=lambda: [((), torch.bool), ((10**6, 10**6, 10**3), torch.int64)],
        contract=Contract(exact=True),
        mistakes={
            "Not every number has four bytes.": "dtype.itemsize -> 4",
            "That counts the numbers, not their bytes.": "* dtype.itemsize -> ",
            "The sizes are multiplied: a table has rows times columns.":
                "math.prod -> sum",
            "Those are bits: eight make a byte.":
                "dtype.itemsize -> dtype.itemsize * 8",
            "A tensor without axes holds a number all the same.":
                "math.prod(shape) -> bool(shape) * math.prod(shape)",
            "This makes the tensor, however large.":
                "math.prod(shape) * -> torch.empty(shape, dtype=dtype).numel() *",
            "Tensors multiply to a tensor, not to an int.":
                "math.prod(shape) -> torch.tensor(shape).prod()",
            "A bool fills a byte: torch does not pack them.":
                "math.prod(shape) -> math.ceil(math.prod(shape) / "
                "(8 if dtype == torch.bool else 1))",
            "A complex number has two parts.":
                "itemsize -> itemsize // (1 + dtype.is_complex)",
            "An int, not a float.": "dtype.itemsize -> float(dtype.itemsize)",
        },
    ),
}
