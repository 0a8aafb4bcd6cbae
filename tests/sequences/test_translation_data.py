"""Sentence pairs as padded batches: nothing real lost, the target shifted by one."""


import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib.data.text import SentencePair
from lib.sequences.translation_data import (
    collate_pairs,
    encode_source,
    encode_target,
    load_translation_data,
    sentence,
    split_english,
    split_french,
    tokenize_pairs,
    translation_loader,
)
from lib.sequences.vocab import Vocab

VOCAB = Vocab([list("abcdefg")])
PAD, UNK, BOS, EOS = range(4)
SENTENCES = st.lists(st.lists(st.sampled_from("abcdefgz"), max_size=9), min_size=1)


@pytest.fixture(scope="module")
def data():
    return load_translation_data()


def encode(sentences, max_len=7):
    return [
        (encode_source(s, VOCAB, max_len), encode_target(s[::-1], VOCAB, max_len))
        for s in sentences
    ]


def test_french_words_that_lost_a_vowel_are_tokens():
    assert split_french("L’hôtel qu'il n'aime, d'abord.") == [
        *("l'", "hôtel", "qu'", "il", "n'", "aime", ",", "d'", "abord", ".")
    ]
    assert split_french("d'aujourd'hui, quelqu'un") == [*("d'", "aujourd'hui", ",", "quelqu'un")]
    assert split_french("l'") == ["l", "'"]
    assert split_french("") == []
    assert split_english("It’s the hotel's.") == ["it's", "the", "hotel's", "."]


@given(st.text())
def test_french_tokens_lose_nothing_but_white_space(text):
    kept = "".join(text.lower().replace("’", "'").split())
    assert "".join(split_french(text)) == kept


def test_tokens_of_pairs():
    assert tokenize_pairs([SentencePair("J'ai", "I have")]) == [(["j'", "ai"], ["i", "have"])]


@given(SENTENCES, st.integers(1, 11))
def test_encoding_keeps_eos_and_cuts_the_end(sentences, max_len):
    for tokens in sentences:
        source = encode_source(tokens, VOCAB, max_len).tolist()
        target = encode_target(tokens, VOCAB, max_len).tolist()
        assert source == [*VOCAB.encode(tokens)[: max_len - 1], EOS]
        assert target == [BOS, *source]
        assert len(source) <= max_len


@given(SENTENCES)
def test_batches_hold_what_went_in_and_nothing_else(sentences):
    pairs = encode(sentences)
    batch = collate_pairs(pairs)
    assert batch.source_mask.dtype == batch.target_mask.dtype == torch.bool
    for i, (source, target) in enumerate(pairs):
        assert torch.equal(batch.source[i][batch.source_mask[i]], source)
        mask = batch.target_mask[i]
        assert torch.equal(batch.decoder_input[i][mask], target[:-1])
        assert torch.equal(batch.target[i][mask], target[1:])
        assert batch.target[i][mask][-1] == EOS
    assert batch.source_mask.sum() == sum(len(source) for source, _ in pairs)
    assert batch.target_mask.sum() == sum(len(target) - 1 for _, target in pairs)
    for ids, mask in (
        (batch.source, batch.source_mask),
        (batch.decoder_input, batch.target_mask),
        (batch.target, batch.target_mask),
    ):
        assert (ids[~mask] == PAD).all()
        assert (mask.long().diff(dim=1) <= 0).all()  # real tokens first
        assert mask.any(dim=0).all()  # as long as the longest, no longer


def test_the_decoder_reads_what_it_had_to_say():
    batch = collate_pairs(encode([list("abc"), ["z"]]))
    a, b, c = VOCAB.encode(["a", "b", "c"])
    assert batch.source.tolist() == [[a, b, c, EOS], [UNK, EOS, PAD, PAD]]
    assert batch.decoder_input.tolist() == [[BOS, c, b, a], [BOS, UNK, PAD, PAD]]
    assert batch.target.tolist() == [[c, b, a, EOS], [UNK, EOS, PAD, PAD]]
    other = collate_pairs(encode([["a"], []]), pad=VOCAB.id("b"))
    assert other.source.tolist() == [[a, EOS], [EOS, b]]


def test_loaders_see_each_pair_once(data):
    pairs = data.validation[:107]
    number = sum(len(target) - 1 for _, target in pairs)
    for options in ({}, {"seed": 0}, {"seed": 0, "bucketed": True}):
        loader = translation_loader(pairs, 10, **options)
        batches = list(loader)
        assert len(batches) == len(loader) == 11
        assert sum(int(batch.target_mask.sum()) for batch in batches) == number
        assert sorted(len(batch.source) for batch in batches) == [7, *[10] * 10]
    in_order = torch.cat([batch.source[:, 0] for batch in translation_loader(pairs, 10)])
    assert in_order.tolist() == [int(source[0]) for source, _ in pairs]
    padding = [
        sum(
            int((~batch.target_mask).sum())
            for batch in translation_loader(pairs, 10, seed=0, bucketed=bucketed)
        )
        for bucketed in (True, False)
    ]
    assert padding[0] < padding[1] / 3


def test_the_real_pairs(data):
    assert [len(part) for part in data[2:]] == [11790, 1000, 1000]
    for part in data[2:]:
        assert all(source[-1] == EOS == target[-1] for source, target in part)
        assert all(target[0] == BOS for _, target in part)
        assert max(len(source) for source, _ in part) <= 16
    assert min(data.target_vocab.counts[t] for t in data.target_vocab.tokens[4:]) == 2
    source, target = data.train[4]
    assert sentence(target, data.target_vocab) == "i don't recommend it on business ."
    text = sentence(source, data.source_vocab)
    assert text == "je ne le recommande pas pour les affaires ."


def test_a_sentence_ends_at_eos():
    ids = [BOS, *VOCAB.encode(["a", "z"]), PAD, EOS, *VOCAB.encode(["b"])]
    assert sentence(torch.tensor(ids), VOCAB) == "a <unk>"
    assert sentence([], VOCAB) == ""


def test_errors():
    with pytest.raises(ValueError, match="max_len must be at least 1, got 0"):
        encode_target(["a"], VOCAB, 0)
    with pytest.raises(ValueError, match="at least one tensor"):
        collate_pairs([])
    with pytest.raises(ValueError, match="at least 2 tokens, got 1 in pair 1"):
        collate_pairs([(torch.tensor([3]), torch.tensor([2, 3])), (torch.tensor([3]),) * 2])
    with pytest.raises(ValueError, match="they need a seed"):
        translation_loader([], 2, bucketed=True)
    with pytest.raises(ValueError, match="min_count must be at least 1"):
        load_translation_data(min_count=0)
