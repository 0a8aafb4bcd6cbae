"""Networks that share one budget of training, and the learning rate that suits each."""

from collections.abc import Callable
from importlib import import_module
from itertools import product

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from lib.core.seed import make_generator
from lib.data.digits import load_digits
from lib.data.fashion import load_fashion
from lib.training.fit import supervised
from lib.training.metrics import Accuracy
from lib.training.run_grid import GridRow, RunGrid, load_grid
from lib.training.update import Update

NUM_EPOCHS = 12
RATES = (0.001, 0.003, 0.01, 0.03)
DATA: dict[str, Callable[[str], tuple[Tensor, Tensor]]] = {
    "digits": load_digits,
    "fashion": load_fashion,
}
# The name in the table, the module that defines the network, the function.
NETWORKS = {
    "MLP": ("lib.cnn.comparison_rates", "dense_network"),
    "LeNet, classic": ("lib.cnn.lenet", "classic_lenet"),
    "LeNet, modern": ("lib.cnn.lenet", "modern_lenet"),
    "AlexNet, small": ("lib.cnn.alexnet", "small_alexnet"),
    "VGG, small": ("lib.cnn.vgg", "small_vgg"),
    "NiN, small": ("lib.cnn.nin", "small_nin"),
    "GoogLeNet, small": ("lib.cnn.googlenet", "small_googlenet"),
    "ResNet, small": ("lib.cnn.resnet", "small_resnet"),
}


def dense_network() -> nn.Sequential:
    """Return two hidden layers of 256 and 128 units: no convolution at all.

    Shapes: images (B, 1, 28, 28) -> logits (B, 10)
    """
    return nn.Sequential(
        nn.Flatten(),  # (B, 1, 28, 28) -> (B, 784)
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def network_named(name: str) -> nn.Module:
    """Return an untrained network of the comparison.

    Raises: ValueError if no network has this name.
    """
    if name not in NETWORKS:
        raise ValueError(f"name must be one of {', '.join(NETWORKS)}, got {name!r}")
    module, function = NETWORKS[name]
    return getattr(import_module(module), function)()


def make_run(
    network: str, data: str, lr: float, seed: int, *, with_test: bool = False
) -> dict[str, object]:
    """Return what `fit` needs: AdamW with one cycle, batches of 64 pictures.

    Pictures have mean 0 and variance 1 over the pixels of the training split.
    """
    splits = {split: DATA[data](split) for split in ("train", "validation", "test")}
    std, mean = torch.std_mean(splits["train"][0])
    sets = {
        split: TensorDataset((images - mean) / std, labels)
        for split, (images, labels) in splits.items()
    }
    order = make_generator(seed)
    train_loader = DataLoader(sets["train"], 64, shuffle=True, generator=order)
    model = network_named(network)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=lr, total_steps=NUM_EPOCHS * len(train_loader)
    )
    setup = {
        "model": model,
        "train_loader": train_loader,
        "val_loader": DataLoader(sets["validation"], 250),
        "objective": supervised(nn.CrossEntropyLoss()),
        "optimizer": Update(optimizer, scheduler=scheduler),
        "metrics": {"accuracy": Accuracy()},
    }
    if with_test:
        setup["test_loader"] = DataLoader(sets["test"], 250)
    return setup


def network_code(network: str, data: str, lr: float, seed: int) -> list[str]:
    """Return the module of a run's network: the run depends on no other network."""
    return [NETWORKS[network][0]]


def rate_rows(network: str, data: str) -> list[GridRow]:
    """Return the stored runs of the search, one for each rate."""
    return load_grid("cnn/comparison_rates").select({"network": network, "data": data})


def best_rate(network: str, data: str) -> float:
    """Return the rate with the best validation accuracy; of equals, the least loss."""

    def quality(row: GridRow) -> tuple[float, float]:
        last = row.history[-1]
        return last["val_accuracy"], -last["val_loss"]

    done = [row for row in rate_rows(network, data) if row.error is None]
    return max(done, key=quality).setting["lr"]


GRID = RunGrid(
    make_run,
    [
        {"network": network, "data": data, "lr": lr, "seed": 0}
        for network, data, lr in product(NETWORKS, DATA, RATES)
    ],
    num_epochs=NUM_EPOCHS,
    rtol=0.02,
    code=network_code,
)
