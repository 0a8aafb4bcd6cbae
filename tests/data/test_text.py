"""The embedded texts: sizes, balance, and nothing of one split in another."""

import hashlib
import re
from collections import Counter
from itertools import combinations

import pytest

from lib.data.embedded_files import SPLITS
from lib.data.text import (
    VITAMINC_LABELS,
    load_austen,
    load_bert_vocab,
    load_reviews,
    load_translation,
    load_vitaminc,
)

LOADERS = (load_translation, load_reviews, load_vitaminc, load_austen)


def words(text: str) -> str:
    """The words in lower case, without punctuation."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def test_translation_sizes_and_lengths():
    assert [len(load_translation(split)) for split in SPLITS] == [11790, 1000, 1000]
    for pair in load_translation("train"):
        assert all(1 <= len(re.findall(r"\w+['’]?|[^\w\s]", side)) <= 12 for side in pair)
        assert all(side == side.strip() for side in pair)


@pytest.mark.parametrize("side", ["french", "english"])
def test_no_sentence_of_the_translation_occurs_twice(side):
    sentences = [words(getattr(pair, side)) for split in SPLITS
                 for pair in load_translation(split)]
    assert len(set(sentences)) == len(sentences)


def test_the_translation_is_french_and_english():
    french, english = zip(*load_translation("validation"), strict=True)
    counts = [Counter(words(" ".join(side)).split()) for side in (french, english)]
    assert counts[0]["est"] > 150 > 20 > counts[1]["est"]
    assert counts[1]["the"] > 150 > 20 > counts[0]["the"]


def test_reviews():
    reviews = [review for split in SPLITS for review in load_reviews(split)]
    assert [len(load_reviews(split)) for split in SPLITS] == [7603, 1500, 1500]
    assert len({words(review.text) for review in reviews}) == len(reviews)
    assert all(-4 <= review.rating <= 4 and 0 <= review.deviation <= 4 for review in reviews)
    mean = sum(review.rating for review in reviews) / len(reviews)
    assert abs(mean) < 0.05
    assert "&amp;" not in " ".join(review.text for review in reviews)


def test_ratings_belong_to_their_sentences():
    reviews = load_reviews("train")
    for word, sign in {"brilliant": 1, "delightful": 1, "dull": -1, "awful": -1}.items():
        found = [r.rating for r in reviews if word in words(r.text).split()]
        assert sign * sum(found) / len(found) > 0.7


@pytest.mark.parametrize(
    ("split", "size"), [("train", 16_000), ("validation", 2000), ("test", 2000)])
def test_claims_come_in_pairs_so_that_the_claim_alone_says_nothing(split, size):
    claims = load_vitaminc(split)
    assert len(claims) == size
    for first, second in zip(claims[::2], claims[1::2], strict=True):
        assert (first.title, first.claim) == (second.title, second.claim)
        assert first.evidence != second.evidence
        assert first.label == 0 < second.label
    labels = Counter(VITAMINC_LABELS[claim.label] for claim in claims)
    assert labels == {"True": size // 2, "False": size // 4, "Neither": size // 4}


@pytest.mark.parametrize(("split", "claim", "label"), [
    ("validation", "Lou Williams stayed with the Los Angeles Lakers for a season and a half .",
     "False"),
    ("test", "Less than 3 films have been released as part of the MonsterVerse series so far .",
     "Neither"),
])
def test_what_evidence_says_of_claims_read_by_hand(split, claim, label):
    """He stayed for two seasons, says the one; the other counts dollars, not films."""
    found = [VITAMINC_LABELS[row.label] for row in load_vitaminc(split) if row.claim == claim]
    assert found == ["True", label]


@pytest.mark.parametrize("field", ["title", "claim", "evidence"])
def test_no_article_claim_or_evidence_is_in_two_splits(field):
    sets = [{words(getattr(claim, field)) for claim in load_vitaminc(split)} for split in SPLITS]
    assert all(len(part) > 200 for part in sets)
    assert not any(one & other for one, other in combinations(sets, 2))


def test_claims_have_no_damaged_characters():
    claims = [claim for split in SPLITS for claim in load_vitaminc(split)]
    assert not any("\ufffd" in field for claim in claims for field in claim[:3])
    assert not any(re.search("-[LR]RB-|-COLON-", claim.title) for claim in claims)
    assert max(Counter(claim.title for claim in claims).values()) == 40


def test_novels():
    novels = {novel.title: (split, novel.text) for split in SPLITS for novel in load_austen(split)}
    assert {title: split for title, (split, _) in novels.items() if split != "train"} == {
        "Northanger Abbey": "validation", "Persuasion": "test"}
    assert len(novels) == 6
    assert sum(len(text) for _, text in novels.values()) == 4_025_028
    assert "It is a truth universally acknowledged" in novels["Pride and Prejudice"][1]
    assert "Mr. Knightley" in novels["Emma"][1]
    assert not any("Gutenberg" in text for _, text in novels.values())


@pytest.mark.parametrize("load", LOADERS)
def test_unknown_split(load):
    with pytest.raises(ValueError, match="split must be one of 'train', 'validation', 'test', got"):
        load("val")


def test_word_pieces_of_bert():
    pieces = load_bert_vocab()
    assert len(pieces) == len(set(pieces)) == 30_522
    numbers = {"[PAD]": 0, "[unused993]": 998, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102,
               "[MASK]": 103, "the": 1996, "##s": 2015, "##～": 30_521}
    assert {piece: pieces.index(piece) for piece in numbers} == numbers
    assert all(piece and piece == piece.strip() for piece in pieces)
    assert sum(piece.startswith("[unused") for piece in pieces) == 994
    digest = hashlib.sha256("".join(f"{piece}\n" for piece in pieces).encode()).hexdigest()
    assert digest.startswith("07eced375cec144d")  # that of the vocab.txt of bert-base-uncased
