"""The broadcasting rule against torch: shapes, errors, gradients."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.tensors.broadcasting import AlignedAxis, align, broadcast_shape, unbroadcast

SIZES = st.sampled_from([0, 1, 1, 2, 3])
SHAPES = st.lists(SIZES, max_size=4).map(tuple)


@st.composite
def stretched_pairs(draw):
    """A shape and a target that it broadcasts to."""
    target = draw(SHAPES)
    kept = target[draw(st.integers(0, len(target))) :]
    return tuple(1 if draw(st.booleans()) else size for size in kept), target


@given(st.lists(SHAPES, max_size=4))
@settings(max_examples=200, deadline=None)
def test_shape_is_torchs_and_errors_come_exactly_where_torch_errs(shapes):
    try:
        expected = tuple(torch.broadcast_shapes(*shapes))
    except RuntimeError:
        with pytest.raises(ValueError, match="do not broadcast"):
            broadcast_shape(*shapes)
        return
    assert broadcast_shape(*shapes) == expected


@given(SHAPES, SHAPES)
@settings(max_examples=150, deadline=None)
def test_shape_is_that_of_a_real_sum(left, right):
    try:
        expected = tuple((torch.zeros(left) + torch.zeros(right)).shape)
    except RuntimeError:
        expected = None
    rows = align(left, right)
    got = None if any(row.size is None for row in rows) else tuple(r.size for r in reversed(rows))
    assert got == expected


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([], ()),
        ([()], ()),
        ([(), (3, 2)], (3, 2)),
        ([(5, 1, 3), (2, 3)], (5, 2, 3)),
        ([(0,), (1,)], (0,)),
        ([(1, 7), (5, 1), (3, 1, 1)], (3, 5, 7)),
        ([torch.Size([2, 1]), [1, 3]], (2, 3)),
    ],
)
def test_shapes_by_hand(shapes, expected):
    result = broadcast_shape(*shapes)
    assert result == expected
    assert type(result) is tuple


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (
            [(2, 3), (4, 3)],
            r"^shapes \(2, 3\) and \(4, 3\) do not broadcast: axis -2 is 2 and 4, "
            r"and neither is 1$",
        ),
        ([(2,), (0,)], r"\(2,\) and \(0,\) do not broadcast: axis -1 is 2 and 0"),
        ([(3,), (3,), (2,)], r"\(3,\) and \(2,\) do not broadcast: axis -1 is 3 and 2"),
        ([(2, 3), (4, 5)], r"axis -1 is 3 and 5"),
        ([(1, 7), (3, 1), (5, 7)], r"\(3, 1\) and \(5, 7\) do not broadcast: axis -2 is 3 and 5"),
        ([(7, 2), (3, 7, 2), (5, 1, 1)], r"\(3, 7, 2\) and \(5, 1, 1\).*axis -3 is 3 and 5"),
    ],
)
def test_error_names_the_two_shapes_the_axis_and_the_sizes(shapes, message):
    with pytest.raises(ValueError, match=message):
        broadcast_shape(*shapes)


def test_align_gives_one_row_per_axis_from_the_right():
    assert align((3, 1), (5,), (2, 4, 5)) == [
        AlignedAxis(-1, (1, 5, 5), 5),
        AlignedAxis(-2, (3, None, 4), None),
        AlignedAxis(-3, (None, None, 2), 2),
    ]
    assert align() == align(()) == []


@given(SHAPES, SHAPES)
@settings(max_examples=150, deadline=None)
def test_unbroadcast_refuses_exactly_what_expand_refuses(shape, target):
    tensor = torch.zeros(shape)
    try:
        tensor.expand(target)
    except RuntimeError:
        with pytest.raises(ValueError, match="does not broadcast to"):
            unbroadcast(torch.zeros(target), shape)
        return
    assert tuple(unbroadcast(torch.zeros(target), shape).shape) == shape


@given(stretched_pairs())
@settings(max_examples=200, deadline=None)
def test_unbroadcast_is_the_gradient_of_expand(pair):
    shape, target = pair
    generator = torch.Generator().manual_seed(0)
    tensor = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    gradient = torch.randn(target, dtype=torch.float64, generator=generator)
    before = gradient.clone()
    (expected,) = torch.autograd.grad(tensor.expand(target), tensor, gradient)
    result = unbroadcast(gradient, shape)
    assert result.dtype == torch.float64
    torch.testing.assert_close(result, expected, rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(result, gradient.sum_to_size(shape), rtol=1e-13, atol=1e-13)
    assert torch.equal(gradient, before)


def test_both_gradients_of_a_broadcast_product_are_autograds():
    generator = torch.Generator().manual_seed(1)
    a = torch.randn(5, 1, 3, dtype=torch.float64, generator=generator, requires_grad=True)
    b = torch.randn(2, 1, dtype=torch.float64, generator=generator, requires_grad=True)
    upstream = torch.randn(5, 2, 3, dtype=torch.float64, generator=generator)
    expected = torch.autograd.grad(a * b, (a, b), upstream)
    with torch.no_grad():
        mine = unbroadcast(upstream * b, a.shape), unbroadcast(upstream * a, b.shape)
    torch.testing.assert_close(mine, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: broadcast_shape((-1, 2)), ValueError, r"sizes of 0 or more, got \(-1, 2\)"),
        (lambda: broadcast_shape(3), TypeError, r"sequence of ints such as \(2, 3\), got 3"),
        (lambda: align((2.0,)), TypeError, r"shapes must be a sequence of ints.*got \(2.0,\)"),
        (lambda: unbroadcast(torch.zeros(3), (2, 3)), ValueError, r"has 2 axes .* has 1"),
        (
            lambda: unbroadcast(torch.zeros(4, 3), (2, 3)),
            ValueError,
            r"shape \(2, 3\) does not broadcast to \(4, 3\): axis -2 is 2, wanted 1 or 4",
        ),
        (
            lambda: unbroadcast(torch.zeros(1, 3), (2, 3)),
            ValueError,
            r"axis -2 is 2, wanted 1$",
        ),
    ],
)
def test_wrong_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
