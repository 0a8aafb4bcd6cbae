"""The encoder–decoder trained on French–English pairs, and what two mistakes do to it.

Ten epochs with each learning rate, and with three seeds for the chosen one; two epochs
with the right loss and with each mistake.
"""

from collections.abc import Callable
from itertools import product

import torch
import torch.nn.functional as F
from torch import nn

from lib.sequences.beam_search import greedy_search
from lib.sequences.bleu import TokenBleu
from lib.sequences.seq2seq import Seq2Seq, masked_cross_entropy, translation_loss
from lib.sequences.translation_data import (
    TranslationBatch,
    load_translation_data,
    translation_loader,
)
from lib.sequences.vocab import BOS, EOS, UNK, Vocab
from lib.training.fit import Loss, Objective
from lib.training.run_grid import RunGrid, Setting
from lib.training.update import Update

NUM_EPOCHS, SHORT_EPOCHS, BATCH_SIZE = 10, 2, 64
EMBEDDING_SIZE, HIDDEN_SIZE, DROPOUT = 56, 128, 0.2
RATES = (0.004, 0.008, 0.016, 0.032)
CHOSEN_RATE, SHORT_RATE = 0.016, 0.008


def averaged_over_padding(model: nn.Module, batch: TranslationBatch) -> Loss:
    """Return the sum of the losses of real tokens, divided by all tokens: a mistake.

    Shapes: those of `TranslationBatch`
    """
    logits = model(batch.source, batch.source_mask, batch.decoder_input)
    mean = masked_cross_entropy(logits, batch.target, batch.target_mask)
    count = batch.target.numel()
    return Loss(mean * batch.target_mask.sum() / count, count)


def padding_counted(model: nn.Module, batch: TranslationBatch) -> Loss:
    """Return the mean loss over all tokens, padding predicted as well: a mistake.

    Shapes: those of `TranslationBatch`
    """
    logits = model(batch.source, batch.source_mask, batch.decoder_input)
    value = F.cross_entropy(logits.flatten(0, 1), batch.target.flatten())
    return Loss(value, batch.target.numel())


def target_not_shifted(model: nn.Module, batch: TranslationBatch) -> Loss:
    """Let the decoder read the very token that it has to predict: a mistake.

    Shapes: those of `TranslationBatch`
    """
    return translation_loss(model, batch._replace(decoder_input=batch.target))


LOSSES: dict[str, Objective] = {
    "right": translation_loss,
    "averaged over padding": averaged_over_padding,
    "padding counted": padding_counted,
    "not shifted": target_not_shifted,
}


def translation_objective(vocab: Vocab, train_loss: Objective) -> Objective:
    """Return the objective `train_loss`; in eval mode, the right one and translations.

    Shapes: outputs (B, T) of int64, by greedy search, and targets (B, U)
    """
    limits = {"bos": vocab.id(BOS), "eos": vocab.id(EOS), "max_len": 20}

    def objective(model: nn.Module, batch: TranslationBatch) -> Loss:
        if model.training:
            return train_loss(model, batch)
        state = model.start(batch.source, batch.source_mask)
        tokens = greedy_search(model.step, state, **limits)
        return translation_loss(model, batch)._replace(outputs=tokens)

    return objective


def make_translation_run(
    loss: str = "right",
    lr: float = CHOSEN_RATE,
    seed: int = 0,
    num_epochs: int = NUM_EPOCHS,
    make_model: Callable[..., nn.Module] = Seq2Seq,
) -> dict[str, object]:
    """Return what `fit` needs for one run; a batch holds sentences of any length.

    Raises: KeyError for a loss that has no name here.
    """
    data = load_translation_data(min_count=3)
    model = make_model(
        len(data.source_vocab),
        len(data.target_vocab),
        EMBEDDING_SIZE,
        HIDDEN_SIZE,
        dropout=DROPOUT,
    )
    loader = translation_loader(data.train, BATCH_SIZE, seed=seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, fused=True)
    steps = num_epochs * len(loader)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    vocab = data.target_vocab
    return {
        "model": model,
        "train_loader": loader,
        "val_loader": translation_loader(data.validation, 250),
        "objective": translation_objective(vocab, LOSSES[loss]),
        "optimizer": Update(optimizer, scheduler=cycle),
        "metrics": {"bleu": TokenBleu(eos=vocab.id(EOS), unk=vocab.id(UNK))},
        "num_epochs": num_epochs,
    }


def translation_settings() -> list[Setting]:
    """Return the settings of all runs."""
    rates = [{"loss": "right", "lr": lr, "seed": 0} for lr in RATES]
    seeds = [{"loss": "right", "lr": CHOSEN_RATE, "seed": seed} for seed in (1, 2)]
    short = [
        {"loss": loss, "lr": SHORT_RATE, "seed": seed, "num_epochs": SHORT_EPOCHS}
        for loss, seed in product(LOSSES, range(3))
        if loss != "not shifted" or seed == 0
    ]
    return [*rates, *seeds, *short]


GRID = RunGrid(make_translation_run, translation_settings(), NUM_EPOCHS, rtol=0.05)
