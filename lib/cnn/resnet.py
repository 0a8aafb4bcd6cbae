"""ResNet: blocks that add what they compute to what they were given.

Dimension letters: B pictures, C channels, H height, W width, K classes.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    r"""Add to x, or to its projection, what two 3×3 convolutions make of it.

    $$y = \operatorname{relu}(\operatorname{shortcut}(x) + f(x)), \quad
    f = \text{norm} \circ \text{conv} \circ \text{relu} \circ \text{norm} \circ
    \text{conv}$$

    Shapes: (B, in_channels, H, W) -> (B, channels, ⌈H / stride⌉, ⌈W / stride⌉)
    Raises: RuntimeError from torch for another number of channels.
    Same as: torchvision.models.resnet.BasicBlock, parameter names included.
    Source: He, Zhang, Ren, Sun (2016), Deep residual learning for image recognition,
        doi:10.1109/CVPR.2016.90
    """

    expansion = 1

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = same_conv(in_channels, channels, 3, stride)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = same_conv(channels, channels, 3)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = make_shortcut(in_channels, channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return the activated sum."""
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.downsample(x))


class Bottleneck(nn.Module):
    r"""Add what a 3×3 convolution makes of x between two 1×1 convolutions.

    The first one makes the channels few, the last one gives four times as many.

    Shapes: (B, in_channels, H, W) -> (B, 4 channels, ⌈H / stride⌉, ⌈W / stride⌉)
    Raises: RuntimeError from torch for another number of channels.
    Same as: torchvision.models.resnet.Bottleneck, parameter names included; the paper
        puts the stride into the first convolution, torchvision into the second.
    Source: He, Zhang, Ren, Sun (2016), doi:10.1109/CVPR.2016.90
    """

    expansion = 4

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        out_channels = self.expansion * channels
        self.conv1 = same_conv(in_channels, channels, 1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = same_conv(channels, channels, 3, stride)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = same_conv(channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.downsample = make_shortcut(in_channels, out_channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return the activated sum."""
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.downsample(x))


class ResNet(nn.Module):
    """A first convolution, four stages of blocks, the mean over the picture, a layer.

    From stage to stage the channels double and height and width are halved.

    Shapes: (B, 3, H, W) -> (B, num_classes)
    Raises: ValueError unless there are four numbers of blocks, each at least 1.
    Same as: torchvision.models.ResNet, parameter names and initialisation included,
        without groups, dilation and other norms.
    Source: He, Zhang, Ren, Sun (2016), doi:10.1109/CVPR.2016.90; `zero_init_residual`:
        Goyal et al. (2017), arXiv:1706.02677
    """

    def __init__(
        self,
        block: type[BasicBlock | Bottleneck],
        layers: Sequence[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
    ) -> None:
        super().__init__()
        if len(layers) != 4 or min(layers) < 1:
            raise ValueError(f"layers must be four numbers from 1 up, got {layers}")
        self.conv1 = same_conv(3, 64, 7, stride=2)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        wide = block.expansion
        self.layer1 = make_stage(block, 64, 64, layers[0])
        self.layer2 = make_stage(block, 64 * wide, 128, layers[1], stride=2)
        self.layer3 = make_stage(block, 128 * wide, 256, layers[2], stride=2)
        self.layer4 = make_stage(block, 256 * wide, 512, layers[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512 * wide, num_classes)
        keep_variance(self)
        if zero_init_residual:
            begin_as_identity(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))  # -> (B, 64, H/4, W/4)
        x = self.layer1(x)
        x = self.layer2(x)  # -> (B, 128 e, H/8, W/8), e the block's expansion
        x = self.layer3(x)  # -> (B, 256 e, H/16, W/16)
        x = self.layer4(x)  # -> (B, 512 e, H/32, W/32)
        x = self.avgpool(x).flatten(1)  # -> (B, 512 e)
        return self.fc(x)  # -> (B, K)


def same_conv(
    in_channels: int, out_channels: int, kernel_size: int, stride: int = 1
) -> nn.Conv2d:
    """Return a convolution with an odd kernel that keeps height and width at stride 1.

    It has no bias, since a norm follows, which would take it away again.

    Shapes: (B, in_channels, H, W) -> (B, out_channels, ⌈H / stride⌉, ⌈W / stride⌉)
    """
    padding = kernel_size // 2
    return nn.Conv2d(
        in_channels, out_channels, kernel_size, stride, padding, bias=False
    )


def make_shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """Return the way around a block: nothing, or a 1×1 projection if shapes differ.

    Shapes: (B, in_channels, H, W) -> (B, out_channels, ⌈H / stride⌉, ⌈W / stride⌉)
    """
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    projection = same_conv(in_channels, out_channels, 1, stride)
    return nn.Sequential(projection, nn.BatchNorm2d(out_channels))


def make_stage(
    block: type[BasicBlock | Bottleneck],
    in_channels: int,
    channels: int,
    num_blocks: int,
    stride: int = 1,
) -> nn.Sequential:
    """Return blocks in a row; the first one changes channels, height and width.

    Shapes: (B, in_channels, H, W) -> (B, e channels, ⌈H / stride⌉, ⌈W / stride⌉)
    """
    first = block(in_channels, channels, stride)
    wide = block.expansion * channels
    return nn.Sequential(first, *(block(wide, channels) for _ in range(num_blocks - 1)))


@torch.no_grad()
def keep_variance(model: nn.Module) -> None:
    """Draw each convolution anew so that gradients keep their size on the way back.

    std = √(2 / (out_channels · kernel height · kernel width))

    Source: He, Zhang, Ren, Sun (2015), doi:10.1109/ICCV.2015.123
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.out_channels * module.weight[0, 0].numel()
            module.weight.normal_(0, (2 / fan_out) ** 0.5)


@torch.no_grad()
def begin_as_identity(model: nn.Module) -> None:
    """Set the scale of each block's last norm to 0, so that the block adds nothing."""
    for module in model.modules():
        if isinstance(module, BasicBlock):
            module.bn2.weight.zero_()
        elif isinstance(module, Bottleneck):
            module.bn3.weight.zero_()


def resnet18(num_classes: int = 1000) -> ResNet:
    """Return the ResNet with 18 layers that have weights, projections not counted."""
    return ResNet(BasicBlock, (2, 2, 2, 2), num_classes)


def resnet34(num_classes: int = 1000) -> ResNet:
    """Return the ResNet with 34 layers."""
    return ResNet(BasicBlock, (3, 4, 6, 3), num_classes)


def resnet50(num_classes: int = 1000) -> ResNet:
    """Return the ResNet with 50 layers, in blocks of three."""
    return ResNet(Bottleneck, (3, 4, 6, 3), num_classes)


def small_resnet() -> nn.Sequential:
    """Return a ResNet with three blocks for grey pictures of ten classes.

    Shapes: (B, 1, 28, 28) -> (B, 10)
    """
    return nn.Sequential(
        same_conv(1, 16, 3, stride=2),  # -> (B, 16, 14, 14)
        nn.BatchNorm2d(16),
        nn.ReLU(),
        BasicBlock(16, 16),
        BasicBlock(16, 32, stride=2),  # -> (B, 32, 7, 7)
        BasicBlock(32, 64, stride=2),  # -> (B, 64, 4, 4)
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),  # -> (B, 64)
        nn.Linear(64, 10),
    )
