"""Paths equal torch's SGD; chords and batches equal what counting them all gives."""

import itertools
import math
import re

import pytest
import torch

from lib.core.seed import make_generator
from lib.training.gradient_descent import chord_gap, descent_path, gradient_noise


def curve(x):
    return x * torch.cos(math.pi * x)


def slope(x):
    return torch.cos(math.pi * x) - math.pi * x * torch.sin(math.pi * x)


@pytest.mark.parametrize("lr", [0.01, 0.05, 0.15])
@pytest.mark.parametrize("shape", [(), (1,), (2,), (7, 3)])
def test_a_path_equals_torch_sgd(lr, shape):
    start = torch.randn(shape, generator=make_generator(0), dtype=torch.float64)
    kept = start.clone()
    path = descent_path(slope, start, lr, 11)
    place = start.clone().requires_grad_()
    optimizer = torch.optim.SGD([place], lr=lr)
    for step in range(12):
        torch.testing.assert_close(path[step], place.detach(), rtol=1e-9, atol=1e-12)
        optimizer.zero_grad()
        curve(place).sum().backward()
        optimizer.step()
    assert path.shape == (12, *shape)
    assert torch.equal(start, kept)


def test_no_steps_give_the_start_alone():
    start = torch.tensor([1.0, 2.0])
    assert torch.equal(descent_path(slope, start, 0.1, 0), start[None])


def test_a_path_on_a_parabola_is_known():
    path = descent_path(lambda x: 3 * x, torch.tensor(8.0), 0.5, 3)
    assert path.tolist() == [8.0, -4.0, 2.0, -1.0]


def test_a_path_refuses_what_it_cannot_take():
    start = torch.ones(3)
    for lr in (0, -0.1, math.nan):
        with pytest.raises(ValueError, match=f"lr must be positive, got {lr}"):
            descent_path(slope, start, lr, 1)
    with pytest.raises(ValueError, match="num_steps must be at least 0, got -1"):
        descent_path(slope, start, 0.1, -1)
    for dtype in (torch.int64, torch.bool, torch.complex64):
        with pytest.raises(TypeError, match=f"start must hold floats, got {dtype}"):
            descent_path(slope, torch.ones(3, dtype=dtype), 0.1, 1)
    with pytest.raises(ValueError, match=re.escape("must have shape (3,), got ()")):
        descent_path(lambda x: x.sum(), start, 0.1, 1)


def pairs(count, num_axes):
    generator, options = make_generator(1), {"dtype": torch.float64}
    a, b = torch.randn(2, count, num_axes, generator=generator, **options)
    return a, b, torch.rand(count, generator=generator, **options)


def test_chords_of_convex_functions_lie_above_and_of_a_wave_below_somewhere():
    a, b, share = pairs(997, 5)
    square = chord_gap(lambda x: x.square().sum(1), a, b, share)
    expected = share * (1 - share) * (a - b).square().sum(1)
    torch.testing.assert_close(square, expected)
    straight = chord_gap(lambda x: x @ torch.arange(5.0, dtype=torch.float64), a, b, share)
    assert straight.abs().max() < 1e-12
    assert chord_gap(lambda x: curve(x)[:, 0], a, b, share).min() < -0.1


def test_chords_end_on_the_graph():
    a, b, _ = pairs(13, 2)
    for share in (torch.zeros(13), torch.ones(13)):
        gap = chord_gap(lambda x: curve(x).sum(1), a, b, share.double())
        assert gap.abs().max() < 1e-12


def test_chords_refuse_other_shapes_and_shares():
    a, b, share = pairs(7, 3)
    with pytest.raises(ValueError, match=re.escape("b must have shape (7, 3)")):
        chord_gap(curve, a, b[:, :2], share)
    with pytest.raises(ValueError, match=re.escape("share must have shape (7,)")):
        chord_gap(curve, a, b, share[:, None])
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="share must be from 0 to 1"):
            chord_gap(curve, a, b, torch.full((7,), wrong))


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("batch_size", [1, 2, 3, 5])
def test_the_noise_equals_that_of_all_batches(batch_size, replacement):
    gradients = torch.randn(5, 3, generator=make_generator(2), dtype=torch.float64) + 2
    kept = gradients.clone()
    if replacement:
        batches = itertools.product(range(5), repeat=batch_size)
    else:
        batches = itertools.combinations(range(5), batch_size)
    means = torch.stack([gradients[list(rows)].mean(0) for rows in batches])
    typical = (means - gradients.mean(0)).square().sum(1).mean().sqrt()
    noise = gradient_noise(gradients, batch_size, replacement=replacement)
    torch.testing.assert_close(noise, typical, rtol=1e-9, atol=1e-12)
    assert torch.equal(gradients, kept)


def test_one_example_has_no_noise():
    assert gradient_noise(torch.ones(1, 3), 1) == 0
    assert gradient_noise(torch.ones(1, 3), 4, replacement=True) == 0


def test_the_noise_refuses_batches_that_cannot_be():
    gradients = torch.ones(5, 3)
    for batch_size in (0, 6):
        with pytest.raises(ValueError, match=f"from 1 to 5, got {batch_size}"):
            gradient_noise(gradients, batch_size)
    with pytest.raises(ValueError, match="from 1 to inf, got 0"):
        gradient_noise(gradients, 0, replacement=True)
    with pytest.raises(ValueError, match="at least one row"):
        gradient_noise(torch.ones(0, 3), 1)
    with pytest.raises(ValueError, match=re.escape("gradients must have shape (N, D)")):
        gradient_noise(torch.ones(5), 1)
