"""Each network is trained alike, and validation chooses its rate."""

import pytest

from lib.sequences import sentiment_rates
from lib.sequences.sentiment_rates import (
    NUM_EPOCHS,
    best_sentiment_rate,
    make_sentiment_run,
    sentiment_network,
)
from lib.training.run_grid import GridRow


def test_unknown_networks_are_refused():
    with pytest.raises(ValueError, match=r"name must be one of mean of embeddings; .*, got 'CNN'"):
        sentiment_network("CNN")


MEANS = ["mean of embeddings", "mean, GloVe frozen", "mean, GloVe fine-tuned"]


@pytest.mark.parametrize("name", MEANS)
def test_frozen_vectors_are_not_trained_and_the_rate_falls_to_0(name):
    setup = make_sentiment_run(name, 0.01, 0)
    model, update = setup["model"], setup["optimizer"]
    assert model.embedding.weight.requires_grad == ("frozen" not in name)
    trained = sum(p.numel() for group in update.optimizer.param_groups for p in group["params"])
    assert trained == 7964 * 100 * ("frozen" not in name) + 202
    assert update.scheduler.total_iters == NUM_EPOCHS * len(setup["train_loader"])
    assert "test_loader" not in setup


def test_the_best_rate_has_the_highest_accuracy_then_the_lowest_loss(monkeypatch):
    def row(lr, accuracy, loss, error=None):
        history = [{"val_accuracy": accuracy, "val_loss": loss}]
        return GridRow({"lr": lr}, history, None, error, 1.0, "")

    rows = [row(1, 0.8, 0.1), row(2, 0.9, 0.6), row(3, 0.9, 0.5), row(4, 0.99, 0.1, "not finite")]
    monkeypatch.setattr(sentiment_rates, "sentiment_rate_rows", lambda network: rows)
    assert best_sentiment_rate("GRU") == 3
