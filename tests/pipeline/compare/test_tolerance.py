"""Which differences between two prints are rounding, and which are not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.compare.numbers import parse
from pipeline.compare.tolerance import NumericText, first_difference, pieces

EQUAL = [
    ("loss 0.9123", "loss 0.9124"),
    ("1.2346e+03", "1.2347e+03"),
    ("1e-08", "9e-09"),
    ("9.999", "10.000"),
    ("10.00", "9.999"),
    ("1.", "1.0000"),
    ("-0.", "0."),
    ("-0.0000", "0.0000"),
    ("tensor([ 0.1000, -0.0000])", "tensor([0.1000, 0.0000])"),
    ("0.0001", "0.0000"),
    ("0.30000000000000004", "0.3"),
    ("0.8432199954986572", "0.8432202339172363"),
    ("\u22120.1234", "\u22120.1235"),
    ("91.23%", "91.24%"),
    ("12,345.6 rows", "12,345.7 rows"),
    ("nan inf -inf", "nan inf -inf"),
    ("a    1.0  ", "a 1.0"),
    ("name      loss", "name  loss"),
]
DIFFERENT = [
    ("loss 0.9123", "loss 0.9125"),
    ("loss 0.9123", "lost 0.9123"),
    ("0.5", "0.6"),
    ("0.25", "0.26"),
    ("3.", "4."),
    ("tensor([1., 2.])", "tensor([1., 3.])"),
    ("1000.", "1001."),
    ("1e-07", "1e-08"),
    ("1e-4", "2e-4"),
    ("1e5", "2e5"),
    ("0.1234", "-0.1234"),
    ("0.", "1.2e-07"),
    ("epoch 3", "epoch 4"),
    ("epoch 3", "epoch 03"),
    ("1,024", "1,025"),
    ("1,024", "1024"),
    ("tensor(1)", "tensor(1.)"),
    ("12%", "13%"),
    ("12.00%", "12.00"),
    ("nan", "0.1000"),
    ("inf", "-inf"),
    ("inf", "nan"),
    ("torch 2.15.0", "torch 2.15.1"),
    ("2025-01-05", "2025-01-06"),
    ("conv1", "conv2"),
    ("layer.0.weight", "layer.1.weight"),
    ("(2, 3)", "(2, 3, 1)"),
    ("1 2", "12"),
    ("a b", "ab"),
    ("x\n  y", "x\n    y"),
    ("a\nb\nc", "a\nc"),
    ("a\n", "a"),
    ("a", "a\n0.5"),
]
LOOSENED = [
    ("acc 91.2%", "acc 89.2%", True),
    ("acc 91.2%", "acc 81.2%", False),
    ("loss 0.01", "loss 0.02", True),
    ("loss 0.01", "loss 0.03", False),
    ("684 of 750", "690 of 750", True),
    ("epoch 3", "epoch 4", False),
    ("tensor(1)", "tensor(1.)", False),
    ("inf", "0.5", False),
    ("torch 2.15.0", "torch 2.16.0", False),
]


@pytest.mark.parametrize(("stored", "new"), EQUAL)
def test_rounding_is_no_difference(stored, new):
    assert first_difference(stored, new) is None
    assert first_difference(new, stored) is None
    assert hash(NumericText(stored)) == hash(NumericText(new))


@pytest.mark.parametrize(("stored", "new"), DIFFERENT)
def test_all_else_is_a_difference(stored, new):
    assert first_difference(stored, new) is not None
    assert first_difference(new, stored) is not None


@pytest.mark.parametrize(("stored", "new", "equal"), LOOSENED)
def test_rtol_loosens_to_its_limit(stored, new, equal):
    assert first_difference(stored, new) is not None
    assert (first_difference(stored, new, Decimal("0.05")) is None) is equal


@pytest.mark.parametrize("frame", ['<pre class="show-source">{}</pre>',
                                   '<div class="highlight">{}</div>'])
def test_source_code_is_compared_as_it_is(frame):
    stored, new = frame.format("lr = 0.12345"), frame.format("lr = 0.12346")
    assert first_difference("lr = 0.12345", "lr = 0.12346") is None
    assert first_difference(stored, new, Decimal("0.5")) is not None
    assert first_difference(frame.format("a  b"), frame.format("a b")) is not None


def test_difference_names_line_numbers_and_allowance():
    found = first_difference("epoch 1\nloss 0.1000 0.2234", "epoch 1\nloss 0.1001 0.2239")
    assert found.line == 2
    assert (found.stored, found.new) == ("loss 0.1000 0.2234", "loss 0.1001 0.2239")
    assert found.detail == ("number 2 of the line: 0.2234 stored, 0.2239 in the new run; "
                            "they differ by 0.0005, allowed is 0.0001")


def test_difference_names_a_missing_line():
    found = first_difference("a\nb", "a")
    assert (found.line, found.stored, found.new) == (2, "b", None)
    assert found.detail == "the new run has no such line"


@pytest.mark.parametrize(("stored", "new", "detail"), [
    ("epoch 3", "epoch 4", "whole numbers must be written alike"),
    ("n 3", "n 3.0", "a whole number became one with a point, or the reverse"),
    ("a", "b", "the text differs"),
    ("a 1", "a", "a number stands where there is none"),
])
def test_difference_says_what_differs(stored, new, detail):
    assert first_difference(stored, new).detail.endswith(detail)


def test_long_lines_show_the_place_of_the_difference():
    found = first_difference("a " * 300 + "7 " + "b " * 300, "a " * 300 + "8 " + "b " * 300)
    assert " 7 " in found.stored
    assert " 8 " in found.new
    assert max(len(found.stored), len(found.new)) <= 102


def test_numbers_inside_names_are_words():
    line = "conv1 v2.15.0 x_3 0x1f 28x28 -1.5 (2, +3) 4-5 1e-3"
    found = [piece.number.text for piece in pieces(line) if piece.number]
    assert found == ["0", "28", "-1.5", "2", "+3", "4", "5", "1e-3"]


@pytest.mark.parametrize("text", ["", "a", "1 2", "1.2.3", "nan", "1e"])
def test_parse_refuses_what_is_not_one_number(text):
    with pytest.raises(ValueError, match="text must be one number, got"):
        parse(text)


def test_numeric_text_is_unlike_what_is_no_text():
    assert NumericText("1") != 1
    assert NumericText("0.9123") == "0.9124"
    assert not NumericText("0.9123") != "0.9124"  # noqa: SIM202 (this is the operator tested)
    assert NumericText("0.9") != NumericText("0.8")
    assert NumericText("0.9", Decimal("0.2")) == NumericText("0.8", Decimal("0.2"))


printed = st.text(st.sampled_from("abe \t\n.,-+0123456789[]()%"), max_size=60)
rtols = st.none() | st.sampled_from([Decimal("0.001"), Decimal("0.05"), Decimal("0.5")])


@given(printed, rtols)
def test_a_text_equals_itself(text, rtol):
    assert NumericText(text, rtol) == NumericText(str(text), rtol)
    assert first_difference(text + " ", text, rtol) is None


@given(printed, printed, rtols)
def test_comparison_is_symmetric_and_agrees_with_the_hash(one, other, rtol):
    left, right = NumericText(one, rtol), NumericText(other, rtol)
    assert (left == right) is (right == left)
    assert (left == right) is not (left != right)
    if left == right:
        assert hash(left) == hash(right)


@given(st.integers(-99999, 99999), st.integers(4, 6), st.sampled_from([-1, 1]))
def test_one_unit_of_the_last_digit_is_rounding_and_two_are_not(digits, decimals, sign):
    def print_number(value):
        return f"loss {value / 10**decimals:.{decimals}f}"

    stored = print_number(digits)
    assert first_difference(stored, print_number(digits + sign)) is None
    assert first_difference(stored, print_number(digits + 2 * sign)) is not None


@given(st.floats(1e-3, 1e6), st.floats(0.001, 0.5), st.floats(0, 3))
def test_rtol_bounds_the_relative_difference(value, rtol, factor):
    limit = Decimal(f"{rtol:.3f}")
    other = value * (1 - float(limit) * factor)
    within = first_difference(f"{value:.9f}", f"{other:.9f}", limit) is None
    if factor < 0.99:
        assert within
    if factor > 1.01 and abs(value - other) > float(limit) * max(value, abs(other)) * 1.01:
        assert not within
