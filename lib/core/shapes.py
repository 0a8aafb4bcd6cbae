"""Shape checks whose errors say what was wanted, what came, and which axis is wrong."""

from collections.abc import Sequence

import torch


def check_shape(
    name: str, tensor: torch.Tensor, *expected: int | str | None
) -> dict[str, int]:
    """Check a tensor's shape and return the sizes bound to the letters.

    Each expected size is a number, a letter (every axis with that letter has one size)
    or None (any size). `check_shape("x", x, "B", "T", 7)` accepts (2, 3, 7) and returns
    {"B": 2, "T": 3}.

    Shapes: tensor (any).
    Raises: TypeError if `tensor` is not a tensor, ValueError if its shape differs.
    """
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(tensor).__name__}")
    shape = tuple(tensor.shape)
    message = f"{name} must have shape {_written(expected)}, got {shape}"
    if len(shape) != len(expected):
        raise ValueError(f"{message}: its rank is {len(shape)}, wanted {len(expected)}")
    sizes: dict[str, int] = {}
    for axis, (size, wanted) in enumerate(zip(shape, expected, strict=True)):
        if isinstance(wanted, str):
            first = sizes.setdefault(wanted, size)
            if size != first:
                raise ValueError(
                    f"{message}: axis {axis} is {size}, wanted {wanted} = {first}"
                )
        elif wanted is not None and size != wanted:
            raise ValueError(f"{message}: axis {axis} is {size}, wanted {wanted}")
    return sizes


def check_sizes(name: str, shape: Sequence[int]) -> tuple[int, ...]:
    """Return a shape as a tuple of ints.

    Raises: TypeError if it is not a sequence of ints; ValueError for a negative size.
    """
    if not isinstance(shape, Sequence) or not all(isinstance(n, int) for n in shape):
        raise TypeError(
            f"{name} must be a sequence of ints such as (2, 3), got {shape!r}"
        )
    if any(size < 0 for size in shape):
        raise ValueError(f"{name} must hold sizes of 0 or more, got {tuple(shape)}")
    return tuple(shape)


def _written(expected: tuple[int | str | None, ...]) -> str:
    names = ["any" if size is None else str(size) for size in expected]
    return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"
