"""Pooling equals torch's in values, gradients and indices, for all options and edge cases."""

import re
from itertools import product

import pytest
import torch
from torch.nn import functional as F

from lib.cnn.pooling import (
    adaptive_avg_pool2d,
    adaptive_max_pool2d,
    adaptive_windows,
    avg_pool2d,
    blur_pool2d,
    global_avg_pool2d,
    global_max_pool2d,
    max_pool2d,
    pooling_windows,
)
from lib.core.seed import make_generator

F64 = torch.float64
SHAPES = [(2, 3, 11, 7), (1, 3, 11, 7), (3, 7, 5)]


def maps(*shape, seed=0, ties=False):
    x = torch.randn(shape, generator=make_generator(seed), dtype=F64)
    return x.round() if ties else x


def assert_same(ours, theirs, x, *args, **kwargs):
    """Values and gradients of both for the same arriving gradient; x stays as it was."""
    before = x.clone()
    seen = []
    for pool in (ours, theirs):
        leaf = x.clone().requires_grad_()
        result = pool(leaf, *args, **kwargs)
        result, *indices = result if isinstance(result, tuple) else (result,)
        arriving = torch.sin(torch.arange(1.0, result.numel() + 1, dtype=F64))
        (gradient,) = torch.autograd.grad(result, leaf, arriving.reshape_as(result))
        seen.append([result, gradient, *indices])
    for mine, other in zip(*seen, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-12, atol=1e-12)
    assert torch.equal(x, before)


GEOMETRIES = [
    (kernel, stride, padding, ceil_mode)
    for kernel, stride, padding, ceil_mode in product(
        (1, 2, 3, (3, 2), (5, 4)), (None, 1, 2, 3, (2, 5)), (0, 1, (1, 2), 2), (False, True)
    )
    if 2 * max((padding,) if isinstance(padding, int) else padding)
    <= min((kernel,) if isinstance(kernel, int) else kernel)
]


@pytest.mark.parametrize(("kernel", "stride", "padding", "ceil_mode"), GEOMETRIES)
def test_windows_of_all_geometries_equal_torch(kernel, stride, padding, ceil_mode):
    for shape in SHAPES:
        x = maps(*shape)
        assert_same(max_pool2d, F.max_pool2d, x, kernel, stride, padding, ceil_mode=ceil_mode)
        for include in (True, False):
            assert_same(avg_pool2d, F.avg_pool2d, x, kernel, stride, padding, ceil_mode, include)


@pytest.mark.parametrize("dilation", [2, (1, 3), (3, 2)])
@pytest.mark.parametrize("ceil_mode", [False, True])
def test_dilation_and_indices_equal_torch(dilation, ceil_mode):
    for shape, padding in product([*SHAPES[:2], (3, 7, 13)], (0, 1)):
        options = {"dilation": dilation, "ceil_mode": ceil_mode, "return_indices": True}
        assert_same(max_pool2d, F.max_pool2d, maps(*shape), (2, 3), (3, 2), padding, **options)


@pytest.mark.parametrize("pad", [0, 1])
def test_of_equal_numbers_the_first_gets_the_gradient_as_in_torch(pad):
    x = maps(2, 3, 11, 7, ties=True)
    assert len(x.unique()) < 10
    for stride in (1, 2, 3):
        assert_same(max_pool2d, F.max_pool2d, x, 3, stride, pad, return_indices=True)
    assert_same(adaptive_max_pool2d, F.adaptive_max_pool2d, x, (3, 2), return_indices=True)
    assert_same(global_max_pool2d, lambda x: F.adaptive_max_pool2d(x, 1).flatten(-3), x)
    by_hand = torch.ones(1, 1, 2, 2, requires_grad=True)
    max_pool2d(by_hand, 2).backward(torch.ones(1, 1, 1, 1))
    assert by_hand.grad.flatten().tolist() == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("divisor", [1, 5, -2])
