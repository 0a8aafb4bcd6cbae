"""Sentence pairs as batches of numbers: tokens, vocabularies, padding, masks."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from lib.core.seed import make_generator
from lib.data.padding import pad_sequences
from lib.data.text import SentencePair, load_translation
from lib.sequences.buckets import BucketSampler
from lib.sequences.text import split_words
from lib.sequences.vocab import BOS, EOS, PAD, Vocab

ELISION = re.compile(r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=\w)")
EncodedPair = tuple[Tensor, Tensor]


class TokenPair(NamedTuple):
    """A sentence in two languages, as lists of tokens."""

    source: list[str]
    target: list[str]


class TranslationBatch(NamedTuple):
    """Padded sentences of B pairs; masks are True where a token is real.

    At step t the decoder reads `decoder_input[:, t]` and has to say `target[:, t]`,
    which is `decoder_input[:, t + 1]`, or "<eos>" at the end. `target_mask` holds for
    both.

    Shapes: source, source_mask (B, S); decoder_input, target, target_mask (B, T)
    """

    source: Tensor
    source_mask: Tensor
    decoder_input: Tensor
    target: Tensor
    target_mask: Tensor


class TranslationData(NamedTuple):
    """Encoded training and other pairs and the two vocabularies, made from training."""

    source_vocab: Vocab
    target_vocab: Vocab
    train: list[EncodedPair]
    validation: list[EncodedPair]
    test: list[EncodedPair]


def split_french(text: str) -> list[str]:
    """Return the words of a French text; one that lost its last vowel is its own token.

    "L'hôtel qu'il aime" gives "l'", "hôtel", "qu'", "il", "aime". Other apostrophes,
    as in "aujourd'hui", stay within their word; typographic ones become straight.
    """
    tokens = []
    for word in split_words(text.replace("’", "'")):
        while found := ELISION.match(word):
            tokens.append(found.group())
            word = word[found.end() :]
        tokens.append(word)
    return tokens


def split_english(text: str) -> list[str]:
    """Return the words of an English text: "it's" is one; apostrophes are straight."""
    return split_words(text.replace("’", "'"))


def tokenize_pairs(pairs: Sequence[SentencePair]) -> list[TokenPair]:
    """Return the tokens of French sentences and of their English counterparts."""
    return [TokenPair(split_french(fr), split_english(en)) for fr, en in pairs]


def encode_source(tokens: Sequence[str], vocab: Vocab, max_len: int) -> Tensor:
    """Return the tokens' numbers and that of "<eos>": the last of at most `max_len`.

    Shapes: (S,) of int64, S ≤ max_len
    Raises: ValueError if `max_len` is below 1.
    """
    if max_len < 1:
        raise ValueError(f"max_len must be at least 1, got {max_len}")
    return torch.tensor([*vocab.encode(tokens[: max_len - 1]), vocab.id(EOS)])


def encode_target(tokens: Sequence[str], vocab: Vocab, max_len: int) -> Tensor:
    """Return "<bos>" and what `encode_source` returns, as numbers.

    Shapes: (T + 1,) of int64, T ≤ max_len
    Raises: ValueError if `max_len` is below 1.
    """
    bos = torch.tensor([vocab.id(BOS)])
    return torch.cat([bos, encode_source(tokens, vocab, max_len)])


def collate_pairs(pairs: Sequence[EncodedPair], pad: int = 0) -> TranslationBatch:
    """Pad encoded pairs with the number `pad`; shift the target by one token.

    Shapes: pairs of (S_b,) and (T_b + 1,) -> (B, S) and (B, T), the longest ones
    Raises: ValueError if there are no pairs, or a target has no token after "<bos>".
    """
    sources, targets = zip(*pairs, strict=True) if pairs else ((), ())
    for i, target in enumerate(targets):
        if len(target) < 2:
            raise ValueError(
                f"a target must have at least 2 tokens, got {len(target)} in pair {i}"
            )
    source, source_mask = pad_sequences(sources, pad)
    decoder_input, _ = pad_sequences([target[:-1] for target in targets], pad)
    target, target_mask = pad_sequences([target[1:] for target in targets], pad)
    return TranslationBatch(source, source_mask, decoder_input, target, target_mask)


def load_translation_data(*, min_count: int = 2, max_len: int = 16) -> TranslationData:
    """Return the French–English pairs as numbers.

    A token that occurs fewer than `min_count` times in training is "<unk>".

    Raises: ValueError if `min_count` or `max_len` is below 1.
    """
    splits = [
        tokenize_pairs(load_translation(split))
        for split in ("train", "validation", "test")
    ]
    source_vocab = Vocab((pair.source for pair in splits[0]), min_count=min_count)
    target_vocab = Vocab((pair.target for pair in splits[0]), min_count=min_count)
    encoded = [
        [
            (
                encode_source(pair.source, source_vocab, max_len),
                encode_target(pair.target, target_vocab, max_len),
            )
            for pair in pairs
        ]
        for pairs in splits
    ]
    return TranslationData(source_vocab, target_vocab, *encoded)


def translation_loader(
    pairs: Sequence[EncodedPair],
    batch_size: int,
    *,
    seed: int | None = None,
    bucketed: bool = False,
) -> DataLoader:
    """Return a loader of batches: in order without a seed, else shuffled.

    With `bucketed` a batch holds sentences of about equal target length.

    Raises: ValueError if `bucketed` without a seed.
    """
    if seed is None:
        if bucketed:
            raise ValueError("bucketed batches are shuffled: they need a seed")
        return DataLoader(pairs, batch_size, collate_fn=collate_pairs)
    generator = make_generator(seed)
    if not bucketed:
        options = {"shuffle": True, "generator": generator}
        return DataLoader(pairs, batch_size, collate_fn=collate_pairs, **options)
    sampler = BucketSampler([len(target) for _, target in pairs], batch_size, generator)
    return DataLoader(
        pairs, batch_sampler=sampler, collate_fn=collate_pairs, generator=generator
    )


def sentence(ids: Sequence[int] | Tensor, vocab: Vocab) -> str:
    """Return the tokens before the first "<eos>" with blanks between, without specials.

    "<unk>" stays.

    Shapes: ids (T,) -> a string
    Raises: as `Vocab.decode`.
    """
    tokens = vocab.decode(ids)
    end = tokens.index(EOS) if EOS in tokens else len(tokens)
    return " ".join(token for token in tokens[:end] if token not in (PAD, BOS))
