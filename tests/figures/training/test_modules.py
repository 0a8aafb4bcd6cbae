"""The drawn tree names each module with its parameters, and marks the chosen one."""

import pytest
import torch
from torch import nn

from lib.figures.training.modules import CHOSEN, draw_tree, module_summary

MODEL = nn.Sequential(nn.Linear(7, 5), nn.Sequential(nn.ReLU(), nn.Linear(5, 3)))


def lines(axes):
    return {text.get_text(): text.get_color() for text in axes.texts}


def test_each_module_has_a_line_with_its_count():
    found = lines(draw_tree(MODEL).axes[0])
    for line in ("model: Sequential", "0: Linear", "1: Sequential", "1: Linear", "58", "40", "18"):
        assert line in found
    assert CHOSEN not in found.values()


def test_the_chosen_module_is_marked_and_its_output_drawn():
    figure = draw_tree(MODEL, "1.0", {"1.0": torch.tensor([0.0, 1.0, 100.0, -100.0])})
    top, bottom = figure.axes
    marked = {line for line, colour in lines(top).items() if colour == CHOSEN}
    assert marked == {"0: ReLU", "0"}
    heights = [bar.get_height() for bar in bottom.patches]
    assert sum(height > 0 for height in heights) == 4
    assert heights[0] == heights[-1] > 0


def test_a_module_without_output_says_so():
    figure = draw_tree(MODEL, "1", {"0": torch.ones(2)})
    assert "never called: no output" in lines(figure.axes[1])


@pytest.mark.parametrize(("name", "summary"), [
    ("0", "Linear, 40 parameters of its own"),
    ("1", "Sequential, 0 parameters of its own, 18 below it"),
])  # fmt: skip
def test_a_module_in_words(name, summary):
    assert module_summary(MODEL, name) == summary
