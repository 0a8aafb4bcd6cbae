"""The encoder–decoder for French and English whose weights are kept."""

from lib.sequences.seq2seq import Seq2Seq
from lib.sequences.translation_data import TranslationData, load_translation_data
from lib.sequences.translation_runs import (
    EMBEDDING_SIZE,
    HIDDEN_SIZE,
    NUM_EPOCHS,
    make_translation_run,
)
from lib.training.long_run import LongRun
from lib.training.stored_run import load_run

NAME = "sequences/translation_model"


def make_translation_model() -> dict[str, object]:
    """Return what `fit` needs for the run with the chosen learning rate."""
    setup = make_translation_run()
    setup.pop("num_epochs")
    return setup


def trained_translator() -> tuple[Seq2Seq, TranslationData]:
    """Return the trained model in eval mode, and the data with its vocabularies.

    Raises: RunError if the stored weights are damaged or do not fit.
    """
    data = load_translation_data(min_count=3)
    sizes = (len(data.source_vocab), len(data.target_vocab))
    model = Seq2Seq(*sizes, EMBEDDING_SIZE, HIDDEN_SIZE)
    load_run(NAME).load_weights(model)
    return model.eval(), data


RUN = LongRun(make_translation_model, NUM_EPOCHS, checkpoint_epoch=9, rtol=0.05)
