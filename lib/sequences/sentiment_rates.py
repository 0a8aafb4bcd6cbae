"""Is a sentence about a film positive? Networks, each tried with the same three rates.

Three epochs of AdamW, whose rate falls from `lr` to 0, in batches of 64. `sentiment`
trains each network with its best rate; `sentiment_table` compares them.
"""

from itertools import product

import torch
from torch import nn

from lib.sequences.sentence_classifier import SentenceClassifier, use_glove
from lib.sequences.sentiment_data import sentiment_loader, sentiment_vocab
from lib.training.fit import supervised
from lib.training.metrics import Accuracy
from lib.training.run_grid import GridRow, RunGrid, load_grid
from lib.training.update import Update

NETWORKS = {
    "mean of embeddings": {"kind": "mean"},
    "RNN": {"kind": "RNN"},
    "GRU": {"kind": "GRU"},
    "LSTM": {"kind": "LSTM"},
    "GRU, two layers": {"kind": "GRU", "num_layers": 2},
    "LSTM, two layers": {"kind": "LSTM", "num_layers": 2},
    "GRU, bidirectional": {"kind": "GRU", "bidirectional": True},
    "LSTM, bidirectional": {"kind": "LSTM", "bidirectional": True},
    "mean, GloVe frozen": {"kind": "mean"},
    "mean, GloVe fine-tuned": {"kind": "mean"},
    "GRU, GloVe frozen": {"kind": "GRU"},
    "GRU, GloVe fine-tuned": {"kind": "GRU"},
}
RATES = (0.003, 0.01, 0.03)
NUM_EPOCHS = 3


def sentiment_network(name: str) -> SentenceClassifier:
    """Return a new network of this name.

    Shapes: Padded of ids (B, T) and mask (B, T) -> logits (B, 2)
    Raises: ValueError if there is none.
    """
    if name not in NETWORKS:
        raise ValueError(f"name must be one of {'; '.join(NETWORKS)}, got {name!r}")
    model = SentenceClassifier(vocab_size=len(sentiment_vocab()), **NETWORKS[name])
    if "GloVe" in name:
        tokens = sentiment_vocab().tokens
        use_glove(model.embedding, tokens, frozen="frozen" in name)
    return model


def make_sentiment_run(
    network: str, lr: float, seed: int, *, with_test: bool = False
) -> dict[str, object]:
    """Return what `fit` needs for one run.

    Raises: ValueError if no network has this name.
    """
    train_loader, model = (
        sentiment_loader("train", seed=seed),
        sentiment_network(network),
    )
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=lr, fused=True)
    falling = torch.optim.lr_scheduler.LinearLR(
        optimizer, 1.0, 0.0, total_iters=NUM_EPOCHS * len(train_loader)
    )
    setup = {
        "model": model,
        "train_loader": train_loader,
        "val_loader": sentiment_loader("validation"),
        "objective": supervised(nn.CrossEntropyLoss()),
        "optimizer": Update(optimizer, max_norm=1.0, scheduler=falling),
        "metrics": {"accuracy": Accuracy()},
    }
    if with_test:
        setup["test_loader"] = sentiment_loader("test")
    return setup


def sentiment_rate_rows(network: str) -> list[GridRow]:
    """Return the stored runs of the search, one for each rate.

    Raises: RunError if no network has this name.
    """
    return load_grid("sequences/sentiment_rates").select({"network": network})


def best_sentiment_rate(network: str) -> float:
    """Return the rate with the best validation accuracy; of equals, the least loss.

    Raises: RunError if no network has this name.
    """

    def quality(row: GridRow) -> tuple[float, float]:
        last = row.history[-1]
        return last["val_accuracy"], -last["val_loss"]

    done = [row for row in sentiment_rate_rows(network) if row.error is None]
    return max(done, key=quality).setting["lr"]


GRID = RunGrid(
    make_sentiment_run,
    [
        {"network": network, "lr": lr, "seed": 0}
        for network, lr in product(NETWORKS, RATES)
    ],
    num_epochs=NUM_EPOCHS,
    rtol=0.05,
)
