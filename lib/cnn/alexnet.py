"""AlexNet: five convolutions, three wide linear layers, ReLU and dropout."""

import torch
from torch import Tensor, nn


class AlexNet(nn.Module):
    """The network of 2012 in torchvision's form, on one device.

    Shapes: pictures (B, 3, H, W) with H and W at least 63 -> logits (B, num_classes)
    Same as: torchvision.models.AlexNet; the activations are not computed in place.
    Source: Krizhevsky (2014), https://arxiv.org/abs/1404.5997 (the form); Krizhevsky,
        Sutskever, Hinton (2012), doi:10.1145/3065386
    """

    def __init__(self, num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(64, 192, kernel_size=5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(192, 384, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        x = self.avgpool(self.features(x))  # (B, 3, H, W) -> (B, 256, 6, 6)
        return self.classifier(torch.flatten(x, 1))  # (B, 9216) -> (B, num_classes)


def small_alexnet() -> nn.Module:
    """Return AlexNet's plan for small grey pictures: 1.9 million multiplications each.

    Shapes: pictures (B, 1, 28, 28) -> logits (B, 10)
    """
    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),  # (B, 8, 28, 28) -> (B, 8, 13, 13)
        nn.Conv2d(8, 24, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),  # (B, 24, 13, 13) -> (B, 24, 6, 6)
        nn.Conv2d(24, 32, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 32, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 32, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),  # (B, 32, 6, 6) -> (B, 32, 2, 2)
        nn.Flatten(),  # (B, 32, 2, 2) -> (B, 128)
        nn.Dropout(0.5),
        nn.Linear(128, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
