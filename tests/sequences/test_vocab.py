"""The vocabulary: order, special tokens, unknown tokens, round trips, errors."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib.sequences.vocab import SPECIALS, UNK, Vocab

TOKENS = st.lists(st.text(min_size=1), max_size=8)


def test_frequent_tokens_come_first_and_ties_in_the_order_of_characters():
    vocab = Vocab([["b", "a", "b"], ["c"]])
    assert vocab.tokens == [*SPECIALS, "b", "a", "c"]
    assert vocab.encode(["a", "b", "zebra"]) == [5, 4, vocab.id(UNK)]
    assert (vocab.counts["b"], len(vocab)) == (2, 7)


@given(st.lists(TOKENS, max_size=4))
def test_every_known_token_survives_a_round_trip(sentences):
    vocab = Vocab(sentences)
    for sentence in sentences:
        assert vocab.decode(vocab.encode(sentence)) == sentence
        assert vocab.decode(torch.tensor(vocab.encode(sentence))) == sentence


@given(st.lists(TOKENS, max_size=4), st.integers(4, 9), st.integers(1, 3))
def test_limits_hold(sentences, max_size, min_count):
    vocab = Vocab(sentences, max_size=max_size, min_count=min_count)
    assert len(vocab) <= max_size
    assert all(vocab.counts[token] >= min_count for token in vocab.tokens[4:])


def test_a_special_token_in_the_text_keeps_its_number():
    vocab = Vocab([["<eos>", "<eos>", "a"]])
    assert vocab.tokens == [*SPECIALS, "a"]
    assert vocab.encode(["<eos>"]) == [3]


def test_without_unk_an_unknown_token_is_an_error():
    vocab = Vocab([["a"]], specials=())
    assert vocab.encode([]) == []
    with pytest.raises(KeyError, match="'b' is not in the vocabulary"):
        vocab.encode(["b"])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sentences": ["ab"]}, TypeError, "list of strings, got one string 'ab'"),
        ({"sentences": [["a", 3]]}, TypeError, "a token must be a string, got 3"),
        ({"sentences": [], "min_count": 0}, ValueError, "min_count must be at least 1, got 0"),
        ({"sentences": [], "max_size": 3}, ValueError, "max_size must be at least 4"),
        ({"sentences": [], "specials": ("<a>", "<a>")}, ValueError, "differ from each other"),
    ],
)
def test_bad_arguments_have_named_errors(arguments, error, message):
    with pytest.raises(error, match=message):
        Vocab(**arguments)


@pytest.mark.parametrize("i", [-1, 5])
def test_a_number_outside_is_an_error(i):
    with pytest.raises(IndexError, match=f"from 0 to 4, got {i}"):
        Vocab([["a"]]).decode([i])


def test_encoding_one_string_is_an_error():
    with pytest.raises(TypeError, match="got one string 'ab'"):
        Vocab([["ab"]]).encode("ab")
