"""The gates that are held stay held; all layers get the same rates, seeds and budget."""

from collections import Counter

import pytest
import torch

from lib.sequences.gate_runs import GATED, GRID, UNITS, gru_without, make_gate_run
from lib.training.run_grid import load_grid


@pytest.mark.parametrize(("gate", "rows", "value"), [
    ("reset", slice(0, UNITS), 1.0), ("update", slice(UNITS, 2 * UNITS), 0.0),
])
def test_a_held_gate_has_its_value_and_no_slope(gate, rows, value):
    layer = gru_without(gate)
    x = torch.randn(5, 7, layer.input_size)
    output, _ = layer(x)
    output.sum().backward()
    assert layer.weight_ih_l0.grad[rows].abs().max() < 1e-12
    assert layer.weight_ih_l0.grad[2 * UNITS:].abs().max() > 1e-3
    scores = x @ layer.weight_ih_l0.T + layer.bias_ih_l0
    assert (scores[..., rows].sigmoid() - value).abs().max() < 1e-12


def test_another_gate_is_an_error():
    with pytest.raises(ValueError, match='gate must be "reset" or "update", got \'input\''):
        gru_without("input")


def test_each_layer_has_the_same_rates_seeds_and_batches():
    plans = Counter((setting["lr"], setting["seed"]) for setting in GRID.settings)
    assert set(plans.values()) == {len(GATED)}
    sizes = {len(list(make_gate_run(layer, 0.01, 1)["train_loader"])) for layer in GATED}
    assert len(sizes) == 1


def test_every_run_is_stored_and_learned_something():
    rows = load_grid("sequences/gate_runs").rows
    assert len(rows) == len(GRID.settings)
    assert all(row.error is None and row.history[-1]["val_loss"] < 3.0 for row in rows)
