"""Film sentences with clear ratings, in padded batches of similar length."""


import pytest

from lib.sequences.sentiment_data import (
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


def test_a_loader_pads_with_0_and_its_mask_counts_the_words():
    words, labels = load_sentiment("test")
    batches = list(sentiment_loader("test", 500))
    assert all(((batch.values == 0) == ~batch.mask).all() for batch, _ in batches)
    batch, answers = batches[-1]
    longest = max(range(len(words)), key=lambda i: (len(words[i]), i))
    vocab = sentiment_vocab()
    assert batch.values[-1].tolist() == vocab.encode(words[longest])
    assert answers[-1] == labels[longest]
