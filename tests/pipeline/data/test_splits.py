"""The order by digest is fixed, and cuts of it are disjoint and of the sizes asked for."""

from collections import Counter
from hashlib import sha256

import pytest

from pipeline.data.splits import cut, cut_each_class, first_of_each, ranked, words_of


def test_ranked_is_the_order_of_digests_without_duplicates():
    contents = ["b", "a", "c", "a", b"b"]
    assert ranked(contents) == sorted(range(3), key=lambda i: sha256(
        contents[i].encode()).digest())
    assert ranked(["the same order today and in ten years", "ä", "z"]) == [0, 1, 2]
    assert ranked([]) == []


def test_cut():
    assert cut([5, 3, 8, 1], {"test": 1, "train": 2}) == {"test": [5], "train": [3, 8]}
    with pytest.raises(ValueError, match=r"2 rows are too few for \{'test': 3\}"):
        cut([1, 2], {"test": 3})


def test_each_class_is_cut_and_spread_evenly():
    labels = [0] * 70 + [1] * 21
    order = ranked([str(i) for i in range(91)])
    rows = cut_each_class(order, labels, lambda n: {"test": n // 7, "train": n - n // 7})
    assert sorted(rows["test"] + rows["train"]) == list(range(91))
    assert Counter(labels[i] for i in rows["test"]) == {0: 10, 1: 3}
    by_class = [i for i in order if labels[i] == 1]
    assert [i for i in rows["test"] if labels[i] == 1] == by_class[:3]
    for part in (rows["train"][:13], rows["train"][-13:]):
        assert sum(labels[i] for i in part) == 3


def test_words_of():
    assert words_of("« L'été, c'est  FINI ! »") == "l été c est fini"
    assert words_of("...") == ""


def test_first_of_each():
    keys = [("a", "x"), ("b", "x"), ("a", "y"), ("b", "y"), ("c", "z"), ("c", "z")]
    assert first_of_each(keys) == [0, 3, 4]
    assert first_of_each([]) == []
