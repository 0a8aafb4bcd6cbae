r"""Recall a symbol after a gap: which recurrent layer learns it, and after what gap.

A sequence shows one of 8 symbols, then `gap` distractors, then a query, and the
network says after the query which symbol it was. The symbol stands at the first step,
so the answer has to pass through the hidden state of each step between.
"""

from collections.abc import Iterator
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lib.core.seed import make_generator
from lib.training.fit import History, supervised
from lib.training.metrics import Accuracy
from lib.training.run_grid import RunGrid, Setting
from lib.training.update import Update

NUM_SYMBOLS, NUM_DISTRACTORS = 8, 8
NUM_TOKENS = NUM_SYMBOLS + NUM_DISTRACTORS + 1  # the last one is the query
HIDDEN_SIZE, BATCH_SIZE, BATCHES_PER_EPOCH, MAX_EPOCHS = 32, 32, 25, 20
SOLVED = 0.99  # the share of right answers at which training stops
GAPS, RATES, SEEDS = (10, 30, 100), (0.001, 0.01, 0.03), (0, 1, 2)
LAYERS = ("RNN, tanh", "RNN, identity", "GRU", "LSTM, 0", "LSTM, 1", "LSTM, 5")


def recall_batch(
    gap: int, batch_size: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return sequences of a symbol, `gap` distractors and a query, and their symbols.

    Symbols are the tokens from 0 to 7, distractors those from 8 to 15, the query is 16.

    Shapes: -> tokens (B, gap + 2), symbols (B,), both int64
    Raises: ValueError if `gap` is negative or `batch_size` is not positive.
    """
    if gap < 0:
        raise ValueError(f"gap must not be negative, got {gap}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be positive, got {batch_size}")
    symbols = torch.randint(NUM_SYMBOLS, (batch_size,), generator=generator)
    low, high = NUM_SYMBOLS, NUM_SYMBOLS + NUM_DISTRACTORS
    distractors = torch.randint(low, high, (batch_size, gap), generator=generator)
    query = torch.full((batch_size, 1), high)
    return torch.cat([symbols[:, None], distractors, query], dim=1), symbols


class RecallBatches:
    """Batches of new sequences: an epoch has `num_batches`, and none comes again.

    Shapes: -> tokens (B, gap + 2), symbols (B,)
    """

    def __init__(self, gap: int, num_batches: int, batch_size: int, seed: int) -> None:
        self.gap, self.num_batches, self.batch_size = gap, num_batches, batch_size
        self.generator = make_generator(seed)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(self.num_batches):
            yield recall_batch(self.gap, self.batch_size, self.generator)

    def __len__(self) -> int:
        return self.num_batches


class RecallNet(nn.Module):
    """A recurrent layer over one-hot tokens; its last state gives the logits.

    `layer` is one of LAYERS. "RNN, identity" has ReLU and begins with h(t) = h(t-1)
    plus a small function of the token. The number behind an LSTM is its forget-gate
    bias.

    Shapes: tokens (B, T) -> logits (B, 8)
    Raises: ValueError if `layer` is not one of LAYERS.
    Source: "RNN, identity": Le, Jaitly, Hinton (2015), arXiv:1504.00941
    """

    def __init__(self, layer: str, hidden_size: int = HIDDEN_SIZE) -> None:
        super().__init__()
        if layer not in LAYERS:
            raise ValueError(f"layer must be one of {LAYERS}, got {layer!r}")
        kind, _, variant = layer.partition(", ")
        options = {"nonlinearity": "relu"} if variant == "identity" else {}
        build = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}[kind]
        self.recurrent = build(NUM_TOKENS, hidden_size, batch_first=True, **options)
        self.head = nn.Linear(hidden_size, NUM_SYMBOLS)
        if variant == "identity":
            recur_as_identity(self.recurrent)
        elif kind == "LSTM":
            set_forget_bias(self.recurrent, float(variant))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits of the symbols."""
        inputs = F.one_hot(tokens, NUM_TOKENS).float()  # (B, T) -> (B, T, 17)
        states, _ = self.recurrent(inputs)  # (B, T, 17) -> (B, T, H)
        return self.head(states[:, -1])  # (B, T, H) -> (B, 8)


@torch.no_grad()
def set_forget_bias(lstm: nn.LSTM | nn.LSTMCell, value: float) -> None:
    """Set the forget-gate bias of all layers and directions, in place.

    Torch adds two bias vectors, b_ih and b_hh, and their second quarter belongs to the
    forget gate. Here b_ih gets the value and b_hh gets 0, so `value` is their sum.

    Shapes: b_ih, b_hh (4 H,)
    Raises: ValueError if the layer has no bias.
    Source: Gers, Schmidhuber, Cummins (2000), doi:10.1162/089976600300015015
    """
    if not lstm.bias:
        raise ValueError("lstm must have a bias, got bias=False")
    H = lstm.hidden_size
    for name, parameter in lstm.named_parameters():
        if name.startswith("bias_"):
            parameter[H : 2 * H] = value if name.startswith("bias_ih") else 0.0


@torch.no_grad()
def recur_as_identity(rnn: nn.RNN) -> None:
    """Set a layer to carry its state on: recurrent weights I, biases 0, inputs small.

    Shapes: weight_hh (H, H)
    """
    for name, parameter in rnn.named_parameters():
        if name.startswith("weight_hh"):
            parameter.copy_(torch.eye(rnn.hidden_size))
        elif name.startswith("bias"):
            parameter.zero_()
        else:
            parameter.normal_(0, 0.1)


def is_solved(history: History) -> bool:
    """Return whether the last epoch's share of right answers is enough to stop."""
    return history[-1]["val_accuracy"] >= SOLVED


def make_recall_run(layer: str, gap: int, lr: float, seed: int) -> dict[str, object]:
    """Return what `fit` needs for one run: at most 500 updates, fewer once solved.

    Raises: as `RecallNet` and `recall_batch`.
    """
    model = RecallNet(layer)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    return {
        "model": model,
        "train_loader": RecallBatches(gap, BATCHES_PER_EPOCH, BATCH_SIZE, seed),
        "val_loader": [recall_batch(gap, 300, make_generator(seed + 1000))],
        "test_loader": [recall_batch(gap, 1000, make_generator(seed + 2000))],
        "objective": supervised(nn.CrossEntropyLoss()),
        "optimizer": Update(optimizer, max_norm=1.0),
        "metrics": {"accuracy": Accuracy()},
        "callbacks": [is_solved],
    }


def recall_settings() -> list[Setting]:
    """Return the settings of all runs: each layer and gap with each rate and seed."""
    return [
        {"layer": layer, "gap": gap, "lr": lr, "seed": seed}
        for layer, gap, lr, seed in product(LAYERS, GAPS, RATES, SEEDS)
    ]


GRID = RunGrid(make_recall_run, recall_settings(), num_epochs=MAX_EPOCHS, rtol=0.05)
