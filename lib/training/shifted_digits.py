"""A small convolutional network that learns digits from shifted copies: a long run."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset, default_collate

from lib.core.seed import make_generator
from lib.data.digits import load_digits, normalisation
from lib.training.fit import supervised
from lib.training.long_run import LongRun
from lib.training.metrics import Accuracy

MAX_SHIFT = 2  # pixels
NUM_EPOCHS = 60


def digit_network() -> nn.Module:
    """Return the network, untrained, on the CPU.

    Shapes: images (B, 1, 28, 28) -> logits (B, 10).
    """
    return nn.Sequential(
        nn.Conv2d(1, 16, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (B, 16, 28, 28) -> (B, 16, 14, 14)
        nn.Conv2d(16, 32, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (B, 32, 14, 14) -> (B, 32, 7, 7)
        nn.Flatten(),  # (B, 32, 7, 7) -> (B, 1568)
        nn.Dropout(0.5),
        nn.Linear(1568, 10),
    )


def random_shift(images: Tensor, max_shift: int = MAX_SHIFT) -> Tensor:
    """Move each image at random, by up to `max_shift` pixels each way; fill with 0.

    Shapes: (B, C, H, W) -> (B, C, H, W)
    """
    batch_size, _, height, width = images.shape
    padded = F.pad(images, [max_shift] * 4)
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # (B, C, S, S, H, W)
    rows, columns = torch.randint(2 * max_shift + 1, (2, batch_size))
    return windows[torch.arange(batch_size), :, rows, columns]


def digit_loader(split: str, *, shifted: bool = False, seed: int = 0) -> DataLoader:
    """Return a loader over normalised digits; the shifted ones are shuffled as well."""
    mean, std = normalisation()
    images, labels = load_digits(split)

    def collate(examples: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        batch, targets = default_collate(examples)
        return ((random_shift(batch) if shifted else batch) - mean) / std, targets

    return DataLoader(
        TensorDataset(images, labels),
        batch_size=128,
        shuffle=shifted,
        generator=make_generator(seed),
        collate_fn=collate,
    )


def make_training() -> dict[str, object]:
    """Return what `fit` needs for this run."""
    model = digit_network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return {
        "model": model,
        "train_loader": digit_loader("train", shifted=True),
        "val_loader": digit_loader("validation"),
        "objective": supervised(nn.CrossEntropyLoss()),
        "optimizer": optimizer,
        "scheduler": torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, NUM_EPOCHS),
        "metrics": {"accuracy": Accuracy()},
    }


RUN = LongRun(make_training, num_epochs=NUM_EPOCHS, checkpoint_epoch=30, rtol=0.01)
