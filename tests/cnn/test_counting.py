"""Counts equal torch's own counter of floating-point operations, and numbers by hand."""

import pytest
import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from lib.cnn.alexnet import AlexNet, small_alexnet
from lib.cnn.counting import (
    RULES,
    convolution_rule,
    count_layers,
    count_table,
    linear_rule,
    total_count,
)
from lib.cnn.googlenet import GoogLeNet, small_googlenet
from lib.cnn.nin import small_nin
from lib.cnn.vgg import VGG, VGG_11, VGG_16, small_vgg
from lib.training.custom_layers import Linear

GREY, COLOUR = (1, 1, 28, 28), (1, 3, 224, 224)


def by_torch(model, *inputs):
    """Multiplications as torch counts them: half of its operations."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(*inputs)
    assert counter.get_total_flops() % 2 == 0
    return counter.get_total_flops() // 2


def agrees(model, *inputs):
    parameters, multiplications = total_count(count_layers(model, *inputs))
    assert multiplications == by_torch(model, *inputs) > 0
    assert parameters == sum(p.numel() for p in model.parameters()) > 0


NETWORKS = [
    (small_alexnet, GREY),
    (small_vgg, GREY),
    (small_nin, GREY),
    (small_googlenet, GREY),
    (AlexNet, COLOUR),
    (lambda: VGG(VGG_11), COLOUR),
    (lambda: VGG(VGG_16, batch_norm=True), COLOUR),
    (lambda: GoogLeNet(aux_logits=False), COLOUR),
    (torchvision.models.resnet50, COLOUR),
    (torchvision.models.mobilenet_v2, COLOUR),
]


@pytest.mark.parametrize(("make", "shape"), NETWORKS)
def test_networks_agree_with_torch(make, shape):
    with torch.device("meta"):
        agrees(make(), torch.empty(shape))


LAYERS = [
    (nn.Linear(7, 11), (2, 7)),
    (nn.Linear(7, 11, bias=False), (2, 3, 5, 7)),
    (nn.Conv1d(3, 5, 7, padding=2), (2, 3, 13)),
    (nn.Conv2d(3, 5, (2, 7), stride=(3, 2), padding=(1, 4)), (1, 3, 17, 19)),
    (nn.Conv2d(6, 15, 3, groups=3, dilation=2, padding="same", bias=False), (2, 6, 11, 13)),
    (nn.Conv2d(7, 7, 5, groups=7, padding_mode="circular", padding=2), (2, 7, 11, 13)),
    (nn.Conv3d(2, 3, (2, 3, 5)), (1, 2, 5, 7, 11)),
    (nn.ConvTranspose1d(3, 5, 7), (2, 3, 13)),
    (nn.ConvTranspose2d(3, 5, (2, 7), stride=(3, 2), output_padding=(2, 1)), (2, 3, 11, 13)),
    (nn.ConvTranspose2d(6, 15, 3, groups=3, dilation=2), (1, 6, 11, 13)),
]


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_layers_agree_with_torch(layer, shape):
    agrees(layer, torch.zeros(shape))


def test_a_row_by_hand():
    model = nn.Sequential(nn.Conv2d(3, 5, 7), nn.BatchNorm2d(5), nn.ReLU(), nn.Flatten())
    rows = count_layers(model, torch.zeros(2, 3, 11, 13))
    assert [tuple(row) for row in rows] == [
        ("0", "Conv2d", (2, 5, 5, 7), 5 * 3 * 49 + 5, 2 * 5 * 5 * 7 * 3 * 49),
        ("1", "BatchNorm2d", (2, 5, 5, 7), 10, 0),
        ("2", "ReLU", (2, 5, 5, 7), 0, 0),
        ("3", "Flatten", (2, 175), 0, 0),
    ]


class Shared(nn.Module):
    """A layer that runs twice, two layers with one weight, an own parameter, a tuple."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.twice, self.tied = nn.Linear(5, 5), nn.Linear(5, 5)
        self.tied.weight = self.twice.weight
        self.inner = nn.Sequential(nn.Sequential(nn.Linear(5, 3), nn.ReLU()), nn.Linear(3, 2))
        self.idle = nn.Linear(100, 100)

    def forward(self, x):
        return self.inner(self.tied(self.twice(self.twice(x)))) * self.scale, x


