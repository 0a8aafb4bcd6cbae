"""The drawing shows the windows' grid, the pooled numbers and the change that a shift makes."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lib.core.seed import make_generator
from lib.figures.cnn.pooling import POOLINGS, draw_pooling, pooled_change, shift_right


def test_a_shift_moves_columns_to_the_right_and_fills_with_zero():
    maps = torch.arange(1.0, 7).view(1, 2, 3)
    before = maps.clone()
    assert shift_right(maps, 1).tolist() == [[[0, 1, 2], [0, 4, 5]]]
    assert torch.equal(shift_right(maps, 0), maps)
    assert torch.equal(maps, before)


def test_the_change_is_the_share_of_the_pooled_length():
    maps = torch.tensor([[[3.0, 0, 0, 0], [0, 0, 0, 0]]])  # pools to (3, 0), shifted by 2: (0, 3)
    assert pooled_change(maps, "max", 2, 0) == 0
    assert pooled_change(maps, "max", 2, 1) == 0
    assert pooled_change(maps, "max", 2, 2) == pytest.approx(2**0.5)
    assert pooled_change(maps, "average", 1, 1) == pytest.approx(2**0.5)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_panels_hold_the_shifted_picture_its_pooled_map_and_the_change(pooling):
    picture = torch.rand(1, 8, 8, generator=make_generator(0))
    left, middle, right = draw_pooling(picture, pooling, 2, 1).axes
    pool = POOLINGS[pooling]
    shifted = F.pad(picture[..., :-1], [1, 0])
    for axes, wanted in (
        (left, shifted), (middle, pool(shifted, 2)), (right, pool(shifted, 2) - pool(picture, 2))
    ):
        np.testing.assert_allclose(axes.images[0].get_array(), wanted[0], atol=1e-7)
    assert len(left.lines) == 2 * 5
    assert middle.get_title(loc="center") == "pooled, 4 × 4"
    share = pooled_change(picture, pooling, 2, 1)
    assert right.get_title(loc="center") == f"changed by {share:.0%}"
    assert right.images[0].get_clim() == (-1, 1)