def test_another_divisor_equals_torch(divisor):
    x = maps(2, 3, 11, 7)
    for ceil_mode, include in product((False, True), repeat=2):
        assert_same(avg_pool2d, F.avg_pool2d, x, 3, 2, 1, ceil_mode, include, divisor)


@pytest.mark.parametrize(
    "size", [1, 2, 5, (3, 2), (11, 7), (13, 17), (None, 3), (4, None), (None, None), None]
)
def test_adaptive_pooling_equals_torch(size):
    theirs = (None, None) if size is None else size
    for x in (maps(2, 3, 11, 7), maps(1, 3, 11, 7), maps(3, 5, 13), maps(2, 3, 1, 1)):
        assert_same(
            lambda x: adaptive_avg_pool2d(x, size), lambda x: F.adaptive_avg_pool2d(x, theirs), x
        )
        assert_same(
            lambda x: adaptive_max_pool2d(x, size, return_indices=True),
            lambda x: F.adaptive_max_pool2d(x, theirs, return_indices=True), x,
        )  # fmt: skip


def test_global_pooling_equals_adaptive_pooling_to_one_pixel():
    for x in (maps(2, 3, 11, 7), maps(1, 3, 5, 2), maps(3, 5, 2)):
        assert_same(global_avg_pool2d, lambda x: F.adaptive_avg_pool2d(x, 1).flatten(-3), x)
        assert_same(global_max_pool2d, lambda x: F.adaptive_max_pool2d(x, 1).flatten(-3), x)


@pytest.mark.parametrize("scale", [1e-300, 100.0, 1e300])
def test_very_small_and_large_numbers(scale):
    x = scale * maps(2, 3, 5, 7)
    for pool, twin in ((max_pool2d, F.max_pool2d), (avg_pool2d, F.avg_pool2d)):
        torch.testing.assert_close(pool(x, 2, 2, 1), twin(x, 2, 2, 1), rtol=1e-12, atol=0)


def test_what_is_not_finite():
    x = maps(1, 1, 4, 6)
    x[..., 0, 0], x[..., 2, 2], x[..., 0, 4] = torch.nan, torch.inf, -torch.inf
    for pool, twin in ((max_pool2d, F.max_pool2d), (avg_pool2d, F.avg_pool2d)):
        torch.testing.assert_close(pool(x, 2), twin(x, 2), equal_nan=True)
        assert pool(x, 2).isnan().sum() == 1
    low = torch.full((1, 1, 3, 3), -torch.inf, dtype=F64)
    assert torch.equal(max_pool2d(low, 2, 2, 1), F.max_pool2d(low, 2, 2, 1))


def test_an_empty_batch_and_single_precision():
    for dtype in (torch.float32, torch.bfloat16):
        x = maps(0, 3, 5, 7).to(dtype)
        assert max_pool2d(x, 2).shape == avg_pool2d(x, 2).shape == (0, 3, 2, 3)
        assert adaptive_avg_pool2d(x, 2).shape == adaptive_max_pool2d(x, 2).shape == (0, 3, 2, 2)
        x = maps(2, 3, 5, 7).to(dtype)
        for result in (max_pool2d(x, 2), avg_pool2d(x, 2), adaptive_avg_pool2d(x, 2)):
            assert result.dtype == dtype


def test_a_window_larger_than_the_map_where_torch_allows_it():
    x = maps(2, 3, 5, 5)
    assert_same(max_pool2d, F.max_pool2d, x, 7, 3, ceil_mode=True)
    assert_same(avg_pool2d, F.avg_pool2d, x, 7, 3, 0, True)


def test_gradients_of_gradients():
    x = maps(1, 2, 5, 3).requires_grad_()
    for pool in (lambda x: avg_pool2d(x, 2, 1), lambda x: blur_pool2d(x), global_avg_pool2d):
        assert torch.autograd.gradcheck(pool, x)
        assert torch.autograd.gradgradcheck(pool, x)


