"""The networks of the grid of rates differ in their norms alone, and train as said."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from lib.cnn.learning_rates import GRID, NORMS, make_rate_run, normed_network
from lib.core.seed import seed_everything

KINDS = {"none": nn.Identity, "batch": nn.BatchNorm2d, "group": nn.GroupNorm}


@pytest.mark.parametrize("norm", NORMS)
def test_a_norm_follows_each_convolution(norm):
    layers = list(normed_network(norm))
    followers = [b for a, b in pairwise(layers) if isinstance(a, nn.Conv2d)]
    assert [type(layer) for layer in followers] == [KINDS[norm]] * 4
    assert nn.Sequential(*layers)(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_the_norms_begin_from_the_same_convolutions():
    weights = []
    for norm in NORMS:
        seed_everything(0)
        model = make_rate_run(norm, "he", 0.1, 0)["model"]
        weights.append([layer.weight for layer in model if isinstance(layer, nn.Conv2d)])
    for first, *others in zip(*weights, strict=True):
        assert all(torch.equal(first, other) for other in others)


def test_he_start_has_the_stated_spread_and_torchs_start_another():
    seed_everything(0)
    he = make_rate_run("none", "he", 0.1, 0)["model"][6].weight
    default = make_rate_run("none", "torch", 0.1, 0)["model"][6].weight
    wanted = (2 / (32 * 9)) ** 0.5
    assert he.std().item() == pytest.approx(wanted, rel=0.05)
    assert default.std().item() < wanted


def test_wrong_names_are_refused():
    with pytest.raises(ValueError, match="norm must be one of none, batch, group, got 'x'"):
        normed_network("x")
    with pytest.raises(ValueError, match="start must be torch or he, got 'x'"):
        make_rate_run("none", "x", 0.1, 0)


def test_all_combinations_stand_in_the_grid_once():
    assert len(GRID.settings) == 3 * 2 * 8 * 3
    assert len({tuple(setting.values()) for setting in GRID.settings}) == len(GRID.settings)


def test_the_seed_orders_the_examples_and_each_is_seen_once_an_epoch():
    loaders = [make_rate_run("none", "he", 0.1, seed)["train_loader"] for seed in (0, 0, 1)]
    labels = [torch.cat([targets for _, targets in loader]) for loader in loaders]
    assert torch.equal(labels[0], labels[1])
    assert not torch.equal(labels[0], labels[2])
    assert labels[0].bincount().tolist() == [350] * 10
