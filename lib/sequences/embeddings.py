"""What word vectors are asked: neighbours, analogies, similarity, a map."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from lib.sequences.word2vec_corpus import Similarity


def nearest_words(
    vectors: Tensor,
    queries: Tensor,
    num_nearest: int,
    *,
    excluded: Tensor | None = None,
) -> Tensor:
    """Return the rows whose cosine with each query is largest, the largest first.

    cos_qv = x_q · w_v / (|x_q| |w_v|)

    `excluded` are rows that may not answer a query.

    Shapes: vectors (V, D), queries (Q, D), excluded (Q, E) -> (Q, num_nearest)
    """
    cosines = F.normalize(queries, dim=1) @ F.normalize(vectors, dim=1).T
    if excluded is not None:
        cosines = cosines.scatter(1, excluded, -torch.inf)  # (Q, V) with (Q, E)
    return cosines.topk(num_nearest, dim=1).indices


def answer_analogies(
    vectors: Tensor, questions: Tensor, *, exclude_inputs: bool = True
) -> Tensor:
    """Return the row nearest to w_b − w_a + w_c, of vectors of length 1, as an answer.

    With `exclude_inputs` it is none of a, b and c themselves.

    Shapes: vectors (V, D), questions (Q, 3) of rows a, b, c -> (Q,)
    Same as: gensim's most_similar(positive=[b, c], negative=[a]), which excludes them.
    Source: Mikolov, Yih, Zweig (2013), https://aclanthology.org/N13-1090
    """
    units = F.normalize(vectors, dim=1)
    first, second, third = units[questions].unbind(dim=1)  # (Q, 3, D) -> 3 of (Q, D)
    excluded = questions if exclude_inputs else None
    return nearest_words(units, second - first + third, 1, excluded=excluded).squeeze(1)


def similarity_correlation(
    vectors: Tensor, words: Sequence[str], pairs: Sequence[Similarity]
) -> tuple[float, int]:
    """Return Spearman's correlation of cosines with people's scores; number of pairs.

    Pairs with a word that has no vector are left out.

    Shapes: vectors (V, D) of V words
    Raises: ValueError if fewer than two pairs are left.
    """
    rows = {word: row for row, word in enumerate(words)}
    known = [pair for pair in pairs if pair.first in rows and pair.second in rows]
    if len(known) < 2:
        raise ValueError(f"pairs must hold 2 with known words, got {len(known)}")
    first, second = (
        vectors[[rows[pair[side]] for pair in known]].detach() for side in (0, 1)
    )
    cosines = F.cosine_similarity(first, second)  # (P, D) -> (P,)
    scores = torch.tensor([pair.score for pair in known], dtype=torch.float64)
    both = np.stack([_ranks(cosines), _ranks(scores)], axis=1)  # (P, 2)
    return float(np.corrcoef(both, rowvar=False)[0, 1]), len(known)


def _ranks(values: Tensor) -> np.ndarray:
    """Return the rank of each value, from 1; equal ones share the mean of theirs."""
    smaller = (values < values[:, None]).sum(dim=1)  # (P,) < (P, 1) -> (P,)
    equal = (values == values[:, None]).sum(dim=1)
    return (smaller + (equal + 1) / 2).double().numpy()


def principal_coordinates(vectors: Tensor, num: int = 2) -> tuple[Tensor, Tensor]:
    """Return the vectors along the directions of their greatest spread, and its shares.

    X − mean = U S Vᵀ; the coordinates are the first `num` columns of U S, and column i
    holds the share S_i² / Σ_j S_j² of the spread. Each column is turned so that its
    entry of the greatest size is positive.

    Shapes: (N, D) -> (N, num), (num,)
    Raises: ValueError unless `num` is from 1 to the smaller of N and D.
    Same as: sklearn.decomposition.PCA(num).fit_transform, up to signs
    """
    if not 1 <= num <= min(vectors.shape):
        raise ValueError(f"num must be from 1 to {min(vectors.shape)}, got {num}")
    centred = vectors - vectors.mean(dim=0)
    left, sizes, _ = torch.linalg.svd(centred, full_matrices=False)
    columns = left[:, :num] * sizes[:num]  # (N, num) * (num,) -> (N, num)
    peaks = columns.gather(0, columns.abs().argmax(dim=0, keepdim=True))  # (1, num)
    shares = sizes.square() / sizes.square().sum().clamp(min=1e-30)
    return columns * peaks.sign(), shares[:num]
