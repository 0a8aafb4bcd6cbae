"""Byte-pair encoding equals the package's: merges, numbers, round trips of any text."""

import json
from collections import Counter
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from lib.data.text import load_austen, load_translation
from lib.sequences.bpe import (
    BYTES,
    CHUNK,
    BytePairTokenizer,
    learn_merges,
    merge_pair,
    split_chunks,
)

SPECIALS = ("<pad>", "<bos>", "<eos>")


def package(texts: list[str], vocab_size: int, min_count: int = 2, specials=()) -> Tokenizer:
    """The package's tokenizer, trained on the same chunks with the same settings."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(CHUNK.pattern), "isolated")
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, to_bytes])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, min_frequency=min_count, show_progress=False,
        special_tokens=list(specials), initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainer=trainer)
    return tokenizer


def merges_of(tokenizer: Tokenizer) -> list[tuple[bytes, bytes]]:
    """The package's merges, with its stand-ins for bytes turned back into bytes."""
    printable = [byte for byte in range(256) if byte != 32 and chr(byte).isprintable()]
    others = [byte for byte in range(256) if byte not in printable]
    byte_of = {chr(byte): byte for byte in printable}
    byte_of |= {chr(256 + i): byte for i, byte in enumerate(others)}
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [tuple(bytes(byte_of[c] for c in part) for part in pair) for pair in merges]


@pytest.fixture(scope="module")
def emma() -> str:
    """The first 200,000 characters of a novel."""
    return next(novel.text for novel in load_austen("train") if novel.title == "Emma")[:200_000]


@pytest.mark.parametrize("specials", [(), SPECIALS])
def test_merges_and_numbers_of_a_novel_equal_the_packages(emma, specials):
    theirs = package([emma], 256 + 600 + len(specials), specials=specials)
    merges = learn_merges(Counter(split_chunks(emma)), 600)
    assert merges == merges_of(theirs)
    ours = BytePairTokenizer(merges, specials=specials)
    assert len(ours) == theirs.get_vocab_size()
    other = load_austen("validation")[0].text[:100_000]
    french = " ".join(pair.french for pair in load_translation("validation"))
    for text in (other, french):
        assert ours.encode(text) == theirs.encode(text).ids


@given(st.lists(st.text("ab ", max_size=12), max_size=6), st.integers(0, 12), st.integers(1, 3))
def test_few_letters_make_ties_and_overlaps_which_the_package_breaks_alike(texts, number, least):
    merges = learn_merges(Counter(c for text in texts for c in split_chunks(text)), number,
                          min_count=least)
    assert merges == merges_of(package(texts, 256 + number, least))


@given(st.text())
def test_chunks_lose_nothing_and_decoding_gives_the_text_back(text):
    assert "".join(split_chunks(text)) == text
    merges = learn_merges(Counter(split_chunks(text)), 20, min_count=1)
    for tokenizer in (BytePairTokenizer([]), BytePairTokenizer(merges, specials=SPECIALS)):
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        assert tokenizer.decode(torch.tensor(ids, dtype=torch.int64)) == text
        assert b"".join(tokenizer.split(text)) == text.encode()


@given(st.text("abc ", max_size=30))
def test_each_merge_joins_a_pair_that_is_the_most_frequent_by_a_full_count(text):
    chunks = split_chunks(text)
    words = [[bytes([byte]) for byte in chunk.encode()] for chunk in chunks]
    for pair in learn_merges(Counter(chunks), 9, min_count=1):
        counts = Counter(found for word in words for found in pairwise(word))
        assert counts[pair] == max(counts.values())
        words = [merge_pair(word, pair, b"".join(pair)) for word in words]


def test_special_tokens_stand_apart_from_text_that_looks_like_them():
    tokenizer = BytePairTokenizer([(b"<", b"e"), (b"<e", b"o")], specials=SPECIALS)
    assert [tokenizer.id(name) for name in SPECIALS] == [0, 1, 2]
    ids = tokenizer.encode("<eos>")
    assert min(ids) >= 3
    assert tokenizer.decode([1, *ids, 2]) == "<bos><eos><eos>"
    assert len(tokenizer) == 3 + 256 + 2
    assert BytePairTokenizer([], specials=("e",)).encode("e") != [0]


def test_bytes_stand_in_the_packages_order():
    assert sorted(BYTES) == list(range(256))
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    assert bytes(BYTES[:188]) == "".join(alphabet[:188]).encode("latin-1")


def test_pairs_are_merged_from_the_left():
    assert merge_pair("aaaab", ("a", "a"), "A") == ["A", "A", "b"]
    assert merge_pair("aaa", ("a", "a"), "A") == ["A", "a"]
    assert merge_pair([1, 2, 1], (1, 2), 3) == [3, 1]
    assert merge_pair([], (1, 2), 3) == []


def test_empty_text_and_half_characters():
    tokenizer = BytePairTokenizer([])
    assert tokenizer.encode("") == []
    assert tokenizer.decode([]) == ""
    first, second = tokenizer.encode("é")
    assert tokenizer.decode([first]) == "�"
    assert tokenizer.decode([first, second]) == "é"
    assert learn_merges({}, 5) == []


def test_wrong_arguments():
    with pytest.raises(ValueError, match="at least 1, got -1 and 2"):
        learn_merges({}, -1)
    with pytest.raises(ValueError, match="at least 1, got 3 and 0"):
        learn_merges({}, 3, min_count=0)
    with pytest.raises(ValueError, match=r"specials must differ .* got \('<a>', '<a>'\)"):
        BytePairTokenizer([], specials=("<a>", "<a>"))
    with pytest.raises(ValueError, match=r"merge 1 joins an unknown piece: \(b'xy', b'z'\)"):
        BytePairTokenizer([(b"a", b"b"), (b"xy", b"z")])
    with pytest.raises(ValueError, match="merge 0 joins an unknown piece"):
        BytePairTokenizer([(b"ab", b"c")], specials=("ab",))
    tokenizer = BytePairTokenizer([], specials=("<a>",))
    with pytest.raises(KeyError, match="'<b>' is none of the special tokens"):
        tokenizer.id("<b>")
    for wrong in (-1, 257):
        with pytest.raises(IndexError, match=f"ids must be from 0 to 256, got {wrong}"):
            tokenizer.decode([wrong])
