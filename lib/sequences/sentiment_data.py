"""Sentences about films as token numbers with a label, in batches of similar length."""

from functools import cache

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from lib.core.seed import make_generator
from lib.data.padding import collate_padded
from lib.data.text import load_reviews
from lib.sequences.buckets import BucketSampler
from lib.sequences.text import split_words
from lib.sequences.vocab import PAD, UNK, Vocab

LEAST_RATING = 0.5  # nearer to 0, people did not agree which side it is on
Example = tuple[Tensor, Tensor]


@cache
def load_sentiment(split: str) -> tuple[list[list[str]], Tensor]:
    """Return the words of each clearly rated sentence, and 1 (liked) or 0 (disliked).

    Kept are sentences with a mean rating of at least 0.5 in size, out of 4: 7,204,
    1,431 and 1,435.

    Shapes: N sentences, labels (N,)
    Raises: ValueError if `split` is not "train", "validation" or "test".
    Source: as `load_reviews`.
    """
    clear = [each for each in load_reviews(split) if abs(each.rating) >= LEAST_RATING]
    labels = torch.tensor([int(review.rating > 0) for review in clear])
    return [split_words(review.text) for review in clear], labels


@cache
def sentiment_vocab() -> Vocab:
    """Return the 7,964 words with at least two occurrences in the training split.

    Number 0 is "<pad>", and number 1, "<unk>", is every other word.
    """
    return Vocab(load_sentiment("train")[0], min_count=2, specials=(PAD, UNK))


def sentiment_examples(split: str) -> list[Example]:
    """Return the sentences of a split as token numbers, each with its label.

    Shapes: (T,) and () each
    Raises: ValueError if `split` is not "train", "validation" or "test".
    """
    vocab, (sentences, labels) = sentiment_vocab(), load_sentiment(split)
    ids = [torch.tensor(vocab.encode(sentence)) for sentence in sentences]
    return list(zip(ids, labels, strict=True))


def sentiment_loader(
    split: str, batch_size: int = 64, *, seed: int | None = None
) -> DataLoader:
    """Return a loader of padded sentences and labels; with a seed, in random order.

    Shapes: Padded of (B, T) and (B, T), labels (B,)
    Raises: ValueError if `split` is not "train", "validation" or "test".
    """
    examples = sentiment_examples(split)
    lengths = [len(ids) for ids, _ in examples]
    generator = None if seed is None else make_generator(seed)
    batches = BucketSampler(lengths, batch_size, generator)
    return DataLoader(examples, batch_sampler=batches, collate_fn=collate_padded)
