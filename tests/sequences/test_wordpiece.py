"""WordPiece equals the package's BERT tokenizer on real sentences and on strange ones."""

import random
import re
import unicodedata

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import BertWordPieceTokenizer

from lib.data.text import load_austen, load_bert_vocab, load_reviews, load_translation
from lib.sequences.wordpiece import WordPieceTokenizer, longest_pieces, split_bert_words

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


@pytest.fixture(scope="module")
def ours() -> WordPieceTokenizer:
    return WordPieceTokenizer(load_bert_vocab())


@pytest.fixture(scope="module")
def theirs() -> BertWordPieceTokenizer:
    return BertWordPieceTokenizer({piece: i for i, piece in enumerate(load_bert_vocab())})


def test_real_sentences_have_the_packages_numbers(ours, theirs):
    texts = [review.text for review in load_reviews("validation")]
    texts += [pair.french for pair in load_translation("validation")]
    texts += load_austen("validation")[0].text[:100_000].splitlines()
    assert len(texts) > 3500
    for text, encoding in zip(texts, theirs.encode_batch(texts), strict=True):
        assert ours.encode(text) == encoding.ids, text


@pytest.mark.parametrize("text", [
    "", " \t\r\n", "ÉÀÇ naïve Straße ΑΣ ΟΔΟΣ", "北京2008 東京", "a\x00b\u200bc\ufffdd", "e\u0301",
    "don't... $5^2=25 <b>~`|", "x" * 100, "x" * 101, "\U0001f600 smile", "İstanbul",
    "[CLs] [UNK", "«déjà-vu»", "ﬁne ½ ²", "한국어", "a\u00a0b\u3000c", "a\u2028b\x85c\x0bd",
    "🇫🇷 e\u0301\u0323", "a~b|c`d^e+f", "a\u3400b\u4dbfc\u33ffd\u4e00e\u9fffe",
])
def test_strange_texts_have_the_packages_numbers(ours, theirs, text):
    assert ours.encode(text) == theirs.encode(text).ids


def test_the_characters_of_unicode_3_are_split_as_by_the_package(theirs):
    old = unicodedata.ucd_3_2_0
    characters = [chr(code) for code in range(0x20, 0x30000)
                  if old.category(chr(code)) == unicodedata.category(chr(code)) not in ("Cn", "Cs")]
    assert len(characters) > 90_000
    for character in random.Random(0).sample(characters, 9000):
        text = f"a{character}b"
        split = theirs._tokenizer.pre_tokenizer.pre_tokenize_str(theirs.normalize(text))
        assert split_bert_words(text) == [word for word, _ in split], hex(ord(character))


@given(st.text(st.sampled_from("aAéÉ b'.-\t中国e\u0301'x"), max_size=20))
def test_texts_of_few_characters_have_the_packages_numbers(text):
    pieces = [*SPECIALS, "a", "##a", "e", "##e", "ae", "##ea", "b", "##bb", "'", ".", "中", "-"]
    theirs = BertWordPieceTokenizer({piece: i for i, piece in enumerate(pieces)})
    assert WordPieceTokenizer(pieces).encode(text) == theirs.encode(text).ids


def test_the_longest_piece_is_taken_and_what_does_not_fit_is_unknown():
    pieces = {"ab", "abc", "##d", "##cd", "##c"}
    assert longest_pieces("abcd", pieces) == ["abc", "##d"]
    assert longest_pieces("abdc", pieces) == ["ab", "##d", "##c"]
    assert longest_pieces("abce", pieces) == ["[UNK]"]
    assert longest_pieces("d", pieces) == ["[UNK]"]
    assert longest_pieces("abc", pieces, max_chars=2) == ["[UNK]"]
    assert longest_pieces("", pieces) == []


def test_decoding_joins_pieces_and_loses_capitals_accents_and_blanks(ours):
    ids = ours.encode("Élisabeth's unbelievably  kind.")
    assert ours.decode(ids) == "[CLS] elisabeth ' s unbelievably kind . [SEP]"
    assert ours.decode(torch.tensor(ids)) == ours.decode(ids)
    assert len(ours) == 30_522


@given(st.text(st.characters(codec="ascii")))
def test_what_was_decoded_is_encoded_to_the_same_words(text):
    characters = [chr(code) for code in range(33, 127)]
    pieces = [*SPECIALS, *characters, *(f"##{character}" for character in characters)]
    tokenizer = WordPieceTokenizer(pieces)
    again = tokenizer.decode(tokenizer.encode(text)[1:-1])
    assert tokenizer.encode(again) == tokenizer.encode(text)
    assert again.split() == split_bert_words(text)


def test_the_name_of_a_special_token_in_a_text_is_text(ours, theirs):
    assert 102 not in ours.encode("[SEP]")[:-1]
    assert theirs.encode("[SEP]").ids == [101, 102, 102]  # unlike ours


def test_wrong_arguments(ours):
    with pytest.raises(ValueError, match="pieces must differ from each other"):
        WordPieceTokenizer([*SPECIALS, "a", "a"])
    with pytest.raises(ValueError, match=re.escape("pieces must have '[SEP]'")):
        WordPieceTokenizer(SPECIALS[:3])
    for wrong in (-1, 30_522):
        with pytest.raises(IndexError, match=f"ids must be from 0 to 30521, got {wrong}"):
            ours.decode([wrong])
