"""The language models of Jane Austen beside each other, and beside the n-gram."""

import math
from collections.abc import Sequence
from statistics import mean, median
from typing import NamedTuple

from torch import Tensor

from lib.sequences.austen import austen_ids, austen_vocab
from lib.sequences.austen_lstm import (
    BATCH_SIZE,
    EVALUATION_LEN,
    NUM_EPOCHS,
    austen_lstm,
)
from lib.sequences.language_modelling import NextToken, SequentialBatches
from lib.sequences.language_runs import GRID, NUM_CHARACTERS, make_language_run
from lib.sequences.ngram import NGram, count_ngrams, kneser_ney
from lib.training.fit import evaluate
from lib.training.run_grid import load_grid
from lib.training.stored_run import load_run

NETWORKS = tuple(dict.fromkeys(str(setting["network"]) for setting in GRID.settings))
# The best orders on the validation novel, for the short and for the whole text.
ORDER, LONG_ORDER = 7, 8


class LanguageRow(NamedTuple):
    """One model: what it stores and has read, and its bits per character, each seed's.

    `stored` counts the parameters of a network or the n-grams of a table. `seconds` of
    one core are the median over the seeds, 0 where nobody measured them.
    """

    name: str
    stored: int
    characters: int
    seconds: float
    validation: tuple[float, ...]
    test: tuple[float, ...]


def network_row(network: str) -> LanguageRow:
    """Return the row of a network of the grid, at the rate that has three seeds.

    Raises: RunError if the grid has no such network.
    """
    grid = load_grid("sequences/language_runs")
    rate = grid.select({"network": network, "seed": 1})[0].setting["lr"]
    rows = grid.select({"network": network, "lr": rate})
    setup = make_language_run(**rows[0].setting)
    return LanguageRow(
        network,
        sum(p.numel() for p in setup["model"].parameters()),
        sum(batch.targets.numel() for batch in setup["train_loader"]),
        median(row.seconds for row in rows),
        tuple(row.history[-1]["val_loss"] / math.log(2) for row in rows),
        tuple(row.test["loss"] / math.log(2) for row in rows),
    )


def ngram_row(num_characters: int, order: int) -> LanguageRow:
    """Return the row of a Kneser-Ney model of the first characters, counted now."""
    ids, vocab_size = austen_ids("train")[:num_characters], len(austen_vocab())
    model = NGram(count_ngrams(ids, vocab_size, order), vocab_size, order, kneser_ney)

    def bits(ids: Tensor) -> float:
        return -model.log_probs(ids).mean().item() / math.log(2)

    return LanguageRow(
        f"Kneser–Ney, order {order}",
        sum(len(level.keys) for level in model.levels),
        len(ids),
        0,
        (bits(austen_ids("validation")),),
        (bits(austen_ids("test")),),
    )


def lstm_row() -> LanguageRow:
    """Return the row of the long run; its test is made now, in some seconds."""
    run, model = load_run("sequences/austen_lstm"), austen_lstm()
    run.load_weights(model)
    batches = SequentialBatches(austen_ids("test"), BATCH_SIZE, EVALUATION_LEN)
    test = evaluate(model, batches, NextToken())["loss"]
    return LanguageRow(
        "LSTM, 256 units",
        sum(p.numel() for p in model.parameters()),
        NUM_EPOCHS * len(austen_ids("train")),
        0,
        (run.history[-1]["val_loss"] / math.log(2),),
        (test / math.log(2),),
    )


def language_table(networks: Sequence[str] = (), *, long_run: bool = True) -> str:
    """Return the table of these networks below the n-gram model of the same text.

    With `long_run` the LSTM of the long run follows, below the n-gram model of all
    training novels. Models with one number have one seed; n-grams need none.

    Raises: RunError if the grid has no such network.
    """
    rows = []
    if networks:
        rows += [ngram_row(NUM_CHARACTERS, ORDER), *map(network_row, networks)]
    if long_run:
        rows += [ngram_row(len(austen_ids("train")), LONG_ORDER), lstm_row()]
    lines = [
        f"{'':20}{'numbers':>10}{'characters':>11}{'':6}  bits per character",
        f"{'model':20}{'stored':>10}{'read':>11}{'s':>6}  {'validation':20}  test",
    ]
    for row in rows:
        seconds = f"{row.seconds:6.0f}" if row.seconds else f"{'':6}"
        costs = f"{row.stored:10,}{row.characters:11,}{seconds}"
        bits = f"{_range(row.validation):20}  {_range(row.test)}"
        lines.append(f"{row.name:20}{costs}  {bits}")
    return "\n".join(line.rstrip() for line in lines)


def _range(values: Sequence[float]) -> str:
    """Write a mean and, if there are several numbers, their range."""
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{mean(values):.3f} ({min(values):.3f}–{max(values):.3f})"
