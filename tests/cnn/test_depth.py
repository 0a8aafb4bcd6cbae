"""The deep networks differ in skips and norms alone, and have the depth they state."""

import pytest
import torch
from torch import nn

from lib.cnn.depth import (
    DEPTH_RATES,
    GRID,
    ChannelAffine,
    Nothing,
    make_depth_run,
    network_of_depth,
)
from lib.core.seed import make_generator, seed_everything

ARMS = [(skips, norm) for skips in (False, True) for norm in (False, True)]
IMAGES = torch.randn(3, 1, 28, 28, generator=make_generator(0))


def built(skips, norm, depth=8, identity=False):
    seed_everything(0)
    return network_of_depth(depth, skips=skips, norm=norm, identity=identity)


@pytest.mark.parametrize(("skips", "norm"), ARMS)
@pytest.mark.parametrize("depth", [2, 8, 20])
def test_depth_counts_convolutions_and_the_linear_layer(skips, norm, depth):
    model = built(skips, norm, depth)
    layers = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == depth
    assert model(IMAGES).shape == (3, 10)


def test_all_four_have_equally_many_parameters_and_equal_convolutions():
    models = [built(*arm) for arm in ARMS]
    assert len({sum(p.numel() for p in model.parameters()) for model in models}) == 1
    kernels = [[p for p in model.parameters() if p.dim() == 4] for model in models]
    for first, *others in zip(*kernels, strict=True):
        assert all(torch.equal(first, other) for other in others)


def test_without_skips_a_block_is_its_two_convolutions():
    block = built(skips=False, norm=False)[4]
    x = torch.randn(2, 8, 7, 7, generator=make_generator(1))
    by_hand = block.conv2(block.conv1(x).relu()).relu()
    torch.testing.assert_close(block(x), by_hand)
    block = built(skips=True, norm=False)[4]
    torch.testing.assert_close(block(x), (block.conv2(block.conv1(x).relu()) + x).relu())


@pytest.mark.parametrize("norm", [False, True])
def test_begun_as_identity_the_blocks_add_nothing(norm):
    model = built(skips=True, norm=norm, depth=20, identity=True)
    x = model[:4](IMAGES)
    torch.testing.assert_close(model[4:-2](x), x)


def test_parts_scale_shift_and_give_zeros():
    x = torch.randn(2, 3, 5, generator=make_generator(2))
    layer = ChannelAffine(3)
    assert torch.equal(layer(x), x)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([2.0, 0.0, 1.0]))
        layer.bias.copy_(torch.tensor([0.0, 7.0, 1.0]))
    torch.testing.assert_close(layer(x)[:, 0], 2 * x[:, 0])
    assert torch.equal(layer(x)[:, 1], torch.full((2, 5), 7.0))
    assert torch.equal(Nothing()(x), torch.zeros(2, 3, 5))


@pytest.mark.parametrize("depth", [0, 7, -2])
def test_odd_depths_are_refused(depth):
    with pytest.raises(ValueError, match=f"depth must be 2, 4, 6, ..., got {depth}"):
        network_of_depth(depth, skips=True, norm=True)


def test_the_grid_tries_each_network_at_the_same_rates():
    rates = {}
    for setting in GRID.settings:
        arm = tuple(setting[name] for name in ("depth", "skips", "norm", "identity"))
        if setting["num_epochs"] == 3:
            rates.setdefault(arm, set()).add((setting["lr"], setting["seed"]))
    assert len(rates) == 14
    wanted = {(lr, seed) for lr in DEPTH_RATES for seed in range(3)}
    assert all(found == wanted for found in rates.values())
    assert make_depth_run(**GRID.settings[0])["num_epochs"] == GRID.settings[0]["num_epochs"]
