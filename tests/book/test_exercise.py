import sys
import types
from typing import NoReturn

import pytest
import torch
from torch import nn

from lib.book.contract import Contract
from lib.book.exercise import NOT_WRITTEN, Exercise, check, judged, with_edit


def layer(size):
    return nn.Linear(size, 1, bias=False)


EXERCISES = {
    "double": Exercise(
        reference=lambda x: 2 * x,
        cases=lambda r: (r.tensor(*r.sizes(2)),),
        fixed=lambda: [(torch.zeros(0),), (torch.tensor([3.0]),)],
        contract=Contract(fresh=True),
        mistakes={"Twice, not once more.": lambda x: x + 1, "Edited.": lambda x: x.mul_(2)},
    ),
    "first": Exercise(
        reference=lambda items: items[0], cases=lambda r: ([r.int(1, 9), 0],), mistakes={}
    ),
    "layer": Exercise(
        reference=layer,
        cases=lambda r: (r.size(least=1),),
        use=lambda make, size: make(size).weight.shape,
        contract=Contract(draws=True),
        mistakes={},
    ),
    "weights": Exercise(
        reference=lambda model: sum(p.numel() for p in model.parameters()),
        cases=lambda r: (nn.Linear(r.size(least=1), 2),),
        contract=Contract(exact=True),
        mistakes={},
    ),
    "refuse": Exercise(
        reference=lambda n: {}["no"] if n < 0 else int("1" * n) if n else _refuse(n, 7),
        cases=lambda r: (r.int(0, 3),),
        mistakes={},
    ),
}


def _refuse(n, limit) -> NoReturn:
    raise ValueError(f"n is {n}, below {limit}")


@pytest.fixture(autouse=True)
def _exercises(monkeypatch):
    """Stand in for a module of exercises: lib.exercises.tensors.sample."""
    module = types.ModuleType("lib.exercises.tensors.sample")
    module.EXERCISES = EXERCISES
    monkeypatch.setitem(sys.modules, module.__name__, module)


def printed(capsys, name, candidate):
    assert check(f"tensors/sample/{name}", candidate) is None
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_a_right_answer(capsys):
    assert printed(capsys, "double", lambda x: x + x) == "double: passed (50 calls)\n"


def test_the_simplest_failing_call_and_the_hint_of_the_mistake(capsys):
    assert printed(capsys, "double", lambda x: 1 + x) == (
        "double: not yet\n"
        "  on:      double([3])\n"
        "  wanted:  [6]\n"
        "  got:     [4]\n"
        "  hint:    Twice, not once more.\n"
    )


def test_a_call_without_numbers_is_shown_last(capsys):
    assert "[3]" in printed(capsys, "double", lambda x: x.double())
    long = Exercise(reference=abs, cases=lambda r: (r.tensor(40),), mistakes={},
                    fixed=lambda: [(torch.zeros(0),)])
    assert "(40,)" in judged(long, lambda x: x.double()).fault.lines["on"]
    assert "(0,)" in judged(long, lambda x: x.abs()[..., None][:40, 0] if len(x) else x[None]
                             ).fault.lines["on"]


def test_no_guess_for_a_mistake_of_no_known_kind(capsys):
    assert "hint" not in printed(capsys, "double", lambda x: 3 * x)
    assert "hint" not in printed(capsys, "double", lambda x: x + 1 if x.numel() < 30 else 3 * x)


def test_an_edited_argument_is_named(capsys):
    says = printed(capsys, "double", lambda x: x.mul_(2))
    assert "  but:     the result shares memory with an argument\n  hint:    Edited.\n" in says
    assert "  but:     items was changed\n" in printed(capsys, "first", lambda items: items.pop(0))


def test_none_may_be_a_missing_return(capsys):
    assert "got:     None: is `return` missing?" in printed(capsys, "double", print)


def endless(x):
    return endless(x)


def leave(x) -> NoReturn:
    raise SystemExit("bye")


@pytest.mark.parametrize(
    ("candidate", "says", "line"),
    [
        (lambda x: x / "a", "TypeError: unsupported operand type(s) for /: ", "(lambda x: x / "),
        (lambda: 3, "TypeError: ", None),
        (endless, "RecursionError: maximum recursion depth exceeded", "return endless(x)"),
        (leave, "SystemExit: bye", "raise SystemExit"),
        (3, "TypeError: 'int' object is not callable", None),
        (lambda x: torch.empty(10**15), "RuntimeError: ", "torch.empty(10**15)"),
        (lambda x: torch.einsum("...ij,...jk->", x, x), "RuntimeError: einsum()", "einsum("),
    ],
)
def test_errors_of_an_answer_are_shown_with_their_line(capsys, candidate, says, line):
    shown = printed(capsys, "double", candidate)
    assert f"\n  error:   {says}" in shown
    assert ("\n  line:" in shown and line in shown) if line else "\n  line:" not in shown
    assert "hint" not in shown


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
    def __init__(self, size):
        self.size = size

    def forward(self, x): ...


