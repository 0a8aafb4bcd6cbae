"""The sheets hold every map where it belongs, and the layers' maps are the network's own."""

import numpy as np
import pytest
import torch
from torch import nn

from lib.cnn.lenet import modern_lenet
from lib.core.seed import make_generator, seed_everything
from lib.figures.cnn.lenet import draw_maps, layer_maps, sheet


def test_the_maps_are_what_the_layers_return_up_to_the_first_that_is_no_map():
    seed_everything(0)
    network, picture = modern_lenet(), torch.rand(1, 1, 28, 28)
    before = picture.clone()
    maps = layer_maps(network, picture)
    shapes = [(6, 28, 28), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 10, 10), (16, 5, 5)]
    assert [tuple(each.shape) for each in maps] == shapes
    torch.testing.assert_close(maps[3], network[:4](picture)[0].detach())
    assert not any(each.requires_grad for each in maps)
    assert torch.equal(picture, before)
    assert len(layer_maps(nn.Sequential(nn.Flatten(), nn.Linear(784, 2)), picture)) == 0


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (5, 2), (6, 3), (6, 8)])
def test_a_sheet_holds_each_map_between_lines_and_nothing_else(count, columns):
    maps = torch.rand(count, 3, 4, generator=make_generator(0))
    laid = sheet(maps, columns)
    rows = -(-count // columns)
    assert laid.shape == (rows * 4 + 1, columns * 5 + 1)
    for number, each in enumerate(maps):
        row, column = divmod(number, columns)
        found = laid[row * 4 + 1 : row * 4 + 4, column * 5 + 1 : column * 5 + 5]
        assert torch.equal(found, each)
    assert laid.isnan().sum() == laid.numel() - maps.numel()


def test_the_drawing_shows_the_picture_and_its_maps_on_one_scale():
    picture, maps = torch.rand(5, 5), torch.tensor([[[-2.0]], [[1.0]], [[0.5]]])
    left, right = draw_maps(picture, maps, "three maps").axes
    np.testing.assert_array_equal(left.images[0].get_array(), picture)
    assert right.get_title(loc="center") == "three maps"
    assert right.images[0].get_clim() == (-2, 2)
    shown = np.ma.filled(right.images[0].get_array(), np.nan)
    np.testing.assert_array_equal(shown, sheet(maps, 2).numpy())
    many = draw_maps(picture, torch.ones(16, 2, 2), "two rows of eight").axes[1].images[0]
    assert many.get_array().shape == (2 * 3 + 1, 8 * 3 + 1)
    assert draw_maps(picture, torch.zeros(1, 2, 2), "empty").axes[1].images[0].get_clim() == (-1, 1)
