"""The networks of this part, each with its best rate and three seeds of its own."""

from functools import partial
from itertools import product

from lib.cnn.comparison_rates import (
    DATA,
    NETWORKS,
    NUM_EPOCHS,
    best_rate,
    make_run,
    network_code,
)
from lib.training.run_grid import RunGrid

SEEDS = (1, 2, 3)  # the search of the rates had seed 0

GRID = RunGrid(
    partial(make_run, with_test=True),
    [
        {"network": network, "data": data, "lr": best_rate(network, data), "seed": seed}
        for network, data, seed in product(NETWORKS, DATA, SEEDS)
    ],
    num_epochs=NUM_EPOCHS,
    rtol=0.02,
    code=network_code,
)
