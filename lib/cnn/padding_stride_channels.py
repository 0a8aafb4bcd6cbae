"""Sizes along one axis: what layers put out, and which input pixels an output sees."""

from collections.abc import Sequence
from typing import NamedTuple

Pair = tuple[int, int]


class WindowLayer(NamedTuple):
    """How a layer slides its window along one axis."""

    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1


class ReceptiveField(NamedTuple):
    """What one output of a stack sees of the input, along one axis.

    Output n sees the pixels from start + n jump to start + n jump + field - 1; those
    below 0 and behind the picture are padding.
    """

    size: int  # how many outputs there are
    field: int
    jump: int
    start: int


def output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    r"""Return how many outputs a convolution or a pooling has along an axis.

    $$\left\lfloor \frac{n + 2p - d\,(k - 1) - 1}{s} \right\rfloor + 1$$

    Units: all in pixels.
    Raises: ValueError for a negative size or padding, for another number below 1, or if
        the window is wider than the padded axis.
    Same as: the shape formula of torch.nn.Conv2d.
    """
    for name, value, least in (
        ("size", size, 0), ("kernel_size", kernel_size, 1), ("stride", stride, 1),
        ("padding", padding, 0), ("dilation", dilation, 1),
    ):  # fmt: skip
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
    span, padded = dilation * (kernel_size - 1) + 1, size + 2 * padding
    if span > padded:
        raise ValueError(f"the window spans {span} pixels, the padded axis {padded}")
    return (padded - span) // stride + 1


def transposed_output_size(
    size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> int:
    r"""Return how many outputs a transposed convolution has along an axis.

    $$(n - 1)\,s - 2p + d\,(k - 1) + 1 + q$$

    $q$ is `output_padding`: with $q < s$ it chooses one of the $s$ sizes that a
    convolution with the same options takes to $n$.

    Units: all in pixels.
    Raises: ValueError if padding leaves nothing, or if `output_padding` is not below
        the stride or the dilation.
    Same as: the shape formula of torch.nn.ConvTranspose2d.
    """
    if not 0 <= output_padding < max(stride, dilation):
        raise ValueError(
            f"output_padding must be from 0 to below stride ({stride}) "
            f"or dilation ({dilation}), got {output_padding}"
        )
    span = dilation * (kernel_size - 1) + 1
    found = (size - 1) * stride + span - 2 * padding + output_padding
    if found < 1:
        raise ValueError(f"padding ({padding}) leaves an output of size {found}")
    return found


def receptive_fields(layers: Sequence[WindowLayer], size: int) -> list[ReceptiveField]:
    r"""Return size, field, jump and start of the input and behind each layer.

    $$r_l = r_{l-1} + d_l\,(k_l - 1)\,j_{l-1}, \quad j_l = s_l\,j_{l-1}, \quad
    a_l = a_{l-1} - p_l\,j_{l-1}, \quad r_0 = j_0 = 1,\ a_0 = 0$$

    $r$ is the field, $j$ the jump and $a$ the start.

    Units: size of a layer in outputs, all else in pixels of the input.
    Raises: ValueError as `output_size` does.
    Source: Araujo, Norris, Sim (2019), Computing receptive fields of convolutional
        neural networks, doi:10.23915/distill.00021
    """
    found = [ReceptiveField(size, 1, 1, 0)]
    for kernel_size, stride, padding, dilation in layers:
        below = found[-1]
        found.append(
            ReceptiveField(
                output_size(below.size, kernel_size, stride, padding, dilation),
                below.field + dilation * (kernel_size - 1) * below.jump,
                below.jump * stride,
                below.start - padding * below.jump,
            )
        )
    return found


def whole_pair(name: str, value: int | Pair, least: int) -> Pair:
    """Return an option for rows and columns: one number serves both.

    Raises: TypeError if it is neither an int nor a pair of them; ValueError for an
        entry below `least`.
    """
    numbers = (value, value) if isinstance(value, int) else value
    if not (
        isinstance(numbers, Sequence)
        and len(numbers) in (1, 2)
        and all(isinstance(n, int) for n in numbers)
    ):
        raise TypeError(f"{name} must be an int or a pair of ints, got {value!r}")
    if min(numbers) < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return numbers[0], numbers[-1]


def edge_padding(
    padding: int | Pair | str, kernel_size: Pair, stride: Pair, dilation: Pair
) -> tuple[int, int, int, int]:
    """Return how much to add left, right, above and below, as `F.pad` takes it.

    "valid" adds nothing. "same" adds d (k - 1) along an axis, so that the size stays;
    half of it comes first, and if that is no whole number, the end gets one more.

    Raises: ValueError for another string, or for "same" with a stride above 1; both
        errors of `whole_pair`.
    Same as: the option `padding` of torch.nn.Conv2d.
    """
    if not isinstance(padding, str):
        top, left = whole_pair("padding", padding, 0)
        return left, left, top, top
    if padding not in ("same", "valid"):
        raise ValueError(f"padding must be 'same', 'valid' or numbers, got {padding!r}")
    if padding == "valid":
        return 0, 0, 0, 0
    if stride != (1, 1):
        raise ValueError(f"padding 'same' needs stride 1, got {stride}")
    rows, columns = (d * (k - 1) for k, d in zip(kernel_size, dilation, strict=True))
    return columns // 2, columns - columns // 2, rows // 2, rows - rows // 2
