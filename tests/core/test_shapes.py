"""The shape check accepts exactly the shapes that fit, and says what does not."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib.core.shapes import check_shape, check_sizes

sizes = st.integers(0, 5)


def test_letters_are_bound_and_returned():
    assert check_shape("x", torch.zeros(2, 3, 7), "B", "T", 7) == {"B": 2, "T": 3}
    assert check_shape("x", torch.zeros(3, 5, 3), "N", None, "N") == {"N": 3}
    assert check_shape("x", torch.zeros(()), *()) == {}
    assert check_shape("x", torch.zeros(0, 1), "N", 1) == {"N": 0}


@pytest.mark.parametrize(
    ("shape", "expected", "message"),
    [
        (
            (2, 3, 5),
            ("B", "T", 7),
            "x must have shape (B, T, 7), got (2, 3, 5): axis 2 is 5, wanted 7",
        ),
        ((2, 3), ("N", "N"), "x must have shape (N, N), got (2, 3): axis 1 is 3, wanted N = 2"),
        ((2,), (3,), "x must have shape (3,), got (2,): axis 0 is 2, wanted 3"),
        (
            (2, 3),
            ("B", None, 7),
            "x must have shape (B, any, 7), got (2, 3): its rank is 2, wanted 3",
        ),
        ((2,), (), "x must have shape (), got (2,): its rank is 1, wanted 0"),
        ((1, 3), (2, 3), "x must have shape (2, 3), got (1, 3): axis 0 is 1, wanted 2"),
    ],
)
def test_messages(shape, expected, message):
    with pytest.raises(ValueError, match="x must have shape") as error:
        check_shape("x", torch.zeros(shape), *expected)
    assert str(error.value) == message


@pytest.mark.parametrize(("value", "kind"), [([[1.0]], "list"), (None, "NoneType"), (3, "int")])
def test_not_a_tensor(value, kind):
    with pytest.raises(TypeError, match=f"weight must be a tensor, got {kind}"):
        check_shape("weight", value, 1, 1)


@given(st.lists(st.tuples(sizes, st.sampled_from(["A", "B", None, 0, 1, 2])), max_size=5))
def test_accepts_exactly_when_one_size_fits_each_letter(axes):
    shape = tuple(size for size, _ in axes)
    expected = tuple(wanted for _, wanted in axes)
    bound = {
        letter: {size for size, wanted in axes if wanted == letter}
        for letter in ("A", "B")
        if letter in expected
    }
    fits = all(len(found) == 1 for found in bound.values()) and all(
        size == wanted for size, wanted in axes if isinstance(wanted, int)
    )
    tensor = torch.zeros(shape)
    if fits:
        assert check_shape("x", tensor, *expected) == {k: v.pop() for k, v in bound.items()}
    else:
        with pytest.raises(ValueError, match="x must have shape"):
            check_shape("x", tensor, *expected)


@given(st.lists(sizes, max_size=4), st.lists(sizes, max_size=4))
def test_another_rank_is_always_refused(shape, other):
    if len(shape) == len(other):
        assert check_shape("x", torch.zeros(shape), *shape) == {}
    else:
        with pytest.raises(ValueError, match="its rank is"):
            check_shape("x", torch.zeros(shape), *([None] * len(other)))


def test_tensor_unchanged():
    x = torch.arange(6.0).reshape(2, 3)
    copy = x.clone()
    check_shape("x", x, "B", 3)
    assert torch.equal(x, copy)
    assert x.shape == (2, 3)


@pytest.mark.parametrize("shape", [(2, 3), [2, 3], torch.Size([2, 3])])
def test_every_kind_of_sequence_becomes_a_plain_tuple(shape):
    assert check_sizes("shape", shape) == (2, 3)
    assert type(check_sizes("shape", shape)) is tuple


def test_no_axes_and_empty_axes_are_shapes():
    assert check_sizes("shape", ()) == ()
    assert check_sizes("shape", (0, 1)) == (0, 1)


@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        (3, TypeError, "target must be a sequence of ints such as (2, 3), got 3"),
        ((2.0, 3), TypeError, "such as (2, 3), got (2.0, 3)"),
        ("23", TypeError, "got '23'"),
        ([2, -1], ValueError, "target must hold sizes of 0 or more, got (2, -1)"),
    ],
)
def test_errors_name_the_argument_and_what_came(shape, error, message):
    with pytest.raises(error, match=re.escape(message)):
        check_sizes("target", shape)
