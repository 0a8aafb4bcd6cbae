"""LeNet, its activation and pooling exchanged, and a network without convolutions.

The short runs take 400 updates, with 100 to 3,500 digits; the long ones go through all
3,500 for 24 epochs, as they are or shifted. Rates were chosen for each network.
"""

from itertools import product

import torch
from torch import Tensor, nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

from lib.cnn.lenet import classic_lenet, lenet, modern_lenet
from lib.core.seed import make_generator
from lib.data.digits import load_digits, normalisation
from lib.training.fit import supervised
from lib.training.metrics import Accuracy
from lib.training.run_grid import RunGrid, Setting
from lib.training.shifted_digits import random_shift
from lib.training.update import Update

NUM_EXAMPLES = (100, 350, 1000, 3500)
SHORT_EPOCHS, SHORT_SAMPLES, SHORT_BATCH = 4, 5000, 50  # 400 updates
LONG_EPOCHS, LONG_BATCH = 24, 128


def mlp() -> nn.Sequential:
    """Return a network with one hidden layer of 1,024 units and 814,090 parameters.

    Shapes: images (B, 1, 28, 28) -> logits (B, 10)
    """
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 10)
    )


NETWORKS = {
    "ReLU, max": modern_lenet,
    "ReLU, average": lambda: lenet(nn.ReLU, nn.AvgPool2d),
    "sigmoid, max": lambda: lenet(nn.Sigmoid, nn.MaxPool2d),
    "sigmoid, average": classic_lenet,
    "MLP": mlp,
}
RATES = {
    "ReLU, max": (0.003, 0.01, 0.02),
    "ReLU, average": (0.003, 0.01, 0.02),
    "sigmoid, max": (0.01, 0.02, 0.04),
    "sigmoid, average": (0.01, 0.02, 0.04),
    "MLP": (0.001, 0.003, 0.01),
}


def shuffle_pixels(images: Tensor) -> Tensor:
    """Return the images with their pixels in another order, the same for all images.

    Shapes: (B, 1, 28, 28) -> (B, 1, 28, 28)
    """
    order = torch.randperm(images[0].numel(), generator=make_generator(0))
    return images.flatten(1)[:, order].view_as(images)


def shifted_batches(
    images: Tensor,
    labels: Tensor,
    *,
    batch_size: int,
    num_samples: int,
    max_shift: int,
    seed: int,
) -> DataLoader:
    """Return a loader of normalised images, each batch drawn and shifted at random.

    No image comes again before all others came as often.

    Shapes: images (N, 1, H, W), labels (N,) -> (B, 1, H, W), (B,)
    """
    mean, std = normalisation()
    examples = TensorDataset(images, labels)
    order = RandomSampler(
        examples, num_samples=num_samples, generator=make_generator(seed)
    )

    def shift(batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return (random_shift(batch[0], max_shift) - mean) / std, batch[1]

    # One index list a batch: a tensor indexed once is faster than 128 times.
    lists = BatchSampler(order, batch_size, drop_last=False)
    return DataLoader(examples, sampler=lists, batch_size=None, collate_fn=shift)


def make_lenet_run(
    network: str,
    lr: float,
    seed: int,
    num_examples: int = 3500,
    shuffled: bool = False,
    long: bool = True,
    max_shift: int = 0,
) -> dict[str, object]:
    """Return what `fit` needs for one run, with digits to test the network on.

    Raises: KeyError for a network that has no name here.
    """
    images, labels = (part[:num_examples] for part in _digits("train", shuffled))
    batch_size, num_samples, num_epochs = (
        (LONG_BATCH, num_examples, LONG_EPOCHS)
        if long
        else (SHORT_BATCH, SHORT_SAMPLES, SHORT_EPOCHS)
    )
    options = {"batch_size": batch_size, "num_samples": num_samples, "seed": seed}
    loader = shifted_batches(images, labels, max_shift=max_shift, **options)
    model = NETWORKS[network]()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    steps = num_epochs * len(loader)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    return {
        "model": model,
        "train_loader": loader,
        "val_loader": [_whole("validation", shuffled)],
        "test_loader": [_whole("test", shuffled)],
        "objective": supervised(nn.CrossEntropyLoss()),
        "optimizer": Update(optimizer, scheduler=cycle),
        "metrics": {"accuracy": Accuracy()},
        "num_epochs": num_epochs,
    }


def settings() -> list[Setting]:
    """Return the settings of all runs: three seeds for each network, data and rate."""
    plans: list[Setting] = []
    for network, size in product(("ReLU, max", "MLP"), NUM_EXAMPLES):
        for shuffled in (False, True) if size in (350, 3500) else (False,):
            data = {"num_examples": size, "shuffled": shuffled, "long": False}
            plans.append({"network": network} | data)
    for network in ("ReLU, average", "sigmoid, max", "sigmoid, average"):
        data = {"num_examples": 3500, "shuffled": False, "long": False}
        plans.append({"network": network} | data)
    for network, max_shift in (("ReLU, max", 0), ("ReLU, max", 2), ("MLP", 2)):
        plans.append({"network": network, "max_shift": max_shift, "long": True})
    return [
        plan | {"lr": lr, "seed": seed}
        for plan in plans
        for lr, seed in product(RATES[plan["network"]], range(3))
    ]


def _digits(split: str, shuffled: bool) -> tuple[Tensor, Tensor]:
    """Return a split of the digits, their pixels in order or shuffled."""
    images, labels = load_digits(split)
    return (shuffle_pixels(images) if shuffled else images), labels


def _whole(split: str, shuffled: bool) -> tuple[Tensor, Tensor]:
    """Return a split as one batch of normalised images."""
    (images, labels), (mean, std) = _digits(split, shuffled), normalisation()
    return (images - mean) / std, labels


GRID = RunGrid(make_lenet_run, settings(), num_epochs=LONG_EPOCHS, rtol=0.05)
