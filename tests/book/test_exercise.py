import random
import sys
import types
from typing import NoReturn

import numpy as np
import pytest
import torch
from torch import nn

from lib.book.checks import Check, leaves_inputs_unchanged, returns
from lib.book.exercise import NOT_WRITTEN, check, first_hint


def scalar():
    return (torch.tensor([1.0, 2.0]),)


def draws(candidate):
    return None if torch.equal(candidate(), candidate_after_seed_zero()) else "other numbers"


def candidate_after_seed_zero():
    state = torch.get_rng_state()
    torch.manual_seed(0)
    numbers = torch.rand(2)
    torch.set_rng_state(state)
    return numbers


CHECKS = {
    "double": (
        leaves_inputs_unchanged(scalar),
        returns("two numbers", scalar, torch.tensor([2.0, 4.0]), hint="Every number twice."),
        returns("a single number", lambda: (torch.tensor(5.0),), torch.tensor(10.0)),
    ),
    "in_place": (
        Check("sets the first item", lambda f: None if in_place_result(f) else "item 0 is not 1"),
    ),
    "layer": (Check("is a module", lambda c: None if issubclass(c, nn.Module) else "no module"),),
    "random": (Check("draws", draws), Check("draws again", draws)),
}


def in_place_result(candidate):
    items = [0]
    candidate(items)
    return items == [1]


@pytest.fixture(autouse=True)
def _exercises(monkeypatch):
    """Stand in for a check module: lib.exercises.tensors.sample."""
    module = types.ModuleType("lib.exercises.tensors.sample")
    module.CHECKS = CHECKS
    monkeypatch.setitem(sys.modules, module.__name__, module)


def printed(capsys, name, candidate):
    assert check(f"tensors/sample/{name}", candidate) is None
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_a_right_answer(capsys):
    assert printed(capsys, "double", lambda x: 2 * x) == "3 of 3 checks passed\n"
    assert first_hint("tensors/sample/double", lambda x: 2 * x) is None


def test_the_first_failing_case_with_its_hint(capsys):
    assert printed(capsys, "double", lambda x: x + 1) == (
        "1 of 3 checks passed. Not yet: two numbers\n"
        "  element [1]: wanted 4, got 3 (1 of 2 elements differ)\n"
        "  Every number twice.\n"
    )
    hint = "element [1]: wanted 4, got 3 (1 of 2 elements differ)\nEvery number twice."
    assert first_hint("tensors/sample/double", lambda x: x + 1) == hint
    assert printed(capsys, "double", lambda x: x.mul_(2)).startswith("0 of 3 checks passed. Not ye")
    assert "2 of 3" in printed(capsys, "double", lambda x: 2 * x[:2] if x.dim() else x)


def endless(x):
    return endless(x)


def leave(x) -> NoReturn:
    raise SystemExit("bye")


@pytest.mark.parametrize(
    ("candidate", "hint"),
    [
        (lambda x: x / "a", "your code raised TypeError: unsupported operand type(s) for /: "),
        (lambda x: {}["key"], "your code raised KeyError: 'key'"),
        (lambda: 3, "your code raised TypeError: "),
        (endless, "your code raised RecursionError: maximum recursion depth exceeded"),
        (leave, "your code raised SystemExit: bye"),
        (3, "your code raised TypeError: 'int' object is not callable"),
        ("double", "your code raised TypeError: 'str' object is not callable"),
    ],
)
def test_errors_of_the_candidate_become_hints(capsys, candidate, hint):
    assert first_hint("tensors/sample/double", candidate).startswith(hint)
    assert f"\n  {hint}" in printed(capsys, "double", candidate)


def test_an_error_keeps_the_hint_of_its_check():
    calls = []

    def fails_in_the_second_check(x):
        calls.append(x)
        return x * 2 if len(calls) == 1 else x.nonsense

    hint = first_hint("tensors/sample/double", fails_in_the_second_check)
    assert hint.splitlines()[0].startswith("your code raised AttributeError: ")
    assert hint.splitlines()[1:] == ["Every number twice."]


def blank(x):
    """Double x."""
    ...  # noqa: PIE790 - as in a starter cell


def half_blank(x):
    factor = ...
    return factor * x


def returns_dots(x):
    result = ...
    return result  # noqa: RET504 - as in a starter cell


class BlankLayer:
    def __init__(self):
        self.size = 1

    def forward(self, x): ...


@pytest.mark.parametrize("candidate", [None, ..., blank, half_blank, returns_dots, BlankLayer])
def test_starters_are_not_written_yet(capsys, candidate):
    name = "layer" if candidate is BlankLayer else "double"
    assert printed(capsys, name, candidate) == NOT_WRITTEN + "\n"
    assert "..." in NOT_WRITTEN


def test_an_empty_method_or_no_result_can_be_right(capsys):
    class Layer(nn.Module):
        def reset(self):
            pass

    def set_first(items):
        items[0] = 1

    assert printed(capsys, "layer", Layer) == "1 of 1 checks passed\n"
    assert printed(capsys, "in_place", set_first) == "1 of 1 checks passed\n"
    assert "item 0 is not 1" in printed(capsys, "in_place", lambda items: items.append(1))


def test_stop_is_passed_on():
    def stopped(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("tensors/sample/double", stopped)


def test_random_state_and_gradient_mode_are_kept(capsys):
    def meddle():
        random.seed(5)
        np.random.seed(5)
        torch.set_grad_enabled(False)
        return torch.rand(2)

    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    assert printed(capsys, "random", meddle) == "2 of 2 checks passed\n"
    after = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    assert before == after
    assert torch.is_grad_enabled()


def test_checks_run_with_gradients_also_inside_no_grad():
    def needs_gradient(x):
        w = torch.tensor(2.0, requires_grad=True)
        (gradient,) = torch.autograd.grad((w * x).sum(), w)
        return 2 * x + 0 * gradient

    with torch.no_grad():
        assert first_hint("tensors/sample/double", needs_gradient) is None
        assert not torch.is_grad_enabled()


def test_a_wrong_name_in_a_known_topic_is_named():
    with pytest.raises(ValueError, match="exercise_id: there is no 'tensors/sample/doubel'"):
        check("tensors/sample/doubel", lambda x: x)
