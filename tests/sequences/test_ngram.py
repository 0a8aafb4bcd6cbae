"""n-gram models against hand-computed numbers and a slow version with dictionaries."""

from collections import Counter
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib.sequences.ngram import NGram, count_ngrams, kneser_ney, witten_bell

SMOOTHINGS = (witten_bell, kneser_ney)
TEXT = [0, 1, 0, 2, 0, 1]  # a b a c a b, and d does not occur


def slow(text, V, order, smoothing):
    """Return a function (context, token) -> Fraction, by the definitions alone."""
    grams = {k: Counter(tuple(text[i : i + k]) for i in range(len(text) - k + 1))
             for k in range(1, order + 1)}  # fmt: skip

    def counts(k):
        if smoothing is witten_bell or k == order:
            return grams[k]
        return Counter(gram[1:] for gram in grams[k + 1])

    def discount(k):
        ones = sum(c == 1 for c in counts(k).values())
        twos = sum(c == 2 for c in counts(k).values())
        # The n-gram that begins the text has nothing before it: a count of 0, no more.
        return Fraction(ones, ones + 2 * twos) if ones and twos else Fraction(1, 2)

    def prob(context, token, k=order):
        if k == 0:
            return Fraction(1, V)
        context = tuple(context)
        if len(context) < k - 1:
            return prob(context, token, k - 1)
        h = context[len(context) - k + 1 :]
        after = {gram[-1]: c for gram, c in counts(k).items() if gram[:-1] == h}
        total, types, c = sum(after.values()), len(after), after.get(token, 0)
        lower = prob(context, token, k - 1)
        if not total:
            return lower
        if smoothing is witten_bell:
            return (c + types * lower) / (total + types)
        d = discount(k)
        return (max(c - d, 0) + d * types * lower) / total

    return prob


def test_witten_bell_by_hand():
    model = NGram(count_ngrams(torch.tensor(TEXT), 4, 2), 4, 2, witten_bell)
    # Three tokens of six are a, three kinds occur: (3 + 3/4) / 9, and so on.
    alone = [Fraction(15, 36), Fraction(11, 36), Fraction(7, 36), Fraction(3, 36)]
    assert model.distribution([3]).tolist() == pytest.approx([float(p) for p in alone])
    # After a: b twice, c once; two kinds: (2 + 2 · 11/36) / 5 for b.
    wanted = [(c + 2 * p) / 5 for c, p in zip((0, 2, 1, 0), alone, strict=True)]
    assert wanted[1] == Fraction(94, 180)
    assert model.distribution([0]).tolist() == pytest.approx([float(p) for p in wanted])


def test_kneser_ney_by_hand():
    model = NGram(count_ngrams(torch.tensor(TEXT), 4, 2), 4, 2, kneser_ney)
    # Before a stand b and c, before b and c stands a: counts 2, 1, 1; d = 2 / (2 + 2).
    alone = [Fraction(15, 32), Fraction(7, 32), Fraction(7, 32), Fraction(3, 32)]
    assert model.distribution([3]).tolist() == pytest.approx([float(p) for p in alone])
    # ab twice, ba, ac, ca once: d = 3 / (3 + 2). After b only a: (1 - d + d p(a)) / 1.
    assert model.distribution([1])[0].item() == pytest.approx(2 / 5 + 3 / 5 * 15 / 32)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@given(st.integers(2, 4), st.lists(st.integers(0, 3), min_size=7, max_size=25),
       st.lists(st.integers(0, 3), max_size=5), st.integers(1, 4))  # fmt: skip
