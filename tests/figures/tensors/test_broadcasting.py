"""The drawn grids show every number of the broadcast, and which of them are stored."""

import re

import pytest
import torch
from matplotlib.patches import Rectangle

from lib.figures.tensors.broadcasting import REAL, RESULT, draw_broadcast


def drawn(axes):
    """Return the texts and the line styles of the cells in reading order."""
    texts = [text.get_text() for text in axes.texts if text.get_text() not in "+="]
    return texts, [patch.get_linestyle() for patch in axes.patches if isinstance(patch, Rectangle)]


def test_each_operand_is_stretched_and_the_sum_is_right():
    figure = draw_broadcast(torch.tensor([[1], [2]]), torch.tensor([10, 20, 30]))
    left, middle, right = (drawn(axes) for axes in figure.axes)
    assert left[0] == ["1", "1", "1", "2", "2", "2"]
    assert middle[0] == ["10", "20", "30"] * 2
    assert right[0] == ["11", "21", "31", "12", "22", "32"]
    assert left[1] == ["-", "--", "--"] * 2
    assert middle[1] == ["-"] * 3 + ["--"] * 3
    assert right[1] == ["-"] * 6


def test_titles_name_the_shapes_and_colours_tell_stored_from_computed():
    figure = draw_broadcast(torch.ones(2, 1), torch.tensor(5.0))
    titles = [axes.get_title(loc="center") for axes in figure.axes]
    assert titles == ["shape (2, 1)", "shape ()", "sum, shape (2, 1)"]
    first, _, total = (axes.patches[0].get_facecolor() for axes in figure.axes)
    assert first != total
    assert REAL != RESULT


@pytest.mark.parametrize("shapes", [((), ()), ((3,), (1,)), ((6, 6), (6, 1))])
def test_scalars_rows_and_full_grids_can_be_drawn(shapes):
    first, second = (torch.ones(shape) for shape in shapes)
    before = first.clone()
    texts, _ = drawn(draw_broadcast(first, second).axes[2])
    assert texts == ["2"] * (first + second).numel()
    assert torch.equal(first, before)


@pytest.mark.parametrize("shape", [(2, 2, 2), (7,), (7, 1)])
def test_what_cannot_be_drawn_is_refused(shape):
    with pytest.raises(ValueError, match=re.escape(f"at most 6 by 6, got shape {shape}")):
        draw_broadcast(torch.ones(shape), torch.tensor(1.0))
