"""Sizes and receptive fields are those that torch's layers show."""

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lib.cnn.padding_stride_channels import (
    ReceptiveField,
    WindowLayer,
    edge_padding,
    output_size,
    receptive_fields,
    transposed_output_size,
    whole_pair,
)

GRID = list(product((1, 2, 7, 12), (1, 2, 5), (1, 2, 3), (0, 1, 2), (1, 2, 3)))


def test_sizes_are_torchs_or_both_refuse():
    refused = 0
    for size, kernel_size, stride, padding, dilation in GRID:
        options = (kernel_size, stride, padding, dilation)
        layer = nn.Conv1d(1, 1, *options)
        try:
            wanted = layer(torch.zeros(1, 1, size)).shape[-1]
        except RuntimeError:
            refused += 1
            with pytest.raises(ValueError, match="the window spans"):
                output_size(size, *options)
        else:
            assert output_size(size, *options) == wanted, (size, options)
    assert 0 < refused < len(GRID) / 2


def test_transposed_sizes_are_torchs_or_both_refuse():
    refused = 0
    for size, kernel_size, stride, padding, dilation in GRID:
        for extra in (0, 1):
            arguments = (size, kernel_size, stride, padding, extra, dilation)
            try:
                layer = nn.ConvTranspose1d(
                    1, 1, kernel_size, stride, padding, extra, dilation=dilation
                )
                wanted = layer(torch.zeros(1, 1, size)).shape[-1]
            except (RuntimeError, ValueError):
                refused += 1
                with pytest.raises(ValueError, match=r"output_padding must be|leaves an output"):
                    transposed_output_size(*arguments)
            else:
                assert transposed_output_size(*arguments) == wanted, arguments
    assert 0 < refused < len(GRID)


@given(*(st.integers(least, 40) for least in (1, 1, 1, 0, 1)))
def test_the_last_window_fits_and_one_more_would_not(size, kernel_size, stride, padding, dilation):
    span = dilation * (kernel_size - 1) + 1
    if span > size + 2 * padding:
        return
    count = output_size(size, kernel_size, stride, padding, dilation)
    assert (count - 1) * stride + span <= size + 2 * padding < count * stride + span


@given(*(st.integers(least, 12) for least in (1, 1, 1, 0, 1)))
def test_a_transposed_convolution_goes_back_to_the_size(size, kernel_size, stride, padding,
                                                        dilation):  # fmt: skip
    span = dilation * (kernel_size - 1) + 1
    if span > size + 2 * padding:
        return
    left_out = (size + 2 * padding - span) % stride
    smaller = output_size(size, kernel_size, stride, padding, dilation)
    options = (kernel_size, stride, padding, left_out, dilation)
    assert transposed_output_size(smaller, *options) == size


STACKS = [
    [WindowLayer(3)],
    [WindowLayer(3, 1, 1), WindowLayer(3, 1, 1), WindowLayer(5)],
    [WindowLayer(7, 2, 3), WindowLayer(3, 2, 1), WindowLayer(3, 1, 2, 2), WindowLayer(2, 3)],
    [WindowLayer(1, 2), WindowLayer(3, 1, 0, 3)],
    [],
]


@pytest.mark.parametrize("layers", STACKS)
def test_an_output_has_gradients_at_its_field_and_nowhere_else(layers):
    size = 61
    found = receptive_fields(layers, size)
    assert found[0] == (size, 1, 1, 0)
    assert len(found) == len(layers) + 1
    x = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
    y = x
    for layer, geometry in zip(layers, found[1:], strict=True):
        convolution = nn.Conv1d(1, 1, *layer).double()
        nn.init.ones_(convolution.weight)
        y = convolution(y)
        assert y.shape[-1] == geometry.size
        for index in (0, geometry.size // 2, geometry.size - 1):
            (gradient,) = torch.autograd.grad(y[0, 0, index], x, retain_graph=True)
            seen = gradient[0, 0].nonzero().flatten()
            first = geometry.start + index * geometry.jump
            assert seen.min() >= max(first, 0)
            assert seen.max() <= first + geometry.field - 1
            if layer.dilation == 1:  # a dilated kernel may skip a pixel at the edge
                assert seen.min() == max(first, 0)
                assert seen.max() == min(first + geometry.field, size) - 1


def test_a_field_by_hand():
    assert receptive_fields([WindowLayer(3, 2, 1), WindowLayer(3)], 9) == [
        ReceptiveField(9, 1, 1, 0), ReceptiveField(5, 3, 2, -1), ReceptiveField(3, 7, 2, -1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 1), "size must be at least 0, got -1"),
        ((5, 0), "kernel_size must be at least 1, got 0"),
        ((5, 3, 0), "stride must be at least 1, got 0"),
        ((5, 3, 1, -1), "padding must be at least 0, got -1"),
        ((5, 3, 1, 0, 0), "dilation must be at least 1, got 0"),
        ((5, 3, 1, 0, 3), "the window spans 7 pixels, the padded axis 5"),
        ((0, 1), "the window spans 1 pixels, the padded axis 0"),
    ],
)
def test_what_has_no_size(arguments, message):
    with pytest.raises(ValueError, match=message):
        output_size(*arguments)


def test_one_number_serves_rows_and_columns():
    assert whole_pair("stride", 3, 1) == whole_pair("stride", [3], 1) == (3, 3)
    assert whole_pair("stride", (2, 5), 1) == (2, 5)
    for value in (2.0, (1, 2, 3), (1, 2.0), "ab", None):
        with pytest.raises(TypeError, match="stride must be an int or a pair of ints, got"):
            whole_pair("stride", value, 1)
    with pytest.raises(ValueError, match=r"stride must be at least 1, got \(1, 0\)"):
        whole_pair("stride", (1, 0), 1)


def test_the_edges_come_as_pad_takes_them():
    one = (1, 1)
    assert edge_padding((2, 5), (3, 3), one, one) == (5, 5, 2, 2)
    assert edge_padding("valid", (3, 3), (2, 2), one) == (0, 0, 0, 0)
    assert edge_padding("same", (3, 4), one, one) == (1, 2, 1, 1)
    assert edge_padding("same", (3, 4), one, (3, 2)) == (3, 3, 3, 3)
