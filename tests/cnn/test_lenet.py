"""LeNet has the sizes of the paper's figure, and its variants differ in two things."""

import pytest
import torch
from torch import nn

from lib.cnn.lenet import classic_lenet, lenet, modern_lenet

SHAPES = [  # what each layer gives for one picture
    (6, 28, 28), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 10, 10), (16, 5, 5),
    (400,), (120,), (120,), (84,), (84,), (10,),
]  # fmt: skip


@pytest.mark.parametrize("make", [classic_lenet, modern_lenet])
@pytest.mark.parametrize("batch_size", [1, 2])
def test_each_layer_has_the_shape_of_the_drawing(make, batch_size):
    x = torch.randn(batch_size, 1, 28, 28)
    for layer, shape in zip(make(), SHAPES, strict=True):
        x = layer(x)
        assert x.shape == (batch_size, *shape)


@pytest.mark.parametrize("make", [classic_lenet, modern_lenet])
def test_parameters_of_each_layer(make):
    layers = [layer for layer in make() if list(layer.parameters())]
    counts = [sum(p.numel() for p in layer.parameters()) for layer in layers]
    assert counts == [156, 2416, 48120, 10164, 850]
    assert sum(counts) == 61_706


def test_variants_differ_in_activation_and_pooling_alone():
    kinds = [[type(layer) for layer in make()] for make in (classic_lenet, modern_lenet)]
    modern = {nn.Sigmoid: nn.ReLU, nn.AvgPool2d: nn.MaxPool2d}
    assert [modern.get(kind, kind) for kind in kinds[0]] == kinds[1]
    assert nn.Sigmoid in kinds[0]
    assert nn.AvgPool2d in kinds[0]


def test_weights_of_one_fit_the_other_and_each_call_draws_anew():
    first, second = lenet(nn.Tanh, nn.AvgPool2d), classic_lenet()
    assert not torch.equal(first[0].weight, second[0].weight)
    second.load_state_dict(first.state_dict())
    assert torch.equal(first[0].weight, second[0].weight)
