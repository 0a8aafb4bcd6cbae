"""Pooling: one number from each window of a feature map, and so a smaller map.

Letters: B examples, C channels, H × W pixels, P × Q windows of K × L pixels. The axis B
may be missing, as in torch.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from lib.cnn.padding_stride_channels import whole_pair

Size = int | Sequence[int]
OutputSize = int | None | Sequence[int | None]


def max_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    r"""Return the largest number of each window and, if asked for, its index in H × W.

    $$y_{bcpq} = \max_{k, l} x_{b,\, c,\, p s + k d - m,\, q s + l d - m}$$

    with stride $s$, dilation $d$ and padding $m$; what lies outside counts as −inf. Of
    equal numbers the first gets the gradient.

    Shapes: (B, C, H, W) -> (B, C, P, Q)
    Raises: TypeError, ValueError as `pooling_windows`.
    Same as: torch.nn.functional.max_pool2d; where a window holds −inf alone, or several
        NaN, the gradient may go to another of its elements.
    """

    def cut(maps: Tensor, fill: float) -> Tensor:
        return pooling_windows(
            maps, kernel_size, stride, padding, dilation, ceil_mode, fill=fill
        )

    return _largest(input, cut, return_indices)


def avg_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    r"""Return the sum of each window divided by the number of its elements.

    $$y_{bcpq} = \frac{1}{n_{pq}} \sum_{k, l} x_{b,\, c,\, p s + k - m,\, q s + l - m}$$

    $n_{pq}$ counts the padding, too, unless `count_include_pad` is False; not what
    `ceil_mode` adds at the end. `divisor_override` takes the place of $n_{pq}$.

    Shapes: (B, C, H, W) -> (B, C, P, Q)
    Raises: TypeError, ValueError as `pooling_windows`; ValueError if divisor_override
        is 0.
    Same as: torch.nn.functional.avg_pool2d.
    """
    if divisor_override == 0:
        raise ValueError("divisor_override must not be 0")
    windows = pooling_windows(
        input, kernel_size, stride, padding, ceil_mode=ceil_mode, fill=0.0
    )
    total = windows.sum(dim=(-2, -1))  # (B, C, P, Q, K, L) -> (B, C, P, Q)
    if divisor_override is not None:
        return total / divisor_override
    kernel = whole_pair("kernel_size", kernel_size, 1)
    pad = whole_pair("padding", padding, 0)
    steps = kernel if _is_unset(stride) else whole_pair("stride", stride, 1)
    rows, columns = (
        _lengths(*sizes, count_include_pad)
        for sizes in zip(
            total.shape[-2:], input.shape[-2:], kernel, steps, pad, strict=True
        )
    )
    counts = rows[:, None] * columns  # (P, 1) * (Q,) -> (P, Q)
    return total / counts.to(input)


def adaptive_max_pool2d(
    input: Tensor,
    output_size: OutputSize,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Return the largest number of each of P × Q windows that cover the map.

    Shapes: (B, C, H, W) -> (B, C, P, Q)
    Raises: TypeError, ValueError as `adaptive_windows`.
    Same as: torch.nn.functional.adaptive_max_pool2d, with the exception that
        `max_pool2d` names.
    """

    def cut(maps: Tensor, fill: float) -> Tensor:
        return adaptive_windows(maps, output_size, fill=fill)[0]

    return _largest(input, cut, return_indices)


def adaptive_avg_pool2d(input: Tensor, output_size: OutputSize) -> Tensor:
    """Return the mean of each of P × Q windows that cover the map.

    Shapes: (B, C, H, W) -> (B, C, P, Q)
    Raises: TypeError, ValueError as `adaptive_windows`.
    Same as: torch.nn.functional.adaptive_avg_pool2d.
    """
    windows, inside = adaptive_windows(input, output_size)
    # (B, C, P, Q, K, L) -> (B, C, P, Q)
    return windows.sum(dim=(-2, -1)) / inside.sum(dim=(-2, -1))


