"""The broadcasting rule written out: shapes, and a gradient's way back."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from lib.core.shapes import check_sizes

Shape = Sequence[int]


class AlignedAxis(NamedTuple):
    """One axis of several shapes aligned at their right ends.

    `axis` counts from the right (-1 is the last axis); `sizes` holds one size per
    shape, None where a shape has no such axis; `size` is the size of the result, None
    where the shapes clash.
    """

    axis: int
    sizes: tuple[int | None, ...]
    size: int | None


def align(*shapes: Shape) -> list[AlignedAxis]:
    """Align shapes at the right and apply the rule to each axis, the last axis first.

    size(axis) = the one size other than 1 among the shapes; 1 if there is none; a clash
    (None) if there are two. An axis that a shape does not have counts as size 1.

    Raises: TypeError for a shape that is not a sequence of ints; ValueError for a
    negative size.
    """
    checked = [check_sizes("shapes", shape) for shape in shapes]
    rank = max((len(shape) for shape in checked), default=0)
    rows = []
    for axis in range(-1, -rank - 1, -1):
        sizes = tuple(shape[axis] if -axis <= len(shape) else None for shape in checked)
        wanted = {size for size in sizes if size not in (None, 1)}
        size = None if len(wanted) > 1 else max(wanted, default=1)
        rows.append(AlignedAxis(axis, sizes, size))
    return rows


def broadcast_shape(*shapes: Shape) -> tuple[int, ...]:
    """Return the shape that the shapes broadcast to.

    Raises: ValueError naming two shapes that clash, the axis counted from the right and
    the two sizes; TypeError for a shape that is not a sequence of ints.
    Same as: torch.broadcast_shapes (which also takes a bare int for a shape with one
    axis).
    """
    rows = align(*shapes)
    for row in rows:
        if row.size is None:
            first, second = _clashing_pair(row.sizes)
            raise ValueError(
                f"shapes {tuple(shapes[first])} and {tuple(shapes[second])} do not "
                f"broadcast: axis {row.axis} is {row.sizes[first]} and "
                f"{row.sizes[second]}, and neither is 1"
            )
    return tuple(row.size for row in reversed(rows))


def unbroadcast(gradient: Tensor, shape: Shape) -> Tensor:
    """Sum the gradient of a broadcast tensor back to the shape it had before.

    An element copied n times receives the sum of the n gradients of its copies: sum
    over the axes that were added on the left, and over those stretched from size 1
    (kept, with size 1).

    Shapes: gradient (any shape that `shape` broadcasts to) -> `shape`.
    Raises: ValueError if `shape` does not broadcast to the gradient's shape.
    Same as: torch.Tensor.sum_to_size; the gradient of torch.Tensor.expand.
    """
    shape = check_sizes("shape", shape)
    _check_broadcasts_to("shape", shape, tuple(gradient.shape))
    added = gradient.dim() - len(shape)
    stretched = [
        axis
        for axis, size in enumerate(shape, start=added)
        if size != gradient.shape[axis]
    ]
    if stretched:
        # (..., n, ...) -> (..., 1, ...)
        gradient = gradient.sum(dim=stretched, keepdim=True)
    if added:
        # (added..., shape...) -> (shape...)
        gradient = gradient.sum(dim=tuple(range(added)))
    return gradient


def _check_broadcasts_to(
    name: str, shape: tuple[int, ...], target: tuple[int, ...]
) -> None:
    """Check that `target` is reached by stretching `shape` alone.

    Raises: ValueError naming the axis that cannot be stretched.
    """
    if len(shape) > len(target):
        raise ValueError(
            f"{name} {shape} has {len(shape)} axes and does not broadcast to {target}, "
            f"which has {len(target)}"
        )
    for axis in range(-1, -len(shape) - 1, -1):
        if shape[axis] not in (1, target[axis]):
            wanted = map(str, sorted({1, target[axis]}))
            raise ValueError(
                f"{name} {shape} does not broadcast to {target}: axis {axis} is "
                f"{shape[axis]}, wanted {' or '.join(wanted)}"
            )


def _clashing_pair(sizes: tuple[int | None, ...]) -> tuple[int, int]:
    """Return the positions of the first two different sizes other than 1."""
    fixed = [(place, size) for place, size in enumerate(sizes) if size not in (None, 1)]
    first, first_size = fixed[0]
    second = next(place for place, size in fixed if size != first_size)
    return first, second
