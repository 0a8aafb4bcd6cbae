"""The surfaces have their lowest points where they say; paths and drawings are whole."""

from functools import partial

import pytest
import torch

from lib.figures.training.optimizers import SURFACES, contours, draw_path, optimizer_path
from lib.training.optimizers import SGD


@pytest.mark.parametrize("name", SURFACES)
def test_the_lowest_points_are_the_lowest_of_the_window(name):
    surface = SURFACES[name]
    left, right, bottom, top = surface.window
    x, y = torch.linspace(left, right, 401), torch.linspace(bottom, top, 281)
    heights = surface.height(x[None, :], y[:, None])
    at_lowest = [surface.height(torch.tensor(a), torch.tensor(b)) for a, b in surface.lowest]
    assert max(at_lowest).item() == pytest.approx(0, abs=1e-12)
    assert heights.min() >= -1e-6
    assert surface.height(*torch.tensor(surface.start)) > 0.5


@pytest.mark.parametrize("name", SURFACES)
def test_a_path_starts_at_the_start_and_ends_lower_or_far_away(name):
    surface = SURFACES[name]
    path = optimizer_path(surface, partial(SGD, lr=0.01), 50)
    assert path.shape == (51, 2)
    assert tuple(path[0].tolist()) == surface.start
    assert surface.height(*path[-1]) < surface.height(*path[0])
    assert len(optimizer_path(surface, partial(SGD, lr=3.0), 500)) < 500


def test_the_drawing_holds_each_line_and_the_path():
    surface = SURFACES["saddle"]
    lines = contours(surface)
    svg = draw_path(surface, lines, optimizer_path(surface, partial(SGD, lr=0.1), 7))
    assert len(lines) > 5
    assert svg.count("<path") == len(lines) + 3
    assert svg.count("h0") == 8
