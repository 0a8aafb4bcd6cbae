"""The learned dictionary against its definition in plain loops."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.sequences.translation_data import TokenPair
from lib.sequences.word_dictionary import learn_dictionary, translate_words

WORDS = st.lists(st.sampled_from("abcd"), max_size=5)
PAIRS = st.lists(
    st.builds(TokenPair, WORDS, st.lists(st.sampled_from("wxyz"), max_size=4)), max_size=5
)
HOUSES = [
    TokenPair(["la", "maison"], ["the", "house"]),
    TokenPair(["la", "fleur"], ["the", "flower"]),
]


def by_loops(pairs, num_iterations):
    table = defaultdict(lambda: 1.0)
    for _ in range(num_iterations):
        counts, totals = defaultdict(float), defaultdict(float)
        for source, target in pairs:
            for e in target:
                norm = sum(table[f, e] for f in source)
                for f in source:
                    counts[f, e] += table[f, e] / norm
                    totals[f] += table[f, e] / norm
        table = {(f, e): count / totals[f] for (f, e), count in counts.items()}
    return table


@given(PAIRS, st.integers(1, 4))
def test_it_equals_its_definition_and_sums_to_one(pairs, num_iterations):
    table = learn_dictionary(pairs, num_iterations=num_iterations)
    flat = {(f, e): p for f, entry in table.items() for e, p in entry.items()}
    assert flat == pytest.approx(by_loops(pairs, num_iterations))
    for entry in table.values():
        assert sum(entry.values()) == pytest.approx(1)


def test_by_hand():
    first = learn_dictionary(HOUSES, num_iterations=1)
    assert first["la"] == pytest.approx({"the": 0.5, "house": 0.25, "flower": 0.25})
    assert first["maison"] == pytest.approx({"the": 0.5, "house": 0.5})
    second = learn_dictionary(HOUSES, num_iterations=2)
    assert second["maison"]["house"] == pytest.approx((2 / 3) / (2 / 3 + 1 / 2))
    table = learn_dictionary(HOUSES, num_iterations=50)
    assert translate_words(["la", "fleur", "rose"], table) == ["the", "flower", "rose"]


def test_nothing_is_learned_from_nothing():
    assert learn_dictionary([]) == {}
    assert learn_dictionary([TokenPair([], ["a"]), TokenPair(["b"], [])]) == {}


def test_errors():
    with pytest.raises(ValueError, match="num_iterations must be at least 1, got 0"):
        learn_dictionary(HOUSES, num_iterations=0)
