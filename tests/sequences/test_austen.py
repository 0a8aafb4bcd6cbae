"""The novels as characters: their numbers, and what the vocabulary knows."""

import pytest
import torch

from lib.sequences.austen import austen_ids, austen_text, austen_vocab


def test_a_split_is_its_characters_with_single_blanks():
    text, ids = austen_text("validation"), austen_ids("validation")
    assert len(text) == len(ids) == 432_175
    assert text.startswith("NORTHANGER ABBEY by Jane Austen")
    assert "\n" not in text
    assert "  " not in text
    assert "".join(austen_vocab().decode(ids[:500])) == text[:500]


def test_the_vocabulary_is_that_of_the_training_novels_which_lacks_no_character():
    vocab = austen_vocab()
    assert vocab.tokens[:3] == ["<unk>", " ", "e"]
    assert len(vocab) == 81
    assert (austen_ids("test") > 0).all()


def test_who_changes_the_ids_changes_a_copy():
    ids = austen_ids("validation")
    wanted = ids.clone()
    ids.zero_()
    assert torch.equal(austen_ids("validation"), wanted)


def test_an_unknown_split_is_an_error():
    with pytest.raises(ValueError, match="split"):
        austen_ids("verification")
