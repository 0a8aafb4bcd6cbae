"""Exercises of training/linear_regression_concise."""

import copy

import torch
from torch import nn

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

NEAR = {"scale": 1.0, "offset": 0.0, "ties": False}


def mse(predictions, targets, reduction):
    squares = (predictions - targets) ** 2
    if reduction == "none":
        return squares
    return squares.sum() if reduction == "sum" else squares.mean()


def _pairs(r: Draw) -> tuple:
    shape = r.sizes(2, least=1)
    reduction = r.choice("none", "sum", "mean")
    return r.tensor(*shape, **NEAR), r.tensor(*shape, **NEAR), reduction


def as_layer(weights, biases):
    layer = nn.Linear(len(weights[0]), len(weights), dtype=weights[0].dtype)
    with torch.no_grad():
        layer.weight.copy_(torch.stack(weights))
        layer.bias.copy_(torch.stack(biases))
    return layer


def _assigned(weights, biases):
    layer = nn.Linear(1, 1)
    layer.weight.data, layer.bias.data = torch.stack(weights), torch.stack(biases)
    return layer


def _not_trainable(weights, biases):
    return as_layer(weights, biases).requires_grad_(False)


def _models(r: Draw) -> tuple:
    (D, K), dtype = r.sizes(2, least=1), r.choice(torch.float32, torch.float64)
    options = NEAR | {"dtype": dtype}
    weights = [r.tensor(D, **options) for _ in range(K)]
    return weights, [r.tensor(**options) for _ in range(K)]


def _layer(answer, weights, biases):
    """Return what a layer is made of, and whether it can be trained."""
    layer = answer(weights, biases)
    if not isinstance(layer, nn.Linear):
        return layer
    sizes = (layer.in_features, layer.out_features)
    trainable = [p.requires_grad for p in layer.parameters()]
    weight, bias = (p.detach() for p in (layer.weight, layer.bias))
    return weight, bias, sizes, trainable


def step_by_hand(layer, X, Y, lr):
    with torch.no_grad():
        errors = layer(X) - Y
        share = 2 / errors.numel()
        layer.weight -= lr * share * errors.T @ X
        layer.bias -= lr * share * errors.sum(dim=0)


def _by_autograd(layer, X, Y, lr):
    optimizer = torch.optim.SGD(layer.parameters(), lr=lr)
    nn.functional.mse_loss(layer(X), Y).backward()
    optimizer.step()


def _batch(r: Draw) -> tuple:
    B, D, K = r.sizes(3, least=1)
    layer = nn.Linear(D, K)
    layer.weight.data, layer.bias.data = r.tensor(K, D, **NEAR), r.tensor(K, **NEAR)
    return layer, r.tensor(B, D, **NEAR), r.tensor(B, K, **NEAR), r.choice(0.01, 0.1)


def _step(answer, layer, X, Y, lr):
    """Return a layer's parameters after the step."""
    layer = copy.deepcopy(layer)
    answer(layer, X, Y, lr)
    return layer.weight.detach(), layer.bias.detach()


EXERCISES = {
    "mse": Exercise(
        reference=mse,
        cases=_pairs,
        mistakes={
            "The mean is over all numbers, not over the examples.":
                "squares.mean() -> squares.sum() / len(squares)",
            "One mean for each target: the loss is one number.":
                "squares.mean() -> squares.mean(dim=0)",
            "The sum is divided here.": "squares.sum() if -> squares.mean() if",
            "With 'none', each square stays.":
                "return squares\n -> return squares.mean()\n",
            "Sum and mean have changed places.": '== "sum" -> == "mean"',
            "These are the absolute errors.": "(predictions - targets) ** 2 -> "
                "(predictions - targets).abs()",
            "This is the root of the mean.": "squares.mean() -> squares.mean().sqrt()",
            "The gradient's 2 does not belong to the loss.":
                "(predictions - targets) ** 2 -> 2 * (predictions - targets) ** 2",
            "Half a square: torch has no 1/2 here.":
                "(predictions - targets) ** 2 -> (predictions - targets) ** 2 / 2",
        },
    ),
    "as_layer": Exercise(
        reference=as_layer,
        cases=_models,
        use=_layer,
        contract=Contract(fresh=True, draws=True),
        mistakes={
            "The layer has the random biases that it began with.":
                "        layer.bias.copy_(torch.stack(biases))\n -> ",
            "The layer has the random weights that it began with.":
                "layer.weight.copy_(torch.stack(weights)) -> pass",
            "Inputs and outputs are exchanged: nn.Linear(in_features, out_features).":
                "len(weights[0]), len(weights), -> len(weights), len(weights[0]),",
            "Without its dtype, a layer is float32.": ", dtype=weights[0].dtype -> ",
            "The numbers are right, but in_features and dtype say something else.":
                _assigned,
            "A layer without a bias.": "dtype=weights[0].dtype) -> "
                "dtype=weights[0].dtype, bias=False); layer.bias = nn.Parameter("
                "torch.zeros(len(weights)))\n    biases = [b * 0 for b in biases]",
            "All outputs get the first weight.":
                "torch.stack(weights) -> weights[0].expand(len(weights), -1)",
            "All outputs get the first bias.":
                "torch.stack(biases) -> biases[0].expand(len(biases))",
            "A layer that cannot be trained: its parameters need no gradient.":
                _not_trainable,
        },
    ),
    "step_by_hand": Exercise(
        reference=step_by_hand,
        cases=_batch,
        use=_step,
        contract=Contract(without=("autograd",)),
        rtol=1e-4,
        mistakes={
            "MSELoss divides by the number of all errors, not of examples.":
                "errors.numel() -> len(errors)",
            "Each example's errors are added; where is the mean?":
                "2 / errors.numel() -> 2",
            "The slope of a square has a factor of 2.": "2 / errors -> 1 / errors",
            "Uphill: a step goes against the gradient.": "-= lr -> += lr",
            "The bias has not moved.":
                "        layer.bias -= lr * share * errors.sum(dim=0)\n -> ",
            "The weight has not moved.":
                "layer.weight -= lr * share * errors.T @ X -> pass",
            "Every output's bias gets the sum over all outputs.":
                "errors.sum(dim=0) -> errors.sum()",
            "The bias is divided by the number of examples once more.":
                "errors.sum(dim=0) -> errors.mean(dim=0)",
            "Where is the learning rate?": "layer.weight -= lr * -> layer.weight -= ",
            "The task asks for the formula; autograd computed this gradient.":
                _by_autograd,
        },
    ),
}
