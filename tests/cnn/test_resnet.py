"""Blocks and networks give what torchvision's give, and begin as they should."""

import math

import pytest
import torch
from torch import nn
from torchvision import models
from torchvision.models import resnet as reference

from lib.cnn.resnet import (
    BasicBlock,
    Bottleneck,
    ResNet,
    begin_as_identity,
    keep_variance,
    make_stage,
    resnet18,
    resnet34,
    resnet50,
    small_resnet,
)
from lib.core.seed import make_generator, seed_everything
from lib.training.fit import preserve_modes


def disturb(model):
    """Give norms scales, shifts and statistics of their own, so that each of them counts."""
    generator = make_generator(0)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if "bn" in name or "downsample.1" in name:
                if "running_var" in name or name.endswith("weight"):
                    tensor.uniform_(0.5, 1.5, generator=generator)
                elif tensor.is_floating_point():
                    tensor.normal_(0, 0.3, generator=generator)
    return model


def assert_twins(ours, theirs, x):
    """Compare outputs, gradients and statistics in both modes."""
    ours.load_state_dict(theirs.state_dict())
    for train in (False, True):
        for model in (ours, theirs):
            model.train(train)
            model.zero_grad()
        mine, other = x.clone().requires_grad_(), x.clone().requires_grad_()
        y, wanted = ours(mine), theirs(other)
        assert y.shape == wanted.shape
        torch.testing.assert_close(y, wanted, rtol=1e-9, atol=1e-9)
        slope = torch.randn(y.shape, generator=make_generator(1), dtype=y.dtype)
        for out in (y, wanted):
            out.backward(slope)
        torch.testing.assert_close(mine.grad, other.grad, rtol=1e-8, atol=1e-9)
        gradients = dict(theirs.named_parameters())
        for name, parameter in ours.named_parameters():
            wanted = gradients[name].grad
            assert wanted.abs().max() > 0, name
            torch.testing.assert_close(
                parameter.grad, wanted, rtol=1e-7, atol=1e-9 * wanted.abs().max().item()
            )
    for name, tensor in ours.state_dict().items():
        torch.testing.assert_close(tensor, theirs.state_dict()[name], msg=name)


def their_block(kind, in_channels, channels, stride):
    out_channels = kind.expansion * channels
    downsample = None
    if stride != 1 or in_channels != out_channels:
        downsample = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
            nn.BatchNorm2d(out_channels),
        )
    return kind(in_channels, channels, stride, downsample)


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize(("in_channels", "channels", "stride"), [
    (3, 5, 1), (3, 5, 2), (7, 7, 1), (7, 7, 2), (20, 5, 1), (20, 5, 2), (20, 5, 3),
])  # fmt: skip
@pytest.mark.parametrize("name", ["BasicBlock", "Bottleneck"])
def test_a_block_equals_torchvision(name, in_channels, channels, stride, batch):
    ours = {"BasicBlock": BasicBlock, "Bottleneck": Bottleneck}[name]
    theirs = disturb(their_block(getattr(reference, name), in_channels, channels, stride))
    block = ours(in_channels, channels, stride).double()
    x = torch.randn(batch, in_channels, 11, 13, dtype=torch.float64, generator=make_generator(2))
    before = x.clone()
    assert_twins(block, theirs.double(), x)
    assert torch.equal(x, before)
    rows, columns = math.ceil(11 / stride), math.ceil(13 / stride)
    assert block(x).shape == (batch, ours.expansion * channels, rows, columns)


@pytest.mark.parametrize(("ours", "theirs", "size"), [
    (resnet18, models.resnet18, (2, 3, 37, 41)),
    (resnet34, models.resnet34, (2, 3, 32, 32)),
    (resnet50, models.resnet50, (2, 3, 33, 32)),
])  # fmt: skip
def test_a_network_equals_torchvision(ours, theirs, size):
    seed_everything(0)
    x = torch.randn(size, dtype=torch.float64)
    assert_twins(ours(num_classes=7).double(), disturb(theirs(num_classes=7)).double(), x)


