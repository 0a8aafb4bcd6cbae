"""Bare shapes: what counts as one, and what the errors say."""

import re

import pytest
import torch

from lib.core.sizes import check_sizes


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