def global_avg_pool2d(input: Tensor) -> Tensor:
    """Return the mean of each channel, for maps of any size.

    Shapes: (B, C, H, W) -> (B, C)
    Raises: TypeError, ValueError for an input that is no batch of feature maps.
    Same as: torch.nn.functional.adaptive_avg_pool2d(input, 1).flatten(-3).
    """
    _check_maps(input)
    return input.mean(dim=(-2, -1))  # (B, C, H, W) -> (B, C)


def global_max_pool2d(input: Tensor) -> Tensor:
    """Return the largest number of each channel, for maps of any size.

    Shapes: (B, C, H, W) -> (B, C)
    Raises: TypeError, ValueError for an input that is no batch of feature maps.
    Same as: torch.nn.functional.adaptive_max_pool2d(input, 1).flatten(-3).
    """
    _check_maps(input)
    return input.flatten(-2).max(dim=-1).values  # (B, C, H, W) -> (B, C)


def blur_pool2d(input: Tensor, stride: int = 2) -> Tensor:
    r"""Blur each channel with $(1, 2, 1) / 4$ in both directions, then skip pixels.

    Shapes: (B, C, H, W) -> (B, C, ⌈H / stride⌉, ⌈W / stride⌉)
    Raises: TypeError, ValueError for an input that is no batch of feature maps of at
        least 2 × 2 pixels, or a stride below 1.
    Source: Zhang (2019), Making convolutional networks shift-invariant again,
        arXiv:1904.11486; the filter that the paper calls Tri-3
    """
    _check_maps(input, least=2)
    whole_pair("stride", stride, 1)
    line = input.new_tensor([0.25, 0.5, 0.25])
    channels = input.shape[-3]
    weight = torch.outer(line, line).expand(channels, 1, 3, 3)
    padded = F.pad(input, [1, 1, 1, 1], mode="reflect")
    return F.conv2d(padded, weight, stride=stride, groups=channels)


def pooling_windows(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    *,
    fill: float = 0.0,
) -> Tensor:
    """Return every window as a view of the padded input; `fill` stands outside.

    The stride is the kernel's size if not given. With `ceil_mode` a last window may
    reach beyond the padding, if it starts in the picture or in the padding before it.

    Shapes: (B, C, H, W) -> (B, C, P, Q, K, L)
    Raises: TypeError if the input is not floating or a size no whole number; ValueError
        for another rank, an empty map, sizes out of range, padding above half a window,
        or a map in which no window fits.
    """
    _check_maps(input)
    kernel = whole_pair("kernel_size", kernel_size, 1)
    steps = kernel if _is_unset(stride) else whole_pair("stride", stride, 1)
    pad, gaps = whole_pair("padding", padding, 0), whole_pair("dilation", dilation, 1)
    spans = [gap * (k - 1) + 1 for k, gap in zip(kernel, gaps, strict=True)]
    sides = []
    for size, span, step, m in zip(input.shape[-2:], spans, steps, pad, strict=True):
        if m > span // 2:
            raise ValueError(f"padding must be at most half a window ({span}), got {m}")
        count = _count(size + 2 * m - span, step, size + m, ceil_mode)
        if count < 1:
            raise ValueError(f"no window of {span} fits into {size} pixels, padded {m}")
        sides.append((m, (count - 1) * step + span - size - m))  # cuts if negative
    padded = F.pad(input, [*sides[1], *sides[0]], value=fill)
    rows = padded.unfold(-2, spans[0], steps[0])  # (B, C, H, W) -> (B, C, P, W, K)
    windows = rows.unfold(-2, spans[1], steps[1])  # -> (B, C, P, Q, K, L)
    return windows[..., :: gaps[0], :: gaps[1]]


