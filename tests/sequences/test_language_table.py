"""The table of language models: the n-gram first, numbers in bits."""

import math

import pytest

from lib.sequences import language_table as table
from lib.sequences.austen import austen_ids
from lib.sequences.austen_lstm import austen_lstm
from lib.sequences.language_table import LanguageRow, language_table, lstm_row, ngram_row
from lib.training.stored_run import load_run


def test_a_table_has_the_ngrams_first(monkeypatch):
    monkeypatch.setattr(
        table, "ngram_row", lambda *_: LanguageRow("n-gram", 1234, 5_000_000, 0, (1.5,), (3.0,))
    )
    monkeypatch.setattr(
        table, "lstm_row", lambda: LanguageRow("long", 12, 5, 7.4, (1.0, 2.0, 2.4), (1.25,))
    )
    monkeypatch.setattr(table, "network_row", lambda name: table.lstm_row()._replace(name=name))
    lines = language_table(("A",)).splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["n-gram", "A", "n-gram", "long"]
    assert len(language_table().splitlines()) == len(lines) - 2
    assert len(language_table(("A",), long_run=False).splitlines()) == len(lines) - 2
    assert lines[-2].split() == ["n-gram", "1,234", "5,000,000", "1.500", "3.000"]
    assert lines[-1].split() == ["long", "12", "5", "7", "1.800", "(1.000–2.400)", "1.250"]
    assert max(map(len, lines)) <= 88


def test_the_row_of_an_ngram_counts_its_ngrams_and_longer_texts_help():
    short, longer = ngram_row(20_000, 3), ngram_row(200_000, 3)
    text = austen_ids("train")[:20_000].tolist()
    grams = {tuple(text[i : i + k]) for k in (1, 2, 3) for i in range(len(text) - k + 1)}
    assert short.stored == len(grams)
    assert (short.characters, longer.characters) == (20_000, 200_000)
    assert longer.test < short.test


def test_the_row_of_the_long_run_is_in_bits():
    row, log = lstm_row(), load_run("sequences/austen_lstm").history
    assert row.validation == (pytest.approx(log[-1]["val_loss"] / math.log(2)),)
    assert row.stored == sum(p.numel() for p in austen_lstm().parameters())
    assert row.characters == 3 * len(austen_ids("train"))
    assert row.test == (pytest.approx(1.788, abs=0.01),)
