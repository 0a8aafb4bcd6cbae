"""A dictionary learned from sentence pairs: which words go together."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from lib.sequences.translation_data import TokenPair
from lib.sequences.vocab import Vocab

Table = dict[str, dict[str, float]]


def learn_dictionary(pairs: Sequence[TokenPair], *, num_iterations: int = 10) -> Table:
    """Return, for each source word, the probability of each target word it stands for.

    Each iteration shares each target word e among the source words f of its sentence,
    in proportion to p(e | f), and counts the shares, over all sentences:

    share(f, e) = p(e | f) / Σ_f' p(e | f')
    p(e | f) = Σ share(f, e) / Σ_e' Σ share(f, e')

    At first all words that occur together share alike. A pair with an empty sentence
    tells nothing.

    Raises: ValueError if `num_iterations` is below 1.
    Source: IBM Model 1 of Brown et al. (1993), J93-2003, without its empty word
    """
    if num_iterations < 1:
        raise ValueError(f"num_iterations must be at least 1, got {num_iterations}")
    sources = Vocab((pair.source for pair in pairs), specials=())
    targets = Vocab((pair.target for pair in pairs), specials=())
    source_ids, target_ids, places = _links(pairs, sources, targets)
    # N links, of one target word at one place with one source word of its sentence.
    both, kind = torch.unique(
        source_ids * len(targets) + target_ids, return_inverse=True
    )
    word = both // max(len(targets), 1)  # (K,): K pairs of words occur together
    p = torch.ones(len(both), dtype=torch.float64)
    for _ in range(num_iterations):
        share = p[kind] / _sum(p[kind], places)[places]  # (N,)
        count = _sum(share, kind)  # (N,) -> (K,)
        p = count / _sum(count, word)[word]
    table: Table = {}
    for f, e, value in zip(word.tolist(), both.tolist(), p.tolist(), strict=True):
        entry = table.setdefault(sources.tokens[f], {})
        entry[targets.tokens[e % len(targets)]] = value
    return table


def translate_words(
    tokens: Sequence[str], table: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """Replace each word by its most probable translation; keep one that has none."""
    return [
        max(table[token], key=lambda word: (table[token][word], word))
        if token in table
        else token
        for token in tokens
    ]


def _links(
    pairs: Sequence[TokenPair], sources: Vocab, targets: Vocab
) -> tuple[Tensor, Tensor, Tensor]:
    """Number the words of each link, and the place of its target word in the corpus.

    Shapes: three of (N,) of int64
    """
    empty = torch.zeros(0, dtype=torch.int64)
    columns: list[tuple[Tensor, Tensor, Tensor]] = [(empty, empty, empty)]
    place = 0
    for pair in pairs:
        source = torch.tensor(sources.encode(pair.source), dtype=torch.int64)
        target = torch.tensor(targets.encode(pair.target), dtype=torch.int64)
        here = torch.arange(place, place + len(target))
        place += len(target)
        columns.append(
            (
                source.repeat(len(target)),
                target.repeat_interleave(len(source)),
                here.repeat_interleave(len(source)),
            )
        )
    source_ids, target_ids, places = (
        torch.cat(part) for part in zip(*columns, strict=True)
    )
    return source_ids, target_ids, places


def _sum(values: Tensor, groups: Tensor) -> Tensor:
    """Add up the values of each group: (N,), (N,) -> (G,)."""
    size = int(groups.max()) + 1 if len(groups) else 0
    return torch.zeros(size, dtype=values.dtype).index_add(0, groups, values)
