"""Pages of Wikipedia, word similarities and analogies that come with gensim."""

import bz2
from functools import cache
from pathlib import Path
from typing import NamedTuple

import gensim
from gensim.corpora.wikicorpus import extract_pages, filter_wiki, tokenize

FOLDER = Path(gensim.__file__).parent / "test" / "test_data"
PAGES = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"


class Similarity(NamedTuple):
    """Two words, and how similar people find them, from 0 to 10."""

    first: str
    second: str
    score: float


class Analogy(NamedTuple):
    """Words of which the second is to the first as the fourth is to the third."""

    topic: str
    words: tuple[str, str, str, str]


@cache
def load_wikipedia_pages(length: int = 1000) -> list[list[str]]:
    """Return 452,944 words of 106 articles, in texts of at most `length` words.

    Words are in lower case, of 2 to 15 letters; there are no punctuation marks.

    Source: English Wikipedia, CC BY-SA, as gensim's test data
    """
    texts = []
    with bz2.open(FOLDER / PAGES, "rb") as file:
        for _, text, _ in extract_pages(file, filter_namespaces=("0",)):
            words = tokenize(filter_wiki(text), 2, 15, True)
            if len(words) < 50:  # a redirection to another article
                continue
            texts += [words[i : i + length] for i in range(0, len(words), length)]
    return texts


@cache
def load_similarities() -> list[Similarity]:
    """Return the 353 pairs of words of WordSim-353, in lower case.

    Source: Finkelstein and others (2002), as gensim's test data
    """
    with open(FOLDER / "wordsim353.tsv", encoding="utf-8") as file:
        rows = [line.split("\t") for line in file if not line.startswith("#")]
    return [
        Similarity(first.lower(), second.lower(), float(score))
        for first, second, score in rows
    ]


@cache
def load_analogies() -> list[Analogy]:
    """Return the 19,544 questions of Google's analogy test, in lower case.

    Source: Mikolov, Chen, Corrado, Dean (2013), arXiv:1301.3781
    """
    analogies, topic = [], ""
    with open(FOLDER / "questions-words.txt", encoding="utf-8") as file:
        for line in file:
            if line.startswith(":"):
                topic = line[1:].strip()
            else:
                analogies.append(Analogy(topic, tuple(line.lower().split())))
    return analogies
