"""GoogLeNet: blocks of four branches, joined along the channels."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lib.cnn.vgg import kaiming_weights

ConvBlock = Callable[..., nn.Module]


class BasicConv2d(nn.Module):
    """A convolution without bias, batch normalisation, ReLU.

    Shapes: (B, in_channels, H, W) -> (B, out_channels, H', W'), as the convolution
    Same as: BasicConv2d in torchvision.models.googlenet.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size, stride, padding, bias=False
        )
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """Return the activations."""
        return self.bn(self.conv(x)).relu()


def conv_relu(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
) -> nn.Sequential:
    """Return a convolution with ReLU, as in 2014, before batch normalisation.

    Shapes: (B, in_channels, H, W) -> (B, out_channels, H', W'), as the convolution
    """
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nn.Sequential(conv, nn.ReLU())


class Inception(nn.Module):
    """Four branches on one input, joined along the channels.

    1 x 1; 1 x 1 then 3 x 3; 1 x 1 then a larger kernel; max pooling then 1 x 1.

    `large_kernel` is 3 in torchvision, by a mistake that its pretrained weights keep,
    and 5 in the paper.

    Shapes: (B, in_channels, H, W) -> (B, ch1x1 + ch3x3 + ch5x5 + pool_proj, H, W)
    Raises: ValueError for a kernel of even size.
    Same as: Inception in torchvision.models.googlenet.
    Source: Szegedy et al. (2015), https://arxiv.org/abs/1409.4842
    """

    def __init__(
        self,
        in_channels: int,
        ch1x1: int,
        ch3x3red: int,
        ch3x3: int,
        ch5x5red: int,
        ch5x5: int,
        pool_proj: int,
        conv_block: ConvBlock = BasicConv2d,
        large_kernel: int = 3,
    ) -> None:
        super().__init__()
        if large_kernel % 2 == 0:
            raise ValueError(f"large_kernel must be odd, got {large_kernel}")
        self.branch1 = conv_block(in_channels, ch1x1, kernel_size=1)
        self.branch2 = nn.Sequential(
            conv_block(in_channels, ch3x3red, kernel_size=1),
            conv_block(ch3x3red, ch3x3, kernel_size=3, padding=1),
        )
        padding = large_kernel // 2
        self.branch3 = nn.Sequential(
            conv_block(in_channels, ch5x5red, kernel_size=1),
            conv_block(ch5x5red, ch5x5, kernel_size=large_kernel, padding=padding),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(kernel_size=3, stride=1, padding=1),
            conv_block(in_channels, pool_proj, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the joined outputs."""
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(x) for branch in branches], dim=1)


class InceptionAux(nn.Module):
    """A classifier in the middle of the network, for training.

    Shapes: (B, in_channels, H, W) -> logits (B, num_classes)
    Same as: InceptionAux in torchvision.models.googlenet.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        conv_block: ConvBlock = BasicConv2d,
        dropout: float = 0.7,
    ) -> None:
        super().__init__()
        self.conv = conv_block(in_channels, 128, kernel_size=1)
        self.fc1 = nn.Linear(2048, 1024)
        self.fc2 = nn.Linear(1024, num_classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        x = self.conv(F.adaptive_avg_pool2d(x, 4))  # (B, C, H, W) -> (B, 128, 4, 4)
        x = self.fc1(torch.flatten(x, 1)).relu()  # (B, 128, 4, 4) -> (B, 1024)
        return self.fc2(self.dropout(x))


class GoogLeNetOutputs(NamedTuple):
    """The logits of the network and of the two classifiers on the way, in training.

    Shapes: each (B, num_classes)
    """

    logits: Tensor
    aux_logits2: Tensor | None
    aux_logits1: Tensor | None


class GoogLeNet(nn.Module):
    """Three convolutions, nine Inception blocks, global average pooling, one layer.

    In training mode with `aux_logits`, the result is GoogLeNetOutputs.

    Shapes: pictures (B, 3, H, W) with H and W at least 15 -> logits (B, num_classes)
    Same as: torchvision.models.GoogLeNet with init_weights=False.
    Source: Szegedy et al. (2015), https://arxiv.org/abs/1409.4842
    """

    def __init__(
        self,
        num_classes: int = 1000,
        aux_logits: bool = True,
        dropout: float = 0.2,
        dropout_aux: float = 0.7,
        conv_block: ConvBlock = BasicConv2d,
        large_kernel: int = 3,
    ) -> None:
        super().__init__()
        options = {"conv_block": conv_block, "large_kernel": large_kernel}
        block = partial(Inception, **options)
        pool = partial(nn.MaxPool2d, stride=2, ceil_mode=True)
        self.conv1 = conv_block(3, 64, kernel_size=7, stride=2, padding=3)
        self.maxpool1 = pool(3)
        self.conv2 = conv_block(64, 64, kernel_size=1)
        self.conv3 = conv_block(64, 192, kernel_size=3, padding=1)
        self.maxpool2 = pool(3)
        self.inception3a = block(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = block(256, 128, 128, 192, 32, 96, 64)
        self.maxpool3 = pool(3)
        self.inception4a = block(480, 192, 96, 208, 16, 48, 64)
        self.inception4b = block(512, 160, 112, 224, 24, 64, 64)
        self.inception4c = block(512, 128, 128, 256, 24, 64, 64)
        self.inception4d = block(512, 112, 144, 288, 32, 64, 64)
        self.inception4e = block(528, 256, 160, 320, 32, 128, 128)
        self.maxpool4 = pool(2)
        self.inception5a = block(832, 256, 160, 320, 32, 128, 128)
        self.inception5b = block(832, 384, 192, 384, 48, 128, 128)
        self.aux1 = self.aux2 = None
        if aux_logits:
            self.aux1 = InceptionAux(512, num_classes, conv_block, dropout_aux)
            self.aux2 = InceptionAux(528, num_classes, conv_block, dropout_aux)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor | GoogLeNetOutputs:
        """Return the logits, in training with those of the two classifiers."""
        with_aux = self.training and self.aux1 is not None
        x = self.maxpool1(self.conv1(x))
        x = self.maxpool2(self.conv3(self.conv2(x)))
        x = self.maxpool3(self.inception3b(self.inception3a(x)))
        x = self.inception4a(x)
        aux1 = self.aux1(x) if with_aux else None
        x = self.inception4d(self.inception4c(self.inception4b(x)))
        aux2 = self.aux2(x) if with_aux else None
        x = self.maxpool4(self.inception4e(x))
        x = self.inception5b(self.inception5a(x))
        x = self.avgpool(x)  # (B, 1024, H, W) -> (B, 1024, 1, 1)
        logits = self.fc(self.dropout(torch.flatten(x, 1)))
        return GoogLeNetOutputs(logits, aux2, aux1) if with_aux else logits


def small_googlenet() -> nn.Module:
    """Return three Inception blocks for small grey pictures.

    As in 2014: with a 5 x 5 branch and without batch normalisation. A picture takes
    2 million multiplications.

    Shapes: pictures (B, 1, 28, 28) -> logits (B, 10)
    """
    block = partial(Inception, conv_block=conv_relu, large_kernel=5)
    model = nn.Sequential(
        conv_relu(1, 16, kernel_size=5, padding=2),
        nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),  # 28 -> 14
        block(16, 12, 8, 16, 4, 8, 8),  # -> (B, 44, 14, 14)
        nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),  # 14 -> 7
        block(44, 24, 16, 32, 8, 16, 16),  # -> (B, 88, 7, 7)
        block(88, 32, 16, 32, 8, 16, 16),  # -> (B, 96, 7, 7)
        nn.AdaptiveAvgPool2d(1),  # (B, 96, 7, 7) -> (B, 96, 1, 1)
        nn.Flatten(),  # (B, 96, 1, 1) -> (B, 96)
        nn.Dropout(0.2),
        nn.Linear(96, 10),
    )
    return kaiming_weights(model)
