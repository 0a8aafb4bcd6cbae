"""Numbers as they are printed, and by how much two prints of the same result may differ.

The rules, for two numbers that stand in the same place:

- Whole numbers (`750`, `1,024`) are text: they must be written alike.
- Numbers with a point or an exponent may differ by float32 noise, one millionth of the larger.
- They may also differ by one unit of the last digit, of the finer print of the two, where such a
  unit is small: at most a thousandth of the number, or 0.0001 (1e-7 in scientific notation). So
  `0.9123` equals `0.9124` and `1e-08` equals `9e-09`, but `0.5` is not `0.6`. `3.` has no such
  unit and is not `4.`, while `1.` equals `1.0000`, and `-0.` equals `0.`.
- With `rtol` numbers, whole ones included, may also differ by `rtol` times the larger, and a unit
  of the last digit always counts. A whole number never equals one with a point.
- `nan`, `inf`, versions (`2.15.0`) and names (`conv1`) are words, not numbers.
"""

import re
from decimal import Decimal
from typing import NamedTuple

NUMBER = re.compile(
    r"""(?:(?<![\w.)\]])[-+\u2212])?                     # a sign, not a minus or a hyphen
        (?<![\w.])                                       # not inside a name or a version
        (?:(?:[1-9]\d{0,2}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+)
        (?:[eE][-+]?\d{1,4})?
        (?!\d|\.\d)""",
    re.VERBOSE | re.ASCII,
)
NOISE = Decimal("1e-6")  # relative, what float32 leaves after a few operations
VISIBLE = Decimal("1e-3")  # relative size up to which a unit of the last digit is rounding
SMALL_UNIT = Decimal("1e-4")  # torch prints four decimals
SMALL_SCIENTIFIC_UNIT = Decimal("1e-7")  # float32 has no digits below this next to 1


class Number(NamedTuple):
    """A number as printed, its value, and the unit of its last digit (0 if it has no decimals)."""

    text: str
    value: Decimal
    unit: Decimal

    @property
    def whole(self) -> bool:
        """Tell whether it was written without point and exponent."""
        return self.text.lstrip("-+\u2212").replace(",", "").isdigit()

    @property
    def scientific(self) -> bool:
        """Tell whether it was written with an exponent."""
        return "e" in self.text.lower()


def parse(text: str) -> Number:
    """Read one printed number.

    Raises: ValueError if the text is anything but one number.
    """
    if not NUMBER.fullmatch(text):
        raise ValueError(f"text must be one number, got {text!r}")
    value = Decimal(text.replace(",", "").replace("\u2212", "-"))
    exponent = value.as_tuple().exponent
    rounded = "e" in text.lower() or exponent < 0
    return Number(text, value, Decimal(1).scaleb(exponent) if rounded else Decimal(0))


def allowed_difference(first: Number, second: Number, rtol: Decimal | None = None) -> Decimal:
    """Return by how much two numbers may differ and still be the same result."""
    size = max(abs(first.value), abs(second.value))
    if first.whole and second.whole:
        return size * (rtol or 0)
    unit = min((unit for unit in (first.unit, second.unit) if unit), default=Decimal(0))
    small = SMALL_SCIENTIFIC_UNIT if first.scientific or second.scientific else SMALL_UNIT
    if rtol is None and unit > max(size * VISIBLE, small):
        unit = Decimal(0)
    return max(unit, size * max(rtol or Decimal(0), NOISE))


def numbers_agree(first: Number, second: Number, rtol: Decimal | None = None) -> bool:
    """Tell whether two numbers are the same result by the rules above."""
    if first.whole != second.whole:
        return False
    if first.whole and rtol is None:
        return first.text == second.text
    return abs(first.value - second.value) <= allowed_difference(first, second, rtol)