def test_fast_models_equal_the_slow_one_and_sum_to_one(smoothing, V, text, context, order):
    text, context = [i % V for i in text], [i % V for i in context]
    model = NGram(count_ngrams(torch.tensor(text), V, 5), V, order, smoothing)
    prob = slow(text, V, order, smoothing)
    wanted = [float(prob(context, token)) for token in range(V)]
    got = model.distribution(context)
    assert got.tolist() == pytest.approx(wanted, abs=1e-12)
    assert got.sum().item() == pytest.approx(1, abs=1e-12)
    assert (got > 0).all()
    for token in range(V):
        scored = model.log_probs(torch.tensor([*context, token]))
        assert scored[-1].exp().item() == pytest.approx(wanted[token], abs=1e-12)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_the_probabilities_of_all_texts_of_three_tokens_sum_to_one(smoothing):
    model = NGram(count_ngrams(torch.tensor(TEXT), 4, 3), 4, 3, smoothing)
    texts = torch.cartesian_prod(*[torch.arange(4)] * 3)
    total = sum(model.log_probs(text).sum().exp().item() for text in texts)
    assert total == pytest.approx(1, abs=1e-12)


def test_counting_leaves_the_text_alone_and_knows_each_ngram():
    ids = torch.tensor(TEXT)
    levels = count_ngrams(ids, 4, 3)
    assert ids.tolist() == TEXT
    assert [level.counts.sum() for level in levels] == [6, 5, 4]
    assert levels[1].keys.tolist() == [1, 2, 4, 8]  # ab ac ba ca
    assert levels[1].counts.tolist() == [2, 1, 1, 1]
    assert levels[1].after.tolist() == [1, 1, 1, 1]  # c, b, a, a
    assert levels[0].after.tolist() == [2, 1, 1]
    assert levels[2].after is None


def test_large_vocabularies_and_long_contexts_do_not_overflow():
    ids = torch.randint(100_000, (300,), generator=torch.Generator().manual_seed(0))
    model = NGram(count_ngrams(ids, 100_000, 9), 100_000, 9, kneser_ney)
    assert model.log_probs(ids).isfinite().all()
    assert model.log_probs(ids)[20:].exp().min() > 0.3
    assert model.distribution(ids[:8].tolist()).argmax() == ids[8]


def test_a_model_may_be_shorter_than_the_counts_and_scores_short_texts():
    levels = count_ngrams(torch.tensor(TEXT), 4, 3)
    alone = NGram(count_ngrams(torch.tensor(TEXT), 4, 2), 4, 2, kneser_ney)
    model = NGram(levels, 4, 2, kneser_ney)
    for ids in ([], [3], [0, 1, 3, 0]):
        ids = torch.tensor(ids, dtype=torch.int64)
        torch.testing.assert_close(model.log_probs(ids), alone.log_probs(ids))
        assert model.log_probs(ids).shape == ids.shape


@pytest.mark.parametrize(("make", "message"), [
    (lambda: count_ngrams(torch.zeros(9), 4, 2), "one row of integers, got torch.float32"),
    (lambda: count_ngrams(torch.zeros(3, 3).long(), 4, 2), r"one row of integers.*\(3, 3\)"),
    (lambda: count_ngrams(torch.tensor([0, 4]), 4, 1), "ids must be from 0 to 3, got 0 to 4"),
    (lambda: count_ngrams(torch.tensor([-1, 2]), 4, 1), "ids must be from 0 to 3, got -1 to 2"),
    (lambda: count_ngrams(torch.tensor(TEXT), 4, 0), "max_order must be at least 1, got 0"),
    (lambda: count_ngrams(torch.tensor(TEXT), 4, 6), "ids must hold over 6 tokens, got 6"),
    (lambda: NGram(count_ngrams(torch.tensor(TEXT), 4, 2), 4, 3), "order must be from 1 to 2"),
    (lambda: NGram(count_ngrams(torch.tensor(TEXT), 4, 2), 4, 0), "order must be from 1 to 2"),
    (lambda: NGram(count_ngrams(torch.tensor(TEXT), 4, 2), 4, 2).distribution([4]),
     "ids must be from 0 to 3, got 4 to 4"),
])  # fmt: skip
def test_bad_arguments_have_named_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()
