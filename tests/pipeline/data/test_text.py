"""Texts are cut as their page says, from packages that are made up here."""

import io
import json
import tarfile
import zlib
from pathlib import Path

import pytest

import pipeline.data.text
from pipeline.data.splits import words_of


@pytest.fixture
def package(monkeypatch):
    """Return a function that makes the next package hold these contents, in order of asking."""

    def hold(*contents: bytes) -> None:
        monkeypatch.setattr(pipeline.data.text, "find", lambda package, folder: folder)
        monkeypatch.setattr(pipeline.data.text, "members",
                            lambda path, *names: list(contents)[:len(names)])

    return hold


def task(*inputs: str) -> bytes:
    """A task of the benchmark with these inputs."""
    return json.dumps({"examples": [{"input": text} for text in inputs]}).encode()


def test_translation(package):
    good = [(f"phrase numéro {i} !", f"sentence number {i}!") for i in range(2003)]
    bad = [("Phrase numéro 7.", "another one"), ("une autre", "Sentence number 9"),
           ("mot " * 13, "long"), ("Warszawa", "Warszawa!"), ("...", "dots")]
    package(task(*(f for f, _ in good + bad)), task(*(e for _, e in good + bad)))
    splits = pipeline.data.text.translation(Path())
    assert {split: len(rows) for split, rows in splits.items()} == {
        "test": 1000, "validation": 1000, "train": 3}
    assert sorted(tuple(row) for rows in splits.values() for row in rows) == sorted(good)


def test_reviews(package):
    texts = [f"{i + 1}\t0.5\tFilm &amp; number   {i}" for i in range(3002)]
    texts.append("3003\t1\tfilm & NUMBER 0.")
    ratings = [f"{i + 1}\t0.5\t0\t[1, 2, 4, -3]" for i in range(3003)]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, lines in (("movieReviewSnippets_GroundTruth.txt", texts),
                            ("movieReviewSnippets_anonDataRatings.txt", ratings)):
            member, content = tarfile.TarInfo(f"hutto_ICWSM_2014/{name}"), "\n".join(lines).encode()
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    package(buffer.getvalue())
    splits = pipeline.data.text.reviews(Path())
    assert {split: len(rows) for split, rows in splits.items()} == {
        "test": 1500, "validation": 1500, "train": 2}
    rows = [row for part in splits.values() for row in part]
    assert sorted(row[0] for row in rows) == sorted(f"Film & number {i}" for i in range(3002))
    assert {(mean, deviation) for _, mean, deviation in rows} == {(1.0, 2.5495)}


def test_vitaminc_takes_whole_articles_and_as_many_claims_of_either_kind():
    def pair(title: str, number: int, other: int) -> list[list]:
        return [[title, "yes", f"claim {number}", 0], [title, "no", f"claim {number}", other]]

    pairs = {f"article {i}": [pair(f"article {i}", 10 * i + j, 1 + j % 2) for j in range(6)]
             for i in range(40)}
    splits = pipeline.data.text._split_articles(pairs, {"test": 28, "train": 60})
    for split, size in (("test", 28), ("train", 60)):
        labels = [row[3] for row in splits[split]]
        assert [labels.count(label) for label in range(3)] == [size // 2, size // 4, size // 4]
        assert all(one[2] == two[2] for one, two in zip(splits[split][::2], splits[split][1::2],
                                                        strict=True))
    titles = [{row[0] for row in splits[split]} for split in splits]
    assert not titles[0] & titles[1]


def test_vitaminc_reads_rows_and_leaves_out_what_has_no_partner(package, monkeypatch):
    def row(context: str, claim: str, label: str) -> dict:
        scores = {name: int(name == label) for name in ("True", "False", "Neither")}
        return {"input": f"{context}\nClaim: {claim}", "target_scores": scores}

    seen = {}
    monkeypatch.setattr(pipeline.data.text, "_split_articles",
                        lambda pairs, sizes: seen.update(pairs) or {})
    package(json.dumps({"examples": [
        row("Alien-COLON- X -LRB-film-RRB-: It : is 5.", "It is 5.", "True"),
        row("Alien-COLON- X -LRB-film-RRB-: It is 6.", "It is 5.", "False"),
        row("Bear: A.", "B.", "True"), row("Bear: C.", "B.", "Neither"),
        row("Bear: \ufffd", "D", "True"), row("Bear: E.", "D", "False"),
        row("Cat: F.", "G.", "True"), row("Dog: H.", "I.", "True"),
        row("Dog: J.", "I.", "False"), row("Dog: K.", "I.", "Neither"),
    ]}).encode())
    pipeline.data.text.vitaminc(Path())
    assert seen == {
        "Alien: X (film)": [[["Alien: X (film)", "It : is 5.", "It is 5.", 0],
                             ["Alien: X (film)", "It is 6.", "It is 5.", 1]]],
        "Bear": [[["Bear", "A.", "B.", 0], ["Bear", "C.", "B.", 2]]]}


def r_object(lines: list[str], kind: int = 16) -> bytes:
    """A vector of texts as R stores it in a database."""
    content = b"X\n" + bytes.fromhex("00000003 00040201 00030500 00000005") + b"UTF-8"
    content += kind.to_bytes(4, "big") + len(lines).to_bytes(4, "big")
    for line in lines:
        data = line.encode()
        content += bytes.fromhex("00040009") + len(data).to_bytes(4, "big") + data
    return len(content).to_bytes(4, "big") + zlib.compress(content)


def test_r_texts():
    first, second = ["EMMA", "", "Château"], ["Persuasion"]
    assert pipeline.data.text.r_texts(r_object(first) + r_object(second)) == [first, second]
    with pytest.raises(ValueError, match="not a vector of texts: 58 0a"):
        pipeline.data.text.r_texts(r_object(first, kind=14))


def test_austen(package):
    package(b"".join(r_object([title, "", f"text of {title}", ""])
                     for title in pipeline.data.text.NOVELS))
    splits = pipeline.data.text.austen(Path())
    assert [len(splits[split]) for split in ("train", "validation", "test")] == [4, 1, 1]
    assert splits["test"] == [["Persuasion", "Persuasion\n\ntext of Persuasion\n"]]


def test_same_words_are_the_same_sentence():
    assert words_of("Je recommande !") == words_of("je recommande")


def test_bert_vocab_keeps_the_order_and_blank_like_characters(package):
    package("[PAD]\n##é\n\u2028\n##～\n".encode())
    pieces = ["[PAD]", "##é", "\u2028", "##～"]
    assert pipeline.data.text.bert_vocab(Path()) == {"pieces": pieces}
