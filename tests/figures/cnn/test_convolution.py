"""The drawings of kernels and filtered photographs show the numbers that they should."""

import base64
import io
import re

import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from lib.figures.cnn.convolution import (
    KERNELS,
    blended,
    draw_kernel,
    draw_picture,
    filtered_html,
)


def shown(html: str) -> torch.Tensor:
    """The grey levels of the picture in the HTML."""
    data = re.search(r"base64,([^']+)'", html)[1]
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    values = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
    return values.reshape(picture.height, picture.width)


def test_strength_0_changes_nothing_and_strength_1_is_the_kernel():
    nothing = torch.tensor([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]])
    for name, kernel in KERNELS.items():
        assert torch.equal(blended(name, 0), nothing)
        assert torch.equal(blended(name, 1), kernel)


@pytest.mark.parametrize("name", KERNELS)
def test_a_flat_picture_stays_grey_whatever_the_sum_of_the_kernel(name):
    levels = shown(filtered_html(torch.full((6, 5), 0.5), KERNELS[name]))
    assert levels.shape == (4, 3)
    assert (levels.int() - 128).abs().max() <= 8


def test_the_html_holds_the_kernel_and_what_it_makes_of_an_edge():
    picture = torch.zeros(3, 6)
    picture[:, 3:] = 0.1
    html = filtered_html(picture, KERNELS["edges, left to right"])
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", html)
    assert cells == ["−1", "0", "1", "−2", "0", "2", "−1", "0", "1"]
    row = shown(html)[0].tolist()  # 0.5, and 0.5 + 4 · 0.1 at the edge
    assert row == [128, 224, 224, 128]


def test_axes_hold_the_picture_and_the_numbers():
    left, right = Figure().subplots(1, 2)
    draw_kernel(left, torch.tensor([[0.25, -1.0]]), digits=2)
    assert [text.get_text() for text in left.texts] == ["0.25", "−1.00"]
    draw_picture(right, torch.zeros(2, 3), "a title", signed=True)
    assert right.images[0].get_clim() == (-1, 1)
    assert right.get_title(loc="center") == "a title"
