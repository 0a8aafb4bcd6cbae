"""Exercises of cnn/alexnet_vgg."""

import torch
from torch import nn

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def weights_compared(kernel_size, channels):
    small = 9 * channels**2 * (kernel_size // 2)
    return small, kernel_size**2 * channels**2


def _kernel(r: Draw) -> tuple:
    return r.choice(3, 5, 7, 9, 11), r.int(1, 512)


def vgg_costs(blocks, in_channels, size):
    parameters = multiplications = 0
    for num_convs, channels in blocks:
        for _ in range(num_convs):
            weights = 9 * in_channels * channels
            parameters += weights + channels
            multiplications += weights * size**2
            in_channels = channels
        size //= 2
    return parameters, multiplications


def _blocks(r: Draw) -> tuple:
    blocks = [(r.int(1, 3), r.int(1, 64)) for _ in range(r.int(1, 4))]
    return blocks, r.int(1, 4), r.int(16, 64)


def flat_size(features, channels, size):
    was_training = features.training
    features.eval()
    with torch.no_grad():
        y = features(torch.zeros(1, channels, size, size))
    features.train(was_training)
    return y.numel()


def _features(r: Draw) -> tuple:
    channels, size, width = r.int(1, 3), r.int(12, 20), r.int(2, 5)
    layers = [nn.Conv2d(channels, width, r.choice(3, 5), r.choice(1, 2)),
              nn.BatchNorm2d(width), nn.ReLU(), nn.Dropout(0.5)]  # fmt: skip
    layers += [nn.MaxPool2d(2)] * r.int(0, 1)
    return nn.Sequential(*layers).train(r.choice(True, False)), channels, size


EXERCISES = {
    "weights_compared": Exercise(
        reference=weights_compared,
        cases=_kernel,
        fixed=lambda: [(3, 1), (7, 10)],
        contract=Contract(exact=True),
        mistakes={
            "A layer of the stack adds 2 to the field, and the first begins at 1.":
                "kernel_size // 2 -> kernel_size - 2",
            "This stack has one layer.": " * (kernel_size // 2) -> ",
            "A stack of n layers sees 2n + 1 pixels, not 3n.":
                "kernel_size // 2 -> -(-kernel_size // 3)",
            "One layer too many.": "kernel_size // 2 -> kernel_size // 2 + 1",
            "Each output channel has a kernel for each input channel.":
                "9 * channels**2 -> 9 * channels",
            "The single kernel joins all pairs of channels, too.":
                "**2 * channels**2 -> **2 * channels",
            "A kernel is square.": "small, kernel_size**2 -> small, kernel_size",
            "First the stack, then the single kernel.":
                "return small, -> return kernel_size**2 * channels**2, small #",
            "No biases here.": "(kernel_size // 2) -> (kernel_size // 2) + channels",
            "A count is an int.": "kernel_size // 2 -> (kernel_size - 1) / 2",
        },
    ),
    "vgg_costs": Exercise(
        reference=vgg_costs,
        cases=_blocks,
        fixed=lambda: [([(1, 2)], 1, 28), ([(2, 8), (2, 16)], 1, 28)],
        contract=Contract(exact=True),
        mistakes={
            "Each output channel has a bias.": "weights + channels -> weights",
            "A bias is added, not multiplied.":
                "weights * size**2 -> (weights + channels) * size**2",
            "The second convolution of a block takes what the first one puts out.":
                "            in_channels = channels -> ",
            "A block ends in a pooling that halves the map.": "size //= 2 -> pass",
            "A half is rounded down.": "size //= 2 -> size = -(-size // 2)",
            "The pooling stands behind the convolutions of its block.":
                "weights * size**2 -> weights * (size // 2) ** 2",
            "A kernel is applied at every pixel of the map.": "size**2 -> size",
            "With padding 1 the map keeps its size.": "* size**2 -> * (size - 2) ** 2",
            "A block may have many convolutions.": "range(num_convs) -> range(1)",
            "A float came out; counts are whole.": "size //= 2 -> size /= 2",
        },
    ),
    "flat_size": Exercise(
        reference=flat_size,
        cases=_features,
        contract=Contract(exact=True),
        mistakes={
            "In training mode, batch norm learns from your zeros and dropout draws.":
                "features.eval() -> pass",
            "The layers stay in eval mode.": "features.train(was_training) -> pass",
            "They leave in training mode, whatever they came in.":
                "train(was_training) -> train()",
            "Those are the channels; each has rows and columns.": "numel() -> shape[1]",
            "Those are the pixels of one channel.": "numel() -> shape[2:].numel()",
            "With two pictures there are twice as many numbers.": "zeros(1 -> zeros(2",
            "A picture is square here.": "channels, size, size -> channels, size, 1",
            "Count what comes out, not what goes in.":
                "y.numel() -> channels * size * size",
            "The size is a number, not a shape.": "y.numel() -> y.shape",
        },
    ),
}
