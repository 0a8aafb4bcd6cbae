"""The drawings of maps and shadows show the numbers that they should."""

import pytest
import torch

from lib.figures.tensors.vectors_and_matrices import (
    describe_map,
    draw_map,
    draw_projection,
)


def ends(axes):
    return [tuple(text.xy) for text in axes.texts if text.arrow_patch is not None]


def test_arrows_land_on_the_columns():
    before, after = draw_map(torch.tensor([[2.0, 1.0], [0.5, 1.5]])).axes
    assert ends(before) == [(1, 0), (0, 1)]
    assert ends(after) == [(2, 0.5), (1, 1.5)]


def test_the_house_and_the_grid_move_with_the_matrix():
    after = draw_map(torch.tensor([[2.0, 1.0], [0.0, 1.0]])).axes[1]
    corners = after.patches[0].get_xy()
    assert corners[2].tolist() == [3.0, 1.0]  # (1, 1) -> (3, 1)
    lines = [line.get_xydata().tolist() for line in after.lines]
    assert len(lines) == 10
    assert [[-6.0, -2.0], [2.0, -2.0]] in lines  # the lowest line of the grid


def test_a_column_of_zeros_is_a_dot():
    after = draw_map(torch.tensor([[1, 0], [1, 0]])).axes[1]
    assert ends(after) == [(1, 1)]
    assert [line.get_xydata().tolist() for line in after.lines][-1] == [[0, 0]]


@pytest.mark.parametrize(("columns", "area"), [
    (((1, 0), (0, 1)), "1"), (((2, 1), (4, 2)), "0"), (((0, 1), (1, 0)), "1"),
    (((1, 2), (-1, 2)), "4"),
])
def test_words_say_columns_and_area(columns, area):
    words = describe_map(torch.tensor(columns).mT)
    (a, b), (c, d) = columns
    assert words == (f"The arrows end at ({a}, {b}) and ({c}, {d}); "
                     f"an area becomes {area} times as large.")


def test_the_shadow_is_drawn_and_the_way_to_it_is_at_right_angles():
    x, onto = torch.tensor([1.0, 3.0]), torch.tensor([4.0, 2.0])
    (axes,) = draw_projection(x, onto).axes
    assert ends(axes) == [(4, 2), (2, 1), (1, 3)]
    start, stop = axes.lines[0].get_xydata()
    assert (torch.tensor(stop - start).float() @ onto).item() == pytest.approx(0)
