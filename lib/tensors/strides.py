"""How shape, strides and offset lead to a storage; when a new shape needs no copy."""

from collections.abc import Sequence
from math import prod

from torch import Tensor

from lib.core.shapes import check_sizes

Sizes = Sequence[int]


def contiguous_strides(shape: Sizes) -> tuple[int, ...]:
    """Return the strides of a tensor whose elements lie in reading order, without gaps.

    stride(k) = size(k + 1) · size(k + 2) · … ; the last axis has stride 1. A size of 0
    counts as 1.

    Units: strides count elements, not bytes.
    Raises: TypeError or ValueError if `shape` is not a sequence of sizes.
    Same as: torch.empty(shape).stride().
    """
    sizes = [max(size, 1) for size in check_sizes("shape", shape)]
    return tuple(prod(sizes[axis + 1 :]) for axis in range(len(sizes)))


def storage_index(index: Sizes, stride: Sizes, offset: int = 0) -> int:
    """Return which element of the storage an index reaches.

    storage index = offset + index(0) · stride(0) + index(1) · stride(1) + …

    Units: elements, not bytes.
    Raises: ValueError if index and stride have different lengths.
    """
    if len(index) != len(stride):
        raise ValueError(
            f"index must have one entry per stride of {tuple(stride)}, got {index}"
        )
    return offset + sum(i * step for i, step in zip(index, stride, strict=True))


def runs(shape: Sizes, stride: Sizes) -> list[tuple[int, int]]:
    """Join neighbouring axes that one step can walk through; return (size, step) pairs.

    An axis joins the run on its right if stride(k) = size · step of that run, or its
    size is 1.

    Units: steps count elements, not bytes.
    Raises: TypeError or ValueError if `shape` is not a sequence of sizes, or `stride`
    has another length.
    """
    shape = check_sizes("shape", shape)
    if len(stride) != len(shape):
        raise ValueError(
            f"stride must have one entry per axis of shape {shape}, got {stride}"
        )
    found: list[tuple[int, int]] = []
    for size, step in zip(reversed(shape), reversed(stride), strict=True):
        if found and (size == 1 or step == prod(found[0])):
            found[0] = (size * found[0][0], found[0][1])
        else:
            found.insert(0, (size, step))
    return found


def view_strides(
    shape: Sizes, stride: Sizes, new_shape: Sizes
) -> tuple[int, ...] | None:
    """Return the strides of a tensor in a new shape without a copy, None if none do.

    Every new axis must lie within one run: from the right, new axes are dealt to a run
    until their sizes multiply to its size, and each gets step(run) · (sizes already
    dealt to that run).

    Units: strides count elements, not bytes.
    Raises: TypeError or ValueError if a shape is not a sequence of sizes, `stride` has
    another length than `shape`, or the shapes hold different numbers of elements.
    Same as: torch.Tensor.view(new_shape).stride(); a size of -1 ("work it out") is
    refused.
    """
    shape, left = check_sizes("shape", shape), list(check_sizes("new_shape", new_shape))
    if prod(shape) != prod(left):
        raise ValueError(
            f"new_shape {tuple(left)} must hold {prod(shape)} elements like {shape}"
        )
    if prod(shape) == 0:  # no element to reach: any strides do, and torch takes these
        return tuple(stride) if shape == tuple(left) else contiguous_strides(left)
    strides: list[int] = []
    for size, step in reversed(runs(shape, stride) or [(1, 1)]):
        filled = 1
        while left and (filled < size or left[-1] == 1):
            strides.insert(0, filled * step)
            filled *= left.pop()
        if filled != size:
            return None
    return tuple(strides)


def shares_storage(first: Tensor, second: Tensor) -> bool:
    """Return whether two tensors read one storage; an empty one is never shared.

    Shapes: first, second (any).
    """
    mine, other = first.untyped_storage(), second.untyped_storage()
    return mine.nbytes() > 0 and mine.data_ptr() == other.data_ptr()
