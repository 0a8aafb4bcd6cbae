"""A check of bare shapes, where there is no tensor yet."""

from collections.abc import Sequence


def check_sizes(name: str, shape: Sequence[int]) -> tuple[int, ...]:
    """Return a shape as a tuple of ints.

    Raises: TypeError if it is not a sequence of ints; ValueError for a negative size.
    """
    if not isinstance(shape, Sequence) or any(not isinstance(size, int) for size in shape):
        raise TypeError(f"{name} must be a sequence of ints such as (2, 3), got {shape!r}")
    if any(size < 0 for size in shape):
        raise ValueError(f"{name} must hold sizes of 0 or more, got {tuple(shape)}")
    return tuple(shape)
