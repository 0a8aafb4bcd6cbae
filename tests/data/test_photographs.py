"""The photographs have the right size and axes, and are those that the page names."""

import pytest
import torch

from lib.data.photographs import PHOTOGRAPHS, load_photograph


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_shapes_types_and_range(name):
    picture = load_photograph(name)
    assert (picture.shape, picture.dtype) == ((1, 3, 224, 224), torch.float32)
    assert picture.is_contiguous()
    assert 0 <= picture.min() < 0.1
    assert 0.7 < picture.max() <= 1
    as_bytes = load_photograph(name, as_float=False)
    assert as_bytes.dtype == torch.uint8
    assert torch.equal(as_bytes / 255, picture)


def test_channels_are_red_green_blue_and_rows_go_down():
    astronaut, rocket = (load_photograph(name)[0] for name in ("astronaut", "rocket"))
    suit = astronaut[:, 180:, 80:150].mean((1, 2))  # an orange suit below the face
    assert suit[0] > suit[1] > suit[2]
    sky = rocket[:, :40].mean((1, 2))  # the sky before sunrise
    assert sky[2] > sky[0]
    assert rocket[:, :40].mean() < rocket[:, -30:].mean()  # the lamps stand on the ground


def test_another_name():
    with pytest.raises(ValueError, match=r"name must be one of 'chelsea', .*, got 'dog'"):
        load_photograph("dog")
