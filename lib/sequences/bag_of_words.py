"""A text as the counts of its words, and as counts weighted by rarity."""

from collections.abc import Sequence

import torch
from torch import Tensor


def count_tokens(ids: Sequence[Sequence[int]], vocab_size: int) -> Tensor:
    """Return how often each token occurs in each text: its bag of words.

    counts[n, v] = Σ_t [ids[n][t] = v]

    Shapes: N texts of token numbers -> (N, vocab_size) of float32
    Raises: ValueError if a number is negative or not below `vocab_size`.
    Same as: sklearn.feature_extraction.text.CountVectorizer, which stores only what is
    not 0.
    """
    counts = torch.zeros(len(ids), vocab_size)
    for row, numbers in zip(counts, ids, strict=True):
        tokens = torch.as_tensor(numbers, dtype=torch.int64)
        if len(tokens) and not 0 <= tokens.min() <= tokens.max() < vocab_size:
            span = f"{tokens.min()} to {tokens.max()}"
            raise ValueError(f"ids must be from 0 to {vocab_size - 1}, got {span}")
        row += torch.bincount(tokens, minlength=vocab_size)
    return counts


def inverse_document_frequency(counts: Tensor) -> Tensor:
    """Return a weight for each token that is large if few texts have it.

    idf_v = ln((1 + N) / (1 + n_v)) + 1, where n_v of N texts have token v

    Shapes: counts (N, V) -> (V,)
    Same as: the idf_ of sklearn's TfidfTransformer, whose default is smooth_idf=True.
    Source: Spärck Jones (1972), doi:10.1108/eb026526, in another form.
    """
    holding = (counts > 0).sum(dim=0)  # (N, V) -> (V,)
    return torch.log((1 + len(counts)) / (1 + holding)) + 1


def tf_idf(counts: Tensor, idf: Tensor) -> Tensor:
    """Return counts times weights, each row divided by its length; empty rows stay 0.

    x_nv = counts_nv idf_v / sqrt(Σ_w (counts_nw idf_w)²)

    Shapes: counts (N, V), idf (V,) -> (N, V)
    Raises: ValueError if `idf` has not one weight for each column.
    Same as: sklearn.feature_extraction.text.TfidfTransformer, with the idf of the
    training texts.
    """
    if idf.shape != counts.shape[1:]:
        raise ValueError(
            f"idf must have shape {tuple(counts.shape[1:])}, got {tuple(idf.shape)}"
        )
    weighted = counts * idf  # (N, V) * (V,) -> (N, V)
    length = weighted.norm(dim=1, keepdim=True)  # (N, V) -> (N, 1)
    return weighted / length.where(length > 0, 1)