@pytest.mark.parametrize("candidate", [None, ..., blank, half_blank, returns_dots, BlankLayer])
def test_starters_are_not_written_yet(capsys, candidate):
    name = "layer" if candidate is BlankLayer else "double"
    assert printed(capsys, name, candidate) == NOT_WRITTEN + "\n"


def test_dots_that_index_or_an_empty_method_are_written(capsys):
    class Layer(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = torch.zeros(size)

        def reset(self):
            pass

    assert "wanted:  2 items, (1, " in printed(capsys, "layer", Layer)
    assert "not yet" in printed(capsys, "double", lambda x: x[..., 0])


def test_modules_may_be_arguments_and_results(capsys):
    def counts(model):
        return sum(p.numel() for p in model.parameters())

    def zeroes(model):
        nn.init.zeros_(model.weight)
        return counts(model)

    assert printed(capsys, "weights", counts) == "weights: passed (48 calls)\n"
    assert "but:     model._parameters['weight'] was changed" in printed(capsys, "weights", zeroes)
    assert printed(capsys, "layer", layer) == "layer: passed (48 calls)\n"


def test_errors_are_wanted_where_the_reference_raises_them(capsys):
    def answer(text, error=ValueError):
        def refuse(n):
            if not n:
                raise error(text)
            return int("1" * n)
        return refuse

    assert "passed" in printed(capsys, "refuse", answer("7 is more than 0"))
    assert "missing: 7 in the message of your ValueError: 0" in printed(
        capsys, "refuse", answer("0"))
    assert "wanted:  a ValueError\n  error:   OSError" in printed(
        capsys, "refuse", answer("0 7", OSError))
    assert "wanted:  a ValueError: n is 0, below 7\n  got:     1" in printed(
        capsys, "refuse", lambda n: int("1" * max(n, 1)))


def test_prints_and_huge_results_are_cut(capsys):
    def chatty(x):
        for line in range(20_000):
            sys.stdout.write(f"{line}\n")
        return "no" * 10**7

    says = printed(capsys, "double", chatty)
    assert len(says) < 500
    assert "  printed: 0 | 1 | 2 | …\n" in says
    says = printed(capsys, "double", lambda x: sys.stdout.write("x") * 2 * x)
    assert says == "double: passed (50 calls)\n"


def test_odd_results_are_refused(capsys):
    class Odd(list):
        def __eq__(self, other) -> NoReturn:
            raise OSError("no comparing")

    says = printed(capsys, "double", lambda x: Odd())
    assert "wanted:  a tensor, [6]\n  got:     an Odd" in says
    assert "passed" not in printed(capsys, "double", lambda x: (2 * x).to_sparse())


def test_a_failure_of_the_check_is_not_blamed_on_the_answer(capsys, monkeypatch):
    broken = Exercise(reference=lambda: 1, cases=lambda r: 1 / 0, mistakes={})
    monkeypatch.setitem(EXERCISES, "broken", broken)
    says = printed(capsys, "broken", lambda: 1)
    assert says.startswith("broken: the check itself failed, not your code: ")
    with pytest.raises(ZeroDivisionError):
        judged(broken, lambda: 1)


def test_stop_is_passed_on():
    def stopped(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("tensors/sample/double", stopped)


def test_checks_run_with_gradients_also_inside_no_grad():
    def needs_gradient(x):
        w = torch.tensor(2.0, requires_grad=True)
        (gradient,) = torch.autograd.grad((w * x).sum(), w)
        return 2 * x + 0 * gradient

    with torch.no_grad():
        assert judged(EXERCISES["double"], needs_gradient).fault is None
        assert not torch.is_grad_enabled()


def area(width, height):
    return width * height


def test_a_mistake_may_be_an_edit_of_the_reference():
    assert with_edit(area, "* -> +")(2, 3) == 5
    with pytest.raises(ValueError, match="edit: area does not hold 'depth'"):
        with_edit(area, "depth -> height")
    exercise = Exercise(reference=area, cases=lambda r: (r.int(1, 9), r.int(1, 9)),
                        mistakes={"Not the sum.": "* -> +"})
    assert judged(exercise, lambda a, b: a + b).hint == "Not the sum."
