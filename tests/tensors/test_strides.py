"""Strides against torch: addresses, runs, and when a view is possible."""

import itertools
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.tensors.strides import (
    contiguous_strides,
    runs,
    shares_storage,
    storage_index,
    view_strides,
)

SIZES = st.sampled_from([0, 1, 1, 2, 3, 4, 6])
SHAPES = st.lists(SIZES, max_size=4).map(tuple)


@st.composite
def views(draw):
    """A tensor that reads its storage in a strange way: cut, stepped, stretched, reordered."""
    tensor = torch.arange(7 * 5 * 3 * 2).reshape(7, 5, 3, 2)
    for axis in range(4):
        first = draw(st.integers(0, 1))
        tensor = tensor.narrow(axis, first, draw(st.integers(1, tensor.shape[axis] - first)))
        tensor = tensor[(slice(None),) * axis + (slice(None, None, draw(st.integers(1, 2))),)]
    tensor = tensor.permute(draw(st.permutations(range(4))))
    for _ in range(draw(st.integers(0, 2))):
        tensor = tensor.select(draw(st.integers(0, tensor.dim() - 1)), 0)
    if draw(st.booleans()):
        tensor = tensor.unsqueeze(draw(st.integers(0, tensor.dim())))
    if draw(st.booleans()):
        tensor = tensor.expand(draw(st.sampled_from([1, 2, 6])), *tensor.shape)
    return tensor


@st.composite
def factors(draw, count):
    """A shape with this number of elements."""
    sizes = []
    while count > 1:
        size = draw(st.sampled_from([d for d in range(2, count + 1) if count % d == 0]))
        sizes.append(size)
        count //= size
    for _ in range(draw(st.integers(0, 2))):
        sizes.insert(draw(st.integers(0, len(sizes))), 1)
    return tuple(draw(st.permutations(sizes)))


@given(SHAPES)
@settings(max_examples=200, deadline=None)
def test_contiguous_strides_are_those_of_a_new_tensor(shape):
    assert contiguous_strides(shape) == torch.empty(shape).stride()
    assert torch.empty_strided(shape, contiguous_strides(shape)).is_contiguous()


def test_contiguous_strides_by_hand():
    assert contiguous_strides((7, 5, 3)) == (15, 3, 1)
    assert contiguous_strides((3, 0, 2)) == (2, 2, 1)
    assert contiguous_strides(()) == ()


@given(views())
@settings(max_examples=200, deadline=None)
def test_storage_index_finds_every_element(tensor):
    for index in itertools.islice(itertools.product(*map(range, tensor.shape)), 0, None, 5):
        place = storage_index(index, tensor.stride(), tensor.storage_offset())
        assert tensor[index].item() == place  # the storage holds 0, 1, 2, …
        assert tensor[index].storage_offset() == place


@given(views(), st.data())
@settings(max_examples=400, deadline=None)
def test_a_view_exists_exactly_where_torch_makes_one_and_has_its_strides(tensor, data):
    new_shape = data.draw(factors(tensor.numel()))
    try:
        expected = tensor.view(new_shape).stride()
    except RuntimeError:
        expected = None
    assert view_strides(tensor.shape, tensor.stride(), new_shape) == expected


@given(SHAPES, SHAPES, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_shapes_of_one_element_or_none_are_torchs_too(shape, new_shape, random):
    strides = [random.randint(0, 5) for _ in shape]
    tensor = torch.zeros(200).as_strided(shape, strides) if 0 not in shape else torch.empty(shape)
    if tensor.numel() != torch.Size(new_shape).numel():
        with pytest.raises(ValueError, match="must hold"):
            view_strides(shape, tensor.stride(), new_shape)
        return
    try:
        expected = tensor.view(new_shape).stride()
    except RuntimeError:
        expected = None
    assert view_strides(shape, tensor.stride(), new_shape) == expected


@pytest.mark.parametrize(
    ("shape", "stride", "expected"),
    [
        ((2, 3), (3, 1), [(6, 1)]),
        ((3, 2), (1, 3), [(3, 1), (2, 3)]),
        ((5, 2, 3), (6, 3, 1), [(30, 1)]),
        ((2, 5, 3), (3, 6, 1), [(2, 3), (5, 6), (3, 1)]),
        ((4, 3), (0, 1), [(4, 0), (3, 1)]),
        ((4, 3), (6, 2), [(12, 2)]),
        ((2, 1, 3), (3, 99, 1), [(6, 1)]),
        ((2, 1), (1, 7), [(2, 1), (1, 7)]),
        ((), (), []),
    ],
)
def test_runs_by_hand(shape, stride, expected):
    assert runs(shape, stride) == expected


def test_views_by_hand():
    assert view_strides((2, 3), (3, 1), (6,)) == (1,)
    assert view_strides((3, 2), (1, 3), (6,)) is None
    assert view_strides((3, 2), (1, 3), (3, 1, 2)) == (1, 6, 3)
    assert view_strides((4, 6), (1, 4), (2, 2, 3, 2)) == (2, 1, 8, 4)
    assert view_strides((), (), (1, 1)) == (1, 1)


def test_sharing_is_about_the_storage_not_the_numbers():
    x = torch.arange(6).reshape(2, 3)
    assert shares_storage(x, x.T[1:])
    assert not shares_storage(x, x.clone())
    assert not shares_storage(x[0], torch.arange(3))
    assert not shares_storage(torch.empty(0), torch.empty(0))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: contiguous_strides(3), TypeError, "shape must be a sequence of ints"),
        (lambda: contiguous_strides((-1, 2)), ValueError, "sizes of 0 or more, got (-1, 2)"),
        (lambda: storage_index((1,), (3, 1)), ValueError, "one entry per stride of (3, 1), got (1"),
        (lambda: runs((2, 3), (1,)), ValueError, "one entry per axis of shape (2, 3), got (1,)"),
        (lambda: view_strides((6,), (1,), (4, -1)), ValueError, "new_shape must hold sizes of 0"),
        (
            lambda: view_strides((2, 3), (3, 1), (4,)),
            ValueError,
            "new_shape (4,) must hold 6 elements like (2, 3)",
        ),
    ],
)
def test_wrong_arguments_are_named(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()
