"""LeNet, as it was taught for decades and as it is built today, for 28 × 28 digits."""

from collections.abc import Callable

from torch import nn


def lenet(
    activation: Callable[[], nn.Module], pooling: Callable[[int], nn.Module]
) -> nn.Sequential:
    """Return LeNet with this activation and this pooling, which halves the picture.

    Two convolutions that see 5 × 5 pixels, each with an activation and a pooling behind
    it, and three fully connected layers. It has 61,706 parameters.

    Shapes: images (B, 1, 28, 28) -> logits (B, 10)
    Source: LeCun, Bottou, Bengio, Haffner (1998), doi:10.1109/5.726791; see
        `classic_lenet` for what is simpler here.
    """
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        activation(),
        pooling(2),  # (B, 6, 28, 28) -> (B, 6, 14, 14)
        nn.Conv2d(6, 16, kernel_size=5),  # (B, 6, 14, 14) -> (B, 16, 10, 10)
        activation(),
        pooling(2),  # (B, 16, 10, 10) -> (B, 16, 5, 5)
        nn.Flatten(),  # (B, 16, 5, 5) -> (B, 400)
        nn.Linear(400, 120),
        activation(),
        nn.Linear(120, 84),
        activation(),
        nn.Linear(84, 10),
    )


def classic_lenet() -> nn.Sequential:
    """Return LeNet with sigmoids and average pooling, as textbooks draw LeNet-5.

    The network of 1998 differs: a scaled tanh in place of the sigmoid; behind each
    pooling a learned factor and bias for each map, and an activation; 60 of the 96
    pairs of maps connected in the second convolution; 32 × 32 pixels as input in place
    of the padding; and a last layer that measures distances to drawings of the ten
    digits, with a loss of its own.

    Shapes: images (B, 1, 28, 28) -> logits (B, 10)
    Source: LeCun, Bottou, Bengio, Haffner (1998), doi:10.1109/5.726791, section II.B
    """
    return lenet(nn.Sigmoid, nn.AvgPool2d)


def modern_lenet() -> nn.Sequential:
    """Return LeNet with ReLU and max pooling.

    Shapes: images (B, 1, 28, 28) -> logits (B, 10)
    """
    return lenet(nn.ReLU, nn.MaxPool2d)
