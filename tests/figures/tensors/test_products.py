"""The drawing of a product shades one row, one column and the entry where they cross."""

import pytest
import torch
from matplotlib.colors import to_hex

from lib.figures.tensors.products import SHADE, describe_product, draw_product

LEFT = torch.tensor([[1, 2, 3], [4, 5, 6]])
UPPER = torch.tensor([[1, 0, 2, 1], [3, 1, 6, 0], [0, 2, 2, 1]])


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("column", [0, 3])
def test_row_column_and_crossing_are_shaded(row, column):
    (axes,) = draw_product(LEFT, UPPER, row, column).axes
    texts = [text.get_text() for text in axes.texts]
    assert texts == [str(n) for table in (LEFT, UPPER, LEFT @ UPPER)
                     for n in table.flatten().tolist()]
    shaded = [text for text, patch in zip(texts, axes.patches, strict=True)
              if to_hex(patch.get_facecolor()) == SHADE]
    wanted = [*LEFT[row].tolist(), *UPPER[:, column].tolist(),
              (LEFT @ UPPER)[row, column].item()]
    assert shaded == [str(n) for n in wanted]


def test_number_stands_in_its_cell():
    (axes,) = draw_product(LEFT, UPPER, 1, 2).axes
    for text, patch in zip(axes.texts, axes.patches, strict=True):
        x, y = text.get_position()
        assert patch.get_xy() == pytest.approx((x - 0.5, y - 0.5))


def test_words_give_the_sum():
    assert describe_product(LEFT, UPPER, 1, 2) == (
        "Row 1 meets column 2: 4·2 + 5·6 + 6·2 = 50")
