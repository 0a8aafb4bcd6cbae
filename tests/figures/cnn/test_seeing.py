"""The spotlight dims what is cold, and the drawings hold what they are given."""

import io

import matplotlib.pyplot as plt
import pytest
import torch
from PIL import Image

from lib.book.style import BACKGROUND, set_plot_style
from lib.core.seed import make_generator
from lib.figures.cnn.seeing import (
    DARKEST,
    draw_rows,
    draw_spotlights,
    draw_tiles,
    small_png,
    spotlight,
)


@pytest.fixture(autouse=True)
def style():
    set_plot_style()
    yield
    plt.close("all")


def picture(height=8, width=12):
    return torch.rand(1, 3, height, width, generator=make_generator(0))


def test_the_hottest_part_keeps_its_brightness():
    x, heat = picture(), torch.tensor([[4.0, -3.0], [0.0, 4.0]])
    lit = spotlight(x, heat)
    assert lit.shape == (8, 12, 3)
    plain = x[0].permute(1, 2, 0)
    torch.testing.assert_close(lit[0, 0], plain[0, 0])
    torch.testing.assert_close(lit[-1, -1], plain[-1, -1])
    torch.testing.assert_close(lit[0, -1], DARKEST * plain[0, -1])
    torch.testing.assert_close(lit[-1, 0], DARKEST * plain[-1, 0])
    assert heat[0, 1] == -3


def test_without_heat_all_is_dim():
    x = picture()
    torch.testing.assert_close(spotlight(x, torch.zeros(3, 4)), DARKEST * x[0].permute(1, 2, 0))


def test_pictures_stand_under_their_titles():
    x = picture()
    figure = draw_spotlights([x, spotlight(x, torch.ones(2, 2)), torch.ones(2, 3)], list("abc"))
    assert [axes.get_title(loc="left") for axes in figure.axes] == list("abc")
    assert [axes.images[0].get_array().shape for axes in figure.axes] == [
        (8, 12, 3), (8, 12, 3), (2, 3)]  # fmt: skip
    with pytest.raises(ValueError, match=r"titles must be as many as pictures \(1\), got 2"):
        draw_spotlights([x], ["a", "b"])


@pytest.mark.parametrize("shape", [(5, 3, 4), (5, 3, 3, 4)])
def test_tiles_fill_a_grid(shape):
    figure = draw_tiles(torch.rand(shape, generator=make_generator(0)) * 7 - 3, columns=3)
    shown = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    assert len(figure.axes) == 6
    assert len(shown) == 5
    assert all(abs(tile.min()) < 1e-6 and abs(tile.max() - 1) < 1e-6 for tile in shown)


def test_rows_are_named():
    maps = torch.rand(4, 5, 6, generator=make_generator(0))
    long = "a name wider than any of the maps"
    figure = draw_rows({long: maps, "last": maps[:, :2, :2]})
    assert len(figure.axes) == 8
    labels = [text for axes in figure.axes for text in axes.texts]
    assert [text.get_text() for text in labels] == [long, "last"]
    figure.draw_without_rendering()
    lefts = torch.tensor([axes.get_position().x0 for axes in figure.axes[:4]])
    torch.testing.assert_close(lefts.diff(), lefts.diff().mean().expand(3))  # even columns
    assert all(text.get_window_extent().y1 <= figure.bbox.y1 for text in labels)


def test_a_png_has_few_colours():
    data = small_png(draw_spotlights([picture(50, 50)], ["noise"]), num_colours=16).data
    with Image.open(io.BytesIO(data)) as image:
        colours = image.convert("RGB").getcolors()
    assert 8 < len(colours) <= 16
    assert max(colours)[1] != BACKGROUND  # the noise, not the paper, takes the room
