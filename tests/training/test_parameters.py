"""Counts by hand; initialisations equal torch's, number by number, and have their moments."""

import math
import re

import pytest
import torch
from torch import nn

from lib.core.seed import make_generator
from lib.training.parameters import (
    count_parameters,
    fans,
    fill_normal,
    fill_orthogonal,
    fill_uniform,
    gain_of,
    kaiming_std,
    xavier_std,
)

SHAPES = [(5, 3), (3, 5), (1, 7), (7, 1), (2, 3, 5, 2), (11, 2, 3)]
ACTIVATIONS = ["linear", "tanh", "relu"]


def weight(*shape):
    return torch.full(shape, torch.nan, dtype=torch.float64)


def test_counts_of_a_model_with_frozen_tied_and_buffered_numbers():
    model = nn.Sequential(nn.Linear(7, 5), nn.BatchNorm1d(5), nn.Linear(5, 3, bias=False))
    model.append(nn.Linear(5, 3))
    model[3].weight = model[2].weight
    model[0].weight.requires_grad_(False)
    model[3].bias = nn.Parameter(model[3].bias.detach().double())
    trainable = 5 + 10 + 15 + 3
    assert count_parameters(model) == (trainable, 35, 4 * (trainable + 35) + 4 * 3)
    assert count_parameters(nn.ReLU()) == (0, 0, 0)


@pytest.mark.parametrize("shape", SHAPES)
def test_fans_are_the_inputs_and_outputs_of_one_unit(shape):
    kernel = math.prod(shape[2:])
    assert fans(weight(*shape)) == (shape[1] * kernel, shape[0] * kernel)


def test_fans_of_a_layer_are_its_sizes():
    layer = nn.Linear(7, 3)
    assert fans(layer.weight) == (7, 3)
    assert fans(nn.Conv2d(3, 11, 5).weight) == (75, 275)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gains_equal_torch(activation):
    assert gain_of(activation) == pytest.approx(nn.init.calculate_gain(activation), rel=1e-15)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_normal_and_uniform_equal_torch_number_by_number(shape, activation):
    gain = nn.init.calculate_gain(activation)
    kaiming = {"nonlinearity": activation}
    pairs = [
        (fill_normal, kaiming_std, nn.init.kaiming_normal_, kaiming),
        (fill_uniform, kaiming_std, nn.init.kaiming_uniform_, kaiming),
        (fill_normal, xavier_std, nn.init.xavier_normal_, {"gain": gain}),
        (fill_uniform, xavier_std, nn.init.xavier_uniform_, {"gain": gain}),
    ]
    for fill, std_of, theirs, options in pairs:
        ours = weight(*shape)
        same = fill(ours, std_of(ours, activation), make_generator(3))
        reference = theirs(weight(*shape), generator=make_generator(3), **options)
        torch.testing.assert_close(ours, reference, rtol=1e-14, atol=0)
        assert same is ours


@pytest.mark.parametrize("shape", SHAPES)
def test_orthogonal_equals_torch_number_by_number(shape):
    ours = fill_orthogonal(weight(*shape), 1.7, make_generator(5))
    theirs = nn.init.orthogonal_(weight(*shape), 1.7, generator=make_generator(5))
    torch.testing.assert_close(ours, theirs, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("shape", SHAPES)
def test_orthogonal_keeps_lengths(shape):
    W = fill_orthogonal(weight(*shape), 2.0, make_generator(0)).flatten(1)
    product = W @ W.T if W.shape[0] <= W.shape[1] else W.T @ W
    torch.testing.assert_close(product, 4 * torch.eye(len(product), dtype=torch.float64))


def test_no_rotation_is_more_likely_than_another():
    """A random rotation's entries have mean 0, corners as well: the signs are not QR's."""
    draws = torch.stack(
        [fill_orthogonal(weight(3, 3), 1.0, make_generator(seed)) for seed in range(3000)]
    )
    standard_error = (1 / 3 / 3000) ** 0.5
    assert draws.mean(0).abs().max() < 4.5 * standard_error
    squares = draws.square().mean(0)  # 1/3, and a variance of 4/45
    assert (squares - 1 / 3).abs().max() < 4.5 * (4 / 45 / 3000) ** 0.5


@pytest.mark.parametrize("std", [0.03, 1.0, 100.0])
def test_moments_lie_within_their_standard_errors(std):
    n = 211 * 503
    kurtosis = {fill_normal: 3.0, fill_uniform: 9 / 5}
    for fill, fourth in kurtosis.items():
        w = fill(weight(211, 503), std, make_generator(1))
        assert w.mean().abs() < 4.5 * std / n**0.5
        error = std**2 * ((fourth - 1) / n) ** 0.5
        assert (w.square().mean() - std**2).abs() < 4.5 * error
        assert (w.pow(4).mean() / std**4).item() == pytest.approx(fourth, rel=0.05)


@pytest.mark.parametrize("fan_in", [1, 2, 784])
def test_uniform_fills_its_bounds_and_does_not_pass_them(fan_in):
    w = fill_uniform(weight(5003, fan_in), 1 / (3 * fan_in) ** 0.5, make_generator(0))
    bound = 1 / fan_in**0.5
    assert w.abs().max() <= bound * (1 + 1e-15)
    assert w.max() > 0.99 * bound
    assert w.min() < -0.99 * bound


def test_the_default_of_a_layer_is_uniform_with_a_third_of_the_variance():
    for fan_in in (3, 100):
        torch.manual_seed(0)
        layer = nn.Linear(fan_in, 211, bias=False, dtype=torch.float64)
        torch.manual_seed(0)
        ours = fill_uniform(weight(211, fan_in), 1 / (3 * fan_in) ** 0.5)
        torch.testing.assert_close(ours, layer.weight.detach(), rtol=1e-14, atol=0)


def test_a_parameter_is_filled_without_a_graph_and_stays_a_leaf():
    layer = nn.Linear(3, 5)
    for fill in (fill_normal, fill_uniform, fill_orthogonal):
        fill(layer.weight, 0.5)
        assert layer.weight.is_leaf
        assert layer.weight.requires_grad


def test_what_cannot_be_filled_is_refused():
    for function in (fans, kaiming_std, xavier_std, fill_orthogonal):
        with pytest.raises(ValueError, match=re.escape("two axes or more (O, I, ...), got (3,)")):
            function(torch.zeros(3))
    with pytest.raises(ValueError, match="must be one of linear, tanh, relu, got 'gelu'"):
        kaiming_std(torch.zeros(2, 3), "gelu")
