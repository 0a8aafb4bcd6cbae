"""Padding, blocks and names of EfficientNet-Lite are those that its checkpoint needs."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lib.cnn.efficientnet import EfficientNetLite, MBConv, SameConv2d, batch_norm_like_tensorflow
from lib.core.seed import make_generator, seed_everything


def random(*shape):
    return torch.randn(shape, dtype=torch.float64, generator=make_generator(len(shape)))


@pytest.mark.parametrize(("size", "kernel", "stride", "padding"), [
    ((8, 10), 3, 2, (0, 1, 0, 1)),  # even: the surplus row and column come last
    ((7, 9), 3, 2, (1, 1, 1, 1)),
    ((7, 8), 5, 2, (1, 2, 2, 2)),
    ((7, 5), 5, 1, (2, 2, 2, 2)),
    ((7, 8), 1, 1, (0, 0, 0, 0)),
    ((7, 8), 1, 2, (0, 0, 0, 0)),
    ((1, 1), 3, 2, (1, 1, 1, 1)),
])  # fmt: skip
@pytest.mark.parametrize("batch", [1, 2])
def test_same_padding(size, kernel, stride, padding, batch):
    conv = SameConv2d(3, 5, kernel, stride).double()
    x = random(batch, 3, *size)
    before, y = x.clone(), conv(x)
    torch.testing.assert_close(y, F.conv2d(F.pad(x, padding), conv.weight, stride=stride))
    assert y.shape == (batch, 5, -(-size[0] // stride), -(-size[1] // stride))
    assert torch.equal(x, before)
    assert conv.bias is None


@pytest.mark.parametrize(("out_channels", "stride", "expansion"), [
    (3, 1, 1), (3, 1, 6), (5, 1, 6), (3, 2, 6), (5, 2, 1),
])  # fmt: skip
@pytest.mark.parametrize("batch", [1, 2])
def test_a_block_widens_filters_and_narrows(out_channels, stride, expansion, batch):
    block = MBConv(3, out_channels, 3, stride, expansion).double()
    x, wide = random(batch, 3, 8, 10), 3 * expansion
    y, start = x, x
    if expansion > 1:
        y = F.relu6(block.bn0(F.conv2d(y, block.expand_conv.weight)))
    else:
        assert not hasattr(block, "expand_conv")
    y = F.pad(y, (1, 1, 1, 1) if stride == 1 else (0, 1, 0, 1))
    y = F.conv2d(y, block.depthwise_conv.weight, stride=stride, groups=wide)
    y = F.conv2d(F.relu6(block.bn1(y)), block.project_conv.weight)
    y = block.bn2(y)
    added = stride == 1 and out_channels == 3
    torch.testing.assert_close(block(x), y + start if added else y)


def test_the_network_has_its_sizes_and_names():
    seed_everything(0)
    model = EfficientNetLite(num_classes=7).eval()
    assert sum(p.numel() for p in model.parameters()) == 3_371_008 + 7 * 1281
    names = set(model.state_dict())
    assert {"conv_stem.weight", "blocks.0.bn2.bias", "blocks.15.expand_conv.weight"} <= names
    assert "blocks.0.expand_conv.weight" not in names
    assert all(m.eps == 1e-3 for m in model.modules() if isinstance(m, nn.BatchNorm2d))
    heights = []
    for block in model.blocks:
        block.register_forward_hook(lambda module, args, out: heights.append(out.shape[2]))
    with torch.no_grad():
        assert model(torch.rand(2, 3, 64, 96)).shape == (2, 7)
    assert heights == [32, 16, 16, 8, 8, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2]


def test_one_picture_is_half_of_two():
    seed_everything(0)
    model, x = EfficientNetLite(5).double().eval(), random(2, 3, 33, 35)
    with torch.no_grad():
        torch.testing.assert_close(model(x), torch.cat([model(x[:1]), model(x[1:])]))


def test_the_norms_constants():
    norm = batch_norm_like_tensorflow(5)
    assert (norm.num_features, norm.eps, norm.momentum) == (5, 1e-3, 0.01)
