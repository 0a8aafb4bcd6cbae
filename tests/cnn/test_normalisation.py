"""Layer, group and RMS norm equal torch's, and keep what they must keep."""

import pytest
import torch
from torch import nn

from lib.cnn.normalisation import (
    GroupNorm,
    LayerNorm,
    RMSNorm,
    along_channels,
    scale_and_shift,
    standardise,
)
from lib.core.seed import make_generator

CASES = [
    (LayerNorm, nn.LayerNorm, ((7,),), {}, (3, 5, 7)),
    (LayerNorm, nn.LayerNorm, (7,), {"eps": 0.1, "bias": False}, (5, 7)),
    (LayerNorm, nn.LayerNorm, ([3, 5],), {"elementwise_affine": False}, (2, 7, 3, 5)),
    (LayerNorm, nn.LayerNorm, ((5, 7),), {}, (5, 7)),
    (RMSNorm, nn.RMSNorm, (7,), {}, (3, 5, 7)),
    (RMSNorm, nn.RMSNorm, ((3, 5),), {"eps": 0.1}, (2, 7, 3, 5)),
    (RMSNorm, nn.RMSNorm, ([7],), {"elementwise_affine": False}, (7,)),
    (GroupNorm, nn.GroupNorm, (3, 6), {}, (2, 6, 5, 7)),
    (GroupNorm, nn.GroupNorm, (1, 5), {"eps": 0.1}, (2, 5, 7)),
    (GroupNorm, nn.GroupNorm, (5, 5), {"affine": False}, (1, 5, 7)),
    (GroupNorm, nn.GroupNorm, (2, 10), {"bias": False}, (3, 10)),
    (GroupNorm, nn.GroupNorm, (2, 6), {}, (1, 6, 3, 5, 7)),
    (GroupNorm, nn.GroupNorm, (2, 6), {}, (0, 6, 3, 5)),
]


def draw(shape, seed=0, scale=1.0, shift=0.0):
    values = torch.randn(shape, generator=make_generator(seed), dtype=torch.float64)
    return scale * values + shift


def disturbed(layer):
    """Return the layer with weights and biases of its own."""
    with torch.no_grad():
        for seed, parameter in enumerate(layer.parameters(), start=10):
            parameter += 0.3 * draw(parameter.shape, seed)
    return layer


@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (100, -100), (0, 2)])
@pytest.mark.parametrize(("ours", "theirs", "args", "options", "shape"), CASES)
def test_values_and_gradients_equal_torch(ours, theirs, args, options, shape, scale, shift):
    reference = disturbed(theirs(*args, **options).double())
    layer = ours(*args, **options).double()
    layer.load_state_dict(reference.state_dict())
    x = draw(shape, scale=scale, shift=shift)
    mine, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    y, wanted = layer(mine), reference(other)
    torch.testing.assert_close(y, wanted, rtol=1e-9, atol=1e-9)
    assert torch.equal(mine, x)
    slope = draw(y.shape, seed=1)
    y.backward(slope)
    wanted.backward(slope)
    steepest = other.grad.abs().max().item() if other.numel() else 0
    torch.testing.assert_close(mine.grad, other.grad, rtol=1e-8, atol=1e-8 * (1 + steepest))
    for p, q in zip(layer.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("ours", "theirs", "args", "options", "shape"), CASES)
def test_both_begin_with_the_same_parameters(ours, theirs, args, options, shape):
    begun, wanted = ours(*args, **options).state_dict(), theirs(*args, **options).state_dict()
    assert list(begun) == list(wanted)
    assert all(torch.equal(begun[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize(("ours", "theirs", "args", "options", "shape"), CASES)
def test_an_example_does_not_depend_on_the_others(ours, theirs, args, options, shape):
    layer = disturbed(ours(*args, **options).double())
    x = torch.stack([draw(shape[1:], seed) for seed in range(2)]) if shape[0] else draw(shape)
    if x.dim() > 1 and len(shape) > 1 and not (ours is LayerNorm and shape == (5, 7)):
        for row in range(len(x)):
            torch.testing.assert_close(layer(x)[row], layer(x[row : row + 1])[0])


def test_what_each_averages_over():
    x = draw((3, 6, 5, 7), scale=3, shift=2)
    means = {
        "layer": LayerNorm((6, 5, 7)).double()(x).mean((1, 2, 3)),
        "group": GroupNorm(2, 6).double()(x).unflatten(1, (2, 3)).mean((2, 3, 4)),
        "one position": LayerNorm(7).double()(x).mean(3),
    }
    for name, mean in means.items():
        assert mean.abs().max() < 1e-12, name
    y = RMSNorm((6, 5, 7), eps=0.0).double()(x)
    torch.testing.assert_close(y.square().mean((1, 2, 3)), torch.ones(3, dtype=torch.float64))
    assert y.mean((1, 2, 3)).min() > 0.3  # nothing is subtracted


def test_gradcheck():
    x = draw((2, 6, 3)).requires_grad_()
    for layer in (LayerNorm((6, 3)), GroupNorm(3, 6), RMSNorm(3)):
        assert torch.autograd.gradcheck(disturbed(layer.double()), (x,))


def test_standardise_over_any_axes():
    x = draw((3, 5, 7), scale=4, shift=1)
    for axes in ((0,), (1,), (0, 2), (-1, -2), (0, 1, 2)):
        y = standardise(x, axes, eps=0.0)
        assert y.mean(axes).abs().max() < 1e-12
        assert (y.var(axes, correction=0) - 1).abs().max() < 1e-12
    torch.testing.assert_close(standardise(x, range(1, 3)), nn.LayerNorm((5, 7)).double()(x))


def test_channels_stand_in_axis_1():
    x = draw((2, 3, 3, 3))
    weight, bias = draw((3,), 1), draw((3,), 2)
    y = scale_and_shift(x, weight, bias)
    for channel in range(3):
        torch.testing.assert_close(y[:, channel], x[:, channel] * weight[channel] + bias[channel])
    assert scale_and_shift(x, None, None) is x
    assert along_channels(weight, draw((2, 3))).shape == (3,)


def test_what_they_refuse():
    with pytest.raises(
        ValueError, match=r"num_channels \(5\) must be divisible by num_groups \(3\)"
    ):
        GroupNorm(3, 5)
    for shape in ((2, 4, 3), (6,)):
        with pytest.raises(ValueError, match=r"x must have shape \(B, 6, \.\.\.\), got \("):
            GroupNorm(3, 6)(torch.zeros(shape))
    for norm in (LayerNorm, RMSNorm):
        for shape in ((2, 7, 5), (7,), (5, 6)):
            with pytest.raises(ValueError, match=r"x must have shape \(\.\.\., 5, 7\), got \("):
                norm((5, 7))(torch.zeros(shape))
