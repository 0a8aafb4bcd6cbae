"""Counts and TF-IDF are scikit-learn's, and nothing is divided by the length of an empty text."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from lib.core.seed import make_generator
from lib.sequences.bag_of_words import count_tokens, inverse_document_frequency, tf_idf

TEXTS = st.lists(st.lists(st.integers(0, 6), max_size=9), min_size=1, max_size=5)


def test_counts_are_those_of_a_count_vectorizer():
    texts = [["a", "b", "a"], [], ["c"]]
    vectorizer = CountVectorizer(analyzer=list, vocabulary=["a", "b", "c", "d"])
    wanted = torch.from_numpy(vectorizer.transform(texts).toarray()).float()
    ids = [[ord(word) - ord("a") for word in text] for text in texts]
    assert torch.equal(count_tokens(ids, 4), wanted)


@given(TEXTS)
def test_the_order_of_words_changes_nothing_and_each_word_counts_once(texts):
    counts = count_tokens(texts, 7)
    assert torch.equal(counts, count_tokens([text[::-1] for text in texts], 7))
    assert counts.sum(dim=1).tolist() == [len(text) for text in texts]


@pytest.mark.parametrize(("text", "span"), [([0, 7], "0 to 7"), ([-1, 2], "-1 to 2")])
def test_numbers_that_are_no_words_are_refused(text, span):
    with pytest.raises(ValueError, match=f"ids must be from 0 to 6, got {span}"):
        count_tokens([[1], text], 7)


@pytest.mark.parametrize("num_texts", [1, 2, 13])
def test_tf_idf_is_that_of_scikit_learn_for_new_texts_as_well(num_texts):
    generator = make_generator(0)
    counts, new = (torch.randint(0, 3, (n, 11), generator=generator) for n in (num_texts, 5))
    counts[:, 3], new[2] = 0, 0  # a word in no text, and a text without words
    reference = TfidfTransformer().fit(counts.numpy())
    idf = inverse_document_frequency(counts).double()
    torch.testing.assert_close(idf, torch.from_numpy(reference.idf_), rtol=1e-6, atol=0)
    for each in (counts, new):
        before = each.clone()
        wanted = torch.from_numpy(reference.transform(each.numpy()).toarray())
        torch.testing.assert_close(tf_idf(each, idf), wanted, rtol=1e-6, atol=1e-9)
        assert torch.equal(each, before)
    assert (tf_idf(new, idf)[2] == 0).all()


def test_a_weight_for_each_word_is_needed():
    with pytest.raises(ValueError, match=r"idf must have shape \(3,\), got \(2,\)"):
        tf_idf(torch.ones(2, 3), torch.ones(2))
