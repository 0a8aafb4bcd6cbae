"""AlexNet loads torchvision's state dict and gives its outputs and gradients."""

import pytest
import torch
from torch import nn
from torchvision.models import alexnet

from lib.cnn.alexnet import AlexNet, small_alexnet
from lib.cnn.counting import count_layers, total_count
from lib.core.seed import make_generator
from tests.cnn.same_network import assert_same_network


@pytest.mark.parametrize("batch_size", [1, 2])
def test_features_equal_torchvision(batch_size):
    torch.manual_seed(0)
    with torch.device("meta"):  # the linear layers are large
        theirs = alexnet().features
    theirs = theirs.to_empty(device="cpu")
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.05)
    assert_same_network(lambda: AlexNet().features, theirs, (batch_size, 3, 67, 71))


def test_the_whole_equals_torchvision():
    torch.manual_seed(0)
    theirs = alexnet(num_classes=7)
    assert_same_network(lambda: AlexNet(7), theirs, (2, 3, 67, 71), dtype=torch.float32)


def test_all_sizes_equal_torchvision():
    with torch.device("meta"):
        mine, theirs = AlexNet().state_dict(), alexnet().state_dict()
    assert {name: p.shape for name, p in mine.items()} == {n: p.shape for n, p in theirs.items()}


def test_the_small_one():
    model = small_alexnet().double()
    x = torch.randn(2, 1, 28, 28, generator=make_generator(0), dtype=torch.float64)
    model.eval()
    assert model(x).shape == (2, 10)
    torch.testing.assert_close(model(x)[:1], model(x[:1]))
    assert total_count(count_layers(model, x[:1]))[1] < 2e6
    assert sum(isinstance(layer, nn.Conv2d) for layer in model) == 5
