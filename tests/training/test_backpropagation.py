"""The chain rule by hand equals autograd; finite differences equal both."""

import re

import pytest
import torch
from torch.nn import functional as F

from lib.core.seed import make_generator
from lib.training.backpropagation import Network, backward, finite_difference, forward
from lib.training.softmax_regression import cross_entropy_gradient


def problem(batch_size=11, D=7, H=5, C=3, scale=1.0):
    generator = make_generator(0)
    shapes = ((H, D), (H,), (C, H), (C,), (batch_size, D))
    *parameters, x = (
        scale * torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes
    )
    return Network(*parameters), x, torch.arange(batch_size) % C


@pytest.mark.parametrize("batch_size", [1, 2, 11])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
def test_all_gradients_equal_autograd(batch_size, scale):
    network, x, targets = problem(batch_size, scale=scale)
    before = [value.clone() for value in (*network, x)]
    logits, cache = forward(network, x)
    ours = backward(network, cache, cross_entropy_gradient(logits, targets))
    leaves = [value.clone().requires_grad_() for value in (*network, x)]
    W1, b1, W2, b2, inputs = leaves
    reference = F.cross_entropy(F.linear(F.relu(F.linear(inputs, W1, b1)), W2, b2), targets)
    theirs = torch.autograd.grad(reference, leaves)
    torch.testing.assert_close(logits, F.linear(F.relu(F.linear(x, *network[:2])), *network[2:]))
    for mine, other in zip((*ours[0], ours[1]), theirs, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-10, atol=1e-12 * scale)
    for value, old in zip((*network, x), before, strict=True):
        assert torch.equal(value, old)


def test_the_gradient_of_relu_at_its_corner_is_torchs():
    network, x, targets = problem()
    network = network._replace(b1=torch.zeros(5, dtype=torch.float64))
    x = torch.zeros_like(x)  # every z is exactly 0
    logits, cache = forward(network, x)
    ours, _ = backward(network, cache, cross_entropy_gradient(logits, targets))
    assert not ours.b1.any()


def test_two_halves_of_a_batch_average_to_the_whole():
    network, x, targets = problem(10)

    def gradients(rows):
        logits, cache = forward(network, x[rows])
        return backward(network, cache, cross_entropy_gradient(logits, targets[rows]))[0]

    whole, first, last = gradients(slice(10)), gradients(slice(5)), gradients(slice(5, 10))
    for all_rows, a, b in zip(whole, first, last, strict=True):
        torch.testing.assert_close(all_rows, (a + b) / 2)


def test_finite_differences_equal_the_chain_rule_and_leave_the_parameter():
    network, x, targets = problem()
    logits, cache = forward(network, x)
    exact, _ = backward(network, cache, cross_entropy_gradient(logits, targets))
    for parameter, gradient in zip(network, exact, strict=True):
        before = parameter.clone()
        estimate = finite_difference(
            lambda: F.cross_entropy(forward(network, x)[0], targets), parameter, 1e-6
        )
        torch.testing.assert_close(estimate, gradient, rtol=1e-6, atol=1e-8)
        assert torch.equal(parameter, before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_difference_is_central_and_of_the_parameters_dtype(dtype):
    parameter = torch.tensor([[-1.0, 2.0, 0.5]], dtype=dtype)
    estimate = finite_difference(lambda: parameter.square().sum(), parameter, 0.5)
    torch.testing.assert_close(estimate, 2 * parameter)  # one-sided: off by 0.5


def test_what_does_not_fit_is_refused():
    network, x, _ = problem()
    with pytest.raises(ValueError, match=re.escape("W2 must have shape (C, 5), got (3, 4)")):
        forward(network._replace(W2=network.W2[:, 1:]), x)
    with pytest.raises(ValueError, match=re.escape("b2 must have shape (3,), got (2,)")):
        forward(network._replace(b2=network.b2[1:]), x)
    with pytest.raises(ValueError, match=re.escape("x must have shape (B, 7), got (11, 6)")):
        forward(network, x[:, 1:])
    with pytest.raises(ValueError, match=re.escape("b1 must have shape (5,), got (4,)")):
        forward(network._replace(b1=network.b1[1:]), x)
    logits, cache = forward(network, x)
    with pytest.raises(ValueError, match=re.escape("logits_grad must have shape (11, 3)")):
        backward(network, cache, logits[1:])
    for step in (0, -1e-6, float("nan")):
        with pytest.raises(ValueError, match=f"step must be positive, got {step}"):
            finite_difference(lambda: torch.zeros(()), torch.zeros(2), step)
