"""Metrics: whatever the batches, the value is that of the whole."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.training.metrics import MOST_WAITING, Accuracy, Mean


def split(rows, cuts):
    """Cut a tensor's rows into batches of any sizes, empty ones left out."""
    edges = sorted({0, len(rows), *(cut % len(rows) for cut in cuts)})
    return [rows[start:stop] for start, stop in pairwise(edges)]


@settings(deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=40),
    cuts=st.lists(st.integers(0, 40)),
)
def test_mean_is_that_of_the_whole_for_any_batches(values, cuts):
    values = torch.tensor(values, dtype=torch.float64)
    mean = Mean()
    for batch in split(values, cuts):
        mean.update(batch.mean(), len(batch))
    assert mean.compute() == pytest.approx(values.mean().item(), rel=1e-9, abs=1e-6)


@settings(deadline=None)
@given(
    classes=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40),
    cuts=st.lists(st.integers(0, 40)),
)
def test_accuracy_is_that_of_the_whole_for_any_batches(classes, cuts):
    predicted, targets = torch.tensor(classes).unbind(1)  # (N, 2) -> (N,), (N,)
    logits = torch.nn.functional.one_hot(predicted, 5).float()  # (N,) -> (N, 5)
    accuracy = Accuracy()
    for part, right in zip(split(logits, cuts), split(targets, cuts), strict=True):
        accuracy.update(part, right)
    assert accuracy.compute() == sum(a == b for a, b in classes) / len(classes)


def test_a_short_last_batch_does_not_count_double():
    mean, accuracy = Mean(), Accuracy()
    mean.update(torch.tensor(1.0), 3)
    mean.update(torch.tensor(5.0), 1)
    assert mean.compute() == 2.0  # the mean of the means would be 3
    logits = torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [0.5, 0.1, 0.2], [-5.0, -3.0, -4.0]])
    accuracy.update(logits[:3], torch.tensor([0, 1, 0]))
    accuracy.update(logits[3:], torch.tensor([2]))
    assert accuracy.compute() == 0.75  # the mean of the accuracies would be 0.5


def test_many_small_numbers_are_not_lost_in_a_large_sum():
    mean = Mean()
    mean.update(torch.tensor(2.0**24), 1)
    for _ in range(1000):
        mean.update(torch.tensor(1.0), 1)  # in float32, 2**24 + 1 is 2**24
    assert mean.compute() == (2.0**24 + 1000) / 1001


@pytest.mark.parametrize("num_batches", [1, 999, 1000, 1001, 2500])
def test_what_waits_is_fetched_in_time_and_only_once(num_batches):
    mean = Mean()
    for index in range(num_batches):
        mean.update(torch.tensor(float(index)), 1 + index % 2)
        assert len(mean._waiting) < MOST_WAITING
    expected = sum(i * (1 + i % 2) for i in range(num_batches))
    expected /= sum(1 + i % 2 for i in range(num_batches))
    assert mean.compute() == mean.compute() == pytest.approx(expected, rel=1e-12)


