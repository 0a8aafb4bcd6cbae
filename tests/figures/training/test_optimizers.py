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


def test_a_line_of_steps_ends_at_the_last_point():
    line = torch.tensor([[-2.0, -1.4], [0.0, 0.0], [0.0, 0.0], [1.0, 0.7]])
    drawn = draw_path(SURFACES["saddle"], [line, line[1:3]], line[:1])
    (x, y), *steps = read_line(drawn.split("d='")[1])
    assert (x + sum(a for a, _ in steps), y + sum(b for _, b in steps)) == (360, 85)
    assert (x, y) == (0, 340)
    assert "M240 170l0 0'" in drawn  # a path that does not move


def read_line(text):
    """Return the start and the steps of `M0 340l240 -170 …'`."""
    numbers = [int(word) for word in text.split("'")[0][1:].replace("l", " ").split()]
    return list(zip(numbers[::2], numbers[1::2], strict=True))
