"""Small networks with and without normalisation over many learning rates: a grid."""

from itertools import product

import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

from lib.cnn.resnet import keep_variance
from lib.core.seed import make_generator
from lib.data.digits import load_digits, normalisation
from lib.training.fit import supervised
from lib.training.metrics import Accuracy
from lib.training.run_grid import RunGrid

RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
NORMS = {
    "none": nn.Identity,
    "batch": nn.BatchNorm2d,
    "group": lambda channels: nn.GroupNorm(4, channels),
}
STARTS = ("torch", "he")


def normed_network(norm: str) -> nn.Sequential:
    """Return four convolutions, each with a norm and ReLU, and a linear layer.

    Shapes: images (B, 1, 28, 28) -> logits (B, 10)
    Raises: ValueError if `norm` is not "none", "batch" or "group".
    """
    if norm not in NORMS:
        raise ValueError(f"norm must be one of {', '.join(NORMS)}, got {norm!r}")
    layers, sizes = [], ((1, 8, 2), (8, 16, 2), (16, 32, 2), (32, 32, 1))
    for in_channels, channels, stride in sizes:
        conv = nn.Conv2d(in_channels, channels, 3, stride, padding=1)
        layers += [conv, NORMS[norm](channels), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 4 * 4, 10))


def sgd_on_digits(model: nn.Module, lr: float, seed: int) -> dict[str, object]:
    """Return what `fit` needs to train a model on the digits by SGD with momentum 0.9.

    The seed gives the order of the examples.
    """
    mean, std = normalisation()
    train, validation = (
        TensorDataset((images - mean) / std, labels)
        for images, labels in map(load_digits, ("train", "validation"))
    )
    # One list of rows a batch: a tensor indexed once is faster than row by row.
    order = RandomSampler(train, generator=make_generator(seed))
    rows = BatchSampler(order, 128, drop_last=False)
    return {
        "model": model,
        "train_loader": DataLoader(train, sampler=rows, batch_size=None),
        "val_loader": [validation[:]],
        "objective": supervised(nn.CrossEntropyLoss()),
        "optimizer": torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9),
        "metrics": {"accuracy": Accuracy()},
    }


def make_rate_run(norm: str, start: str, lr: float, seed: int) -> dict[str, object]:
    """Return what `fit` needs for one run.

    With `start` "he" the convolutions are drawn by `keep_variance`, with "torch" they
    stay as torch draws them.

    Raises: ValueError for another start.
    """
    if start not in STARTS:
        raise ValueError(f"start must be torch or he, got {start!r}")
    model = normed_network(norm)
    if start == "he":
        keep_variance(model)
    return sgd_on_digits(model, lr, seed)


GRID = RunGrid(
    make_rate_run,
    [
        {"norm": norm, "start": start, "lr": lr, "seed": seed}
        for norm, start, lr, seed in product(NORMS, STARTS, RATES, range(3))
    ],
    num_epochs=3,
    rtol=0.05,
)
