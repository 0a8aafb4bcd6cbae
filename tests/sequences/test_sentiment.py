"""Each network has the rate that the search chose, and seeds that it did not see."""

from lib.sequences.sentiment import GRID, SEEDS
from lib.sequences.sentiment_rates import (
    NETWORKS,
    RATES,
    best_sentiment_rate,
    sentiment_rate_rows,
)
from lib.sequences.sentiment_table import STRENGTHS
from lib.training.run_grid import load_grid


def test_every_run_has_the_rate_that_the_search_chose_and_another_seed():
    assert len(STRENGTHS) == len(RATES)
    assert len(GRID.settings) == len(NETWORKS) * len(SEEDS)
    searched = load_grid("sequences/sentiment_rates").rows
    assert not {row.setting["seed"] for row in searched} & {*SEEDS}
    for setting in GRID.settings:
        assert setting["lr"] == best_sentiment_rate(setting["network"]) in RATES
        assert len(sentiment_rate_rows(setting["network"])) == len(RATES)


def test_one_run_is_made_again():
    setting = next(s for s in GRID.settings if s["network"] == "mean, GloVe frozen")
    stored, new = load_grid("sequences/sentiment").rerun(setting)
    assert len(stored) == len(new) == 1
