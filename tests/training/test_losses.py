"""Each loss equals torch's in values and gradients, with all options, up to huge logits."""

import re

import pytest
import torch
from torch.nn import functional as F

from lib.core.seed import make_generator
from lib.training.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    l1_loss,
    mse_loss,
    reduced,
)

REDUCTIONS = ["mean", "sum", "none"]


def drawn(*shape, scale=1.0, seed=0):
    numbers = torch.randn(shape, generator=make_generator(seed), dtype=torch.float64)
    return (scale * numbers).requires_grad_()


def assert_equal(ours, theirs, logits, targets, rtol=1e-11, **options):
    """Values and gradients agree, and the inputs stay as they are."""
    before = logits.detach().clone(), targets.clone()
    results = [loss(logits, targets, **options) for loss in (ours, theirs)]
    torch.testing.assert_close(*results, rtol=rtol, atol=1e-12, equal_nan=True)
    gradients = [torch.autograd.grad(result.sum(), logits)[0] for result in results]
    torch.testing.assert_close(*gradients, rtol=rtol, atol=1e-12, equal_nan=True)
    assert torch.equal(logits, before[0])
    assert torch.equal(targets, before[1])


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(), (1,), (2, 1), (13, 3)])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e6])
@pytest.mark.parametrize(
    ("ours", "theirs", "options"),
    [(mse_loss, F.mse_loss, {}), (l1_loss, F.l1_loss, {}),
     (huber_loss, F.huber_loss, {}), (huber_loss, F.huber_loss, {"delta": 0.3})],
)  # fmt: skip
def test_regression_losses_equal_torch(ours, theirs, options, scale, shape, reduction):
    predictions, targets = drawn(*shape, scale=scale), drawn(*shape, seed=1).detach()
    assert_equal(ours, theirs, predictions, targets, reduction=reduction, **options)


@pytest.mark.parametrize("loss", [l1_loss, huber_loss, mse_loss])
def test_the_gradient_at_no_error_is_zero(loss):
    predictions = torch.ones(3, requires_grad=True)
    loss(predictions, torch.ones(3)).backward()
    assert torch.equal(predictions.grad, torch.zeros(3))


def test_huber_meets_at_delta():
    edge = torch.tensor([2.0 - 1e-12, 2.0, 2.0 + 1e-12], dtype=torch.float64)
    values = huber_loss(edge, torch.zeros(3, dtype=torch.float64), delta=2.0, reduction="none")
    torch.testing.assert_close(values, torch.full((3,), 2.0, dtype=torch.float64))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("label_smoothing", [0.0, 0.15, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(5,), (1, 5), (2, 5), (13, 5), (2, 5, 3), (2, 5, 3, 7)])
def test_cross_entropy_equals_torch(shape, weighted, label_smoothing, reduction):
    logits = drawn(*shape, scale=3.0)
    axis = min(1, len(shape) - 1)
    places = shape[:axis] + shape[axis + 1 :]
    classes = torch.randint(5, places, generator=make_generator(1))
    shares = drawn(*shape, seed=2).detach().softmax(axis)
    options = {"reduction": reduction, "label_smoothing": label_smoothing}
    if weighted:
        options["weight"] = torch.tensor([0.5, 2.0, 0.0, 1.0, 7.0], dtype=torch.float64)
    for targets in (classes, shares):
        assert_equal(cross_entropy, F.cross_entropy, logits, targets, **options)
    for ignore_index in (-100, 3):
        some = classes.clone().reshape(-1)
        some[::2] = ignore_index
        options["ignore_index"] = ignore_index
        assert_equal(cross_entropy, F.cross_entropy, logits, some.reshape(places), **options)


@pytest.mark.parametrize("scale", [100.0, 1e4, 1e30])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_cross_entropy_of_extreme_logits_equals_torch_in_both_precisions(scale, label_smoothing):
    targets = torch.randint(7, (11,), generator=make_generator(1))
    for dtype, rtol in ((torch.float64, 1e-11), (torch.float32, 1e-5)):
        logits = drawn(11, 7, scale=scale).detach().to(dtype).requires_grad_()
        options = {"label_smoothing": label_smoothing, "rtol": rtol}
        assert_equal(cross_entropy, F.cross_entropy, logits, targets, **options)


def test_a_forbidden_class_costs_nothing_unless_it_is_right():
    logits = torch.tensor([[0.0, 1.0, float("-inf")]], requires_grad=True)
    assert_equal(cross_entropy, F.cross_entropy, logits, torch.tensor([1]))
    assert cross_entropy(logits, torch.tensor([2])) == float("inf")


def test_the_mean_of_no_target_is_nan_and_the_sum_0():
    logits, targets = drawn(3, 5), torch.full((3,), -100)
    assert cross_entropy(logits, targets).isnan()
    assert cross_entropy(logits, targets, reduction="sum") == 0
    assert F.cross_entropy(logits, targets).isnan()


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("scale", [1.0, 100.0, 1e4, 1e300])
@pytest.mark.parametrize("shape", [(), (1, 3), (2, 3), (13, 3)])
def test_binary_cross_entropy_equals_torch(shape, scale, weighted, reduction):
    logits = drawn(*shape, scale=scale)
    targets = (drawn(*shape, seed=3) > 0).double()
    options = {"reduction": reduction}
    if weighted and shape:
        options["pos_weight"] = torch.tensor([0.5, 1.0, 9.0], dtype=torch.float64)
    for values in (targets, 0.8 * targets + 0.1):
        assert_equal(
            binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits,
            logits, values, **options,
        )  # fmt: skip


def test_two_classes_are_one_logit():
    logit, yes = drawn(11), (drawn(11, seed=1) > 0).long()
    pair = torch.stack([torch.zeros(11, dtype=torch.float64), logit], dim=1)
    torch.testing.assert_close(
        binary_cross_entropy_with_logits(logit, yes.double()), cross_entropy(pair, yes)
    )


WRONG = [
    (lambda: mse_loss(torch.zeros(4), torch.zeros(4, 1)), "(4,), got (4, 1)"),
    (lambda: l1_loss(torch.zeros(4), torch.zeros(1)), "(4,), got (1,)"),
    (lambda: huber_loss(torch.zeros(4), torch.zeros(())), "(4,), got ()"),
    (lambda: huber_loss(torch.zeros(2), torch.zeros(2), delta=0), "delta must be positive, got 0"),
    (lambda: binary_cross_entropy_with_logits(torch.zeros(4, 1), torch.zeros(4)),
     "(4, 1), got (4,)"),
    (lambda: cross_entropy(torch.zeros(2, 3), torch.zeros(2, 1, dtype=torch.int64)),
     "the logits without C, (2,), got (2, 1)"),
    (lambda: cross_entropy(torch.zeros(2, 3), torch.zeros(2)), "(2, 3), got (2,)"),
    (lambda: cross_entropy(torch.zeros(2, 3), torch.tensor([0, 3])),
     "classes from 0 to 2 or ignore_index (-100), got 3"),
    (lambda: cross_entropy(torch.zeros(2, 3), torch.tensor([-1, 0])), "got -1"),
    (lambda: cross_entropy(torch.zeros(1, 3), torch.tensor([0]), label_smoothing=1.5),
     "label_smoothing must be from 0 to 1, got 1.5"),
    (lambda: cross_entropy(torch.zeros(1, 3), torch.tensor([0]), reduction="avg"),
     "reduction must be 'mean', 'sum' or 'none', got 'avg'"),
    (lambda: reduced(torch.zeros(2), "max"), "got 'max'"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_what_cannot_be_meant_is_refused(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
