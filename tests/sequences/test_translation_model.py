"""The stored translation model is the one that its log describes."""

import pytest

from lib.sequences.seq2seq import translation_loss
from lib.sequences.translation_data import translation_loader
from lib.sequences.translation_model import NAME, RUN, make_translation_model, trained_translator
from lib.training.fit import evaluate
from lib.training.stored_run import load_run


def test_the_stored_weights_reach_the_last_line_of_the_log():
    model, data = trained_translator()
    assert not model.training
    found = evaluate(model, translation_loader(data.validation, 250), translation_loss)
    history = load_run(NAME).history
    assert found["loss"] == pytest.approx(history[-1]["val_loss"], rel=1e-3)
    assert len(history) == RUN.num_epochs


def test_the_setup_leaves_the_number_of_epochs_to_the_run():
    assert "num_epochs" not in make_translation_model()