def test_parameters_count_once_and_multiplications_as_often_as_they_happen():
    rows = {row.name: row for row in count_layers(Shared(), torch.zeros(2, 5))}
    numbers = {name: (row.parameters, row.multiplications) for name, row in rows.items()}
    assert numbers == {"twice": (30, 100), "tied": (5, 50), "inner.0.0": (18, 30),
                       "inner.0.1": (0, 0), "inner.1": (8, 12), "": (1, 0)}  # fmt: skip
    assert rows[""].output_shape == (2, 2)
    assert sum(row.multiplications for row in rows.values()) == by_torch(
        Shared(), torch.zeros(2, 5)
    )


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_depth_adds_up_layers(depth):
    model, x = Shared(), torch.zeros(2, 5)
    rows = count_layers(model, x, depth=depth)
    assert total_count(rows) == total_count(count_layers(model, x))
    inner = {row.name: tuple(row)[1:] for row in rows if row.name.startswith("inner")}
    assert (
        inner
        == {
            1: {"inner": ("Sequential", (2, 2), 26, 42)},
            2: {"inner.0": ("Sequential", (2, 3), 18, 30), "inner.1": ("Linear", (2, 2), 8, 12)},
            3: {
                "inner.0.0": ("Linear", (2, 3), 18, 30),
                "inner.0.1": ("ReLU", (2, 3), 0, 0),
                "inner.1": ("Linear", (2, 2), 8, 12),
            },
        }[depth]
    )


def test_the_model_stays_as_it_was():
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Dropout(0.5))
    model[2].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    count_layers(model, torch.randn(2, 1, 5, 7, generator=torch.Generator().manual_seed(0)))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [module.training for module in model.modules()] == [True, True, True, False]
    assert not any(module._forward_hooks for module in model.modules())
    assert torch.equal(torch.get_rng_state(), state)


def test_hooks_go_even_if_the_model_fails():
    model = nn.Linear(3, 5)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        count_layers(model, torch.zeros(2, 7))
    assert not model._forward_hooks


def test_unknown_layers_need_a_rule():
    lstm, x = nn.LSTM(3, 5, batch_first=True), torch.zeros(2, 7, 3)
    with pytest.raises(ValueError, match=r"rules must say how to count LSTM \(layer ''\)"):
        count_layers(lstm, x)
    rules = {**RULES, nn.LSTM: lambda layer, x, y: x.shape[0] * x.shape[1] * 4 * 5 * (3 + 5)}
    (row,) = count_layers(lstm, x, rules=rules)
    assert row.multiplications == 2240
    (row,) = count_layers(nn.Embedding(7, 5), torch.zeros(2, 3, dtype=torch.long))
    assert (row.parameters, row.multiplications) == (35, 0)
    (row,) = count_layers(Linear(3, 5), torch.zeros(2, 3), rules={Linear: linear_rule})
    assert row.multiplications == 30
    assert (
        convolution_rule(nn.Conv2d(3, 5, 1), torch.zeros(1, 3, 2, 2), torch.zeros(1, 5, 2, 2)) == 60
    )


def test_depth_is_checked():
    with pytest.raises(ValueError, match="depth must be at least 1, got 0"):
        count_layers(nn.ReLU(), torch.zeros(1), depth=0)


def test_the_table():
    model = nn.Sequential(nn.Linear(3, 1, bias=False), nn.ReLU(), nn.Linear(1, 1, bias=False))
    lines = count_table(count_layers(model, torch.zeros(1, 3))).splitlines()
    assert [line.split() for line in lines] == [
        ["layer", "kind", "output", "shape", "parameters", "multiplications"],
        ["0", "Linear", "(1,", "1)", "3", "75", "%", "3", "75", "%"],
        ["1", "ReLU", "(1,", "1)", "0", "0"],
        ["2", "Linear", "(1,", "1)", "1", "25", "%", "1", "25", "%"],
        ["total", "4", "4"],
    ]
    assert len({line.index("4") for line in lines[-1:]}) == 1
    assert max(map(len, lines)) <= 88
    assert count_table([]).splitlines()[1].split() == ["total", "0", "0"]
