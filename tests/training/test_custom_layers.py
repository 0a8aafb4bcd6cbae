"""Layers by hand equal torch's in values, gradients, names and start."""

import copy
import re

import pytest
import torch
from torch import nn

from lib.training.custom_layers import Dropout, Linear, PReLU, RunningStandardiser

F64 = torch.float64


def pair(ours, theirs):
    theirs.load_state_dict(ours.state_dict())
    return ours.double(), theirs.double()


def assert_same_step(ours, theirs, x):
    first, second = (x.clone().requires_grad_() for _ in range(2))
    before = x.clone()
    torch.testing.assert_close(ours(first), theirs(second))
    arriving = torch.sin(torch.arange(1.0, theirs(x).numel() + 1, dtype=F64)).reshape_as(theirs(x))
    wanted = torch.autograd.grad(theirs(second), [second, *theirs.parameters()], arriving)
    got = torch.autograd.grad(ours(first), [first, *ours.parameters()], arriving)
    for mine, other in zip(got, wanted, strict=True):
        torch.testing.assert_close(mine, other)
    assert torch.equal(x, before)


@pytest.mark.parametrize("shape", [(1, 7), (2, 7), (13, 7), (2, 3, 7), (7,), (0, 7)])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_linear_equals_torch(shape, bias, scale):
    ours, theirs = pair(Linear(7, 5, bias=bias), nn.Linear(7, 5, bias=bias))
    assert_same_step(ours, theirs, scale * torch.randn(shape, dtype=F64))


def test_linear_starts_as_torch_and_prints_as_torch():
    torch.manual_seed(3)
    ours = Linear(11, 5)
    torch.manual_seed(3)
    theirs = nn.Linear(11, 5)
    torch.testing.assert_close(ours.weight, theirs.weight)
    torch.testing.assert_close(ours.bias, theirs.bias)
    assert repr(ours) == repr(theirs)
    assert repr(Linear(2, 3, bias=False)) == repr(nn.Linear(2, 3, bias=False))
    assert Linear(2, 3, dtype=F64).weight.dtype == F64


def test_reset_draws_anew_within_the_bound():
    layer = Linear(400, 300)
    before = layer.weight.clone()
    layer.reset_parameters()
    assert not torch.equal(layer.weight, before)
    assert layer.weight.abs().max() <= 1 / 20
    assert layer.weight.std().item() == pytest.approx(1 / 20 / 3**0.5, rel=0.02)


def test_linear_refuses_another_last_axis():
    with pytest.raises(ValueError, match=re.escape("x must have shape (..., 7), got (7, 2)")):
        Linear(7, 5)(torch.ones(7, 2))


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.9])
def test_dropout_keeps_the_mean_and_drops_its_share(p):
    x = torch.full((100_000,), 3.0, dtype=F64)
    y = Dropout(p)(x)
    torch.testing.assert_close(y[y != 0], torch.full_like(y[y != 0], 3 / (1 - p)))
    share = 100_000**-0.5
    assert (y == 0).double().mean().item() == pytest.approx(p, abs=4 * share)
    assert y.mean().item() == pytest.approx(3.0, abs=4 * 3 * (p / (1 - p)) ** 0.5 * share + 1e-12)


def test_dropout_in_evaluation_is_the_identity():
    layer, x = Dropout(0.5).eval(), torch.randn(13)
    assert torch.equal(layer(x), x)


def test_dropout_of_all_is_zero_and_has_zero_gradient():
    x = torch.randn(5, requires_grad=True)
    y = Dropout(1.0)(x)
    y.sum().backward()
    assert torch.equal(y, torch.zeros(5))
    assert torch.equal(x.grad, torch.zeros(5))


def test_dropout_passes_the_gradient_where_it_kept_the_number():
    x = torch.ones(101, requires_grad=True)
    y = Dropout(0.4)(x)
    y.sum().backward()
    torch.testing.assert_close(x.grad, y.detach())


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_dropout_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match="p must be between 0 and 1, got"):
        Dropout(p)


def test_printed_options():
    assert repr(PReLU(3)) == repr(nn.PReLU(3))
    assert "p=0.3" in repr(Dropout(0.3))
    assert "num_features=3, eps=1e-05" in repr(RunningStandardiser(3))


@pytest.mark.parametrize(("num", "shape"), [
    (1, (7,)), (1, ()), (1, (2, 3)), (3, (1, 3)), (3, (2, 3, 5)), (3, (2, 3, 5, 7)), (3, (0, 3))
])  # fmt: skip
def test_prelu_equals_torch(num, shape):
    ours, theirs = pair(PReLU(num), nn.PReLU(num))
    with torch.no_grad():
        for layer in (ours, theirs):
            layer.weight.copy_(torch.linspace(-0.5, 0.9, num))
    assert_same_step(ours, theirs, 100 * torch.randn(shape, dtype=F64))


def test_prelu_at_zero_equals_torch():
    ours, theirs = pair(PReLU(), nn.PReLU())
    assert_same_step(ours, theirs, torch.zeros(3, dtype=F64))


def test_prelu_refuses_other_channels():
    with pytest.raises(ValueError, match=re.escape("x must have shape (B, 3, ...), got (2, 5)")):
        PReLU(3)(torch.ones(2, 5))


@pytest.mark.parametrize("sizes", [(1, 1), (13,), (5, 1, 7), (2, 11)])
def test_the_standardiser_has_the_statistics_of_all_rows(sizes):
    x = 100 + 3 * torch.randn(sum(sizes), 5, dtype=F64)
    layer, before = RunningStandardiser(5).double(), x.clone()
    for rows in x.split(list(sizes)):
        layer(rows)
    torch.testing.assert_close(layer.mean, x.mean(dim=0))
    torch.testing.assert_close(layer.var, x.var(dim=0, correction=0))
    assert layer.count == len(x)
    assert torch.equal(x, before)


def test_the_standardiser_in_evaluation_equals_batch_norm_with_its_statistics():
    x = torch.randn(13, 5, dtype=F64)
    layer, norm = RunningStandardiser(5).double(), nn.BatchNorm1d(5, affine=False).double()
    layer(x)
    norm.running_mean.copy_(layer.mean)
    norm.running_var.copy_(layer.var)
    layer.eval()
    state = copy.deepcopy(layer.state_dict())
    assert_same_step(layer, norm.eval(), torch.randn(2, 5, dtype=F64))
    for name, value in layer.state_dict().items():
        assert torch.equal(value, state[name])


def test_the_standardisers_state_is_saved_and_moved_but_not_trained():
    layer = RunningStandardiser(3)
    layer(torch.randn(7, 3))
    other = RunningStandardiser(3)
    other.load_state_dict(layer.state_dict())
    x = torch.randn(2, 3)
    assert torch.equal(layer.eval()(x), other.eval()(x))
    assert list(layer.parameters()) == []
    assert layer.double().mean.dtype == F64
    assert layer.count.dtype == torch.int64


def test_two_passes_before_one_backward():
    layer = RunningStandardiser(3)
    x = torch.randn(7, 3, requires_grad=True)
    (layer(x).sum() + layer(x + 1).square().sum()).backward()
    assert x.grad.isfinite().all()


def test_the_standardiser_refuses_what_it_cannot_do():
    layer = RunningStandardiser(3)
    with pytest.raises(ValueError, match=re.escape("x must have shape (B, 3), got (2, 5)")):
        layer(torch.ones(2, 5))
    with pytest.raises(ValueError, match="has seen no rows"):
        layer.eval()(torch.ones(2, 3))
