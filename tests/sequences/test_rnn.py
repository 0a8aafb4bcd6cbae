"""What RNN alone has: a nonlinearity; the rest stands in test_recurrent.py."""

import math

import pytest
import torch
from torch import nn

from lib.sequences.rnn import RNN, RNNCell, find_activation, rnn_step
from tests.sequences.same_recurrent import HIDDEN, INPUT, assert_same, draw, pair_of


def test_one_step_by_hand():
    weight = torch.tensor([[0.5]])
    (h,) = rnn_step(torch.tensor([[0.3]]), (torch.tensor([[0.2]]),), weight, torch.tensor([0.1]))
    assert h.item() == pytest.approx(math.tanh(0.3 + 0.5 * 0.2 + 0.1))


@pytest.mark.parametrize("batch", [1, 2])
def test_relu_equals_torch(batch):
    options = {"nonlinearity": "relu"}
    cell = pair_of(RNNCell, nn.RNNCell, **options)
    assert_same(*cell, draw(batch, INPUT))
    layer = pair_of(RNN, nn.RNN, num_layers=2, bidirectional=True, **options)
    assert_same(*layer, draw(batch, 7, INPUT))


@pytest.mark.parametrize("ours", [RNN, RNNCell])
def test_another_nonlinearity_is_named(ours):
    with pytest.raises(ValueError, match='nonlinearity must be "tanh" or "relu", got \'selu\''):
        ours(INPUT, HIDDEN, nonlinearity="selu")
    assert find_activation("relu") is torch.relu
