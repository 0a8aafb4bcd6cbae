"""EfficientNet-Lite0: a small network for photographs, in the shape of its checkpoint.

Dimension letters: B pictures, C channels, H height, W width, K classes.
"""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

# kernel size, stride of the first block, expansion, output channels, number of blocks
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


class SameConv2d(nn.Conv2d):
    """A convolution without bias that pads as TensorFlow's "SAME": more behind.

    For a stride of 2 and an even size, torch's symmetric padding would read other
    pixels than the network was trained on.

    Shapes: (B, in_channels, H, W) -> (B, out_channels, ⌈H / stride⌉, ⌈W / stride⌉)
    Raises: RuntimeError from torch for another number of channels.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        groups: int = 1,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, groups=groups, bias=False
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of the padded pictures."""
        padding = []
        for size in (x.shape[3], x.shape[2]):  # F.pad begins with the last axis
            covered = (-(-size // self.stride[0]) - 1) * self.stride[0]
            missing = max(covered + self.kernel_size[0] - size, 0)
            padding += [missing // 2, missing - missing // 2]
        return super().forward(F.pad(x, padding))


class MBConv(nn.Module):
    r"""Widen by 1×1, filter each channel on its own, make narrow by 1×1 again.

    The input is added where the block keeps its shape.

    Shapes: (B, in_channels, H, W) -> (B, out_channels, ⌈H / stride⌉, ⌈W / stride⌉)
    Raises: RuntimeError from torch for another number of channels.
    Source: Sandler et al. (2018), MobileNetV2, https://arxiv.org/abs/1801.04381
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        expansion: int = 6,
    ) -> None:
        super().__init__()
        wide = expansion * in_channels
        self.adds_input = stride == 1 and in_channels == out_channels
        self.widens = expansion > 1
        if self.widens:
            self.expand_conv = SameConv2d(in_channels, wide, 1)
            self.bn0 = batch_norm_like_tensorflow(wide)
        self.depthwise_conv = SameConv2d(wide, wide, kernel_size, stride, groups=wide)
        self.bn1 = batch_norm_like_tensorflow(wide)
        self.project_conv = SameConv2d(wide, out_channels, 1)
        self.bn2 = batch_norm_like_tensorflow(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's maps."""
        y = F.relu6(self.bn0(self.expand_conv(x))) if self.widens else x
        y = F.relu6(self.bn1(self.depthwise_conv(y)))
        y = self.bn2(self.project_conv(y))
        return x + y if self.adds_input else y


class EfficientNetLite(nn.Module):
    """A first convolution, 16 blocks, a last 1×1 convolution, the mean, a layer.

    Shapes: (B, 3, H, W) -> (B, num_classes)
    Raises: RuntimeError from torch for another number of channels.
    Same as: efficientnet_lite_pytorch.EfficientNet "efficientnet-lite0" for heights and
        widths divisible by 32 (it pads every picture as one of 224 × 224), without the
        underscores before its parameters' names.
    Source: Tan, Le (2019), EfficientNet, https://arxiv.org/abs/1905.11946
    """

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.conv_stem = SameConv2d(3, 32, 3, stride=2)
        self.bn0 = batch_norm_like_tensorflow(32)
        self.stem_relu = nn.ReLU6()
        self.blocks = nn.ModuleList()
        widths = (32, *(stage[3] for stage in STAGES))
        for (before, after), (kernel, stride, expansion, _, num_blocks) in zip(
            pairwise(widths), STAGES, strict=True
        ):
            self.blocks.append(MBConv(before, after, kernel, stride, expansion))
            for _ in range(num_blocks - 1):
                self.blocks.append(MBConv(after, after, kernel, 1, expansion))
        self.conv_head = SameConv2d(320, 1280, 1)
        self.bn1 = batch_norm_like_tensorflow(1280)
        self.head_relu = nn.ReLU6()
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(1280, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        x = self.stem_relu(self.bn0(self.conv_stem(x)))  # -> (B, 32, H/2, W/2)
        for block in self.blocks:
            x = block(x)
        x = self.head_relu(self.bn1(self.conv_head(x)))  # -> (B, 1280, H/32, W/32)
        x = x.mean(dim=(2, 3))  # -> (B, 1280)
        return self.fc(self.dropout(x))  # -> (B, K)


def batch_norm_like_tensorflow(num_features: int) -> nn.BatchNorm2d:
    """Return a batch norm with the constants that the checkpoint was trained with.

    Shapes: (B, num_features, H, W) -> the same
    """
    return nn.BatchNorm2d(num_features, eps=1e-3, momentum=0.01)
