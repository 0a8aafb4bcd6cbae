"""Batch norm and instance norm equal torch's in training and evaluation, statistics included."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lib.cnn.batch_norm import BatchNorm, InstanceNorm, fold_batch_norm
from lib.core.seed import make_generator

OPTIONS = [
    {},
    {"eps": 0.1, "momentum": 0.3},
    {"momentum": None},
    {"momentum": 0.0},
    {"momentum": 1.0},
    {"affine": False},
    {"bias": False},
    {"track_running_stats": False},
]
BATCH = [  # torch's class, shapes of some batches in a row
    (nn.BatchNorm1d, [(2, 5), (7, 5), (3, 5)]),
    (nn.BatchNorm1d, [(1, 5, 2), (2, 5, 7)]),
    (nn.BatchNorm2d, [(1, 5, 3, 7), (2, 5, 7, 3), (3, 5, 2, 1)]),
    (nn.BatchNorm3d, [(2, 5, 3, 2, 7)]),
]
INSTANCE = [
    (nn.InstanceNorm1d, [(1, 5, 2), (2, 5, 7)]),
    (nn.InstanceNorm2d, [(1, 5, 3, 7), (2, 5, 7, 3)]),
    (nn.InstanceNorm3d, [(2, 5, 3, 2, 7)]),
]
INSTANCE_OPTIONS = [
    {},
    {"affine": True, "eps": 0.1},
    {"affine": True, "bias": False},
    {"track_running_stats": True, "momentum": 0.3},
    {"track_running_stats": True, "momentum": 1.0, "affine": True},
]
CASES = [(BatchNorm, *case, options) for case in BATCH for options in OPTIONS]
CASES += [(InstanceNorm, *case, options) for case in INSTANCE for options in INSTANCE_OPTIONS]


def draw(shape, seed=0, scale=1.0, shift=0.0):
    values = torch.randn(shape, generator=make_generator(seed), dtype=torch.float64)
    return scale * values + shift


def disturbed(layer):
    """Return the layer with weights and biases of its own."""
    with torch.no_grad():
        for seed, parameter in enumerate(layer.parameters(), start=10):
            parameter += 0.3 * draw(parameter.shape, seed)
    return layer


def assert_equal_steps(layer, reference, x):
    """Compare one pass forward and back."""
    mine, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    y, wanted = layer(mine), reference(other)
    torch.testing.assert_close(y, wanted, rtol=1e-9, atol=1e-9)
    assert torch.equal(mine, x)
    slope = draw(y.shape, seed=1)
    y.backward(slope)
    wanted.backward(slope)
    steepest = other.grad.abs().max().item()
    torch.testing.assert_close(mine.grad, other.grad, rtol=1e-8, atol=1e-8 * (1 + steepest))
    for p, q in zip(layer.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-8, atol=1e-8)


def assert_equal_states(layer, reference):
    assert list(layer.state_dict()) == list(reference.state_dict())
    for name, tensor in layer.state_dict().items():
        wanted = reference.state_dict()[name]
        assert tensor.dtype == wanted.dtype
        torch.testing.assert_close(tensor, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (100, -100), (0, 2)])
@pytest.mark.parametrize(("ours", "theirs", "shapes", "options"), CASES)
def test_training_then_evaluation_equals_torch(ours, theirs, shapes, options, scale, shift):
    reference = disturbed(theirs(5, **options).double())
    layer = ours(5, **options).double()
    layer.load_state_dict(reference.state_dict())
    for seed, shape in enumerate(shapes * 2):
        assert_equal_steps(layer, reference, draw(shape, seed, scale, shift))
        assert_equal_states(layer, reference)
    layer.eval()
    reference.eval()
    before = copy.deepcopy(layer.state_dict())
    for shape in shapes:
        assert_equal_steps(layer, reference, draw(shape, 99, scale, shift))
    after = layer.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(("ours", "theirs", "options"), [
    (BatchNorm, nn.BatchNorm2d, {}), (BatchNorm, nn.BatchNorm2d, {"affine": False}),
    (BatchNorm, nn.BatchNorm1d, {"track_running_stats": False}),
    (InstanceNorm, nn.InstanceNorm2d, {"affine": True, "track_running_stats": True}),
])  # fmt: skip
def test_both_begin_alike(ours, theirs, options):
    assert_equal_states(ours(7, **options), theirs(7, **options))


def test_momentum_none_keeps_the_mean_over_batches():
    norm = BatchNorm(3, momentum=None).double()
    batches = [draw((n, 3, 5), seed=n) for n in (2, 3, 7)]
    for batch in batches:
        norm(batch)
    means = torch.stack([batch.mean((0, 2)) for batch in batches])
    variances = torch.stack([batch.var((0, 2)) for batch in batches])  # unbiased
    torch.testing.assert_close(norm.running_mean, means.mean(0))
    torch.testing.assert_close(norm.running_var, variances.mean(0))
    assert norm.num_batches_tracked == 3


def test_evaluation_does_not_see_the_neighbours_and_training_does():
    norm = BatchNorm(3).double()
    norm(draw((7, 3), scale=2, shift=1))
    x = draw((5, 3), seed=4)
    assert not torch.allclose(norm(x)[:2], norm(x[:2]))
    norm.eval()
    assert torch.equal(norm(x)[:2], norm(x[:2]))
    assert torch.equal(norm(x)[:1], norm(x[:1]))
    assert norm(x[:0]).shape == (0, 3)


def test_statistics_carry_no_gradient():
    norm = BatchNorm(3).double()
    norm(draw((5, 3)).requires_grad_())
    assert not norm.running_mean.requires_grad
    assert norm.running_mean.grad_fn is None
    assert norm.running_var.grad_fn is None


def test_gradcheck_in_both_modes():
    x = draw((3, 2, 5)).requires_grad_()
    for train in (True, False):
        for norm in (BatchNorm(2, momentum=0.0), InstanceNorm(2, affine=True)):
            layer = disturbed(norm.double()).train(train)
            assert torch.autograd.gradcheck(layer, (x,))


@pytest.mark.parametrize("shape", [(1, 5), (1, 5, 1, 1), (0, 5), (0, 5, 2, 2)])
def test_too_few_values_per_channel(shape):
    for norm in (BatchNorm(5), BatchNorm(5, track_running_stats=False).eval()):
        before = copy.deepcopy(norm.state_dict())
        with pytest.raises(
            ValueError, match=r"x must hold at least 2 values per channel .* got [01]"
        ):
            norm(torch.zeros(shape))
        assert all(torch.equal(before[name], norm.state_dict()[name]) for name in before)
    if shape[0]:
        assert BatchNorm(5).eval()(torch.ones(shape)).shape == shape


def test_what_they_refuse():
    for shape in ((2, 4), (5,), (2, 4, 5)):
        with pytest.raises(ValueError, match=r"x must have shape \(B, 5, \.\.\.\), got \("):
            BatchNorm(5)(torch.zeros(shape))
    for shape in ((2, 5), (5, 7), (2, 7, 5)):
        with pytest.raises(ValueError, match=r"x must have shape \(B, 5, L, \.\.\.\), got \("):
            InstanceNorm(5)(torch.zeros(shape))
    with pytest.raises(
        ValueError, match=r"at least 2 values per channel .* got 1 in shape \(2, 5, 1\)"
    ):
        InstanceNorm(5)(torch.zeros(2, 5, 1))


FOLDED = [
    ({"kernel_size": 3}, {}),
    ({"kernel_size": (2, 3), "stride": 2, "padding": 1, "bias": False}, {"eps": 0.1}),
    ({"kernel_size": 3, "padding": 2, "dilation": 2}, {"affine": False}),
    ({"kernel_size": 1, "bias": False}, {"bias": False}),
]


@pytest.mark.parametrize(("layer", "options"), FOLDED)
def test_a_folded_convolution_gives_the_same(layer, options):
    conv = nn.Conv2d(3, 7, **layer).double()
    norm = disturbed(nn.BatchNorm2d(7, **options).double())
    for seed in range(5):
        norm(draw((2, 7, 3, 5), seed, scale=3, shift=1))
    norm.eval()
    pair = copy.deepcopy([conv.state_dict(), norm.state_dict()])
    folded = fold_batch_norm(conv, norm)
    x = draw((2, 3, 11, 13))
    torch.testing.assert_close(folded(x), norm(conv(x)), rtol=1e-12, atol=1e-12)
    assert [len(part.state_dict()) for part in (folded, conv)] == [2, len(pair[0])]
    for before, part in zip(pair, (conv, norm), strict=True):
        assert all(torch.equal(before[name], part.state_dict()[name]) for name in before)
    if not options:  # torch's cannot do without the bias of the norm
        theirs = fuse_conv_bn_eval(conv.eval(), norm)
        torch.testing.assert_close(folded.weight, theirs.weight)
        torch.testing.assert_close(folded.bias, theirs.bias)


def test_groups_fold_as_well():
    conv, norm = nn.Conv2d(6, 6, 3, groups=6).double(), disturbed(nn.BatchNorm2d(6).double())
    norm(draw((2, 6, 3, 5), scale=3, shift=1))
    x = draw((1, 6, 5, 7))
    torch.testing.assert_close(fold_batch_norm(conv, norm)(x), norm.eval()(conv(x)))


def test_what_cannot_be_folded():
    conv = nn.Conv2d(3, 7, 3)
    with pytest.raises(ValueError, match="norm must have running statistics, got None"):
        fold_batch_norm(conv, nn.BatchNorm2d(7, track_running_stats=False))
    with pytest.raises(ValueError, match=r"num_features = 7, the channels of conv, got 5"):
        fold_batch_norm(conv, nn.BatchNorm2d(5))
