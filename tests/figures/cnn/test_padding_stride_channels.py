"""The drawings of windows and stacks agree with what gradients say of torch's layers."""

import pytest
import torch
from torch.nn import functional as F

from lib.cnn.padding_stride_channels import WindowLayer
from lib.figures.cnn.padding_stride_channels import draw_stack, draw_windows, units_seen

STACKS = (
    [WindowLayer(3)],
    [WindowLayer(3, 2, 1), WindowLayer(5, 1, 2), WindowLayer(2, 3)],
    [WindowLayer(3, 1, 2, 2), WindowLayer(3, 1, 3, 3)],
)


@pytest.mark.parametrize("layers", STACKS)
def test_the_units_seen_are_those_with_a_gradient(layers):
    x = torch.ones(1, 1, 23, requires_grad=True)
    rows = [x]
    for k, s, p, d in layers:
        rows.append(F.conv1d(rows[-1], torch.ones(1, 1, k), None, s, p, d))
    for n in range(rows[-1].shape[-1]):
        gradients = torch.autograd.grad(rows[-1][0, 0, n], rows, retain_graph=True)
        wanted = [set(g[0, 0].nonzero().flatten().tolist()) for g in gradients]
        assert units_seen(layers, 23, n) == wanted


def test_each_output_gets_a_window_over_its_pixels():
    axes = draw_windows(7, WindowLayer(3, 2, 1)).axes[0]
    assert len(axes.patches) == 9
    assert [line.get_xdata()[0] for line in axes.lines] == [-0.5, 1.5, 3.5, 5.5]
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["0", *"0123456", "0", *(f"output {n}" for n in range(4))]


def test_the_stack_has_a_cell_for_each_unit_and_says_the_sizes():
    svg = draw_stack([WindowLayer(3, 2, 1), WindowLayer(3, 1, 1)], 8)
    assert svg.count("h10v18") == 8 + 4 + 4
    for label in ("input: size 8, sees 1", "layer 1: size 4, sees 3",
                  "layer 2: size 4, sees 7"):
        assert f">{label}<" in svg


@pytest.mark.parametrize("draw", [draw_windows, lambda n, x: draw_stack([x], n)])
def test_a_window_that_does_not_fit_is_refused(draw):
    with pytest.raises(ValueError, match="window spans 5 pixels, the padded axis 4"):
        draw(4, WindowLayer(5))
