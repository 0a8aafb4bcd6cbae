"""The embedded word vectors know what word vectors are known for."""

import pytest
import torch

from lib.data.word_vectors import load_glove


def nearest(positive: list[str], negative: list[str]) -> list[str]:
    """The words nearest to a sum of vectors by cosine, without those of the sum."""
    words, vectors = load_glove()
    total = sum(vectors[words.index(word)] for word in positive)
    total = total - sum(vectors[words.index(word)] for word in negative)
    order = torch.cosine_similarity(vectors, total[None]).argsort(descending=True)
    return [words[i] for i in order[:10].tolist() if words[i] not in positive + negative]


def test_shapes_and_words():
    words, vectors = load_glove()
    assert (vectors.shape, vectors.dtype) == ((20_000, 100), torch.float32)
    assert vectors.isfinite().all()
    assert len(set(words)) == len(words) == 20_000
    assert words[:4] == ["the", ",", ".", "of"]
    assert all(type(word) is str and word == word.lower() for word in words)
    assert "a" not in words  # as the docstring says


def test_the_first_vector():
    first = load_glove(1)
    assert first.words == ["the"]
    expected = torch.tensor([-0.038194, -0.24487, 0.72812, -0.39961])
    torch.testing.assert_close(first.vectors[0, :4], expected, rtol=1e-3, atol=0)


def test_fewer_words_are_the_most_frequent():
    few, all_words = load_glove(7), load_glove()
    assert few.words == all_words.words[:7]
    assert torch.equal(few.vectors, all_words.vectors[:7])


@pytest.mark.parametrize(("positive", "negative", "answer"), [
    (["king", "woman"], ["man"], "queen"),
    (["paris", "germany"], ["france"], "berlin"),
    (["walking", "swam"], ["walked"], "swimming"),
])
def test_analogies(positive, negative, answer):
    assert nearest(positive, negative)[0] == answer


@pytest.mark.parametrize("num_words", [0, -1, 20_001])
def test_wrong_number_of_words(num_words):
    with pytest.raises(ValueError, match=f"num_words must be from 1 to 20,000, got {num_words}"):
        load_glove(num_words)
