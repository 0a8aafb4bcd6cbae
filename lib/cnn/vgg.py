"""VGG: blocks of 3 x 3 convolutions; each halves the maps, most double the channels."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

# (number of convolutions, channels) of each block.
VGG_11 = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))
VGG_16 = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))


def vgg_block(
    num_convs: int, in_channels: int, out_channels: int, batch_norm: bool = False
) -> list[nn.Module]:
    """Return the layers of a block: 3 x 3 convolutions with ReLU, then max pooling.

    Shapes: (B, in_channels, H, W) -> (B, out_channels, H // 2, W // 2)
    Raises: ValueError if num_convs is not at least 1.
    """
    if num_convs < 1:
        raise ValueError(f"num_convs must be at least 1, got {num_convs}")
    layers: list[nn.Module] = []
    for _ in range(num_convs):
        layers.append(nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1))
        if batch_norm:
            layers.append(nn.BatchNorm2d(out_channels))
        layers.append(nn.ReLU())
        in_channels = out_channels
    return [*layers, nn.MaxPool2d(kernel_size=2)]


def kaiming_weights(model: nn.Sequential) -> nn.Sequential:
    r"""Draw all weights with the standard deviation for ReLU; set biases to 0.

    $$w \sim N(0, 2 / \text{fan\_in})$$

    Without normalisation, torch's default lets the activations of a ReLU network shrink
    from layer to layer. The model is changed in place and returned.

    Source: He, Zhang, Ren, Sun (2015), doi:10.1109/ICCV.2015.123
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return model


def vgg_features(
    blocks: Sequence[tuple[int, int]], in_channels: int, batch_norm: bool = False
) -> nn.Sequential:
    """Return the layers of all blocks, one after the other.

    Shapes: (B, in_channels, H, W) -> (B, C, H // 2^n, W // 2^n) for n blocks, the last
        with C channels
    """
    layers: list[nn.Module] = []
    for num_convs, out_channels in blocks:
        layers += vgg_block(num_convs, in_channels, out_channels, batch_norm)
        in_channels = out_channels
    return nn.Sequential(*layers)


class VGG(nn.Module):
    """Blocks of convolutions, then AlexNet's three linear layers.

    The weights are drawn by torch's default; the paper says what it used itself.

    Shapes: pictures (B, 3, H, W) with H and W at least 32 -> logits (B, num_classes)
    Same as: torchvision.models.vgg11 for VGG_11, vgg16 for VGG_16, vgg11_bn and
        vgg16_bn with batch_norm; the activations are not computed in place.
    Source: Simonyan, Zisserman (2015), https://arxiv.org/abs/1409.1556
    """

    def __init__(
        self,
        blocks: Sequence[tuple[int, int]],
        num_classes: int = 1000,
        batch_norm: bool = False,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.features = vgg_features(blocks, 3, batch_norm)
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(blocks[-1][1] * 7 * 7, 4096),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        x = self.avgpool(self.features(x))  # (B, 3, H, W) -> (B, 512, 7, 7)
        return self.classifier(torch.flatten(x, 1))  # (B, 25088) -> (B, num_classes)


def small_vgg() -> nn.Module:
    """Return VGG for small grey pictures: 1.9 million multiplications each.

    Shapes: pictures (B, 1, 28, 28) -> logits (B, 10)
    """
    model = nn.Sequential(
        *vgg_features(((2, 8), (2, 16), (2, 32)), in_channels=1),
        nn.Flatten(),  # (B, 32, 3, 3) -> (B, 288)
        nn.Linear(288, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )
    return kaiming_weights(model)
