"""Exercises of cnn/lenet."""

import math

import torch

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def flat_size(height, width):
    size = 16
    for side in (height, width):
        pooled = side // 2
        size *= (pooled - 4) // 2
    return size


def follow_shuffle(weight, order):
    return weight[:, order]


def _shuffle(r: Draw) -> tuple:
    H, D = r.sizes(2, least=1)
    return r.tensor(H, D), torch.randperm(D, generator=r.generator())


def examples_needed(sizes, accuracies, wanted):
    if wanted <= accuracies[0]:
        return float(sizes[0])
    for i in range(1, len(sizes)):
        if wanted <= accuracies[i]:
            rise = accuracies[i] - accuracies[i - 1]
            share = (wanted - accuracies[i - 1]) / rise
            return sizes[i - 1] * (sizes[i] / sizes[i - 1]) ** share
    return math.inf


def _curve(r: Draw) -> tuple:
    count = r.int(1, 5)
    sizes = sorted(r.shuffled(range(10, 2000))[:count])
    points = sorted(r.shuffled(range(20, 99))[:count])
    wanted = r.choice(r.int(10, 99), r.int(points[0], points[-1]), points[-1])
    return sizes, [point / 100 for point in points], wanted / 100


EXERCISES = {
    "flat_size": Exercise(
        reference=flat_size,
        cases=lambda r: (r.int(12, 70), r.int(12, 70)),
        fixed=lambda: [(28, 28), (32, 32), (31, 29)],
        contract=Contract(exact=True),
        mistakes={
            "Each of the 16 channels has such a map.": "size = 16 -> size = 1",
            "Six is the number of channels before.": "size = 16 -> size = 6",
            "The first convolution has padding 2 and keeps the size.":
                "side // 2 -> (side - 4) // 2",
            "The second has no padding.": "(pooled - 4) // 2 -> pooled // 2",
            "A kernel of 5 takes 4 pixels, not 5.": "pooled - 4 -> pooled - 5",
            "Pooling follows each convolution.": "(pooled - 4) // 2 -> pooled - 4",
            "Pictures may be wider than high.": "(height, width) -> (height, height)",
            "Pooling rounds down.": "side // 2 -> (side + 1) // 2",
            "The sides of a map are multiplied.": "*= -> +=",
        },
    ),
    "follow_shuffle": Exercise(
        reference=follow_shuffle,
        cases=_shuffle,
        fixed=lambda: [(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([1, 2, 0]))],
        contract=Contract(fresh=True),
        mistakes={
            "That undoes the shuffle: input i is now pixel order[i].":
                "weight[:, order] -> weight[:, order.argsort()]",
            "The weights still meet the pixels in the old order.":
                "weight[:, order] -> weight.clone()",
            "Rows belong to hidden units, columns to pixels.":
                "weight[:, order] -> weight[order]",
            "Once is enough.": "weight[:, order] -> weight[:, order][:, order]",
            "The order is another one.": "weight[:, order] -> weight[:, order.flip(0)]",
            "The shape stays (H, D).": "weight[:, order] -> weight[:, order].T",
            "Each hidden unit has a row of its own.":
                "weight[:, order] -> weight[:1, order].expand(weight.shape).clone()",
            "The weights move, in no order of size.":
                "weight[:, order] -> weight.sort(dim=1).values",
        },
    ),
    "examples_needed": Exercise(
        reference=examples_needed,
        cases=_curve,
        fixed=lambda: [
            ([100, 400], [0.8, 0.9], 0.85), ([100, 400], [0.8, 0.9], 0.95),
            ([100, 400], [0.8, 0.9], 0.7),
        ],
        contract=Contract(exact=True),
        mistakes={
            "The lines are straight over the logarithm of the size.":
                "sizes[i - 1] * (sizes[i] / sizes[i - 1]) ** share -> "
                "sizes[i - 1] + (sizes[i] - sizes[i - 1]) * share",
            "The curve does not reach that: infinity.": "math.inf -> float(sizes[-1])",
            "Even the smallest size is enough.": "float(sizes[0]) -> 0.0",
            "Left of the first point is no line.": "wanted <= accuracies[0] -> False",
            "The share runs the other way.": "wanted - accuracies[i - 1] -> "
                "accuracies[i] - wanted",
            "Which segment holds the accuracy?": "** share -> ** 0",
            "That is the next size; the curve gets there before.": "** share -> ** 1",
            "How much of the rise is it?": " / rise -> ",
        },
    ),
}
