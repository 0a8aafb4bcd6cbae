"""BLEU against sacrebleu: its own examples and random corpora, and by hand."""

import math
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from lib.sequences.bleu import (
    TokenBleu,
    bleu_score,
    corpus_bleu,
    count_matches,
    ngrams,
)

WORDS = st.lists(st.sampled_from("abc"), max_size=7)
TRANSLATIONS = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
REFERENCES = [
    ["The dog bit the man.", "It was not unexpected.", "The man bit him first."],
    ["The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."],
]


def theirs(translations, references, **options):
    """Score token lists with sacrebleu, whose references stand the other way round."""
    metric = BLEU(tokenize="none", force=True, **options)
    streams = zip(*references, strict=True)
    return metric.corpus_score(
        [" ".join(tokens) for tokens in translations],
        [[" ".join(tokens) for tokens in stream] for stream in streams],
    )


def assert_equal(ours, reference):
    assert ours.score == pytest.approx(reference.score, rel=1e-12, abs=1e-12)
    assert ours.precisions == pytest.approx(tuple(reference.precisions))
    assert ours.brevity_penalty == pytest.approx(reference.bp)
    assert ours.counts.matches == tuple(reference.counts)
    assert ours.counts.totals == tuple(reference.totals)
    assert ours.counts.length == reference.sys_len
    assert ours.counts.ref_length == reference.ref_len


def test_the_example_of_sacrebleu():
    tokenizer = Tokenizer13a()
    translations = [tokenizer(text).split() for text in TRANSLATIONS]
    references = [
        [tokenizer(text).split() for text in texts] for texts in zip(*REFERENCES, strict=True)
    ]
    ours = corpus_bleu(translations, references)
    assert_equal(ours, BLEU().corpus_score(TRANSLATIONS, REFERENCES))
    assert round(ours.score, 2) == 48.53  # as its README says
    assert_equal(ours, theirs(translations, references))


@given(
    st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=5),
    st.sampled_from(["exp", "floor", "none"]),
    st.booleans(),
    st.sampled_from([1, 2, 4]),
)
def test_random_corpora(rows, smoothing, effective_order, max_order):
    translations = [row[0] for row in rows]
    references = [list(row[1:]) for row in rows]
    options = {"smoothing": smoothing, "effective_order": effective_order}
    ours = corpus_bleu(translations, references, max_order=max_order, **options)
    options = {"smooth_method": smoothing, "effective_order": effective_order}
    options["max_ngram_order"] = max_order
    assert_equal(ours, theirs(translations, references, **options))


def test_a_larger_corpus():
    draw = random.Random(0)
    words = [*"abcdefghij"]
    references = [[draw.choices(words, k=draw.randint(1, 23))] for _ in range(101)]
    translations = [
        [word if draw.random() < 0.8 else "x" for word in reference[: draw.randint(1, 30)]]
        for (reference,) in references
    ]
    ours = corpus_bleu(translations, references)
    assert 20 < ours.score < 80
    assert ours.brevity_penalty < 1
    assert_equal(ours, theirs(translations, references))


def test_by_hand():
    ours = count_matches(["the", "the", "the", "cat"], [["the", "cat", "sat"], ["the"]])
    assert ours == ((2, 1, 0, 0), (4, 3, 2, 1), 4, 3)  # "the" counts once
    score = bleu_score([ours], smoothing="exp")
    assert score.precisions == pytest.approx((50, 100 / 3, 100 / 4, 100 / 4))
    assert bleu_score([ours], smoothing="none").score == 0
    short = corpus_bleu([["a", "b"]], [[["a", "b", "c", "d"]]], max_order=2)
    assert short.score == pytest.approx(100 * math.exp(1 - 4 / 2))


def test_the_closest_reference_counts_and_of_two_the_shorter():
    lengths = [
        count_matches(["a"] * 4, [["a"] * n for n in ns]).ref_length
        for ns in ((2, 5), (5, 3), (9, 1))
    ]
    assert lengths == [5, 3, 1]


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_a_perfect_translation_has_100_and_an_unrelated_one_0(sentences):
    score = corpus_bleu(sentences, [[tokens] for tokens in sentences])
    expected = 100 if any(len(tokens) > 3 for tokens in sentences) else 0
    assert score.score == pytest.approx(expected)
    assert corpus_bleu(sentences, [[["x"] * 4]] * len(sentences)).score == 0


def test_ngrams_are_counted():
    assert ngrams(list("abab"), 2) == {("a", "b"): 2, ("b", "a"): 1}
    assert ngrams(["a"], 2) == {}


def test_numbered_tokens_end_at_eos_and_unknown_ones_match_nothing():
    metric = TokenBleu(eos=3, unk=1)
    metric.update(torch.tensor([[9, 3, 0], [8, 8, 8]]), torch.tensor([[7, 3], [8, 3]]))
    metric.reset()
    outputs = torch.tensor([[5, 6, 7, 8, 3, 0], [5, 1, 7, 3, 9, 9]])
    targets = torch.tensor([[5, 6, 7, 8, 3], [5, 1, 7, 9, 3]])
    metric.update(outputs[:1], targets[:1])
    metric.update(outputs[1:], targets[1:])
    expected = corpus_bleu([list("5678"), list("5?7")], [[list("5678")], [list("5179")]])
    assert metric.compute() == pytest.approx(expected.score)
    assert expected.counts.matches == (6, 3, 2, 1)
    with pytest.raises(ValueError, match="shorter"):
        metric.update(outputs, targets[:1])


def test_errors():
    with pytest.raises(TypeError, match="got one string 'the cat'"):
        corpus_bleu(["the cat"], [[["the", "cat"]]])
    with pytest.raises(TypeError, match="got one string 'the'"):
        corpus_bleu([["the"]], [["the"]])
    with pytest.raises(ValueError, match="order must be at least 1, got 0"):
        ngrams(["a"], 0)
    with pytest.raises(ValueError, match="max_order must be at least 1, got 0"):
        count_matches(["a"], [["a"]], max_order=0)
    with pytest.raises(ValueError, match="at least one sentence, got none"):
        count_matches(["a"], [])
    with pytest.raises(ValueError, match="as many as translations, got 2 and 1"):
        corpus_bleu([["a"]], [[["a"]], [["a"]]])
    with pytest.raises(ValueError, match="counts must hold at least one sentence"):
        corpus_bleu([], [])
    with pytest.raises(ValueError, match="exp, floor or none, got 'add-k'"):
        bleu_score([count_matches(["a"], [["a"]])], smoothing="add-k")
