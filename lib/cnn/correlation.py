"""Cross-correlation in four ways: loops, a matrix of windows, shifted sums, FFT.

Letters: B pictures, G groups with C input and O output channels each, height H and
width W, kernels of h rows and w columns. All four give the same numbers.
"""

import torch
from torch import Tensor

from lib.cnn.padding_stride_channels import Pair


def correlate_by_loops(
    x: Tensor, weight: Tensor, stride: Pair, dilation: Pair
) -> Tensor:
    """Lay the kernels on each position in turn, multiply, and add up: for reading only.

    y[b, g, o, r, s] = Σ weight[g, o, c, i, j] x[b, g, c, r stride + i dilation, …]

    Shapes: x (B, G, C, H, W), weight (G, O, C, h, w) -> (B, G, O, H', W')
    """
    span = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[-2:], strict=True)]
    rows = []
    for top in range(0, x.shape[-2] - span[0] + 1, stride[0]):
        row = []
        for left in range(0, x.shape[-1] - span[1] + 1, stride[1]):
            patch = x[..., top : top + span[0] : dilation[0], :]
            patch = patch[..., left : left + span[1] : dilation[1]]
            products = patch[:, :, None] * weight  # (B, G, O, C, h, w)
            row.append(products.sum(dim=(-3, -2, -1)))  # -> (B, G, O)
        rows.append(torch.stack(row, dim=-1))  # W' times (B, G, O) -> (B, G, O, W')
    return torch.stack(rows, dim=-2)  # H' times (B, G, O, W') -> (B, G, O, H', W')


def sliding_windows(
    x: Tensor, kernel_size: Pair, stride: Pair, dilation: Pair
) -> Tensor:
    """Return a view of all windows of a picture: no number is copied.

    Shapes: x (..., H, W) -> (..., H', W', h, w)
    """
    for k, s, d in zip(kernel_size, stride, dilation, strict=True):
        x = x.unfold(-2, d * (k - 1) + 1, s)[..., ::d]  # (..., H, W) -> (..., H', W, h)
    return x  # after the second turn (..., H', W, h) -> (..., H', W', h, w)


def correlate_by_windows(
    x: Tensor, weight: Tensor, stride: Pair, dilation: Pair
) -> Tensor:
    """Multiply a matrix of all windows, one a column, by a matrix of all kernels.

    Shapes: x (B, G, C, H, W), weight (G, O, C, h, w) -> (B, G, O, H', W')
    Source: Chellapilla, Puri, Simard (2006), High performance convolutional neural
        networks for document processing, https://inria.hal.science/inria-00112631
    """
    windows = sliding_windows(x, weight.shape[-2:], stride, dilation)
    # (G, O, C, h, w), (B, G, C, H', W', h, w) -> (B, G, O, H', W')
    return torch.einsum("gocij,bgcyxij->bgoyx", weight, windows)


def correlate_by_shifts(
    x: Tensor, weight: Tensor, stride: Pair, dilation: Pair
) -> Tensor:
    """Add up shifted pictures, one for each entry of the kernels.

    Shapes: x (B, G, C, H, W), weight (G, O, C, h, w) -> (B, G, O, H', W')
    """
    (H, W), (h, w), total = x.shape[-2:], weight.shape[-2:], 0
    for i in range(h):
        top, bottom = i * dilation[0], H - (h - 1 - i) * dilation[0]
        for j in range(w):
            left, right = j * dilation[1], W - (w - 1 - j) * dilation[1]
            shifted = x[..., top : bottom : stride[0], left : right : stride[1]]
            total = total + torch.einsum("goc,bgcyx->bgoyx", weight[..., i, j], shifted)
    return total


def correlate_by_fft(x: Tensor, weight: Tensor, stride: Pair, dilation: Pair) -> Tensor:
    """Multiply the spectra, go back, and drop where the kernel runs over an edge.

    The spectrum of a correlation is that of the picture times the conjugate of the
    kernel's.

    Shapes: x (B, G, C, H, W), weight (G, O, C, h, w) -> (B, G, O, H', W')
    Source: Mathieu, Henaff, LeCun (2014), Fast training of convolutional networks
        through FFTs, arXiv:1312.5851
    """
    H, W = x.shape[-2:]
    h, w = (d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[-2:], strict=True))
    spread = weight.new_zeros(*weight.shape[:-2], h, w)
    spread[..., :: dilation[0], :: dilation[1]] = weight
    pictures = torch.fft.rfft2(x)
    kernels = torch.fft.rfft2(spread, s=(H, W)).conj()
    products = torch.einsum("bgcyx,gocyx->bgoyx", pictures, kernels)
    everywhere = torch.fft.irfft2(products, s=(H, W))
    return everywhere[..., : H - h + 1 : stride[0], : W - w + 1 : stride[1]]
