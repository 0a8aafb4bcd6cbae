"""Convolutions, pooling, norms."""

from functools import partial

from torch import nn
from torch.nn import functional as F

from lib.cnn.batch_norm import BatchNorm, InstanceNorm
from lib.cnn.convolution import Conv2d, conv2d, conv_transpose2d
from lib.cnn.correlation import correlate_by_fft, correlate_by_loops, correlate_by_shifts
from lib.cnn.normalisation import GroupNorm, LayerNorm, RMSNorm
from lib.cnn.pooling import adaptive_avg_pool2d, adaptive_max_pool2d, avg_pool2d, max_pool2d
from tests.torch_samples.adapt import as_module
from tests.torch_samples.twin import Refusal, Twin

WAYS = (correlate_by_loops, correlate_by_shifts, correlate_by_fft)  # conv2d takes the fourth

EMPTY_BATCH = Refusal(ValueError, "x must hold at least 2 values", "no empty batch in training")
NO_BATCH = Refusal(ValueError, r"x must have shape \(B, 3, L", "only batches")


def correlating(way):
    """Pass a way to correlate to the function around it."""
    return partial(conv2d, correlate=way)


def pooling_layer(function):
    """Ours are functions; torch's samples of the modules give the sizes by position."""
    names = ("output_size",) if "adaptive" in function.__name__ else (
        "kernel_size", "stride", "padding"
    )  # fmt: skip
    return lambda *args, **options: as_module(function)(
        **dict(zip(names, args, strict=False)), **options
    )


TWINS = [
    Twin(conv2d, F.conv2d, equal=30),
    *(Twin(way, F.conv2d, equal=30, adapt=correlating) for way in WAYS),
    Twin(conv_transpose2d, F.conv_transpose2d, equal=12),
    Twin(Conv2d, nn.Conv2d, equal=4),
    *(Twin(BatchNorm, norm, equal=6, refuses=(EMPTY_BATCH,))
      for norm in (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)),
    *(Twin(InstanceNorm, norm, equal=4, refuses=(NO_BATCH,))
      for norm in (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)),
    Twin(GroupNorm, nn.GroupNorm, equal=10),
    Twin(LayerNorm, nn.LayerNorm, equal=7),
    Twin(RMSNorm, nn.RMSNorm, equal=6),
    Twin(max_pool2d, F.max_pool2d, equal=200),
    Twin(avg_pool2d, F.avg_pool2d, equal=7),
    Twin(adaptive_avg_pool2d, F.adaptive_avg_pool2d, equal=10),
    Twin(adaptive_max_pool2d, F.adaptive_max_pool2d, equal=34),
    Twin(max_pool2d, nn.MaxPool2d, equal=3, adapt=pooling_layer),
    Twin(avg_pool2d, nn.AvgPool2d, equal=7, adapt=pooling_layer),
    Twin(adaptive_avg_pool2d, nn.AdaptiveAvgPool2d, equal=5, adapt=pooling_layer),
    Twin(adaptive_max_pool2d, nn.AdaptiveMaxPool2d, equal=4, adapt=pooling_layer),
]  # fmt: skip
