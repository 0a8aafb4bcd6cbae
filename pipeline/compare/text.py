"""Compare printed text: numbers may differ by rounding, all else must be the same.

The rules for two numbers that stand in the same place:

- Whole numbers (`750`, `1,024`) must be written alike, unless `counts` loosens them. Floats that
  print as integers (`16777216.`) must be equal.
- Other numbers may differ by float32 noise: one millionth of the larger.
- They may also differ by one unit of the last digit, of the finer print of the two, where such a
  unit is at most a thousandth of the number. So `0.9123` equals `0.9124`, while `0.5` is not `0.6`
  and `0.0001` not `0.0002`: so few digits tell rounding from another number no more. In an array,
  whose elements share their decimals and their noise, it is a thousandth of the largest element.
- With `rtol` they may differ by `rtol` times the larger, and a unit of the last digit counts where
  it is at most a fifth of the number.
- Zero has no sign (`-0.` equals `0.`), but a whole number never equals one with a point.
- `nan`, `inf`, versions (`2.15.0`) and names (`conv1`) are words, which have no tolerance.

Padding is not compared, as it changes with the width of the numbers: blanks before a number, more
than one blank between words, blanks at the end of a line. Indentation before a word is compared.
A listing of source code is compared as it is. The time all this takes grows as the text does.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

NUMBER = re.compile(
    r"""(?:(?<![\w.)\]])[-+\u2212])?                     # a sign, not a minus or a hyphen
        (?<![\w.])                                       # not inside a name or a version
        (?:(?:[1-9]\d{0,2}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+)
        (?:[eE][-+]?\d{1,4})?
        (?!\d|\.\d)""",
    re.VERBOSE | re.ASCII,
)
TOKEN = re.compile(rf"[\[\]]|{NUMBER.pattern}", NUMBER.flags)
LISTING = re.compile(r'class="[^"]*\b(?:show-source|highlight)\b')
NOISE = Decimal("1e-6")  # relative, what float32 leaves after a few operations
ROUNDING = Decimal("1e-3")  # a unit of the last digit is rounding up to this part of the number
LOOSE_ROUNDING = Decimal("0.2")  # and up to this part in a cell with rtol
MAX_LENGTH = 400  # characters; longer numbers are words
WIDTH = 100  # characters of a long line that a difference shows


class Tolerance(NamedTuple):
    """The part of the larger by which numbers may differ, with a point and whole; 0 for none."""

    rtol: Decimal = Decimal(0)
    counts: Decimal = Decimal(0)


EXACT = Tolerance()


class Number(NamedTuple):
    """A number as printed.

    Its value, the unit of its last digit (0 if it has no decimals), and its size: the magnitude of
    the largest element of its array, its own outside of arrays.
    """

    text: str
    value: Decimal
    unit: Decimal
    size: Decimal

    @property
    def whole(self) -> bool:
        """Tell whether it was written without point and exponent."""
        return self.text.lstrip("-+\u2212").replace(",", "").isdigit()

    @property
    def integral(self) -> bool:
        """Tell whether it shows an integer without an exponent: `3`, `3.` or `3.0`."""
        return "e" not in self.text.lower() and self.value == self.value.to_integral_value()


class Piece(NamedTuple):
    """Part of a line: text, the number that follows (None at the end), where each begins."""

    text: str
    number: str | None
    start: int
    place: int


def text_difference(stored: str, new: str, allowed: Tolerance = EXACT) -> str | None:
    """Say in three lines where two texts differ first beyond the rules, None if they agree."""
    if stored == new:
        return None
    exact = bool(LISTING.search(stored) or LISTING.search(new))
    reader = Reader(stored), Reader(new)
    lines = zip_longest(stored.split("\n"), new.split("\n"))
    for count, (left, right) in enumerate(lines, start=1):
        found = None
        if left is None or right is None:
            where = "the new run" if right is None else "the stored output"
            found = 0, f"{where} has no such line"
        elif left != right and exact:
            found = _common(left, right), "source code is compared as it is"
        elif left != right:
            found = _line_difference(left, right, reader, allowed)
        if found is not None:
            place, detail = found
            return (f"line {count}: {detail}\n"
                    f"  stored:  {_clip(left, place)}\n  new run: {_clip(right, place)}")
        for side, line in zip(reader, (left, right), strict=True):
            side.line_start += len(line) + 1
    return None


class Reader:
    """Read the numbers of a text line by line, and know the arrays that they stand in."""

    def __init__(self, text: str) -> None:
        """Take a text and stand at its first line."""
        self.text = text
        self.line_start = 0

    @cached_property
    def sizes(self) -> dict[int, Decimal]:
        """Where numbers in arrays begin, and the size of their array."""
        return array_sizes(self.text)

    def number(self, piece: Piece) -> Number:
        """Read the number of a piece of this line."""
        return parse(piece.number, self.sizes.get(self.line_start + piece.place))


def parse(text: str, size: Decimal | None = None) -> Number:
    """Read one printed number, of an array whose largest element has a size.

    Raises: ValueError if the text is anything but one number.
    """
    if not NUMBER.fullmatch(text):
        raise ValueError(f"text must be one number, got {text!r}")
    value = Decimal(text.replace(",", "").replace("\u2212", "-"))
    exponent = value.as_tuple().exponent
    rounded = "e" in text.lower() or exponent < 0
    unit = Decimal(1).scaleb(exponent) if rounded else Decimal(0)
    return Number(text, value, unit, abs(value) if size is None else size)


def array_sizes(text: str) -> dict[int, Decimal]:
    """Return the largest magnitude in the array around a number, by where the number begins.

    An array is what stands between brackets, however deep, if all its decimals have one length.
    """
    sizes, members, depth = {}, [], 0
    for match in TOKEN.finditer(text):
        if match[0] == "[":
            depth += 1
        elif match[0] != "]":
            if depth and len(match[0]) <= MAX_LENGTH:
                members.append((match.start(), parse(match[0])))
        elif depth:
            depth -= 1
            if not depth:
                if len({number.unit for _, number in members if number.unit}) == 1:
                    largest = max(number.size for _, number in members)
                    sizes.update((start, largest) for start, _ in members)
                members = []
    return sizes


def pieces(line: str) -> Iterator[Piece]:
    """Split a line into texts, padding taken out, and the numbers between them."""
    start = 0
    for match in NUMBER.finditer(line):
        if len(match[0]) > MAX_LENGTH:
            continue
        text = _without_padding(line[start : match.start()], start).rstrip(" \t")
        yield Piece(text, match[0], start, match.start())
        start = match.end()
    yield Piece(_without_padding(line[start:], start).rstrip(), None, start, len(line))


def allowed_difference(first: Number, second: Number, allowed: Tolerance = EXACT) -> Decimal:
    """Return by how much two numbers may differ and still be the same result."""
    larger = max(abs(first.value), abs(second.value))
    if first.whole and second.whole:
        return larger * allowed.counts
    if first.integral and second.integral and not allowed.rtol:
        return Decimal(0)
    unit = min((unit for unit in (first.unit, second.unit) if unit), default=Decimal(0))
    rounding = max(larger, min(first.size, second.size)) * ROUNDING
    if unit > max(rounding, larger * LOOSE_ROUNDING if allowed.rtol else 0):
        unit = Decimal(0)
    return max(unit, larger * max(allowed.rtol, NOISE))


def numbers_agree(first: Number, second: Number, allowed: Tolerance = EXACT) -> bool:
    """Tell whether two numbers are the same result by the rules above."""
    if first.whole != second.whole:
        return False
    if first.whole and not allowed.counts:
        return first.text == second.text
    return abs(first.value - second.value) <= allowed_difference(first, second, allowed)


def _without_padding(text: str, start: int) -> str:
    """Make runs of blanks one, except the indentation of a line."""
    indentation = len(text) - len(text.lstrip(" \t")) if start == 0 else 0
    return text[:indentation] + re.sub(r"[ \t]+", " ", text[indentation:])


def _common(left: str, right: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _line_difference(
    left: str, right: str, readers: tuple[Reader, Reader], allowed: Tolerance
) -> tuple[int, str] | None:
    """Return where two lines begin to differ and how, None if they agree."""
    pairs = zip(pieces(left), pieces(right), strict=False)
    for count, (first, second) in enumerate(pairs, start=1):
        if first.text != second.text:
            return first.start + _common(first.text, second.text), "the text differs"
        if first.number == second.number:
            continue
        if first.number is None or second.number is None:
            return first.place, "a number stands where there is none"
        one, other = readers[0].number(first), readers[1].number(second)
        if not numbers_agree(one, other, allowed):
            return first.place, _explain(one, other, allowed, count)
    return None


def _explain(one: Number, other: Number, allowed: Tolerance, count: int) -> str:
    """Say which number of a line differs, by how much, and what would be allowed."""
    says = f"number {count} of the line: {one.text} stored, {other.text} in the new run; "
    if one.whole != other.whole:
        return says + "a whole number became one with a point, or the reverse"
    if one.whole and not allowed.counts:
        return says + "whole numbers must be written alike"
    limit = allowed_difference(one, other, allowed)
    return says + f"they differ by {abs(one.value - other.value):g}, allowed is {limit:g}"


def _clip(line: str | None, place: int) -> str:
    """Show of a long line what surrounds a place."""
    if line is None:
        return "(no line)"
    if len(line) <= WIDTH:
        return line
    start = max(0, min(place - WIDTH // 2, len(line) - WIDTH))
    end = start + WIDTH
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")
