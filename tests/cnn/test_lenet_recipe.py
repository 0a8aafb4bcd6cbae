"""Turned pictures are turned by as much as they may be, in training alone."""

import math

import torch

from lib.cnn.lenet_recipe import GRID, RandomTurn, make_turned_training
from lib.core.seed import seed_everything


def test_nothing_happens_in_evaluation_or_without_turn_and_zoom():
    pictures = torch.rand(3, 2, 8, 8)
    before = pictures.clone()
    assert RandomTurn().eval()(pictures) is pictures
    torch.testing.assert_close(RandomTurn(0, 0)(pictures), pictures, atol=1e-5, rtol=0)
    assert not torch.allclose(RandomTurn()(pictures), pictures)
    assert torch.equal(pictures, before)


def angle_and_distance(picture):
    """Where the centre of the ink lies, seen from the middle of the picture."""
    side = picture.shape[-1]
    places = torch.arange(side, dtype=picture.dtype) - (side - 1) / 2
    ink = picture / picture.sum()
    x, y = (ink.sum(dim=0) * places).sum(), (ink.sum(dim=1) * places).sum()
    return math.degrees(math.atan2(y, x)), math.hypot(x, y)


def test_a_dot_moves_on_its_circle_by_at_most_the_angle_and_by_the_zoom():
    dots = torch.zeros(300, 1, 41, 41)
    dots[:, :, 19:22, 32:35] = 1  # 13 pixels to the right of the middle
    seed_everything(0)
    found = [angle_and_distance(each[0]) for each in RandomTurn(degrees=15, zoom=0)(dots)]
    angles = [angle for angle, _ in found]
    assert max(abs(distance - 13) for _, distance in found) < 0.3
    assert 14 < max(angles) < 15.5
    assert -15.5 < min(angles) < -14
    found = [angle_and_distance(each[0]) for each in RandomTurn(degrees=0, zoom=0.1)(dots)]
    distances = [distance for _, distance in found]
    assert max(abs(angle) for angle, _ in found) < 0.1
    assert 13 / 1.1 - 0.3 < min(distances) < 13 / 1.08
    assert 13 / 0.92 < max(distances) < 13 / 0.9 + 0.3


def test_what_lies_outside_is_the_border_s_pixel():
    seed_everything(0)
    assert torch.allclose(RandomTurn(45, 0.5)(torch.full((4, 1, 6, 6), -0.4)), torch.tensor(-0.4))


def test_the_trained_network_is_the_one_that_the_optimizer_holds():
    setup = make_turned_training("ReLU, max", 0.01, 0)
    held = {p for group in setup["optimizer"].optimizer.param_groups for p in group["params"]}
    assert held == set(setup["model"].parameters())
    plain = make_turned_training("MLP", 0.01, 0, max_shift=0, turned=False)
    assert not any(isinstance(module, RandomTurn) for module in plain["model"].modules())
    assert len(GRID.settings) == 27
