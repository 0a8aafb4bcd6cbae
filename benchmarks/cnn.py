"""What the course's convolutions cost beside torch's, forward and backward."""

from collections.abc import Callable

import torch
from torch.nn import functional as F

from lib.cnn.convolution import conv2d
from lib.cnn.correlation import correlate_by_fft, correlate_by_shifts, correlate_by_windows
from lib.core.seed import make_generator

Work = Callable[[], object]
WAYS = {
    "windows": correlate_by_windows, "shifts": correlate_by_shifts, "FFT": correlate_by_fft,
}  # fmt: skip
SETTINGS = {  # pictures, input channels, output channels, size, size of the kernel
    "1 -> 6, 28x28, kernel 5": (64, 1, 6, 28, 5),
    "1 -> 32, 64x64": (16, 1, 32, 64, 3),
    "16 -> 32, 28x28": (64, 16, 32, 28, 3),
    "16 -> 32, 64x64": (16, 16, 32, 64, 3),
}


def convolution_pair(
    way: str, batch: int, in_channels: int, out_channels: int, size: int, kernel_size: int
) -> tuple[Work, Work]:
    """Return a convolution with all its gradients, by one of our ways and by torch."""
    generator = make_generator(0)
    shapes = (
        (batch, in_channels, size, size),
        (out_channels, in_channels, kernel_size, kernel_size),
        (out_channels,),
    )
    inputs = [torch.randn(shape, generator=generator, requires_grad=True) for shape in shapes]
    arriving = torch.randn(batch, out_channels, size, size, generator=generator)

    def work(function: Callable, **options: object) -> Work:
        def run() -> object:
            result = function(*inputs, padding=kernel_size // 2, **options)
            return torch.autograd.grad(result, inputs, arriving)

        return run

    return work(conv2d, correlate=WAYS[way]), work(F.conv2d)
