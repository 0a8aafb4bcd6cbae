"""The table shows what the stored runs hold, after the bag of words."""

from statistics import mean

import pytest

from lib.sequences.sentiment_data import load_sentiment
from lib.sequences.sentiment_table import (
    bag_of_words_row,
    sentiment_row,
    sentiment_table,
)
from lib.training.run_grid import load_grid


def test_the_table_holds_the_stored_accuracies_after_the_bag_of_words():
    rows = load_grid("sequences/sentiment").select({"network": "GRU"})
    test = tuple(row.test["accuracy"] for row in rows)
    row = sentiment_row("GRU")
    assert row.test == test
    assert row.validation == tuple(row.history[-1]["val_accuracy"] for row in rows)
    assert row.standard_error == pytest.approx((mean(test) * (1 - mean(test)) / 1435) ** 0.5)
    assert row.parameters == 7964 * 100 + 3 * 64 * (100 + 64 + 2) + 2 * 65
    lines = sentiment_table(["GRU"]).splitlines()
    assert len(lines) == 4
    assert lines[2].startswith("bag of words ")
    assert lines[3].startswith("GRU ")
    assert f"{mean(test):.3f} ({min(test):.3f}–{max(test):.3f}) ±" in lines[3]
    with pytest.raises(ValueError, match="name must be one of"):
        sentiment_table(["CNN"])


def test_the_bag_of_words_has_a_weight_for_each_word_and_beats_guessing():
    row = sentiment_row("bag of words")
    assert row is bag_of_words_row()
    words = {word for sentence in load_sentiment("train")[0] for word in sentence}
    assert row.parameters == len(words) + 1
    assert 0.75 < row.test[0] < 0.85
