"""Four ways to correlate give the numbers and the gradients of torch's convolution."""

import pytest
import torch
from torch.nn import functional as F

from lib.cnn.convolution import conv2d
from lib.cnn.correlation import (
    correlate_by_fft,
    correlate_by_loops,
    correlate_by_shifts,
    correlate_by_windows,
    sliding_windows,
)
from lib.core.seed import make_generator

WAYS = (correlate_by_loops, correlate_by_windows, correlate_by_shifts, correlate_by_fft)
CASES = [
    # batch, groups, stride, padding, dilation
    (2, 1, 1, 0, 1),
    (1, 1, (3, 2), 0, 1),
    (2, 1, 2, (1, 2), 1),
    (2, 2, 1, 1, (2, 3)),
    (1, 3, (2, 3), (0, 3), (3, 2)),
    (0, 1, 1, 1, 1),
]


def numbers(generator, *shape):
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def values_and_gradients(function, *inputs):
    result = function(*inputs)
    arriving = torch.cos(torch.arange(result.numel()).double()).reshape(result.shape)
    return result, *torch.autograd.grad(result, inputs, arriving)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("batch", "groups", "stride", "padding", "dilation"), CASES)
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_values_and_gradients_are_torchs(way, batch, groups, stride, padding, dilation, scale):
    generator = make_generator(0)
    inputs = (
        numbers(generator, batch, 5 * groups, 11, 13) * scale,
        numbers(generator, 7 * groups, 5, 3, 2),
        numbers(generator, 7 * groups),
    )
    options = (stride, padding, dilation, groups)
    mine = values_and_gradients(lambda *t: conv2d(*t, *options, correlate=way), *inputs)
    wanted = values_and_gradients(lambda *t: F.conv2d(*t, *options), *inputs)
    for a, b in zip(mine, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12 * scale)


@pytest.mark.parametrize("way", WAYS)
def test_second_derivatives_are_right(way):
    generator = make_generator(1)
    x, weight = numbers(generator, 1, 1, 2, 3, 5), numbers(generator, 1, 1, 2, 2, 3)
    assert torch.autograd.gradgradcheck(lambda *t: way(*t, (1, 2), (1, 1)), (x, weight))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [(3, 2), (4, 2)])
def test_a_kernel_as_large_as_the_picture_meets_it_once_or_twice(way, size):
    generator = make_generator(2)
    x, weight = numbers(generator, 2, 1, 5, *size), numbers(generator, 1, 7, 5, 3, 2)
    y = way(x, weight, (1, 1), (1, 1))
    assert y.shape == (2, 1, 7, size[0] - 2, 1)
    by_hand = x[:, 0, :, :3].flatten(1) @ weight[0].flatten(1).T
    torch.testing.assert_close(y[:, 0, :, 0, 0], by_hand, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
def test_inputs_stay_as_they_are(way):
    generator = make_generator(3)
    inputs = numbers(generator, 2, 1, 3, 5, 7), numbers(generator, 1, 2, 3, 2, 2)
    before = [tensor.detach().clone() for tensor in inputs]
    way(*inputs, (1, 1), (2, 2))
    assert all(torch.equal(a, b) for a, b in zip(inputs, before, strict=True))


@pytest.mark.parametrize(("stride", "dilation"), [((1, 1), (1, 1)), ((2, 3), (3, 1))])
def test_windows_are_the_columns_of_unfold_without_a_copy(stride, dilation):
    x = torch.randn(2, 5, 11, 13, generator=make_generator(4), dtype=torch.float64)
    windows = sliding_windows(x, (3, 2), stride, dilation)
    assert windows.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    columns = windows.permute(0, 1, 4, 5, 2, 3).flatten(4).flatten(1, 3)
    assert torch.equal(columns, F.unfold(x, (3, 2), dilation, 0, stride))