def test_a_device_without_float64_will_do():
    """Nothing but a copy of the number itself happens on its device, as on Apple's GPUs."""

    class OnApple(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            result = super().__torch_function__(function, types, args, kwargs or {})
            if getattr(result, "dtype", None) == torch.float64:
                raise TypeError("Cannot convert to float64 on this device")
            return result

    mean = Mean()
    mean.update(torch.tensor(0.1, dtype=torch.float32).as_subclass(OnApple), 3)
    mean.update(torch.tensor(0.3, dtype=torch.bfloat16).as_subclass(OnApple), 1)
    assert mean.compute() == pytest.approx(0.15, rel=1e-2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_nobody_waits_for_the_gpu_before_the_end():
    mean, accuracy = Mean(), Accuracy()
    value, logits, targets = torch.ones((), device="cuda"), torch.eye(3).cuda(), torch.arange(3)
    targets = targets.cuda()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(5):
            mean.update(value, 3)
            accuracy.update(logits, targets)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert (mean.compute(), accuracy.compute()) == (1.0, 1.0)


def test_extreme_values():
    mean = Mean()
    mean.update(float("nan"), 2)
    mean.update(1.0)
    assert math.isnan(mean.compute())
    accuracy = Accuracy()
    accuracy.update(torch.tensor([[-100.0, 100.0]]), torch.tensor([1]))
    accuracy.update(torch.empty(0, 2), torch.empty(0, dtype=torch.int64))
    assert accuracy.compute() == 1.0


def test_reset_forgets():
    mean, accuracy = Mean(), Accuracy()
    mean.update(100.0, 7)
    accuracy.update(torch.tensor([[0.0, 1.0]]), torch.tensor([0]))
    mean.reset()
    accuracy.reset()
    with pytest.raises(ValueError, match="Mean needs at least one batch, got none"):
        mean.compute()
    with pytest.raises(ValueError, match="Accuracy needs at least one batch, got none"):
        accuracy.compute()
    mean.update(2.0, 3)
    assert mean.compute() == 2.0


def test_no_graph_is_kept_and_no_input_changed():
    weight = torch.tensor(2.0, requires_grad=True)
    logits, targets = torch.eye(3, requires_grad=True), torch.arange(3)
    mean, accuracy = Mean(), Accuracy()
    for _ in range(2):
        mean.update(weight * 3, 2)
        accuracy.update(logits, targets)
    kept = [value for value, _ in mean._waiting] + [accuracy._correct]
    assert len(kept) == 3
    assert not any(value.requires_grad for value in kept)
    assert torch.equal(logits, torch.eye(3))
    assert (mean.compute(), accuracy.compute()) == (6.0, 1.0)


def test_mean_does_not_hold_on_to_a_tensor_that_changes_later():
    value = torch.tensor(1.0, dtype=torch.float64)
    mean = Mean()
    mean.update(value)
    value.fill_(100.0)
    assert mean.compute() == 1.0


@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8, torch.int64])
def test_any_whole_numbers_are_class_indices(dtype):
    accuracy = Accuracy()
    accuracy.update(torch.eye(3).half(), torch.tensor([0, 1, 0], dtype=dtype))
    assert accuracy.compute() == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("logits", "targets", "error", "message"),
    [
        (torch.zeros(5), torch.zeros(5).long(), ValueError, r"logits .* \(N, C >= 2\), got \(5,\)"),
        (torch.zeros(5, 1), torch.zeros(5).long(), ValueError, r"C >= 2\), got \(5, 1\)"),
        (torch.zeros(5, 3, 2), torch.zeros(5).long(), ValueError, r"got \(5, 3, 2\)"),
        (torch.zeros(5, 3), torch.zeros(5, 1).long(), ValueError, r"targets .* got \(5, 1\)"),
        (torch.zeros(5, 3), torch.zeros(4).long(), ValueError, r"\(5,\) .* got \(4,\)"),
        (torch.zeros(5, 3).long(), torch.zeros(5).long(), TypeError, "logits .* torch.int64"),
        (torch.zeros(5, 3), torch.zeros(5), TypeError, "targets .* torch.float32"),
        (torch.zeros(5, 3), torch.zeros(5).bool(), TypeError, "targets .* torch.bool"),
    ],
)
def test_accuracy_refuses_what_it_cannot_count(logits, targets, error, message):
    accuracy = Accuracy()
    with pytest.raises(error, match=message):
        accuracy.update(logits, targets)
    with pytest.raises(ValueError, match="got none"):
        accuracy.compute()


@pytest.mark.parametrize("count", [0, -1, math.nan])
def test_mean_refuses_a_batch_of_nothing(count):
    with pytest.raises(ValueError, match=f"count must be positive, got {count}"):
        Mean().update(1.0, count)


def test_mean_refuses_more_than_one_number():
    with pytest.raises(ValueError, match=r"value must be one number, got shape \(3,\)"):
        Mean().update(torch.ones(3))
