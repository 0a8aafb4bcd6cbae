"""Exercises of cnn/resnet."""

import torch
from torch import nn
from torch.nn import functional as F

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def basic_block(x, f, shortcut):
    return F.relu(f(x) + shortcut(x))


def _block(r: Draw) -> tuple:
    B, C, K, H = r.sizes(4, least=1, most=5)
    near = {"scale": 1.0, "offset": 0.0, "ties": False}
    x = r.tensor(B, C, H, H, **near)
    stride = r.choice(1, 2)
    kernels = r.tensor(K, C, 3, 3, **near), r.tensor(K, C, 1, 1, **near)
    return x, kernels[0], None if r.choice(True, False) else kernels[1], stride


def _same_size(r: Draw) -> tuple:
    x, kernel, projection, stride = _block(r)
    if projection is None:
        return x, kernel[:1].expand(x.shape[1], -1, -1, -1).clone(), None, 1
    return x, kernel, projection, stride


def _in_block(answer, x, kernel, projection, stride):
    def f(x):
        return F.conv2d(x, kernel, stride=stride, padding=1)

    def shortcut(x):
        return F.conv2d(x, projection, stride=stride)

    return answer(x, f, nn.Identity() if projection is None else shortcut)


def block_parameters(in_channels, channels, stride):
    count = 9 * in_channels * channels + 9 * channels**2 + 4 * channels
    if stride != 1 or in_channels != channels:
        count += in_channels * channels + 2 * channels
    return count


def path_sums(w):
    sums = torch.zeros(len(w) + 1, dtype=w.dtype)
    sums[0] = 1
    for number in w:
        sums[1:] += number * sums[:-1].clone()
    return sums


def _one_order(w):
    powers = torch.arange(len(w) + 1)
    return w.mean() ** powers if len(w) else torch.ones(1, dtype=w.dtype)


def _slopes(r: Draw) -> tuple:
    double = {"dtype": r.choice(torch.float32, torch.float64)}
    return (r.tensor(r.size(), scale=0.5, offset=0.0, ties=False, **double),)


EXERCISES = {
    "basic_block": Exercise(
        reference=basic_block,
        cases=_same_size,
        use=_in_block,
        mistakes={
            "ReLU before the sum: the block could only add.":
                "F.relu(f(x) + shortcut(x)) -> F.relu(f(x)) + shortcut(x)",
            "The shortcut is not activated before the sum.":
                "F.relu(f(x) + shortcut(x)) -> f(x) + F.relu(shortcut(x))",
            "Where is the last ReLU?":
                "F.relu(f(x) + shortcut(x)) -> f(x) + shortcut(x)",
            "There is no way around f here.": " + shortcut(x) -> ",
            "x passes the shortcut before it is added.": "shortcut(x) -> x",
            "f does not take part.": "f(x) + -> ",
            "A residual is added, not subtracted.": "+ shortcut -> - shortcut",
            "The sum, not the product.": "+ shortcut -> * shortcut",
            "x must stay as it is.": "f(x) + -> f(x.relu_()) +",
        },
    ),
    "block_parameters": Exercise(
        reference=block_parameters,
        cases=lambda r: (*(r.choice(1, 8, 16, 64) for _ in range(2)), r.choice(1, 2)),
        fixed=lambda: [(8, 8, 1), (8, 16, 1), (8, 8, 2), (8, 16, 2)],
        contract=Contract(exact=True),
        mistakes={
            "The shortcut has a convolution and a norm where shapes differ.":
                "stride != 1 or in_channels != channels -> False",
            "An identity has no parameters.":
                "stride != 1 or in_channels != channels -> True",
            "A stride of 2 changes the shape, too.": "stride != 1 or -> ",
            "Other channels need a projection, at stride 1 as well.":
                " or in_channels != channels -> ",
            "A projection for either reason, not for both together.": "1 or -> 1 and",
            "The projection has a norm behind it.":
                "+= in_channels * channels + 2 * channels -> += in_channels * channels",
            "The norms have parameters.": " + 4 * channels -> ",
            "There are two norms, each with a weight and a bias.": "+ 4 * -> + 2 *",
            "The convolutions have no bias.": "+ 4 * -> + 6 *",
            "The second convolution gets the channels of the first one.":
                "9 * channels**2 -> 9 * in_channels * channels",
            "A kernel has 3 × 3 numbers for each pair of channels.":
                "9 * channels**2 -> 3 * channels**2",
        },
    ),
    "path_sums": Exercise(
        reference=path_sums,
        cases=_slopes,
        fixed=lambda: [(torch.full((30,), 0.1),), (torch.tensor([2.0, 3.0]),)],
        rtol=1e-4,
        mistakes={
            "One path skips everything; it contributes 1.":
                "sums[0] = 1 -> sums[0] = 0",
            "A path through one more layer: its sum moves one entry up.":
                "sums[1:] += number * sums[:-1].clone() -> sums[1:] += number",
            "Paths around the layer stay: add to what is there.":
                "sums[1:] += -> sums[1:] =",
            "Each layer at most once: read the old sums, not those just written.":
                "sums[1:] += number * sums[:-1].clone() -> "
                "for k in range(1, len(sums)): sums[k] += number * sums[k - 1]",
            "The sums, not how many paths there are.": "number * sums -> sums",
            "Entry 0 is the shortest path.": "return sums -> return sums.flip(0)",
            "There is an entry for each number of layers from 0 to L.":
                "return sums -> return sums[1:]",
            "The dtype of w is wanted.":
                "return sums -> return sums.to(torch.float16)",
            "These are powers of the mean: the layers differ.": _one_order,
        },
    ),
}
