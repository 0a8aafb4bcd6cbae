"""What GRU alone has: two gates; the rest stands in test_recurrent.py."""

import math

import pytest
import torch

from lib.sequences.gru import gru_step


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def test_one_step_by_hand():
    projected, weight = torch.tensor([[0.3, -0.2, 0.7]]), torch.tensor([[0.5], [0.4], [-0.6]])
    (h,) = gru_step(projected, (torch.tensor([[0.9]]),), weight, torch.tensor([0.1, 0.2, 0.3]))
    r, z = sigmoid(0.3 + 0.5 * 0.9 + 0.1), sigmoid(-0.2 + 0.4 * 0.9 + 0.2)
    n = math.tanh(0.7 + r * (-0.6 * 0.9 + 0.3))  # the bias is within the reset, too
    assert h.item() == pytest.approx((1 - z) * n + z * 0.9)


def test_an_open_update_gate_keeps_the_state_and_a_shut_reset_gate_forgets_it():
    weight, h = torch.zeros(3, 1), torch.tensor([[0.9]])
    (kept,) = gru_step(torch.tensor([[0.0, 100.0, 5.0]]), (h,), weight, None)
    assert torch.equal(kept, h)
    weight[2] = 7.0
    (fresh,) = gru_step(torch.tensor([[-100.0, -100.0, 0.4]]), (h,), weight, None)
    assert fresh.item() == pytest.approx(math.tanh(0.4))
