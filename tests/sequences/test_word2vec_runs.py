"""The runs of skip-gram on Wikipedia, and the rate that falls over them."""

import pytest

from lib.sequences.word2vec_runs import (
    BATCHES_PER_EPOCH,
    GRID,
    make_word2vec_run,
    skip_gram_batches,
    wikipedia_vocab,
)
from lib.training.run_grid import load_grid


def test_the_rate_falls_over_about_the_batches_that_there_are():
    batches = skip_gram_batches(5)
    centres, _ = batches.pairs()
    assert -(-len(centres) // batches.batch_size) == pytest.approx(BATCHES_PER_EPOCH, abs=2)
    assert len(wikipedia_vocab()) == batches.ids.max() + 1 == 9002
    setup = make_word2vec_run(seed=1)
    assert setup["optimizer"].lr() == pytest.approx(0.1 * 4096)


def test_the_stored_runs_are_those_of_the_grid_and_agree_with_people_better_each_epoch():
    rows = load_grid("sequences/word2vec_runs").rows
    assert [row.setting for row in rows] == list(GRID.settings)
    for row in rows:
        scores = [record["correlation"] for record in row.history]
        assert len(scores) == 4
        assert scores[-1] > scores[0] > 0.1
