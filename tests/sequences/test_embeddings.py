"""Neighbours, analogies, similarity and principal coordinates against loops and libraries."""

import pytest
import torch
from sklearn.decomposition import PCA

from lib.core.seed import make_generator
from lib.sequences.embeddings import (
    answer_analogies,
    nearest_words,
    principal_coordinates,
    similarity_correlation,
)
from lib.sequences.word2vec_corpus import Similarity


def table(rows, columns):
    return torch.randn(rows, columns, generator=make_generator(rows), dtype=torch.float64)


@pytest.mark.parametrize("num_queries", [1, 2, 5])
def test_neighbours_have_the_largest_cosines_and_excluded_rows_never_answer(num_queries):
    vectors, queries = table(13, 3), table(num_queries, 3)
    found = nearest_words(vectors, queries, 4)
    for query, rows in zip(queries, found, strict=True):
        cosines = torch.cosine_similarity(query[None], vectors)
        assert rows.tolist() == cosines.argsort(descending=True)[:4].tolist()
    rest = nearest_words(vectors, queries, 2, excluded=found[:, :2])
    assert torch.equal(rest, found[:, 2:])
    longer = vectors * torch.arange(1, 14)[:, None]
    assert torch.equal(nearest_words(longer, 5 * queries, 4), found)


@pytest.mark.parametrize("exclude", [True, False])
def test_analogies_are_answered_by_the_nearest_word_to_a_sum_of_unit_vectors(exclude):
    generator = make_generator(3)
    vectors = table(29, 3) * (1 + 9 * torch.rand(29, 1, generator=generator))
    questions = torch.randint(0, 29, (31, 3), generator=generator)
    answers = answer_analogies(vectors, questions, exclude_inputs=exclude)
    units = [vector / vector.norm() for vector in vectors]
    for (a, b, c), answer in zip(questions.tolist(), answers.tolist(), strict=True):
        goal = units[b] - units[a] + units[c]
        allowed = [row for row in range(29) if not exclude or row not in (a, b, c)]
        assert answer == max(allowed, key=lambda row: units[row] @ goal)


def test_the_correlation_is_that_of_ranks_over_the_pairs_that_are_known():
    vectors = torch.tensor([[1.0, 0], [1, 0.1], [1, 1], [-1, 0.2]])
    words = ["a", "b", "c", "d"]
    pairs = [Similarity("a", "b", 9), Similarity("a", "c", 5), Similarity("a", "d", 6),
             Similarity("a", "zebra", 0)]  # fmt: skip
    correlation, count = similarity_correlation(vectors, words, pairs)
    assert (correlation, count) == (pytest.approx(0.5), 3)
    tied = [("a", "b", 5), ("a", "c", 5), ("b", "d", 1), ("c", "d", 1)]
    tied = [Similarity(*pair) for pair in tied]
    found, _ = similarity_correlation(vectors, words, tied)
    rows = [[words.index(pair[side]) for pair in tied] for side in (0, 1)]
    cosines = torch.cosine_similarity(vectors[rows[0]], vectors[rows[1]])
    ranks = cosines.argsort().argsort() + 1.0  # they differ; the scores are two pairs of ties
    both = torch.stack([ranks, torch.tensor([3.5, 3.5, 1.5, 1.5])])
    assert found == pytest.approx(torch.corrcoef(both)[0, 1].item())
    with pytest.raises(ValueError, match="pairs must hold 2 with known words, got 1"):
        similarity_correlation(vectors, words, pairs[:1] + pairs[3:])


@pytest.mark.parametrize(("rows", "columns"), [(2, 7), (13, 5), (5, 5)])
def test_principal_coordinates_are_those_of_scikit_learn_up_to_signs(rows, columns):
    vectors = table(rows, columns)
    before, num = vectors.clone(), min(rows, columns, 3)
    places, shares = principal_coordinates(vectors, num)
    reference = PCA(num).fit(vectors.numpy())
    wanted = torch.from_numpy(reference.transform(vectors.numpy()))
    torch.testing.assert_close(places.abs(), wanted.abs())
    torch.testing.assert_close(shares, torch.from_numpy(reference.explained_variance_ratio_))
    assert torch.equal(vectors, before)
    if rows > 2:
        assert (places.max(dim=0).values == places.abs().max(dim=0).values).all()
    turned, _ = principal_coordinates(-vectors, num)
    torch.testing.assert_close(turned.abs(), places.abs())


def test_equal_vectors_have_no_spread_and_more_coordinates_than_axes_are_refused():
    places, shares = principal_coordinates(torch.ones(4, 3))
    assert torch.equal(places, torch.zeros(4, 2))
    assert torch.equal(shares, torch.zeros(2))
    for num in (0, 4):
        with pytest.raises(ValueError, match=f"num must be from 1 to 3, got {num}"):
            principal_coordinates(torch.ones(5, 3), num)
