"""The stored LSTM is the one that its log describes."""

import pytest

from lib.sequences.austen import austen_ids
from lib.sequences.austen_lstm import (
    BATCH_SIZE,
    EVALUATION_LEN,
    RUN,
    austen_lstm,
    make_austen_training,
)
from lib.sequences.language_modelling import NextToken, SequentialBatches
from lib.training.fit import evaluate
from lib.training.stored_run import load_run


def test_the_stored_weights_reach_the_last_line_of_the_log():
    run, model = load_run("sequences/austen_lstm"), austen_lstm()
    run.load_weights(model)
    batches = SequentialBatches(austen_ids("validation"), BATCH_SIZE, EVALUATION_LEN)
    loss = evaluate(model, batches, NextToken())["loss"]
    assert loss == pytest.approx(run.history[-1]["val_loss"], rel=1e-3)
    assert len(run.history) == RUN.num_epochs


def test_training_reads_all_training_novels():
    setup = make_austen_training()
    seen = sum(batch.targets.numel() for batch in setup["train_loader"])
    assert 0 <= len(austen_ids("train")) - seen < 100
