"""Exercises of training/parameters."""

import math

import torch
from torch import nn

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise


def mlp_size(sizes, bias):
    total = 0
    for inputs, outputs in zip(sizes, sizes[1:]):  # noqa: B905, RUF007
        total += inputs * outputs + (outputs if bias else 0)
    return total


def _sizes(r: Draw) -> tuple:
    return [r.int(1, 9) for _ in range(r.int(1, 5))], r.choice(True, False)


def count(model):
    trainable = frozen = size = 0
    for p in model.parameters():
        if p.requires_grad:
            trainable += p.numel()
        else:
            frozen += p.numel()
        size += p.numel() * p.element_size()
    return trainable, frozen, size


def _model(r: Draw) -> tuple:
    width = r.int(2, 5)
    layers = [nn.Linear(width, width, bias=r.choice(True, False),
                        dtype=r.choice(torch.float32, torch.float64, torch.float16))
              for _ in range(r.int(1, 3))]  # fmt: skip
    layers.append(nn.Linear(width, width))
    layers[-1].weight = layers[0].weight
    model = nn.Sequential(nn.Sequential(*layers), nn.BatchNorm1d(width))
    for parameter in model.parameters():
        parameter.requires_grad_(r.choice(True, True, False))
    return (model,)


def growth(std, fan_in, depth, relu):
    share = 0.5 if relu else 1
    return (std**2 * fan_in * share) ** (depth / 2)


def _stack(r: Draw) -> tuple:
    fan_in = r.int(2, 600)
    std = r.float(0.5, 2) / fan_in**0.5
    return std, fan_in, r.int(0, 20), r.choice(True, False)


EXERCISES = {
    "mlp_size": Exercise(
        reference=mlp_size,
        cases=_sizes,
        fixed=lambda: [([784, 256, 10], True), ([5], True), ([2, 3], False)],
        contract=Contract(exact=True),
        mistakes={
            "Each output has a bias, too, if there are any.":
                " + (outputs if bias else 0) -> ",
            "Without bias there are only weights.":
                "(outputs if bias else 0) -> outputs",
            "There are as many biases as outputs, not inputs.":
                "(outputs if bias -> (inputs if bias",
            "A layer has one bias for each output, not one in all.":
                "(outputs if bias else 0) -> bias",
            "A weight joins each input with each output.":
                "inputs * outputs -> inputs + outputs",
            "Which pairs of sizes make a layer? The first was left out.":
                "zip(sizes, sizes[1:]) -> zip(sizes[1:], sizes[2:])",
            "The last layer is missing.":
                "zip(sizes, sizes[1:]) -> zip(sizes[:-2], sizes[1:])",
            "Only the last layer was counted: add them up.": "total += -> total =",
            "A float came out; a count is an int.": "total = 0 -> total = 0.0",
        },
    ),
    "count": Exercise(
        reference=count,
        cases=_model,
        contract=Contract(exact=True),
        mistakes={
            "Each tensor counts once here: how many numbers does it hold?":
                "trainable += p.numel() -> trainable += 1",
            "That is the length of the first axis.": "p.numel() -> len(p)",
            "Trainable and frozen are exchanged.":
                "if p.requires_grad -> if not p.requires_grad",
            "A number need not have 4 bytes.": "p.element_size() -> 4",
            "Frozen parameters need memory as well.":
                "size += p.numel() * p.element_size() -> "
                "size += p.numel() * p.element_size() * p.requires_grad",
            "A shared parameter was counted with each layer that uses it.":
                "model.parameters() -> (p for m in model.modules() "
                "for p in m._parameters.values() if p is not None)",
            "The state dict has buffers, and shared entries twice.":
                "model.parameters() -> model.state_dict(keep_vars=True).values()",
            "Layers inside layers have parameters, too.":
                "model.parameters() -> model.parameters(recurse=False)",
            "Bytes, not numbers, are the third.":
                "p.numel() * p.element_size() -> p.numel()",
            "Bytes, not bits.": "p.element_size() -> p.element_size() * 8",
            "The second is only what is frozen, not all.":
                "if p.requires_grad:\n            trainable += p.numel()\n"
                "        else:\n            frozen += p.numel() -> "
                "trainable += p.numel() * p.requires_grad\n"
                "        frozen += p.numel()",
        },
    ),
    "growth": Exercise(
        reference=growth,
        cases=_stack,
        fixed=lambda: [(math.sqrt(2 / 100), 100, 50, True), (0.5, 16, 3, False)],
        mistakes={
            "This is the factor of the mean square; its root was asked for.":
                "depth / 2 -> depth",
            "This is one layer's factor. The layers multiply.": "depth / 2 -> 1 / 2",
            "The factors of the layers multiply, they do not add.":
                "** (depth / 2) -> ** 0.5 * depth",
            "ReLU halves the mean square.": "0.5 if relu -> 1 if relu",
            "ReLU halves the mean square, not its root.": "0.5 if relu -> 0.25 if relu",
            "Only ReLU halves.": "0.5 if relu else 1 -> 0.5",
            "With or without ReLU: the two are exchanged.":
                "0.5 if relu else 1 -> 1 if relu else 0.5",
            "The variance is the square of std.": "std**2 -> std",
            "A sum of n terms has n times the variance.": " * fan_in -> ",
            "The standard deviation counts with its square, the number of inputs does "
            "not.": "fan_in * -> fan_in**2 *",
            "There is one factor for each layer: count again.":
                "(depth / 2) -> ((depth - 1) / 2)",
        },
    ),
}
