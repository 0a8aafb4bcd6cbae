"""A vocabulary: which number stands for which token."""

from collections import Counter
from collections.abc import Iterable, Sequence

PAD, UNK, BOS, EOS = SPECIALS = ("<pad>", "<unk>", "<bos>", "<eos>")


class Vocab:
    """Numbers for tokens, from 0: special tokens, then the most frequent ones first.

    Tokens of equal frequency stand in the order of their characters, so the same corpus
    gives the same numbers. With "<unk>" among the special tokens every other token has
    its number; without it an unknown token is an error. A special token that occurs in
    the corpus as text keeps its special number.

    Raises: ValueError if a special token is given twice, `min_count` is below 1 or
        `max_size` is smaller than the number of special tokens; TypeError if a sentence
        is one string (whose characters would count as tokens) or a token is no string.
    """

    def __init__(
        self,
        sentences: Iterable[Sequence[str]],
        *,
        min_count: int = 1,
        max_size: int | None = None,
        specials: Sequence[str] = SPECIALS,
    ) -> None:
        if len(set(specials)) < len(specials):
            raise ValueError(f"specials must differ from each other, got {specials}")
        if min_count < 1:
            raise ValueError(f"min_count must be at least 1, got {min_count}")
        if max_size is not None and max_size < len(specials):
            raise ValueError(
                f"max_size must be at least {len(specials)}, the number of special "
                f"tokens, got {max_size}"
            )
        counts: Counter[str] = Counter()
        for sentence in sentences:
            _check_tokens(sentence)
            counts.update(sentence)
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        known = [
            token
            for token, count in ranked
            if count >= min_count and token not in specials
        ]
        self.tokens = [*specials, *known][:max_size]
        self.counts = counts
        self._ids = {token: i for i, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._ids

    def id(self, token: str) -> int:
        """Return the number of a token, or that of "<unk>" if it has none.

        Raises: KeyError if it has none and the vocabulary has no "<unk>".
        """
        if token in self._ids:
            return self._ids[token]
        if UNK not in self._ids:
            raise KeyError(f"{token!r} is not in the vocabulary, which has no {UNK!r}")
        return self._ids[UNK]

    def encode(self, tokens: Sequence[str]) -> list[int]:
        """Return the number of each token.

        Raises: TypeError if `tokens` is one string, or a token is no string; KeyError
            if one is unknown and there is no "<unk>".
        """
        _check_tokens(tokens)
        return [self.id(token) for token in tokens]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Return the token of each number (a list or a one-dimensional tensor).

        Raises: IndexError if a number is negative or not below the vocabulary's size.
        """
        numbers = [int(i) for i in ids]
        wrong = [i for i in numbers if not 0 <= i < len(self)]
        if wrong:
            raise IndexError(f"ids must be from 0 to {len(self) - 1}, got {wrong[0]}")
        return [self.tokens[i] for i in numbers]


def _check_tokens(tokens: Sequence[str]) -> None:
    """Raise unless this is a sequence of strings, not one string."""
    if isinstance(tokens, str):
        raise TypeError(f"tokens must be a list of strings, got one string {tokens!r}")
    for token in tokens:
        if not isinstance(token, str):
            raise TypeError(f"a token must be a string, got {token!r}")
