"""The drawn groups are those over which torch's norms average."""

import re

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lib.core.seed import make_generator
from lib.figures.cnn.batch_norm import (
    CHANNELS,
    GROUPS,
    OTHER,
    SHARED,
    count_means,
    describe_groups,
    draw_groups,
    group_numbers,
)

TORCH = {
    "batch norm": lambda x: F.batch_norm(x, None, None, training=True),
    "layer norm": lambda x: F.layer_norm(x, x.shape[1:]),
    "layer norm, channels only": lambda x: F.layer_norm(x.mT, (CHANNELS,)).mT,
    "group norm, 2 groups": lambda x: nn.GroupNorm(2, CHANNELS)(x.float()).double(),
    "instance norm": F.instance_norm,
}


@pytest.mark.parametrize("norm", GROUPS)
@pytest.mark.parametrize("num_examples", [1, 2, 4])
def test_numbers_share_a_mean_where_torchs_outputs_depend_on_each_other(norm, num_examples):
    x = torch.randn(num_examples, CHANNELS, 4, generator=make_generator(0), dtype=torch.float64)
    x.requires_grad_()
    TORCH[norm](x)[0, 0, 0].backward()
    groups = group_numbers(norm, num_examples)
    shared = groups == groups[0, 0, 0]
    assert torch.equal(x.grad != 0, shared)
    assert count_means(norm, num_examples)[1] == shared.sum()
    drawn = draw_groups(norm, num_examples)
    assert drawn.count(SHARED) == shared.sum()
    assert drawn.count(SHARED) + drawn.count(OTHER) == x.numel()


def test_the_words_name_examples_channels_pixels_and_counts():
    words = describe_groups("group norm, 2 groups", 4)
    assert re.search("example 0, channel 0, 1, 2, pixel 0, 1, 2, 3. 8 means, each of 12", words)
    assert count_means("batch norm", 2) == (6, 8)
