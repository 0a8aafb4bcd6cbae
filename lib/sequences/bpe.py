"""Byte-pair encoding: words in pieces, learned by joining the most frequent pair."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import TypeVar

Symbol = TypeVar("Symbol")
Pair = tuple[bytes, bytes]

CHUNK = re.compile(r" ?\w+(?:['’]\w+)*| ?[^\w\s]+|\s+(?!\S)|\s+")
# The ids of the bytes, as the package tokenizers orders them: printable ones first.
BYTES = sorted(range(256), key=lambda b: (b == 32 or not chr(b).isprintable(), b))
BYTE_IDS = {byte: i for i, byte in enumerate(BYTES)}


def split_chunks(text: str) -> list[str]:
    """Return words and runs of punctuation, each with the blank before it, if any.

    Nothing is lost: the chunks, joined, are the text. No piece of a word crosses the
    border of a chunk.
    """
    return CHUNK.findall(text)


def merge_pair(
    symbols: Sequence[Symbol], pair: tuple[Symbol, Symbol], merged: Symbol
) -> list[Symbol]:
    """Return the symbols with each occurrence of a pair as one, from left to right."""
    result, i = [], 0
    while i < len(symbols):
        if tuple(symbols[i : i + 2]) == pair:
            result.append(merged)
            i += 2
        else:
            result.append(symbols[i])
            i += 1
    return result


def learn_merges(
    chunk_counts: Mapping[str, int], num_merges: int, *, min_count: int = 2
) -> list[Pair]:
    """Return the pairs of byte strings to join, in the order they were learned in.

    Each step joins the pair that occurs most often in the chunks, counted as often as
    the chunk occurs; of equally frequent pairs the one with the lowest ids. It stops
    early when no pair occurs `min_count` times.

    Raises: ValueError if `num_merges` is negative or `min_count` below 1.
    Same as: tokenizers.trainers.BpeTrainer with the alphabet of all bytes.
    Source: Sennrich, Haddow, Birch (2016), doi:10.18653/v1/P16-1162.
    """
    if num_merges < 0 or min_count < 1:
        raise ValueError(
            f"num_merges must be at least 0 and min_count at least 1, got {num_merges} "
            f"and {min_count}"
        )
    words = [[BYTE_IDS[byte] for byte in chunk.encode()] for chunk in chunk_counts]
    frequencies = list(chunk_counts.values())
    counts, where = count_pairs(words, frequencies)
    queue = [(-count, pair) for pair, count in counts.items()]
    heapify(queue)
    tokens, merges = [bytes([byte]) for byte in BYTES], []
    while len(merges) < num_merges:
        pair = _most_frequent(queue, counts)
        if pair is None or counts[pair] < min_count:
            break
        merges.append((tokens[pair[0]], tokens[pair[1]]))
        for new in join_pair(words, frequencies, counts, where, pair, len(tokens)):
            heappush(queue, (-counts[new], new))
        tokens.append(b"".join(merges[-1]))
    return merges


def count_pairs(
    words: list[list[int]], frequencies: list[int]
) -> tuple[Counter, defaultdict]:
    """Count each pair of neighbours, and note the words in which it occurs."""
    counts: Counter[tuple[int, int]] = Counter()
    where: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for w, word in enumerate(words):
        for pair in pairwise(word):
            counts[pair] += frequencies[w]
            where[pair].add(w)
    return counts, where


def _most_frequent(queue: list, counts: Counter) -> tuple[int, int] | None:
    """Take the most frequent pair from the queue, None if there is no pair.

    Counts only fall once a pair is in the queue, so an entry is too high or right.
    """
    while queue:
        count, pair = heappop(queue)
        if -count == counts[pair]:
            return pair
        heappush(queue, (-counts[pair], pair))
    return None


def join_pair(
    words: list[list[int]],
    frequencies: list[int],
    counts: Counter,
    where: defaultdict,
    pair: tuple[int, int],
    merged: int,
) -> set[tuple[int, int]]:
    """Join a pair in its words, correct the counts, return the new pairs."""
    new = set()
    for w in where.pop(pair):
        for gone in pairwise(words[w]):
            counts[gone] -= frequencies[w]
        words[w] = merge_pair(words[w], pair, merged)
        for found in pairwise(words[w]):
            counts[found] += frequencies[w]
            if merged in found:
                where[found].add(w)
                new.add(found)
    return new


class BytePairTokenizer:
    """Text as numbers and back: special tokens, then the 256 bytes, then the merges.

    Every text can be encoded, since every text is a string of bytes, and `decode` gives
    it back. (Half of a surrogate pair is no text, and raises UnicodeEncodeError.) The
    name of a special token within a text is text like any other: only you
    put special tokens into a sequence, by their `id`.

    Raises: ValueError if a special token is given twice, or if a merge joins something
        that neither is a byte nor was joined before.
    Same as: tokenizers.Tokenizer with models.BPE, split into our chunks.
    """

    def __init__(self, merges: Iterable[Pair], *, specials: Sequence[str] = ()) -> None:
        if len(set(specials)) < len(specials):
            raise ValueError(f"specials must differ from each other, got {specials}")
        self.specials = tuple(specials)
        self.tokens = [name.encode() for name in specials]
        self.tokens += [bytes([byte]) for byte in BYTES]
        self._ids = {
            token: i for i, token in enumerate(self.tokens) if i >= len(specials)
        }
        self._ranks: dict[Pair, int] = {}
        for rank, pair in enumerate(merges):
            if not all(part in self._ids for part in pair):
                raise ValueError(f"merge {rank} joins an unknown piece: {pair}")
            self._ranks[pair] = rank
            self._ids[b"".join(pair)] = len(self.tokens)
            self.tokens.append(b"".join(pair))
        self._known: dict[str, list[bytes]] = {}  # chunks that were split before

    def __len__(self) -> int:
        return len(self.tokens)

    def id(self, special: str) -> int:
        """Return the number of a special token.

        Raises: KeyError if there is none of this name.
        """
        if special not in self.specials:
            raise KeyError(f"{special!r} is none of the special tokens {self.specials}")
        return self.specials.index(special)

    def split(self, text: str) -> list[bytes]:
        """Return the pieces of a text."""
        chunks = split_chunks(text)
        for chunk in chunks:
            if chunk not in self._known:
                self._known[chunk] = self.cut_chunk(chunk)
        return [piece for chunk in chunks for piece in self._known[chunk]]

    def encode(self, text: str) -> list[int]:
        """Return the number of each piece of a text."""
        return [self._ids[piece] for piece in self.split(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of numbers (a list or a one-dimensional tensor).

        Bytes that are no text in UTF-8, such as half a character, become "�".

        Raises: IndexError if a number is negative or not below the number of tokens.
        """
        numbers = [int(i) for i in ids]
        wrong = [i for i in numbers if not 0 <= i < len(self)]
        if wrong:
            raise IndexError(f"ids must be from 0 to {len(self) - 1}, got {wrong[0]}")
        return b"".join(self.tokens[i] for i in numbers).decode(errors="replace")

    def cut_chunk(self, chunk: str) -> list[bytes]:
        """Return the pieces of a chunk: join the pair learned first, then the next."""
        pieces = [bytes([byte]) for byte in chunk.encode()]
        while len(pieces) > 1:
            pair = min(pairwise(pieces), key=lambda p: self._ranks.get(p, len(self)))
            if pair not in self._ranks:
                break
            pieces = merge_pair(pieces, pair, b"".join(pair))
        return pieces
