"""The objectives of the translation runs, the mistakes among them, and the kept model."""

import json

import pytest
import torch
import torch.nn.functional as F

from lib.core.seed import make_generator, seed_everything
from lib.sequences.beam_search import translate
from lib.sequences.seq2seq import Seq2Seq, translation_loss
from lib.sequences.translation_data import collate_pairs
from lib.sequences.translation_model import RUN, make_translation_model, trained_translator
from lib.sequences.translation_runs import (
    GRID,
    averaged_over_padding,
    padding_counted,
    target_not_shifted,
    translation_objective,
    translation_settings,
)
from lib.sequences.vocab import Vocab

VOCAB = Vocab([list("abcde")])


@pytest.fixture
def model():
    seed_everything(0)
    return Seq2Seq(9, len(VOCAB), 5, 7).double()


@pytest.fixture
def batch():
    draw = make_generator(0)
    return collate_pairs(
        [
            (torch.randint(4, 9, (s,), generator=draw), torch.randint(4, 9, (t,), generator=draw))
            for s, t in ((3, 6), (5, 3))
        ]
    )


def test_mistakes_are_what_they_say(model, batch):
    right = translation_loss(model, batch)
    averaged = averaged_over_padding(model, batch)
    assert right.count == 7
    assert averaged.count == 10
    assert torch.allclose(averaged.value, right.value * 0.7)
    logits = model(batch.source, batch.source_mask, batch.decoder_input)
    counted = padding_counted(model, batch)
    each = F.cross_entropy(logits.flatten(0, 1), batch.target.flatten(), reduction="none")
    assert torch.allclose(counted.value, each.mean())
    assert counted.count == 10
    copied = target_not_shifted(model, batch)
    assert not torch.allclose(copied.value, right.value)
    same = model(batch.source, batch.source_mask, batch.target)
    assert torch.equal(copied.outputs, same)


def test_translations_are_made_in_eval_mode_only(model, batch):
    objective = translation_objective(VOCAB, averaged_over_padding)
    assert torch.equal(
        objective(model.train(), batch).value, averaged_over_padding(model, batch).value
    )
    loss = objective(model.eval(), batch)
    assert torch.equal(loss.value, translation_loss(model, batch).value)
    assert loss.outputs.dtype == torch.int64
    assert loss.outputs.shape[0] == 2
    assert torch.equal(loss.targets, batch.target)


def test_the_grid_names_each_run_once():
    rows = translation_settings()
    assert len({json.dumps(row) for row in rows}) == len(rows) == len(GRID.settings)
    with pytest.raises(KeyError, match="wrong"):
        GRID.make(loss="wrong")


def test_the_kept_model_is_that_of_the_run():
    setup = make_translation_model()
    assert "num_epochs" not in setup
    model, data = trained_translator()
    assert not model.training
    shapes = {name: part.shape for name, part in model.state_dict().items()}
    assert shapes == {name: part.shape for name, part in setup["model"].state_dict().items()}
    assert RUN.checkpoint_epoch < RUN.num_epochs
    found = translate(model, [data.validation[271]], data.target_vocab)
    assert found == [["nice", "staff", "."]]
