"""Compare printed text: numbers may differ by rounding, all else must be the same.

What rounding is stands in `pipeline.compare.numbers`. Padding is not compared, as it changes with
the width of the numbers: blanks before a number, more than one blank between words, blanks at the
end of a line. Indentation before a word is compared. A listing of source code is compared as it
is, without any tolerance.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import zip_longest
from typing import NamedTuple

from pipeline.compare.numbers import NUMBER, Number, allowed_difference, numbers_agree, parse

LISTING = re.compile(r'class="[^"]*\b(?:show-source|highlight)\b')
WIDTH = 100  # characters of a long line that a difference shows


class Piece(NamedTuple):
    """Part of a line: text, the number that follows (None at the end), where the text begins."""

    text: str
    number: Number | None
    start: int


class Difference(NamedTuple):
    """The first line, counted from 1, in which two texts differ; None where there is no line."""

    line: int
    stored: str | None
    new: str | None
    detail: str


def first_difference(stored: str, new: str, rtol: Decimal | None = None) -> Difference | None:
    """Return the first difference of two texts that the rules do not allow, None if all agree."""
    exact = bool(LISTING.search(stored) or LISTING.search(new))
    lines = zip_longest(stored.split("\n"), new.split("\n"))
    for number, (left, right) in enumerate(lines, start=1):
        if left == right:
            continue
        if left is None or right is None:
            where = "the new run" if right is None else "the stored output"
            return Difference(number, left, right, f"{where} has no such line")
        found = _exactly(left, right) if exact else _by_pieces(left, right, rtol)
        if found is not None:
            place, detail = found
            return Difference(number, _clip(left, place), _clip(right, place), detail)
    return None


def pieces(line: str) -> Iterator[Piece]:
    """Split a line into texts, padding taken out, and the numbers between them."""
    start = 0
    for match in NUMBER.finditer(line):
        text = _without_padding(line[start : match.start()], start).rstrip(" \t")
        yield Piece(text, parse(match.group()), start)
        start = match.end()
    yield Piece(_without_padding(line[start:], start).rstrip(), None, start)


def _without_padding(text: str, start: int) -> str:
    """Make runs of blanks one, except the indentation of a line."""
    indentation = len(text) - len(text.lstrip(" \t")) if start == 0 else 0
    return text[:indentation] + re.sub(r"[ \t]+", " ", text[indentation:])


def _exactly(left: str, right: str) -> tuple[int, str]:
    return _common(left, right), "source code is compared as it is"


def _common(left: str, right: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _by_pieces(left: str, right: str, rtol: Decimal | None) -> tuple[int, str] | None:
    """Return where two lines begin to differ and how, None if they agree."""
    for count, (first, second) in enumerate(zip(pieces(left), pieces(right), strict=False), 1):
        if first.text != second.text:
            return first.start + _common(first.text, second.text), "the text differs"
        one, other = first.number, second.number
        place = first.start + len(first.text)
        if (one is None) != (other is None):
            return place, "a number stands where there is none"
        if one is not None and not numbers_agree(one, other, rtol):
            return place, _explain(one, other, rtol, count)
    return None


def _explain(one: Number, other: Number, rtol: Decimal | None, count: int) -> str:
    """Say which number of a line differs, by how much, and what would be allowed."""
    says = f"number {count} of the line: {one.text} stored, {other.text} in the new run; "
    if one.whole != other.whole:
        return says + "a whole number became one with a point, or the reverse"
    if one.whole and rtol is None:
        return says + "whole numbers must be written alike"
    allowed = allowed_difference(one, other, rtol)
    return says + f"they differ by {abs(one.value - other.value):g}, allowed is {allowed:g}"


def _clip(line: str, place: int) -> str:
    """Show of a long line what surrounds a place."""
    if len(line) <= WIDTH:
        return line
    start = max(0, min(place - WIDTH // 2, len(line) - WIDTH))
    end = start + WIDTH
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")


class NumericText(str):
    """A text that equals another if they differ by rounding only.

    Not transitive: a chain of small steps may lead far. Equal texts have the same hash.
    """

    __slots__ = ("rtol",)

    def __new__(cls, text: str, rtol: Decimal | None = None) -> "NumericText":
        """Take a text and the relative tolerance of its numbers beyond rounding."""
        made = super().__new__(cls, text)
        made.rtol = rtol
        return made

    def __eq__(self, other: object) -> bool:
        """Tell whether no difference is left that the rules do not allow."""
        if not isinstance(other, str):
            return NotImplemented
        return first_difference(str(self), str(other), self.rtol) is None

    def __ne__(self, other: object) -> bool:
        """Tell the opposite; `str` has a comparison of its own that would be taken otherwise."""
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    def __hash__(self) -> int:
        """Hash what two equal texts have in common, which is all but the numbers."""
        return hash(tuple(piece.text for line in self.split("\n") for piece in pieces(line)))
