"""Matrix products that are known exactly, computed again and again and compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import isqrt
from typing import NamedTuple

import torch
from torch import Tensor

from lib.core.seed import make_generator
from lib.core.timing import time_on

# For each dtype: p, so that sums of integers up to 2^p are exact (16-bit floats are
# added up in 32 bits), and the largest entry, which must survive the short formats that
# devices may multiply in.
EXACT = {
    torch.float16: (24, 8),  # so small because results beyond 65,504 would be infinite
    torch.bfloat16: (24, 256),
    torch.float32: (24, 256),
    torch.float64: (53, 2**26),
    torch.int32: (30, 2**15),
    torch.int64: (53, 2**26),
}
LOWER_PRECISION = (
    "allow_fp16_reduced_precision_reduction",
    "allow_bf16_reduced_precision_reduction",
    "allow_fp16_accumulation",
)

Product = Callable[[Tensor, Tensor], Tensor]


class Burned(NamedTuple):
    """What a burn found: products and elements checked, wrong ones, s, TFLOP/s."""

    products: int
    elements: int
    wrong: int
    seconds: float
    tflops: float


def largest_entry(size: int, dtype: torch.dtype) -> int:
    """Return m: sums of `size` products of integers from -m to m are exact.

    size · m² ≤ 2^p, so no sum on the way is rounded, whatever the order.

    Raises: ValueError if `size` is not positive or `dtype` is none of EXACT.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    if dtype not in EXACT:
        raise ValueError(
            f"dtype must be one of {', '.join(map(str, EXACT))}, got {dtype}"
        )
    digits, limit = EXACT[dtype]
    return min(limit, isqrt(2**digits // size))


def integer_matrices(
    size: int, dtype: torch.dtype, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Return two random matrices of integers so small that a dtype holds the product.

    Shapes: (size, size) both, in float64 on the CPU.
    Raises: ValueError as `largest_entry` does.
    """
    largest, generator = largest_entry(size, dtype), make_generator(seed)
    first, second = (
        torch.randint(-largest, largest + 1, (size, size), generator=generator)
        for _ in range(2)
    )
    return first.double(), second.double()


def exact_operands(
    size: int, dtype: torch.dtype, device: torch.device | str, *, seed: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """Return two matrices and their product, which the CPU computed once in float64.

    Shapes: (size, size) each.
    Raises: ValueError as `largest_entry` does.
    """
    left, right = integer_matrices(size, dtype, seed)
    left, right, product = (matrix.to(dtype) for matrix in (left, right, left @ right))
    return left.to(device), right.to(device), product.to(device)


def count_wrong(result: Tensor, reference: Tensor) -> Tensor:
    """Count the elements that differ from the reference; NaN is always wrong.

    Shapes: any, the same for both -> ().
    Raises: ValueError if the shapes differ.
    """
    if result.shape != reference.shape:
        shapes = f"{tuple(result.shape)} and {tuple(reference.shape)}"
        raise ValueError(f"result and reference must have the same shape, got {shapes}")
    return (result != reference).sum()


def burn(
    operands: tuple[Tensor, Tensor, Tensor],
    *,
    seconds: float,
    product: Product = torch.mm,
    clock: Callable[[], float] = time.perf_counter,
    on_progress: Callable[[float], object] | None = None,
) -> Burned:
    """Multiply for some seconds and compare every element of every product.

    A call of `on_progress` gets the seconds that have passed; what it returns, if true,
    ends the burn.

    Shapes: operands (n, n) each: left, right and their product.
    Units: TFLOP/s are 10¹² additions and multiplications a second, checking included.
    Raises: ValueError if a product has another shape than the reference.
    """
    left, right, reference = operands
    wrong = count_wrong(
        product(left, right), reference
    )  # sets the device up, not timed
    _wait_for(left.device)
    products, at_once, start = 0, 1, clock()
    now = start
    while now - start < seconds:
        for _ in range(at_once):
            wrong += count_wrong(product(left, right), reference)
        _wait_for(left.device)
        products += at_once
        before, now = now, clock()
        at_once *= (
            2 if now - before < 0.1 else 1
        )  # fewer waits, so that a GPU is never idle
        if on_progress is not None and on_progress(now - start):
            break
    speed = products * operations(len(left)) / (now - start) / 1e12 if products else 0.0
    checked = products + 1
    return Burned(
        checked, checked * reference.numel(), int(wrong.item()), now - start, speed
    )


def operations(size: int) -> int:
    """Return the additions and multiplications of a (size, size) product: 2 · size³."""
    return 2 * size**3


def measure_speeds(
    dtype: torch.dtype,
    device: torch.device | str,
    *,
    sizes: Sequence[int],
    product: Product = torch.mm,
    repeats: int = 5,
    longest: float = 0.1,
) -> list[tuple[int, float]]:
    """Return size and TFLOP/s of the fastest of a few products, size after size.

    It ends after the first product that takes too long.

    Units: `longest` in seconds.
    Raises: ValueError as `largest_entry` and `time_on` do.
    """
    rows = []
    for size in sizes:
        left, right = (
            matrix.to(device, dtype) for matrix in integer_matrices(size, dtype)
        )
        low = time_on(
            device, lambda a=left, b=right: product(a, b), repeats=repeats
        ).low
        rows.append((size, operations(size) / low / 1e12))
        if low > longest:
            break
    return rows


@contextmanager
def exact_sums() -> Iterator[None]:
    """Let GPUs add 16-bit products up in 32 bits throughout, as the exactness needs."""
    switches = torch.backends.cuda.matmul
    before = {
        name: getattr(switches, name)
        for name in LOWER_PRECISION
        if hasattr(switches, name)
    }
    try:
        for name in before:
            setattr(switches, name, False)
        yield
    finally:
        for name, value in before.items():
            setattr(switches, name, value)


def _wait_for(device: torch.device) -> None:
    """Wait until a GPU has done its work; the CPU always has."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
