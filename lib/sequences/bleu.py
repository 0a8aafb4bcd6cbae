"""BLEU: how many n-grams of translations occur in reference translations."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from torch import Tensor

MAX_ORDER = 4
FLOOR = 0.1
Tokens = Sequence[str]


class BleuCounts(NamedTuple):
    """Counts of n-grams of 1 … max_order tokens, of one sentence or a sum of many.

    `totals` counts the translation's n-grams, `matches` those found in a reference, and
    `ref_length` the tokens of the reference closest in length.
    """

    matches: tuple[int, ...]
    totals: tuple[int, ...]
    length: int
    ref_length: int


class BleuScore(NamedTuple):
    """BLEU from 0 to 100, the precisions in percent, and what they came from."""

    score: float
    precisions: tuple[float, ...]
    brevity_penalty: float
    counts: BleuCounts


def ngrams(tokens: Tokens, order: int) -> Counter[tuple[str, ...]]:
    """Count the runs of `order` tokens that follow each other.

    Raises: TypeError if `tokens` is one string; ValueError if `order` is below 1.
    """
    if isinstance(tokens, str):
        raise TypeError(f"tokens must be a list of strings, got one string {tokens!r}")
    if order < 1:
        raise ValueError(f"order must be at least 1, got {order}")
    starts = range(len(tokens) - order + 1)
    return Counter(tuple(tokens[i : i + order]) for i in starts)


def count_matches(
    tokens: Tokens, references: Sequence[Tokens], *, max_order: int = MAX_ORDER
) -> BleuCounts:
    """Return the n-gram counts of one translated sentence.

    matches_n = Σ_g min(count of g in tokens, largest count of g in a reference)

    Raises: TypeError if a sentence is one string; ValueError if there is no reference,
        or `max_order` is below 1.
    """
    if not references:
        raise ValueError("references must hold at least one sentence, got none")
    if max_order < 1:
        raise ValueError(f"max_order must be at least 1, got {max_order}")
    matches, totals = [], []
    for order in range(1, max_order + 1):
        found = ngrams(tokens, order)
        allowed: Counter[tuple[str, ...]] = Counter()
        for reference in references:
            allowed |= ngrams(reference, order)  # the larger of the two counts
        matches.append((found & allowed).total())  # the smaller of the two counts
        totals.append(found.total())
    lengths = [len(reference) for reference in references]
    closest = min(lengths, key=lambda n: (abs(n - len(tokens)), n))
    return BleuCounts(tuple(matches), tuple(totals), len(tokens), closest)


def bleu_score(
    counts: Iterable[BleuCounts],
    *,
    smoothing: str = "exp",
    effective_order: bool = False,
) -> BleuScore:
    """Return BLEU of sentences, whose counts are added first.

    BLEU = 100 · BP · (p_1 · … · p_N)^(1/N),  p_n = matches_n / totals_n,
    BP = min(1, exp(1 − ref_length / length))

    A zero among the matches makes BLEU zero. `smoothing` replaces it: "exp" by 1/2, 1/4
    and so on, "floor" by 0.1, "none" by nothing. With no match of any order, or an
    order of which the translations have no n-gram, BLEU is 0 all the same;
    `effective_order` leaves out the orders from there on, as is usual for one sentence.

    Raises: ValueError if `smoothing` is none of these or there are no counts.
    Same as: sacrebleu's BLEU.compute_bleu(smooth_method=smoothing).
    Source: Papineni et al. (2002), doi:10.3115/1073083.1073135; Chen, Cherry (2014),
        doi:10.3115/v1/W14-3346 (smoothing)
    """
    if smoothing not in ("exp", "floor", "none"):
        raise ValueError(f"smoothing must be exp, floor or none, got {smoothing!r}")
    total = _add(counts)
    length, ref_length = total.length, total.ref_length
    penalty = 1.0
    if length < ref_length:
        penalty = math.exp(1 - ref_length / length) if length else 0.0
    if not any(total.matches):
        return BleuScore(0.0, (0.0,) * len(total.matches), penalty, total)
    precisions = _precisions(total, smoothing)
    used = precisions
    if effective_order:
        used = precisions[: sum(n > 0 for n in total.totals)]
    score = 0.0
    if min(used) > 0:
        score = penalty * math.exp(sum(map(math.log, used)) / len(used))
    return BleuScore(score, precisions, penalty, total)


def corpus_bleu(
    translations: Sequence[Tokens],
    references: Sequence[Sequence[Tokens]],
    *,
    max_order: int = MAX_ORDER,
    smoothing: str = "exp",
    effective_order: bool = False,
) -> BleuScore:
    """Return BLEU of many sentences, each with its own list of reference translations.

    Raises: ValueError if there are not as many of these lists as translations; else as
        `count_matches` and `bleu_score`.
    Same as: sacrebleu.BLEU(tokenize="none", smooth_method=smoothing).corpus_score of
        the tokens joined by blanks.
    Source: as `bleu_score`
    """
    if len(translations) != len(references):
        raise ValueError(
            "references must be as many as translations, got "
            f"{len(references)} and {len(translations)}"
        )
    pairs = zip(translations, references, strict=True)
    counts = [count_matches(*pair, max_order=max_order) for pair in pairs]
    return bleu_score(counts, smoothing=smoothing, effective_order=effective_order)


class TokenBleu:
    """BLEU of numbered tokens, up to the first `eos` of each row: a metric for `fit`.

    There is one reference for each translation. An unknown token `unk` in a translation
    matches nothing, since it stands for no word.
    """

    def __init__(self, *, eos: int, unk: int) -> None:
        self.eos, self.unk = eos, unk
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._counts: list[BleuCounts] = []

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """Take in translations and references.

        Shapes: outputs (B, T), targets (B, U), of int64
        Raises: ValueError if there are not as many of one as of the other.
        """
        for output, target in zip(outputs, targets, strict=True):
            tokens = ["" if i == self.unk else str(i) for i in self._cut(output)]
            reference = [str(i) for i in self._cut(target)]
            self._counts.append(count_matches(tokens, [reference]))

    def compute(self) -> float:
        """Return BLEU of all sentences, from 0 to 100.

        Raises: ValueError if there was none.
        """
        return bleu_score(self._counts).score

    def _cut(self, row: Tensor) -> list[int]:
        """Return the numbers before the first `eos`."""
        ids = row.tolist()
        return ids[: ids.index(self.eos)] if self.eos in ids else ids


def _add(counts: Iterable[BleuCounts]) -> BleuCounts:
    """Return the sum of the counts of sentences."""
    rows = list(counts)
    if not rows:
        raise ValueError("counts must hold at least one sentence, got none")
    matches, totals, lengths, ref_lengths = zip(*rows, strict=True)
    return BleuCounts(
        tuple(map(sum, zip(*matches, strict=True))),
        tuple(map(sum, zip(*totals, strict=True))),
        sum(lengths),
        sum(ref_lengths),
    )


def _precisions(counts: BleuCounts, smoothing: str) -> tuple[float, ...]:
    """Return matches / totals in percent, zero matches smoothed; 0 without n-grams."""
    precisions, half = [], 1.0
    for matches, total in zip(counts.matches, counts.totals, strict=True):
        if not matches and smoothing == "exp" and total:
            half /= 2
        zero = {"exp": half, "floor": FLOOR, "none": 0.0}[smoothing]
        precisions.append(100 * (matches or zero) / total if total else 0.0)
    return tuple(precisions)
