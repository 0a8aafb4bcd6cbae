"""n-gram language models with interpolated Witten-Bell and Kneser-Ney smoothing.

N: tokens of a text, V: vocabulary size, G: different n-grams of one length.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Level(NamedTuple):
    """The different n-grams of one length k, sorted, and how often each occurs.

    An n-gram has the number of its place here. `keys` are context * V + token, where
    the context is the number of its first k - 1 tokens. `after` counts the different
    tokens that occur before the n-gram; the longest n-grams have None.

    Shapes: keys (G,), contexts (G,), counts (G,), after (G,) or None
    """

    keys: np.ndarray
    contexts: np.ndarray
    counts: np.ndarray
    after: np.ndarray | None
    num_contexts: int


class Weights(NamedTuple):
    """What each n-gram keeps, and what its context leaves to the next shorter one.

    Shapes: share (G,), rest (number of contexts,)
    """

    share: np.ndarray
    rest: np.ndarray


Smoothing = Callable[[Level], Weights]


def count_ngrams(ids: Tensor, vocab_size: int, max_order: int) -> list[Level]:
    """Count the n-grams of 1, 2, … `max_order` tokens in a text.

    Shapes: ids (N,)
    Raises: ValueError if `ids` is not one row of more than `max_order` integers from 0
        to V - 1, or `max_order` is below 1.
    """
    tokens = _row(ids, vocab_size)
    if max_order < 1:
        raise ValueError(f"max_order must be at least 1, got {max_order}")
    if len(tokens) <= max_order:
        raise ValueError(f"ids must hold over {max_order} tokens, got {len(tokens)}")
    found, shorter, num_contexts = [], None, 1
    for k in range(1, max_order + 1):
        # The n-gram that ends at a token follows the one that ends a token before.
        context = 0 if shorter is None else shorter[:-1]
        all_keys = context * vocab_size + tokens[k - 1 :]
        keys, first, numbers, counts = np.unique(
            all_keys, return_index=True, return_inverse=True, return_counts=True
        )
        if found:  # each different k-gram is one token before its last k - 1
            after = np.bincount(shorter[1:][first], minlength=num_contexts)
            found[-1] = found[-1]._replace(after=after)
        found.append(Level(keys, keys // vocab_size, counts, None, num_contexts))
        shorter, num_contexts = numbers, len(keys)
    return found


def witten_bell(level: Level) -> Weights:
    r"""Leave the more, the more different tokens followed a context.

    $$p(w \mid h) = \frac{c(hw) + t(h)\, p(w \mid h')}{c(h) + t(h)}$$

    c counts, t(h) is the number of different tokens after h, and h' is h without its
    first token.

    Shapes: counts (G,) -> share (G,), rest (number of contexts,)
    Source: Witten, Bell (1991), doi:10.1109/18.87000.
    """
    totals = np.bincount(level.contexts, level.counts, level.num_contexts)
    types = np.bincount(level.contexts, minlength=level.num_contexts)
    whole = np.maximum(totals + types, 1)
    rest = np.where(types > 0, types / whole, 1.0)
    return Weights(level.counts / whole[level.contexts], rest)


def kneser_ney(level: Level) -> Weights:
    r"""Take a discount off each count; below the longest n-grams count what is before.

    $$p(w \mid h) = \frac{\max(c(hw) - d, 0) + d\, t(h)\, p(w \mid h')}{c(h)},
    \qquad d = \frac{n_1}{n_1 + 2 n_2}$$

    For the longest n-grams c counts occurrences, for all others the different tokens
    that occur before; t(h) is the number of tokens w with c(hw) > 0. n₁ and n₂ are how
    many n-grams have the count 1 and 2; d is 1/2 where one of them is 0.

    Shapes: counts (G,) -> share (G,), rest (number of contexts,)
    Source: Chen, Goodman (1999), doi:10.1006/csla.1999.0128.
    """
    counts = level.counts if level.after is None else level.after
    ones, twos = (counts == 1).sum(), (counts == 2).sum()
    discount = ones / (ones + 2 * twos) if ones and twos else 0.5
    totals = np.bincount(level.contexts, counts, level.num_contexts)
    types = np.bincount(level.contexts, counts > 0, level.num_contexts)
    whole = np.maximum(totals, 1)
    rest = np.where(totals > 0, discount * types / whole, 1.0)
    return Weights(np.maximum(counts - discount, 0) / whole[level.contexts], rest)


class NGram:
    r"""A language model that looks at the last `order - 1` tokens.

    $$p_k(w \mid h) = \mathrm{share}(hw) + \mathrm{rest}(h)\, p_{k-1}(w \mid h'),
    \qquad p_0(w) = 1 / V$$

    h are the last k - 1 tokens, h' is h without its first. A context that the training
    text does not have leaves everything: its rest is 1. All probabilities sum to 1.

    Raises: ValueError if `order` is not from 1 to the number of levels.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        vocab_size: int,
        order: int,
        smoothing: Smoothing = witten_bell,
    ) -> None:
        if not 1 <= order <= len(levels):
            raise ValueError(f"order must be from 1 to {len(levels)}, got {order}")
        longest = levels[order - 1]._replace(after=None)
        self.levels = [*levels[: order - 1], longest]
        self.vocab_size = vocab_size
        self.weights = [smoothing(level) for level in self.levels]

    def log_probs(self, ids: Tensor) -> Tensor:
        """Return the logarithm of each token's probability after those before it.

        Shapes: ids (N,) -> (N,), float64
        Raises: ValueError if `ids` is not one row of integers from 0 to V - 1.
        """
        tokens = _row(ids, self.vocab_size)
        probs = np.full(len(tokens), 1 / self.vocab_size)
        ending = np.zeros(len(tokens), dtype=np.int64)  # the empty n-gram, number 0
        # Before the text begins there is the empty n-gram alone.
        for level, weights in zip(self.levels, self.weights, strict=True):
            before = np.full(len(tokens), 0 if level is self.levels[0] else -1)
            before[1:] = ending[:-1]
            ending = self._find(level, before, tokens)
            share = np.where(ending >= 0, weights.share[ending], 0.0)
            probs = share + np.where(before >= 0, weights.rest[before], 1.0) * probs
        return torch.from_numpy(np.log(probs))

    def distribution(self, context: Sequence[int]) -> Tensor:
        """Return the probability of each token after a context of any length.

        Shapes: context (K,) -> (V,), float64
        Raises: ValueError if a token is not from 0 to V - 1.
        """
        tokens = _row(torch.tensor(list(context), dtype=torch.int64), self.vocab_size)
        probs = np.full(self.vocab_size, 1 / self.vocab_size)
        for k in range(min(len(tokens), len(self.levels) - 1) + 1):
            number = self._number(tokens[len(tokens) - k :])
            if number < 0:
                break  # what a shorter context lacks, a longer one lacks too
            level, weights = self.levels[k], self.weights[k]
            ends = np.array([number, number + 1]) * self.vocab_size
            part = slice(*np.searchsorted(level.keys, ends))
            probs = weights.rest[number] * probs
            probs[level.keys[part] - number * self.vocab_size] += weights.share[part]
        return torch.from_numpy(probs)

    def _number(self, tokens: np.ndarray) -> int:
        """Return the number of an n-gram in its level, or -1."""
        number = np.zeros(1, dtype=np.int64)
        for level, token in zip(self.levels, tokens, strict=False):
            number = self._find(level, number, np.array([token]))
        return int(number[0])

    def _find(
        self, level: Level, contexts: np.ndarray, tokens: np.ndarray
    ) -> np.ndarray:
        """Return the number of each context with its next token in a level, or -1.

        The context -1, which is none, has no key: all keys are at least 0.
        """
        keys = contexts * self.vocab_size + tokens
        places = np.minimum(np.searchsorted(level.keys, keys), len(level.keys) - 1)
        return np.where(level.keys[places] == keys, places, -1)


def _row(ids: Tensor, vocab_size: int) -> np.ndarray:
    """Return a text as an array; raise unless it is one row of tokens."""
    if ids.dim() != 1 or ids.is_floating_point():
        raise ValueError(
            f"ids must be one row of integers, got {ids.dtype} {tuple(ids.shape)}"
        )
    if len(ids) and (int(ids.min()) < 0 or int(ids.max()) >= vocab_size):
        low, high = int(ids.min()), int(ids.max())
        raise ValueError(f"ids must be from 0 to {vocab_size - 1}, got {low} to {high}")
    return ids.cpu().numpy().astype(np.int64)
