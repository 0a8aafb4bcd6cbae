"""The memory task: what a sequence holds, how each network begins, and what is stored."""

from collections import Counter
from json import dumps

import pytest
import torch
from torch import nn

from lib.core.seed import make_generator, seed_everything
from lib.sequences.memory import (
    GAPS,
    GRID,
    LAYERS,
    NUM_TOKENS,
    RATES,
    SEEDS,
    RecallBatches,
    RecallNet,
    is_solved,
    recall_batch,
    recur_as_identity,
    set_forget_bias,
)
from lib.training.run_grid import load_grid


@pytest.mark.parametrize("gap", [0, 1, 13])
@pytest.mark.parametrize("batch_size", [1, 2, 97])
def test_a_sequence_is_a_symbol_then_distractors_then_the_query(gap, batch_size):
    tokens, symbols = recall_batch(gap, batch_size, make_generator(0))
    assert tokens.shape == (batch_size, gap + 2)
    assert symbols.shape == (batch_size,)
    assert tokens.dtype == symbols.dtype == torch.int64
    assert torch.equal(tokens[:, 0], symbols)
    assert (tokens[:, -1] == NUM_TOKENS - 1).all()
    assert ((tokens[:, 1:-1] >= 8) & (tokens[:, 1:-1] < 16)).all()
    assert ((symbols >= 0) & (symbols < 8)).all()


def test_all_symbols_and_distractors_come_about_equally_often():
    tokens, symbols = recall_batch(3, 8000, make_generator(0))
    assert (symbols.bincount(minlength=8) / 8000 - 1 / 8).abs().max() < 0.02
    counts = tokens[:, 1:-1].flatten().bincount(minlength=16)[8:]
    assert (counts / 24_000 - 1 / 8).abs().max() < 0.02


def test_bad_sizes_are_refused():
    with pytest.raises(ValueError, match="gap must not be negative, got -1"):
        recall_batch(-1, 2, make_generator(0))
    with pytest.raises(ValueError, match="batch_size must be positive, got 0"):
        recall_batch(3, 0, make_generator(0))


def test_each_epoch_has_new_sequences_and_the_seed_decides_which():
    loader, same, other = (RecallBatches(5, 3, 4, seed) for seed in (0, 0, 1))
    assert len(loader) == 3
    first, second = list(loader), list(loader)
    assert len(first) == len(second) == 3
    assert all(tokens.shape == (4, 7) for tokens, _ in first)
    assert not torch.equal(first[0][0], second[0][0])
    assert not torch.equal(first[0][0], first[1][0])
    assert torch.equal(next(iter(same))[0], first[0][0])
    assert not torch.equal(next(iter(other))[0], first[0][0])


@pytest.mark.parametrize("layer", LAYERS)
def test_the_logits_are_those_of_the_last_state(layer):
    seed_everything(0)
    net = RecallNet(layer, hidden_size=5)
    tokens, _ = recall_batch(3, 2, make_generator(0))
    logits = net(tokens)
    assert logits.shape == (2, 8)
    state = None
    for t in range(tokens.shape[1]):
        inputs = nn.functional.one_hot(tokens[:, t : t + 1], NUM_TOKENS).float()
        output, state = net.recurrent(inputs, state)
    torch.testing.assert_close(logits, net.head(output[:, 0]))
    torch.testing.assert_close(net(tokens[:1]), logits[:1])


@pytest.mark.parametrize("value", [0.0, 1.0, 5.0])
def test_the_forget_bias_is_the_sum_of_both_vectors_and_nothing_else_changes(value):
    lstm = nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    before = {name: p.detach().clone() for name, p in lstm.named_parameters()}
    set_forget_bias(lstm, value)
    for name, after in lstm.named_parameters():
        if name.startswith("bias_ih"):
            both = after + lstm.get_parameter(name.replace("_ih", "_hh"))
            assert torch.equal(both[5:10], torch.full((5,), value))
        keep = torch.ones(len(after), dtype=torch.bool)
        keep[5:10] = not name.startswith("bias")
        assert torch.equal(after[keep], before[name][keep])


def test_the_forget_bias_decides_how_much_of_a_cell_stays():
    cell = nn.LSTMCell(2, 3)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
    set_forget_bias(cell, 1.0)
    c = torch.tensor([[1.0, -2.0, 0.5]])
    _, after = cell(torch.zeros(1, 2), (torch.zeros(1, 3), c))
    torch.testing.assert_close(after, c * torch.tensor(1.0).sigmoid())


def test_a_layer_without_bias_has_no_forget_bias():
    with pytest.raises(ValueError, match="lstm must have a bias, got bias=False"):
        set_forget_bias(nn.LSTM(2, 3, bias=False), 1.0)


def test_an_identity_layer_carries_its_state_on():
    rnn = nn.RNN(4, 3, nonlinearity="relu", batch_first=True)
    recur_as_identity(rnn)
    state = torch.tensor([[[1.0, 0.0, 2.0]]])
    _, after = rnn(torch.zeros(1, 50, 4), state)
    assert torch.equal(after, state)
    assert 0 < rnn.weight_ih_l0.abs().mean() < 0.3


def test_an_unknown_layer_is_refused():
    with pytest.raises(ValueError, match=r"layer must be one of .*, got 'LSTM, 2'"):
        RecallNet("LSTM, 2")


@pytest.mark.parametrize(("share", "solved"), [(0.98, False), (0.99, True), (1.0, True)])
def test_training_stops_once_solved(share, solved):
    assert is_solved([{"val_accuracy": 0.5}, {"val_accuracy": share}]) is solved
    assert not is_solved([{"val_accuracy": 1.0}, {"val_accuracy": 0.5}])


def test_every_layer_and_gap_has_all_rates_and_seeds():
    counts = Counter((s["layer"], s["gap"]) for s in GRID.settings)
    assert len(counts) == len(LAYERS) * len(GAPS)
    assert set(counts.values()) == {len(RATES) * len(SEEDS)}
    assert len({dumps(setting) for setting in GRID.settings}) == len(GRID.settings)


def test_a_stored_run_is_made_again():
    setting = {"layer": "LSTM, 5", "gap": 10, "lr": 0.01, "seed": 0}
    stored, new = load_grid("sequences/memory").rerun(setting)
    assert len(stored) == len(new) == 1
