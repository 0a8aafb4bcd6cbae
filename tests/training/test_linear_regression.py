"""Linear regression by hand equals torch and scikit-learn."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from torch import nn
from torch.nn import functional as F

from lib.core.seed import make_generator
from lib.training.linear_regression import (
    largest_stable_lr,
    least_squares,
    linear,
    minibatches,
    sgd_step,
    squared_loss,
    synthetic_data,
)


def examples(num_examples=23, num_features=5, seed=0):
    generator = make_generator(seed)
    features = torch.randn(num_examples, num_features, generator=generator, dtype=torch.float64)
    return features, torch.randn(num_examples, generator=generator, dtype=torch.float64)


def test_synthetic_data_lies_on_the_line_up_to_the_noise():
    weight = torch.tensor([2.0, -3.0, 0.5], dtype=torch.float64)
    features, targets = synthetic_data(
        weight, 4.0, 20_000, noise_std=0.1, generator=make_generator(0)
    )
    noise = targets - (features @ weight + 4.0)
    assert features.shape == (20_000, 3)
    assert targets.shape == (20_000,)
    assert noise.mean().abs() < 4 * 0.1 / 20_000**0.5
    assert noise.std().item() == pytest.approx(0.1, rel=0.03)
    assert features.std().item() == pytest.approx(1, rel=0.02)


def test_synthetic_data_refuses_a_column_of_weights():
    with pytest.raises(ValueError, match=re.escape("weight must have shape (D,), got (3, 1)")):
        synthetic_data(torch.ones(3, 1), 0.0, 5, noise_std=1.0, generator=make_generator(0))


@given(num_examples=st.integers(0, 40), batch_size=st.integers(1, 45), seed=st.integers(0, 9))
def test_minibatches_give_every_example_once(num_examples, batch_size, seed):
    features = torch.arange(2.0 * num_examples).reshape(num_examples, 2)
    targets = features[:, 0] * 10
    batches = list(
        minibatches(features, targets, batch_size, generator=make_generator(seed))
    )
    sizes = [len(y) for X, y in batches if len(X)]
    assert sum(sizes) == num_examples
    assert all(size == batch_size for size in sizes[:-1])
    assert all(torch.equal(X[:, 0] * 10, y) for X, y in batches)
    seen = torch.cat([y for _, y in batches]) if batches else targets
    assert torch.equal(seen.sort().values, targets)


def test_minibatches_are_shuffled_and_repeat_with_the_seed():
    features, targets = examples()
    first, again, other = (
        torch.cat([y for _, y in minibatches(features, targets, 7, generator=make_generator(s))])
        for s in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, targets)


def test_minibatches_refuse_what_cannot_be_batched():
    features, targets = examples()
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        next(minibatches(features, targets, 0, generator=make_generator(0)))
    with pytest.raises(ValueError, match="as many rows, got 23 and 22"):
        next(minibatches(features, targets[1:], 2, generator=make_generator(0)))


@pytest.mark.parametrize("batch_size", [1, 2, 13])
def test_model_and_loss_equal_torch_in_values_and_gradients(batch_size):
    features, targets = examples(batch_size)
    layer = nn.Linear(5, 1, dtype=torch.float64)
    weight = layer.weight.detach()[0].clone().requires_grad_()
    bias = layer.bias.detach()[0].clone().requires_grad_()
    before = features.clone(), targets.clone()
    loss = squared_loss(linear(features, weight, bias), targets)
    reference = F.mse_loss(layer(features)[:, 0], targets)
    loss.backward()
    reference.backward()
    torch.testing.assert_close(loss, reference)
    torch.testing.assert_close(weight.grad, layer.weight.grad[0])
    torch.testing.assert_close(bias.grad, layer.bias.grad[0])
    assert torch.equal(features, before[0])
    assert torch.equal(targets, before[1])


def test_the_loss_refuses_shapes_that_would_broadcast():
    with pytest.raises(ValueError, match=re.escape("got (4,) and (4, 1)")):
        squared_loss(torch.zeros(4), torch.zeros(4, 1))


@pytest.mark.parametrize("scale", [1e-100, 1.0, 100.0])
def test_steps_equal_torch_sgd(scale):
    features, targets = examples(11, 3)
    start = [scale * torch.randn(3, dtype=torch.float64), torch.zeros((), dtype=torch.float64)]
    mine = [value.clone().requires_grad_() for value in start]
    theirs = [value.clone().requires_grad_() for value in start]
    optimizer = torch.optim.SGD(theirs, lr=0.05)
    for _ in range(5):
        squared_loss(linear(features, *mine), targets).backward()
        sgd_step(mine, lr=0.05)
        optimizer.zero_grad()
        squared_loss(linear(features, *theirs), targets).backward()
        optimizer.step()
    for ours, reference in zip(mine, theirs, strict=True):
        torch.testing.assert_close(ours, reference, rtol=1e-14, atol=0)
        assert ours.grad is None
        assert ours.is_leaf


def test_a_step_refuses_a_missing_gradient_and_changes_nothing():
    ready = torch.ones(2, requires_grad=True)
    ready.sum().backward()
    missing = torch.ones(3, requires_grad=True)
    with pytest.raises(ValueError, match="call backward"):
        sgd_step([ready, missing], lr=0.1)
    assert torch.equal(ready, torch.ones(2))
    for lr in (0, float("nan")):
        with pytest.raises(ValueError, match=re.escape(f"lr must be positive, got {lr}")):
            sgd_step([ready], lr=lr)


@given(num_features=st.integers(1, 5), extra=st.integers(2, 20), seed=st.integers(0, 50))
def test_least_squares_equals_scikit_learn(num_features, extra, seed):
    features, targets = examples(num_features + 1 + extra, num_features, seed)
    weight, bias = least_squares(features, targets)
    reference = LinearRegression().fit(features.numpy(), targets.numpy())
    torch.testing.assert_close(weight, torch.tensor(reference.coef_), rtol=1e-6, atol=1e-8)
    assert bias.item() == pytest.approx(reference.intercept_, rel=1e-6, abs=1e-8)


def test_least_squares_goes_through_points_on_a_line():
    features = torch.tensor([[1.0], [2.0]], dtype=torch.float64)
    weight, bias = least_squares(features, torch.tensor([3.0, 5.0], dtype=torch.float64))
    assert weight.tolist() == pytest.approx([2.0])
    assert bias.item() == pytest.approx(1.0)


def test_least_squares_refuses_too_few_examples_and_wrong_shapes():
    with pytest.raises(ValueError, match="3 weights and a bias need at least 4 examples, got 2"):
        least_squares(torch.zeros(2, 3), torch.zeros(2))
    with pytest.raises(ValueError, match="targets must have shape"):
        least_squares(torch.zeros(5, 3), torch.zeros(5, 1))


@pytest.mark.parametrize(("factor", "diverges"), [(0.98, False), (1.02, True)])
def test_descent_diverges_just_above_the_largest_stable_lr(factor, diverges):
    features, targets = examples(30, 3)
    features = features * torch.tensor([1.0, 3.0, 0.2], dtype=torch.float64)
    parameters = [torch.zeros(3, dtype=torch.float64), torch.zeros((), dtype=torch.float64)]
    lr = factor * largest_stable_lr(features)
    for parameter in parameters:
        parameter.requires_grad_()
    losses = []
    for _ in range(400):
        loss = squared_loss(linear(features, *parameters), targets)
        losses.append(loss.item())
        loss.backward()
        sgd_step(parameters, lr)
    assert (losses[-1] > losses[0]) is diverges


def test_largest_stable_lr_of_one_centred_feature_is_known():
    features = torch.tensor([[2.0], [-2.0]], dtype=torch.float64)
    assert largest_stable_lr(features) == pytest.approx(1 / 4)
    with pytest.raises(ValueError, match="features must have shape"):
        largest_stable_lr(torch.zeros(3))
