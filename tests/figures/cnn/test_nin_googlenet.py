"""The drawn block has the costs that are counted in the real one."""

import pytest
import torch

from lib.cnn.counting import count_layers, total_count
from lib.cnn.googlenet import Inception, conv_relu
from lib.figures.cnn.nin_googlenet import (
    BranchSizes,
    block_in_words,
    branch_products,
    draw_branches,
)

SIZES = BranchSizes(11, 2, 3, 5, 4, 7, 6)


def test_products_per_pixel_are_those_of_the_block():
    block = Inception(*SIZES, conv_block=conv_relu, large_kernel=5)
    rows = count_layers(block, torch.zeros(1, 11, 5, 3), depth=1)
    assert [row.multiplications / 15 for row in rows] == branch_products(SIZES)
    assert sum(branch_products(SIZES)) * 15 == total_count(rows)[1]


def test_without_reductions_large_kernels_read_all_channels():
    assert branch_products(SIZES, reduced=False) == [22, 9 * 55, 25 * 77, 0]


@pytest.mark.parametrize(("reduced", "out"), [(True, 20), (False, 25)])
def test_boxes_and_words_name_the_same_numbers(reduced, out):
    texts = [t.get_text() for t in draw_branches(SIZES, reduced).axes[0].texts]
    assert f"joined\n{out}" in texts
    assert "input\n11" in texts
    assert ("1×1, 3" in texts) == ("1×1, 6" in texts) == reduced
    words = block_in_words(SIZES, reduced)
    assert f"11 channels in, {out} out" in words
    for number in branch_products(SIZES, reduced):
        assert f"{number:,}" in texts
        assert f"{number:,}" in words
