"""The language runs differ in what their settings say; their table stands beside the n-gram."""

import math
from collections import Counter

import pytest
import torch
from torch import nn

from lib.sequences import language_table as table
from lib.sequences.austen import austen_ids
from lib.sequences.language_modelling import RandomBatches, SequentialBatches
from lib.sequences.language_runs import (
    GRID,
    LAYERS,
    NUM_CHARACTERS,
    RATES,
    evaluation_batches,
    make_language_run,
)
from lib.sequences.language_table import (
    NETWORKS,
    network_row,
    ngram_row,
)
from lib.training.run_grid import load_grid


def test_each_network_has_as_many_rates_and_seeds_as_the_others():
    plans = Counter((setting["network"], setting["seed"]) for setting in GRID.settings)
    assert plans == {(name, seed): (1 if seed else 3) for name in LAYERS for seed in range(3)}
    assert tuple(LAYERS) == NETWORKS


@pytest.mark.parametrize("name", ["RNN", "GRU"])
def test_the_best_rate_with_seed_0_is_the_one_with_three_seeds(name):
    rows = load_grid("sequences/language_runs").select({"network": name, "seed": 0})
    best = min(rows, key=lambda row: row.history[-1]["val_loss"])
    assert best.setting["lr"] == RATES[name][1]


@pytest.mark.parametrize(("name", "layer", "cut"), [
    ("RNN", nn.RNN, SequentialBatches),
    ("LSTM", nn.LSTM, SequentialBatches),
    ("LSTM, random order", nn.LSTM, RandomBatches),
])
def test_a_run_reads_the_first_characters_with_its_layer(name, layer, cut):
    setup = make_language_run(name, 0.01, 0)
    assert type(setup["model"].recurrent) is layer
    assert type(setup["train_loader"]) is cut
    assert torch.equal(setup["train_loader"].ids, austen_ids("train")[:NUM_CHARACTERS])
    number = sum(1 for _ in setup["train_loader"])
    assert number <= setup["optimizer"].scheduler.total_steps <= number + 2
    seen = sum(batch.targets.numel() for batch in setup["train_loader"])
    assert 0.999 * NUM_CHARACTERS < seen < NUM_CHARACTERS


def test_an_evaluation_reads_a_novel_once():
    for split in ("validation", "test"):
        count = sum(batch.targets.numel() for batch in evaluation_batches(split))
        assert len(austen_ids(split)) - 32 <= count < len(austen_ids(split))


def test_the_order_of_the_ngram_is_the_best_on_the_validation_novel():
    rows = {order: ngram_row(NUM_CHARACTERS, order) for order in (6, 7, 8)}
    assert min(rows, key=lambda order: rows[order].validation) == table.ORDER
    assert rows[7].characters == NUM_CHARACTERS
    assert rows[6].stored < rows[7].stored


def test_a_row_of_the_grid_is_in_bits_and_has_three_seeds():
    row = network_row("GRU")
    runs = load_grid("sequences/language_runs").select({"network": "GRU"})
    losses = [run.history[-1]["val_loss"] for run in runs]
    assert min(losses) / math.log(2) == pytest.approx(min(row.validation))
    assert len(row.validation) == len(row.test) == 3
    assert row.stored == 75_249
    assert row.characters < NUM_CHARACTERS