def test_one_picture_is_enough_in_evaluation():
    ours, theirs = resnet18(11).double().eval(), models.resnet18(num_classes=11).double().eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(1, 3, 64, 65, dtype=torch.float64, generator=make_generator(0))
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50"])
def test_the_full_size_has_torchvisions_parameters(name):
    with torch.device("meta"):
        theirs = getattr(models, name)()
    ours = {"resnet18": resnet18, "resnet34": resnet34, "resnet50": resnet50}[name]()
    shapes = {key: value.shape for key, value in ours.state_dict().items()}
    assert shapes == {key: value.shape for key, value in theirs.state_dict().items()}


def test_it_begins_as_torchvision_does():
    for make in (resnet18, models.resnet18):
        seed_everything(0)
        for name, weight in make().named_parameters():
            if weight.dim() == 4:
                wanted = (2 / (len(weight) * weight[0, 0].numel())) ** 0.5
                tolerance = 6 / (2 * weight.numel()) ** 0.5
                assert abs(weight.std().item() / wanted - 1) < tolerance, name
                assert abs(weight.mean().item()) < 6 * wanted / weight.numel() ** 0.5, name
            elif "bn" in name or "downsample" in name:
                assert (weight == float(name.endswith("weight"))).all(), name


def test_blocks_can_begin_as_the_identity():
    x = torch.rand(2, 8, 5, 7)
    for block in (BasicBlock(8, 8), Bottleneck(8, 2)):
        stage = nn.Sequential(block)
        assert not torch.allclose(stage(x), x)
        begin_as_identity(stage)
        assert torch.equal(stage(x), x)
    for layers, block, last in ((resnet18, BasicBlock, "bn2"), (resnet50, Bottleneck, "bn3")):
        scales = {
            name for name, p in layers().named_parameters() if "bn" in name and (p == 0).all()
        }
        zeroed = ResNet(block, (2, 2, 2, 2), 5, zero_init_residual=True)
        more = {n for n, p in zeroed.named_parameters() if "bn" in n and (p == 0).all()} - scales
        assert more == {f"layer{s}.{b}.{last}.weight" for s in (1, 2, 3, 4) for b in (0, 1)}


def test_keep_variance_leaves_other_layers_alone():
    layers = nn.Sequential(nn.Conv2d(3, 5, (2, 7)), nn.Linear(5, 3), nn.BatchNorm2d(5))
    before = {name: p.clone() for name, p in layers.named_parameters()}
    keep_variance(layers)
    changed = {n for n, p in layers.named_parameters() if not torch.equal(p, before[n])}
    assert changed == {"0.weight"}


def test_a_stage_halves_the_picture_once():
    x = torch.randn(2, 3, 17, 12)
    for block in (BasicBlock, Bottleneck):
        stage = make_stage(block, 3, 5, num_blocks=3, stride=2)
        assert len(stage) == 3
        assert stage(x).shape == (2, 5 * block.expansion, 9, 6)
        kinds = [type(b.downsample) for b in stage]
        assert kinds == [nn.Sequential, nn.Identity, nn.Identity]


@pytest.mark.parametrize("batch", [1, 2])
def test_the_small_network_sees_grey_pictures(batch):
    seed_everything(0)
    model = small_resnet()
    x = torch.randn(batch, 1, 28, 28)
    logits = model(x)
    assert logits.shape == (batch, 10)
    logits.sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    with preserve_modes(model), torch.no_grad():
        model.eval()
        parts = torch.cat([model(row[None]) for row in x])
        torch.testing.assert_close(model(x), parts)


def test_what_it_refuses():
    for layers in ((2, 2, 2), (2, 2, 2, 2, 2), (2, 0, 2, 2)):
        with pytest.raises(ValueError, match=r"layers must be four numbers from 1 up, got \("):
            ResNet(BasicBlock, layers)
    with pytest.raises(RuntimeError, match="to have 3 channels, but got 2 channels"):
        BasicBlock(3, 5)(torch.zeros(1, 2, 7, 7))
