"""Network in network: 1 x 1 convolutions, and the mean of a map as a class's logit."""

from torch import nn

from lib.cnn.vgg import kaiming_weights


def nin_block(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
) -> list[nn.Module]:
    """Return the layers of a block: a convolution and two of 1 x 1, each with ReLU.

    The two mix the channels of each pixel, as a small MLP with the same weights at
    every pixel.

    Shapes: (B, in_channels, H, W) -> (B, out_channels, H', W'), as the convolution
    Source: Lin, Chen, Yan (2014), https://arxiv.org/abs/1312.4400
    """
    return [
        nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
    ]


def small_nin() -> nn.Module:
    """Return NiN for small grey pictures: 1.8 million multiplications each.

    Shapes: pictures (B, 1, 28, 28) -> logits (B, 10)
    """
    model = nn.Sequential(
        *nin_block(1, 16, kernel_size=5, padding=2),
        nn.MaxPool2d(kernel_size=3, stride=2),  # (B, 16, 28, 28) -> (B, 16, 13, 13)
        *nin_block(16, 24, kernel_size=3, padding=1),
        nn.MaxPool2d(kernel_size=3, stride=2),  # (B, 24, 13, 13) -> (B, 24, 6, 6)
        nn.Dropout(0.2),
        *nin_block(24, 32, kernel_size=3, padding=1),
        nn.Conv2d(32, 10, kernel_size=1),  # (B, 32, 6, 6) -> (B, 10, 6, 6)
        nn.AdaptiveAvgPool2d(1),  # (B, 10, 6, 6) -> (B, 10, 1, 1)
        nn.Flatten(),  # (B, 10, 1, 1) -> (B, 10)
    )
    return kaiming_weights(model)
