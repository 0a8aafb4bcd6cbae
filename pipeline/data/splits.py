"""Splits that no random number decides: examples in the order of their SHA-256 digests."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

Rows = dict[str, list[int]]


def ranked(contents: Sequence[bytes | str]) -> list[int]:
    """Return the index of each different content, in the order of the contents' digests.

    Of equal contents the first is kept.
    """
    first: dict[bytes, int] = {}
    for index, content in enumerate(contents):
        data = content.encode() if isinstance(content, str) else content
        first.setdefault(sha256(data).digest(), index)
    return [first[digest] for digest in sorted(first)]


def cut(order: Sequence[int], sizes: dict[str, int]) -> Rows:
    """Cut an order into consecutive splits of the given sizes; what is left belongs to none.

    Raises: ValueError if there are too few rows.
    """
    if sum(sizes.values()) > len(order):
        raise ValueError(f"{len(order)} rows are too few for {sizes}")
    rows, start = {}, 0
    for split, size in sizes.items():
        rows[split] = list(order[start:start + size])
        start += size
    return rows


def cut_each_class(order: Sequence[int], labels: Sequence[int],
                   sizes: Callable[[int], dict[str, int]]) -> Rows:
    """Cut each class on its own, given the sizes for a class of n rows; spread it over the split.

    The k-th of n rows of a class stands at (k + ½) / n of the split, so that every stretch of the
    split has nearly the shares of the whole; a digest of the row's number decides between equals.
    """
    classes = defaultdict(list)
    for row in order:
        classes[int(labels[row])].append(row)
    splits = defaultdict(list)
    for rows in classes.values():
        for split, part in cut(rows, sizes(len(rows))).items():
            splits[split] += [((k + 0.5) / len(part), sha256(str(row).encode()).digest(), row)
                              for k, row in enumerate(part)]
    return {split: [row for _, _, row in sorted(rows)] for split, rows in splits.items()}


def words_of(text: str) -> str:
    """Return the words of a text in lower case: two texts with the same words are duplicates."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def first_of_each(keys: Iterable[Sequence[str]]) -> list[int]:
    """Return the indices of examples of which no key stood in an earlier one that was kept."""
    seen, kept = [], []
    for index, key in enumerate(keys):
        seen = seen or [set() for _ in key]
        if not any(part in before for part, before in zip(key, seen, strict=True)):
            kept.append(index)
            for part, before in zip(key, seen, strict=True):
                before.add(part)
    return kept
