"""Film sentences with clear ratings, in padded batches of similar length."""

from itertools import chain, pairwise

import pytest
import torch

from lib.core.seed import make_generator
from lib.sequences.sentiment_data import (
    LengthBatches,
    load_sentiment,
    sentiment_loader,
    sentiment_vocab,
)

COUNTS = [("train", 7204), ("validation", 1431), ("test", 1435)]


@pytest.mark.parametrize(("split", "count"), COUNTS)
def test_clearly_rated_sentences_are_kept_with_balanced_labels(split, count):
    words, labels = load_sentiment(split)
    assert len(words) == len(labels) == count
    assert set(labels.tolist()) == {0, 1}
    assert labels.double().mean().item() == pytest.approx(0.49, abs=0.01)


def test_the_vocabulary_comes_from_the_training_split():
    vocab = sentiment_vocab()
    assert len(vocab) == 7964
    assert vocab.tokens[:2] == ["<pad>", "<unk>"]
    assert min(vocab.counts[token] for token in vocab.tokens[2:]) == 2


def test_batches_hold_each_sequence_once_beside_others_of_its_length():
    lengths = torch.randint(1, 50, (101,), generator=make_generator(0)).tolist()
    for seed in (None, 0):
        batches = LengthBatches(lengths, 7, seed=seed)
        drawn = list(batches)
        assert len(drawn) == len(batches) == 15
        assert sorted(chain.from_iterable(drawn)) == list(range(101))
        spans = sorted((min(lengths[i] for i in b), max(lengths[i] for i in b)) for b in drawn)
        assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert list(LengthBatches(lengths, 7)) == list(LengthBatches(lengths, 7))


def test_an_epoch_has_a_new_order_and_the_seed_sets_it():
    first, second = (LengthBatches([3] * 20, 4, seed=seed) for seed in (0, 0))
    epochs = [list(first), list(first)]
    assert epochs[0] != epochs[1]
    assert [list(second), list(second)] == epochs


def test_a_batch_of_no_sequences_is_refused():
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        LengthBatches([1, 2], 0)


def test_a_loader_pads_with_0_and_its_mask_counts_the_words():
    words, labels = load_sentiment("test")
    batches = list(sentiment_loader("test", 500))
    assert all(((batch.values == 0) == ~batch.mask).all() for batch, _ in batches)
    batch, answers = batches[-1]
    longest = max(range(len(words)), key=lambda i: (len(words[i]), i))
    vocab = sentiment_vocab()
    assert batch.values[-1].tolist() == vocab.encode(words[longest])
    assert answers[-1] == labels[longest]
