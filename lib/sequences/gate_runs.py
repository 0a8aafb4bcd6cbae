"""GRUs with both gates, without one of them, and a plain network, on the same budget.

Each goes once through the first 200,000 characters of the training novels.
"""

from collections.abc import Callable
from itertools import product

import torch
from torch import nn

from lib.core.seed import make_generator
from lib.sequences.austen import austen_ids, austen_vocab
from lib.sequences.language_modelling import (
    LanguageModel,
    NextToken,
    SequentialBatches,
)
from lib.training.run_grid import RunGrid, Setting
from lib.training.update import Update

INPUT, UNITS, NUM_READ = 32, 64, 200_000
ROWS, SEGMENT, HELD_OUT = 32, 32, 50_000
GATE_RATES, GATE_SEEDS = (0.005, 0.01, 0.02, 0.04, 0.08), (0, 1, 2)


def gru_without(gate: str) -> nn.GRU:
    """Return a GRU whose reset gate is held at 1, or whose update gate at 0.

    A bias of ±50 does it: the sigmoid is 1 or 0 there, and its slope is 0.

    Raises: ValueError for another gate than "reset" and "update".
    """
    if gate not in ("reset", "update"):
        raise ValueError(f'gate must be "reset" or "update", got {gate!r}')
    layer = nn.GRU(INPUT, UNITS, batch_first=True)
    with torch.no_grad():
        if gate == "reset":
            layer.bias_ih_l0[:UNITS] = 50.0
        else:
            layer.bias_ih_l0[UNITS : 2 * UNITS] = -50.0
    return layer


GATED: dict[str, Callable[[], nn.Module]] = {
    "RNN": lambda: nn.RNN(INPUT, UNITS, batch_first=True),
    "GRU": lambda: nn.GRU(INPUT, UNITS, batch_first=True),
    "GRU, no reset": lambda: gru_without("reset"),
    "GRU, no update": lambda: gru_without("update"),
}


def make_gate_run(layer: str, lr: float, seed: int) -> dict[str, object]:
    """Return what `fit` needs for one run.

    Raises: KeyError for a layer that has no name here.
    """
    model = LanguageModel(len(austen_vocab()), GATED[layer]())
    ids = austen_ids("train")[:NUM_READ]
    loader = SequentialBatches(ids, ROWS, SEGMENT, generator=make_generator(seed))
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    # An epoch's first offset may save one batch, but never costs one.
    steps = -(-(len(ids) // ROWS) // SEGMENT) + 1
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    held_out = austen_ids("validation")[:HELD_OUT]
    return {
        "model": model,
        "train_loader": loader,
        "val_loader": SequentialBatches(held_out, ROWS, 256),
        "objective": NextToken(),
        "optimizer": Update(optimizer, max_norm=1.0, scheduler=cycle),
    }


def gate_settings() -> list[Setting]:
    """Return the settings of all runs: five rates and three seeds for each layer."""
    plans = product(GATED, GATE_RATES, GATE_SEEDS)
    return [dict(zip(("layer", "lr", "seed"), plan, strict=True)) for plan in plans]


GRID = RunGrid(make_gate_run, gate_settings(), num_epochs=1, rtol=0.02)
