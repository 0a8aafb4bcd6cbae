"""Softmax, its logarithm and the cross-entropy's gradient equal torch, also where exp overflows."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from lib.core.seed import make_generator
from lib.training.softmax_regression import (
    cross_entropy_gradient,
    log_softmax,
    log_sum_exp,
    softmax,
)

PAIRS = [(log_sum_exp, torch.logsumexp), (log_softmax, torch.log_softmax), (softmax, torch.softmax)]


def scores_of(*shape, scale=1.0, seed=0):
    numbers = torch.randn(*shape, generator=make_generator(seed), dtype=torch.float64)
    return (scale * numbers).requires_grad_()


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("scale", [1e-9, 1.0, 100.0, 1e5])
@pytest.mark.parametrize(("shape", "dim"), [((7,), 0), ((1, 5), 1), ((2, 3, 5), 1), ((5, 1), -1)])
def test_values_and_gradients_equal_torch(ours, theirs, scale, shape, dim):
    scores = scores_of(*shape, scale=scale)
    before = scores.detach().clone()
    result, reference = ours(scores, dim), theirs(scores, dim)
    torch.testing.assert_close(result, reference, rtol=1e-12, atol=1e-14)
    arriving = torch.randn(result.shape, generator=make_generator(1), dtype=torch.float64)
    mine, wanted = (torch.autograd.grad(r, scores, arriving)[0] for r in (result, reference))
    torch.testing.assert_close(mine, wanted, rtol=1e-12, atol=1e-14)
    assert torch.equal(scores, before)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize(
    "row", [[1e4, 0.0, -1e4], [float("-inf"), 0.0, 1.0], [float("-inf")] * 3,
            [float("inf"), 0.0, 1.0], [float("nan"), 0.0, 1.0], [3e38, 3e38, 0.0]],
)  # fmt: skip
def test_extreme_scores_give_what_torch_gives_in_single_precision(ours, theirs, row):
    scores = torch.tensor(row)
    torch.testing.assert_close(ours(scores), theirs(scores, -1), equal_nan=True)


@given(shift=st.floats(-1e6, 1e6), seed=st.integers(0, 20))
def test_a_shift_of_all_scores_changes_no_probability(shift, seed):
    scores = scores_of(3, 5, seed=seed).detach()
    torch.testing.assert_close(softmax(scores + shift), softmax(scores), rtol=1e-8, atol=1e-12)
    torch.testing.assert_close(softmax(scores).sum(dim=-1), torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize("batch_size", [1, 2, 13])
@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_the_gradient_of_cross_entropy_equals_autograd(batch_size, scale):
    logits = scores_of(batch_size, 7, scale=scale)
    targets = torch.randint(7, (batch_size,), generator=make_generator(2))
    (wanted,) = torch.autograd.grad(F.cross_entropy(logits, targets), logits)
    before = logits.detach().clone()
    result = cross_entropy_gradient(logits.detach(), targets)
    torch.testing.assert_close(result, wanted, rtol=1e-12, atol=1e-15)
    assert torch.equal(logits, before)


def test_the_gradient_refuses_other_shapes():
    with pytest.raises(ValueError, match=re.escape("logits must have shape (B, C), got (3,)")):
        cross_entropy_gradient(torch.zeros(3), torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ValueError, match=re.escape("targets must have shape (2,), got (2, 1)")):
        cross_entropy_gradient(torch.zeros(2, 3), torch.zeros(2, 1, dtype=torch.int64))


@pytest.mark.parametrize("function", [log_sum_exp, log_softmax, softmax])
def test_an_empty_axis_is_refused(function):
    with pytest.raises(IndexError):
        function(torch.zeros(2, 0))
