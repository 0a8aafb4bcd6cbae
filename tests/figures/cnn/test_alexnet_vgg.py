"""The drawn costs are those that were counted, layer by layer."""

import pytest
import torch
from torch import nn

from lib.cnn.counting import count_layers, total_count
from lib.figures.cnn.alexnet_vgg import (
    BY_KIND,
    costs_in_words,
    draw_costs,
    draw_layer_costs,
)

MODEL = nn.Sequential(
    nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(75, 5)
)
ROWS = count_layers(MODEL, torch.zeros(1, 2, 7, 7))


def test_the_words_hold_totals_and_shares():
    assert costs_in_words(ROWS) == (
        "443 parameters, 13 % in convolutions; 1,725 multiplications, 78 % in convolutions"
    )


def test_the_bars_of_a_network_are_the_shares_of_its_layers():
    axes = draw_costs({"ours": ROWS, "half": ROWS[:3]}).axes[0]
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == pytest.approx([57 / 437, 380 / 437, 1350 / 1725, 375 / 1725, 1, 1])
    assert axes.patches[0].get_hatch() != axes.patches[1].get_hatch()
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[:2] == ["ours, parameters", "ours, multiplications"]
    assert [text.get_text() for text in axes.texts][:2] == ["437", "1.73 thousand"]


def test_a_layer_has_two_marks_at_its_two_costs():
    axes = draw_layer_costs(ROWS).axes[0]
    parameters, multiplications = (line.get_xdata() for line in axes.lines)
    assert list(parameters) == [57, 380]
    assert list(multiplications) == [1350, 375]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["conv, 3 of 5×5", "dense, 5"]


def test_two_kinds_are_drawn_and_all_their_costs():
    kept = [row for row in ROWS if row.kind in BY_KIND]
    assert total_count(kept)[1] == total_count(ROWS)[1]