def adaptive_windows(
    input: Tensor, output_size: OutputSize, *, fill: float = 0.0
) -> tuple[Tensor, Tensor]:
    r"""Return P × Q windows that cover the map, and which of their elements are inside.

    Along an axis of $H$ pixels, window $p$ of $P$ goes from $\lfloor p H / P \rfloor$
    up to, not including, $\lceil (p + 1) H / P \rceil$. `fill` stands where it is
    shorter than the longest. A size None keeps the input's.

    Shapes: (B, C, H, W) -> (B, C, P, Q, K, L), (P, Q, K, L)
    Raises: TypeError, ValueError for an input that is no batch of feature maps, or an
        output_size that is not one or two positive whole numbers or None.
    """
    _check_maps(input)
    sizes = output_size if isinstance(output_size, Sequence) else (output_size,) * 2
    if len(sizes) == 2:
        pairs = zip(sizes, input.shape[-2:], strict=True)
        sizes = [old if new is None else new for new, old in pairs]
    counts = whole_pair("output_size", sizes, 1)
    (rows, row_in), (columns, column_in) = (
        _bins(size, count, input.device)
        for size, count in zip(input.shape[-2:], counts, strict=True)
    )
    windows = input[..., rows[:, None, :, None], columns[:, None]]
    inside = row_in[:, None, :, None] & column_in[:, None]  # -> (P, Q, K, L)
    return torch.where(inside, windows, fill), inside


def _largest(
    input: Tensor, cut: Callable[[Tensor, float], Tensor], return_indices: bool
) -> Tensor | tuple[Tensor, Tensor]:
    """Return the maximum of each window that `cut` gives, and perhaps its index."""
    windows = cut(input, -torch.inf).flatten(-2)  # -> (B, C, P, Q, K * L)
    values, chosen = windows.max(dim=-1)
    if not return_indices:
        return values
    height, width = input.shape[-2:]
    numbers = torch.arange(height * width, device=input.device, dtype=torch.float64)
    indices = cut(numbers.view(1, height, width), -1).flatten(-2)  # (1, P, Q, K * L)
    indices = indices.expand(*chosen.shape, -1).gather(-1, chosen.unsqueeze(-1))
    return values, indices.squeeze(-1).long()


def _count(room: int, step: int, end: int, ceil_mode: bool) -> int:
    """Return how many windows lie along an axis on which the first leaves `room`."""
    if not ceil_mode:
        return room // step + 1
    count = -(-room // step) + 1
    return count - 1 if (count - 1) * step >= end else count


def _lengths(
    count: int, size: int, kernel: int, step: int, pad: int, count_include_pad: bool
) -> Tensor:
    """Return over how many elements of an axis each window goes: (count,)."""
    starts = torch.arange(count) * step - pad
    ends = (starts + kernel).clamp(max=size + pad)
    if not count_include_pad:
        starts, ends = starts.clamp(min=0), ends.clamp(max=size)
    return ends - starts


def _bins(size: int, count: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the indices of `count` windows over an axis and which are in: (P, K)."""
    windows = torch.arange(count, device=device)
    starts = windows * size // count
    ends = -(-(windows + 1) * size // count)
    longest = int((ends - starts).max())
    indices = starts[:, None] + torch.arange(longest, device=device)
    return indices.clamp(max=size - 1), indices < ends[:, None]


def _check_maps(input: Tensor, least: int = 1) -> None:
    """Raise unless the input is (B, C, H, W) or (C, H, W) of floats, `least` wide."""
    shape = tuple(input.shape)
    if len(shape) not in (3, 4) or min(shape[-3:], default=0) < 1:
        raise ValueError(f"input must have shape (B, C, H, W), got {shape}")
    if min(shape[-2:]) < least:
        raise ValueError(f"input must have {least} rows and columns, got {shape}")
    if not input.is_floating_point():
        raise TypeError(f"input must be floating-point, got {input.dtype}")


def _is_unset(stride: Size | None) -> bool:
    return stride is None or stride == ()
