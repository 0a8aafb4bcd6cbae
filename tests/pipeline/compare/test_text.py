"""Which differences between two prints are rounding, and which are not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.compare.text import Tolerance, array_sizes, parse, pieces, text_difference

EQUAL = [
    ("loss 0.9123", "loss 0.9124"),
    ("1.2346e+03", "1.2347e+03"),
    ("9.999", "10.000"),
    ("10.00", "9.999"),
    ("1.", "1.0000"),
    ("-0.", "0."),
    ("-0.0000", "0.0000"),
    ("tensor([ 0.1000, -0.0000])", "tensor([0.1000, 0.0000])"),
    ("[0.4123, 0.0001]", "[0.4123, 0.0000]"),
    ("tensor([[ 0.5123,  0.0001],\n        [-0.0012,  0.0400]])",
     "tensor([[ 0.5123,  0.0002],\n        [-0.0013,  0.0400]])"),
    ("[[0.0, 0.31], [1.2345, 0.0001]]", "[[0.0, 0.31], [1.2346, 0.0001]]"),
    ("1.2346e-08", "1.2347e-08"),
    ("1000.12", "1000.13"),
    ("nan, 0.9123", "nan, 0.9124"),
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
    ("1e-08", "9e-09"),
    ("lr 0.0001", "lr 0.0002"),
    ("lr 0.0001", "lr 0.0000"),
    ("lr 0.0001", "lr 0.0010"),
    ("loss 0.0123", "loss 0.0124"),
    ("lr 0.0001 loss [0.9123]", "lr 0.0002 loss [0.9123]"),
    ("[0.1, 0.01, 0.001]", "[0.1, 0.01, 0.002]"),
    ("[0.0001, 0.0002]", "[0.0001, 0.0003]"),
    ("[0.1234, 0.0001, 0.01]", "[0.1234, 0.0002, 0.01]"),
    ("(0.4123, 0.0001)", "(0.4123, 0.0002)"),
    ("0.0001] [0.9123", "0.0002] [0.9123"),
    ("tensor([0.4123, 0.0001])", "tensor([0.4123, 0.0003])"),
    ("tensor([0.4123, 0.0001])", "tensor([9.4123, 0.0001])"),
    ("tensor(16777216.)", "tensor(16777217.)"),
    ("16777216.0", "16777217.0"),
    ("62,378,344", "62,378,345"),
    ("torch.Size([750, 64])", "torch.Size([751, 64])"),
    ("684 of 750", "685 of 750"),
    ("0." + 500 * "1", "0." + 499 * "1" + "2"),
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
    ("tensor([0.9123, nan])", "tensor([0.9123, 0.0001])"),
    ("tensor([0.9123, 0.0001])", "tensor([0.9123, nan])"),
    ("loss 1e9999", "loss inf"),
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
LOOSENED = [  # rtol, counts, and whether they are enough
    ("acc 91.2%", "acc 89.2%", "0.05", "0", True),
    ("acc 91.2%", "acc 81.2%", "0.05", "0", False),
    ("loss 0.06", "loss 0.07", "0.05", "0", True),
    ("loss 0.06", "loss 0.08", "0.05", "0", False),
    ("loss 0.01", "loss 0.02", "0.05", "0", False),
    ("lr 0.0001", "lr 0.0002", "0.05", "0", False),
    ("loss 0.0000", "loss 0.0001", "0.5", "0", False),
    ("100.", "101.", "0.05", "0", True),
    ("684 of 750", "690 of 750", "0.05", "0", False),
    ("684 of 750", "690 of 750", "0", "0.05", True),
    ("684 of 750", "640 of 750", "0", "0.05", False),
    ("684 of 750", "640 of 750", "0.5", "0.05", False),
    ("0.912 of 750", "0.902 of 750", "0", "0.05", False),
    ("epoch 3", "epoch 4", "0.05", "0.05", False),
    ("tensor(1)", "tensor(1.)", "0.5", "0.5", False),
    ("inf", "0.5", "0.5", "0.5", False),
    ("nan", "0.5", "0.5", "0.5", False),
    ("torch 2.15.0", "torch 2.16.0", "0.5", "0.5", False),
]
HALF = Tolerance(Decimal("0.5"), Decimal("0.5"))


@pytest.mark.parametrize(("stored", "new"), EQUAL)
def test_rounding_is_no_difference(stored, new):
    assert text_difference(stored, new) is None
    assert text_difference(new, stored) is None


@pytest.mark.parametrize(("stored", "new"), DIFFERENT)
def test_all_else_is_a_difference(stored, new):
    assert text_difference(stored, new) is not None
    assert text_difference(new, stored) is not None


@pytest.mark.parametrize(("stored", "new", "rtol", "counts", "equal"), LOOSENED)
def test_tags_loosen_to_their_limit(stored, new, rtol, counts, equal):
    allowed = Tolerance(Decimal(rtol), Decimal(counts))
    assert text_difference(stored, new) is not None
    assert (text_difference(stored, new, allowed) is None) is equal
    assert (text_difference(new, stored, allowed) is None) is equal


@pytest.mark.parametrize("frame", ['<pre class="show-source">{}</pre>',
                                   '<div class="highlight">{}</div>'])
def test_source_code_is_compared_as_it_is(frame):
    stored, new = frame.format("lr = 0.12345"), frame.format("lr = 0.12346")
    assert text_difference("lr = 0.12345", "lr = 0.12346") is None
    assert "source code is compared as it is" in text_difference(stored, new, HALF)
    assert text_difference(frame.format("a  b"), frame.format("a b")) is not None


@pytest.mark.parametrize(("stored", "new", "says"), [
    ("epoch 1\nloss 0.1000 0.2234", "epoch 1\nloss 0.1001 0.2239",
     "line 2: number 2 of the line: 0.2234 stored, 0.2239 in the new run; they differ by 0.0005, "
     "allowed is 0.0001\n  stored:  loss 0.1000 0.2234\n  new run: loss 0.1001 0.2239"),
    ("a\nb", "a", "line 2: the new run has no such line\n  stored:  b\n  new run: (no line)"),
    ("epoch 3", "epoch 4", "whole numbers must be written alike\n"),
    ("n 3", "n 3.0", "a whole number became one with a point, or the reverse\n"),
    ("a", "b", "line 1: the text differs\n"),
    ("a 1", "a", "a number stands where there is none\n"),
])
def test_a_difference_is_told(stored, new, says):
    assert says in text_difference(stored, new)


def test_long_lines_show_the_place_of_the_difference():
    found = text_difference("a " * 300 + "7 " + "b " * 300, "a " * 300 + "8 " + "b " * 300)
    _, stored, new = found.split("\n")
    assert " 7 " in stored
    assert " 8 " in new
    assert max(len(stored), len(new)) <= 102 + len("  stored:  ")


def test_numbers_inside_names_are_words():
    line = "conv1 v2.15.0 x_3 0x1f 28x28 -1.5 (2, +3) 4-5 1e-3"
    found = [piece.number for piece in pieces(line) if piece.number]
    assert found == ["0", "28", "-1.5", "2", "+3", "4", "5", "1e-3"]


def test_elements_of_an_array_have_the_size_of_the_largest():
    assert array_sizes("[[0.1, -2.0],\n 3] 4.0 [5.00, 6.0] [7.0") == dict.fromkeys(
        (2, 7, 15), Decimal(3)
    )


@pytest.mark.parametrize("text", ["", "a", "1 2", "1.2.3", "nan", "1e"])
def test_parse_refuses_what_is_not_one_number(text):
    with pytest.raises(ValueError, match="text must be one number, got"):
        parse(text)


@pytest.mark.parametrize("run", ["a", "1", "/", "1.", "[0.1 ", ",234", "M1.5-2", " "])
def test_a_long_line_takes_linear_time(run):
    line = run * (200_000 // len(run))  # the square of that takes minutes
    assert text_difference(f"{line} 1.5", f"{line} 2.5x") is not None


printed = st.text(st.sampled_from("abe \t\n.,-+0123456789[]()%"), max_size=60)
allowances = st.sampled_from([Tolerance(), Tolerance(Decimal("0.05")), HALF])


@given(printed, allowances)
def test_blanks_at_the_end_do_not_count(text, allowed):
    assert text_difference(text + " ", text, allowed) is None


@given(printed, printed, allowances)
def test_comparison_is_symmetric(one, other, allowed):
    left, right = (text_difference(*pair, allowed) for pair in ((one, other), (other, one)))
    assert (left is None) is (right is None)


@given(st.integers(1000, 99999), st.integers(4, 6), st.sampled_from([-1, 1]))
def test_one_unit_of_the_last_digit_is_rounding_and_two_are_not(digits, decimals, sign):
    def print_number(value):
        return f"loss {value / 10**decimals:.{decimals}f}"

    stored = print_number(digits)
    assert text_difference(stored, print_number(digits + sign)) is None
    assert text_difference(stored, print_number(digits + 2 * sign)) is not None


@given(st.integers(1, 998), st.integers(0, 6))
def test_numbers_of_three_digits_or_fewer_have_no_rounding(digits, decimals):
    one, other = (f"lr {n / 10**decimals:.{decimals}f}" for n in (digits, digits + 1))
    assert text_difference(one, other) is not None


@given(st.floats(1e-3, 1e6), st.floats(0.001, 0.5), st.floats(0, 3))
def test_rtol_bounds_the_relative_difference(value, rtol, factor):
    limit = Decimal(f"{rtol:.3f}")
    other = value * (1 - float(limit) * factor)
    within = text_difference(f"{value:.9f}", f"{other:.9f}", Tolerance(limit)) is None
    if factor < 0.99:
        assert within
    if factor > 1.01 and abs(value - other) > float(limit) * max(value, abs(other)) * 1.01:
        assert not within