def test_windows_are_a_view_with_the_fill_outside():
    x = torch.arange(12.0).reshape(1, 1, 3, 4)
    windows = pooling_windows(x, 2)
    assert windows.shape == (1, 1, 1, 2, 2, 2)
    assert windows[0, 0, 0, 1].tolist() == [[2.0, 3.0], [6.0, 7.0]]
    last = pooling_windows(x, 2, ceil_mode=True, fill=-5.0)[0, 0, 1, 1]
    assert last.tolist() == [[10.0, 11.0], [-5.0, -5.0]]
    spread = pooling_windows(x, 2, stride=1, dilation=2)
    assert spread[0, 0, 0, 1].tolist() == [[1.0, 3.0], [9.0, 11.0]]


def test_adaptive_windows_say_what_is_inside():
    windows, inside = adaptive_windows(torch.arange(5.0).reshape(1, 1, 1, 5), (1, 3), fill=-1)
    assert windows.squeeze().tolist() == [[0, 1, -1], [1, 2, 3], [3, 4, -1]]
    assert inside.squeeze().sum(dim=-1).tolist() == [2, 3, 2]


@pytest.mark.parametrize("shape", [(2, 3, 11, 7), (1, 3, 4, 2), (3, 5, 6)])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_blur_pooling_is_a_sum_over_neighbours(shape, stride):
    x = maps(*shape)
    got = blur_pool2d(x, stride)
    padded = F.pad(x, [1, 1, 1, 1], mode="reflect")
    height, width = shape[-2:]
    wanted = sum(
        a * b / 16 * padded[..., i : i + height, j : j + width]
        for i, a in enumerate((1, 2, 1))
        for j, b in enumerate((1, 2, 1))
    )[..., ::stride, ::stride]
    torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-12)
    constant = torch.full_like(x, 3.0)
    torch.testing.assert_close(blur_pool2d(constant, stride), torch.full_like(got, 3.0))


X = torch.ones(1, 1, 5, 5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: max_pool2d(X[0, 0], 2), ValueError, "input must have shape (B, C, H, W), got (5,"),
        (lambda: avg_pool2d(X[:, :, :0], 2), ValueError, "input must have shape (B, C, H, W)"),
        (lambda: max_pool2d(X.long(), 2), TypeError, "input must be floating-point, got torch.int"),
        (lambda: max_pool2d(X, 2.0), TypeError, "kernel_size must be an int or a pair of ints"),
        (lambda: max_pool2d(X, (2, 2, 2)), TypeError, "kernel_size must be an int or a pair"),
        (lambda: max_pool2d(X, 0), ValueError, "kernel_size must be at least 1, got 0"),
        (lambda: avg_pool2d(X, 2, 0), ValueError, "stride must be at least 1, got 0"),
        (lambda: avg_pool2d(X, 2, 2, -1), ValueError, "padding must be at least 0, got -1"),
        (lambda: max_pool2d(X, 2, dilation=0), ValueError, "dilation must be at least 1, got 0"),
        (lambda: max_pool2d(X, 3, 1, 2), ValueError, "padding must be at most half a window (3), "),
        (lambda: max_pool2d(X, 7), ValueError, "no window of 7 fits into 5 pixels, padded 0"),
        (lambda: avg_pool2d(X, 2, divisor_override=0), ValueError, "divisor_override must not be"),
        (lambda: adaptive_avg_pool2d(X, 0), ValueError, "output_size must be at least 1, got"),
        (lambda: adaptive_max_pool2d(X, (1, 2, 3)), TypeError, "output_size must be an int"),
        (lambda: adaptive_max_pool2d(X, 1.5), TypeError, "output_size must be an int or a pair"),
        (lambda: global_avg_pool2d(X[0, 0]), ValueError, "input must have shape (B, C, H, W)"),
        (lambda: global_max_pool2d(X.long()), TypeError, "input must be floating-point"),
        (lambda: blur_pool2d(X[..., :1]), ValueError, "input must have 2 rows and columns, got"),
        (lambda: blur_pool2d(X, 0), ValueError, "stride must be at least 1, got 0"),
    ],
)  # fmt: skip
def test_errors(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()
