"""The networks that judge film sentences, with their best rates and three new seeds."""

from functools import partial
from itertools import product

from lib.sequences.sentiment_rates import (
    NETWORKS,
    NUM_EPOCHS,
    best_sentiment_rate,
    make_sentiment_run,
)
from lib.training.run_grid import RunGrid

SEEDS = (1, 2, 3)  # the search of the rates had seed 0

GRID = RunGrid(
    partial(make_sentiment_run, with_test=True),
    [
        {"network": network, "lr": best_sentiment_rate(network), "seed": seed}
        for network, seed in product(NETWORKS, SEEDS)
    ],
    num_epochs=NUM_EPOCHS,
    rtol=0.05,
)
