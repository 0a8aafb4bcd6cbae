"""The walk back shown step by step: the numbers, the pictures, the words."""

import re

import pytest
import torch
from matplotlib.patches import FancyBboxPatch

from lib.figures.tensors.autograd_engine import (
    backward_steps,
    describe_backward_step,
    draw_backward_step,
)
from lib.tensors.engine import Variable, exp


def expression(dtype=torch.float64):
    """y = s b + s² with s = a + b at a = 2, b = 3, and its names."""
    a, b = (Variable(torch.tensor(value, dtype=dtype)) for value in (2.0, 3.0))
    s = a + b
    p, q = s * b, s**2
    y = p + q
    return y, {"a": a, "b": b, "s": s, "p": p, "q": q, "y": y}


def test_steps_of_an_expression_by_hand():
    y, _ = expression()
    steps = backward_steps(y)  # ids: y 0, q 1, p 2, s 3, b 4, a 5
    assert [step.active for step in steps] == [None, 0, 1, 2, 3, 4, 5, None]
    assert [len(step.done) for step in steps] == [0, 0, 1, 2, 3, 4, 5, 6]
    assert [step.parts for step in steps] == [
        {}, {(0, 2): 1, (0, 1): 1}, {(1, 3): 10}, {(2, 3): 3, (2, 4): 5},
        {(3, 5): 13, (3, 4): 13}, {}, {}, {},
    ]  # fmt: skip
    assert steps[0].gradients == {0: 1}
    assert steps[3].gradients == {0: 1, 1: 1, 2: 1, 3: 13, 4: 5}
    assert steps[-1].gradients == {0: 1, 1: 1, 2: 1, 3: 13, 4: 18, 5: 13}


def test_the_last_step_has_the_gradients_of_backward():
    y, names = expression(torch.float32)
    last = backward_steps(y)[-1].gradients
    assert names["a"].grad is None  # showing changes nothing
    y.backward()
    assert (last[5], last[4]) == (names["a"].grad, names["b"].grad)


def test_both_gradients_of_a_square_go_along_one_edge():
    x = Variable(torch.tensor(3.0))
    assert backward_steps(x * x)[1].parts == {(0, 1): 6}


def test_words():
    y, names = expression()
    words = [describe_backward_step(y, names, step) for step in range(8)]
    assert words[0].startswith("The walk has not begun. y: gradient 1, q: no gradient yet,")
    assert words[2].startswith("q hands 10 to s.")
    assert "s: gradient 10 so far" in words[2]
    assert words[3].startswith("p hands 3 to s and 5 to b.")
    assert "s: gradient 13, b: gradient 5 so far, a: no gradient yet" in words[3]
    assert words[5].startswith("b is a leaf and keeps its gradient.")
    assert words[7] == (
        "All gradients are complete. y: gradient 1, q: gradient 1, p: gradient 1, "
        "s: gradient 13, b: gradient 18, a: gradient 13."
    )


def test_the_picture_shows_numbers_and_states():
    y, names = expression()
    axes = draw_backward_step(y, names, 3).axes[0]
    words = [text.get_text() for text in axes.texts]
    assert {"s: add", "value 5", "gradient 13", "gradient 5 so far", "+3", "+5", "b"} <= set(words)
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert sorted(box.get_linestyle() for box in boxes) == ["-"] * 3 + ["--"] * 3
    assert sorted(box.get_linewidth() for box in boxes) == [1.2, 1.2, 1.2, 1.6, 1.6, 3.0]


def test_variables_without_a_name():
    result = exp(Variable(torch.tensor(0.0))) * 2.0
    words = [text.get_text() for text in draw_backward_step(result, {}, 0).axes[0].texts]
    assert {"multiply", "exp", "constant"} <= set(words)
    assert "multiply: gradient 1" in describe_backward_step(result, {}, 0)


@pytest.mark.parametrize("show", [draw_backward_step, describe_backward_step])
def test_errors(show):
    y, names = expression()
    with pytest.raises(IndexError, match="out of range"):
        show(y, names, 8)
    wide = exp(Variable(torch.ones(2, 3)))
    message = "every variable must have one element, got one of shape (2, 3)"
    with pytest.raises(ValueError, match=re.escape(message)):
        show(wide, {}, 0)
