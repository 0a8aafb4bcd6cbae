"""What the engine refuses, and how it says so."""

import re

import pytest
import torch

from lib.tensors import engine
from lib.tensors.engine import Variable


def variable(*shape, dtype=torch.float64):
    """A leaf full of ones."""
    return Variable(torch.ones(shape, dtype=dtype))


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (
            lambda: Variable(3.0),
            TypeError,
            "value must be a tensor of floating-point numbers, got float",
        ),
        (
            lambda: Variable(torch.tensor([1, 2])),
            TypeError,
            "value must be a tensor of floating-point numbers, got torch.int64",
        ),
        (
            lambda: Variable(torch.ones(2), (variable(2, dtype=torch.float32),)),
            ValueError,
            "parents and gradient_fn belong together, got 1 parents",
        ),
        (
            lambda: Variable(torch.ones(2), (), lambda g: ()),
            ValueError,
            "parents and gradient_fn belong together, got 0 parents",
        ),
        (
            lambda: variable(2) + variable(2, dtype=torch.float32),
            TypeError,
            "parents must be torch.float64, got torch.float32",
        ),
        (
            lambda: variable(2, 3).backward(),
            ValueError,
            "gradient must be given for a value of shape (2, 3)",
        ),
        (
            lambda: variable(0).backward(),
            ValueError,
            "gradient must be given for a value of shape (0,)",
        ),
        (
            lambda: variable(2, 3).backward(torch.ones(3)),
            ValueError,
            "gradient must have shape (2, 3), got (3,)",
        ),
        (
            lambda: variable(3) @ variable(3, 2),
            ValueError,
            "matmul needs two or more axes on both sides, got (3,) and (3, 2)",
        ),
        (
            lambda: engine.matmul(variable(2, 3), variable(3)),
            ValueError,
            "matmul needs two or more axes on both sides, got (2, 3) and (3,)",
        ),
        (
            lambda: variable(2) ** variable(2),
            TypeError,
            "exponent must be a number, got Variable",
        ),
        (
            lambda: engine.power(variable(2), torch.tensor([1.0, 2.0])),
            TypeError,
            "exponent must be a number, got Tensor",
        ),
    ],
)
def test_errors_say_what_was_wanted_and_what_came(action, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        action()


def test_a_gradient_of_another_shape_is_not_handed_on():
    bias = variable(3)
    wrong = Variable(torch.ones(5, 3).double() + bias.value, (bias,), lambda g: (g,), "shift")
    message = "shift must return a gradient of shape (3,), got (5, 3)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        engine.sum_over(wrong).backward()
    assert bias.grad is None


def test_as_many_gradients_as_parents():
    a = variable(3)
    wrong = Variable(a.value * 2, (a, a), lambda g: (g,), "twice")
    with pytest.raises(ValueError, match="zip"):
        engine.sum_over(wrong).backward()
