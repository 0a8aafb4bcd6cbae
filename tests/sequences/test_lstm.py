"""What LSTM alone has: a cell state beside h; the rest stands in test_recurrent.py."""

import math

import pytest
import torch

from lib.sequences.lstm import LSTM, LSTMCell, lstm_step, named_states
from tests.sequences.same_recurrent import HIDDEN, INPUT, draw


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def test_one_step_by_hand():
    projected = torch.tensor([[0.3, -0.2, 0.7, 0.1]])
    weight, bias = torch.tensor([[0.5], [0.4], [-0.6], [0.2]]), torch.tensor([0.1, 0.2, 0.3, 0.4])
    state = torch.tensor([[0.9]]), torch.tensor([[-1.5]])
    h, c = lstm_step(projected, state, weight, bias)
    i, f = sigmoid(0.3 + 0.45 + 0.1), sigmoid(-0.2 + 0.36 + 0.2)
    g, o = math.tanh(0.7 - 0.54 + 0.3), sigmoid(0.1 + 0.18 + 0.4)
    assert c.item() == pytest.approx(f * -1.5 + i * g)
    assert h.item() == pytest.approx(o * math.tanh(f * -1.5 + i * g))


@pytest.mark.parametrize("state", [draw(1, 2, HIDDEN), (draw(1, 2, HIDDEN),)])
def test_a_state_that_is_no_pair_is_named(state):
    for part, x in ((LSTM, draw(2, 7, INPUT)), (LSTMCell, draw(2, INPUT))):
        with pytest.raises(TypeError, match=r"state must be a pair of tensors \(h, c\), got "):
            part(INPUT, HIDDEN).double()(x, state)
    assert named_states(None) == {"h": None, "c": None}
