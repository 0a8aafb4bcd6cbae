"""VGG loads torchvision's state dicts and gives its outputs and gradients."""

from functools import partial

import pytest
import torch
from torch import nn
from torchvision.models import vgg as torchvision_vgg
from torchvision.models import vgg11, vgg11_bn, vgg16, vgg16_bn

from lib.cnn.counting import count_layers, total_count
from lib.cnn.vgg import VGG, VGG_11, VGG_16, kaiming_weights, small_vgg, vgg_block, vgg_features
from lib.core.seed import make_generator
from tests.cnn.same_network import assert_same_network

FEATURES = {(VGG_11, False): vgg11, (VGG_11, True): vgg11_bn,
            (VGG_16, False): vgg16, (VGG_16, True): vgg16_bn}  # fmt: skip


@pytest.mark.parametrize(("blocks", "batch_norm"), FEATURES)
def test_features_equal_torchvision(blocks, batch_norm):
    with torch.device("meta"):  # the linear layers are large
        theirs = FEATURES[blocks, batch_norm]().features
    theirs = theirs.to_empty(device="cpu")
    generator = make_generator(0)
    for name, value in theirs.state_dict().items():
        if value.is_floating_point():
            value.normal_(std=0.05, generator=generator)
            if "running_var" in name:
                value.abs_().add_(0.5)
        else:
            value.zero_()
    shape = (1 + batch_norm, 3, 37, 41)
    assert_same_network(lambda: vgg_features(blocks, 3, batch_norm), theirs, shape)


def test_the_whole_equals_torchvision():
    torch.manual_seed(0)
    theirs = torchvision_vgg.VGG(vgg_features(((1, 3), (2, 5)), 3), num_classes=2)
    theirs.classifier[0] = nn.Linear(5 * 49, 4096)
    make = partial(VGG, ((1, 3), (2, 5)), num_classes=2)
    assert_same_network(make, theirs, (2, 3, 23, 29), dtype=torch.float32)


@pytest.mark.parametrize(("blocks", "batch_norm"), FEATURES)
def test_all_sizes_equal_torchvision(blocks, batch_norm):
    with torch.device("meta"):
        mine = VGG(blocks, batch_norm=batch_norm).state_dict()
        theirs = FEATURES[blocks, batch_norm]().state_dict()
    assert {name: p.shape for name, p in mine.items()} == {n: p.shape for n, p in theirs.items()}


def test_blocks():
    block = nn.Sequential(*vgg_block(3, 2, 5, batch_norm=True))
    kinds = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU] * 3 + [nn.MaxPool2d]
    assert [type(layer) for layer in block] == kinds
    assert block(torch.zeros(2, 2, 11, 13)).shape == (2, 5, 5, 6)
    with pytest.raises(ValueError, match="num_convs must be at least 1, got 0"):
        vgg_block(0, 2, 5)


def test_the_small_one():
    model = small_vgg().double().eval()
    x = torch.randn(2, 1, 28, 28, generator=make_generator(0), dtype=torch.float64)
    assert model(x).shape == (2, 10)
    torch.testing.assert_close(model(x)[:1], model(x[:1]))
    assert total_count(count_layers(model, x[:1]))[1] < 2e6


def test_kaiming_weights():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(7, 101, 5), nn.Sequential(nn.Linear(211, 53, bias=False)))
    assert kaiming_weights(model) is model
    for weight, fan_in in ((model[0].weight, 7 * 25), (model[1][0].weight, 211)):
        assert weight.std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.03)
    assert not model[0].bias.any()
