"""An LSTM that has read four of Jane Austen's novels three times: a long run."""

import torch
from torch import nn

from lib.core.seed import make_generator
from lib.sequences.austen import austen_ids, austen_vocab
from lib.sequences.language_modelling import (
    LanguageModel,
    NextToken,
    SequentialBatches,
)
from lib.training.long_run import LongRun
from lib.training.update import Update

EMBEDDING, HIDDEN = 32, 256
BATCH_SIZE, SEQ_LEN, EVALUATION_LEN = 32, 32, 256
LR, MAX_NORM = 0.005, 1.0
NUM_EPOCHS = 3


def austen_lstm() -> LanguageModel:
    """Return the network, untrained, on the CPU.

    Shapes: ids (B, T), state or None -> logits (B, T, V), (hidden, cell)
    """
    layer = nn.LSTM(EMBEDDING, HIDDEN, batch_first=True)
    return LanguageModel(len(austen_vocab()), layer)


def make_austen_training() -> dict[str, object]:
    """Return what `fit` needs for this run."""
    model = austen_lstm()
    ids = austen_ids("train")
    loader = SequentialBatches(ids, BATCH_SIZE, SEQ_LEN, generator=make_generator(0))
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR)
    # Rates fall after each epoch: the optimizer's state is all that has to be kept.
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, NUM_EPOCHS)
    return {
        "model": model,
        "train_loader": loader,
        "val_loader": SequentialBatches(
            austen_ids("validation"), BATCH_SIZE, EVALUATION_LEN
        ),
        "objective": NextToken(),
        "optimizer": Update(optimizer, max_norm=MAX_NORM),
        "scheduler": scheduler,
    }


RUN = LongRun(make_austen_training, NUM_EPOCHS, checkpoint_epoch=2, rtol=0.02)
