"""Exercises checked on the reader's machine: the simplest call that fails, and why."""

import importlib
import pkgutil
import random
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from inspect import getsource, signature
from textwrap import dedent
from typing import NamedTuple

import numpy as np
import torch

from lib import exercises
from lib.book.compare import show
from lib.book.contract import Contract, preserved, state
from lib.book.draw import Draw
from lib.book.judge import Case, Fault, cases, hint_for, verdicts
from lib.book.run import Run, run, unfinished
from lib.core.seed import seed_everything

NOT_WRITTEN = (
    "Not written yet: replace the ... with your own code, then run this cell again."
)


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What an answer is checked against.

    reference: a right answer; what it returns or raises is wanted of the others.
    cases: draws the arguments of one random call, a tuple.
    fixed: returns the arguments of the calls that tell most, a list of tuples.
    mistakes: typical wrong answers, by the hint that helps who made one; a string,
        `old -> new`, stands for the reference with that edit.
    use: calls an answer where that is more than `answer(*args)`: `use(answer, *args)`.
    laws: what must hold of `(result, *args)`, by what it says.
    equal: the result must equal the reference's; else the laws alone count.
    rtol: the share by which numbers may differ.
    draws: the number of random calls.
    """

    reference: Callable
    cases: Callable[[Draw], tuple]
    mistakes: Mapping[str, Callable | str]
    fixed: Callable[[], list[tuple]] = list
    use: Callable | None = None
    laws: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    equal: bool = True
    rtol: float = 1e-5
    draws: int = 48
    contract: Contract = field(default_factory=Contract)

    @cached_property
    def calls(self) -> list[Case]:
        """The calls that tell right from wrong, the simplest first."""
        return cases(self)

    @cached_property
    def answers(self) -> dict[str, Callable]:
        """The mistakes, each as a function."""
        return {
            hint: with_edit(self.reference, wrong) if isinstance(wrong, str) else wrong
            for hint, wrong in self.mistakes.items()
        }

    @cached_property
    def names(self) -> list[str]:
        """The names of the arguments."""
        parameters = list(signature(self.use or self.reference).parameters)
        return parameters[1:] if self.use else parameters

    def run(
        self, answer: Callable, args: tuple, calm: dict, *, costs: bool = False
    ) -> Run:
        """Call an answer from a calm state."""
        calls = (
            (lambda: self.use(answer, *args)) if self.use else (lambda: answer(*args))
        )
        names = bool(self.contract.without or self.contract.only)
        return run(calls, calm, names=names, costs=costs)


def with_edit(function: Callable, edit: str) -> Callable:
    """Return a function whose source is that of another but for an edit, `old -> new`.

    Raises: ValueError if the source does not hold what is to be replaced.
    """
    old, new = edit.split(" -> ")
    name, bracket, source = dedent(getsource(function)).partition("(")
    if old not in source:
        raise ValueError(f"edit: {function.__name__} does not hold {old!r}")
    namespace = dict(function.__globals__)
    exec(name + bracket + source.replace(old, new), namespace)
    return namespace[function.__name__]


class Outcome(NamedTuple):
    """What is said about an answer: nothing if it is right."""

    calls: int
    fault: Fault | None
    hint: str | None
    blank: bool = False


def check(exercise_id: str, candidate: object) -> None:
    """Print that an answer is right, or the simplest call that fails, with a hint.

    A wrong answer never raises; all global state is safe from it. An endless loop is
    not stopped: press Stop.

    Raises: ValueError if there is no exercise of that id ("part/topic/name").
    """
    exercise, name = find(exercise_id), exercise_id.rsplit("/", 1)[-1]
    try:
        report = judged(exercise, candidate, name)
    except Exception as error:
        print(f"{name}: the check itself failed, not your code: {show(error)}")
        return
    if report.blank:
        print(NOT_WRITTEN)
    elif report.fault is None:
        print(f"{name}: passed ({report.calls} calls)")
    else:
        print(f"{name}: not yet")
        lines = report.fault.lines | ({"hint": report.hint} if report.hint else {})
        print("\n".join(f"  {label + ':':<9}{text}" for label, text in lines.items()))


def judged(exercise: Exercise, candidate: object, name: str = "f") -> Outcome:
    """Call an answer on every case; report its first fault, and a hint."""
    if candidate is None or candidate is Ellipsis:
        return Outcome(0, None, None, blank=True)
    with preserved(state(), []), torch.enable_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seed_everything(0)
        torch.rand(3), np.random.rand(3), random.random()  # no seed leads here at once
        calls = 0
        for verdict in verdicts(exercise, candidate, name):
            if verdict.fault:
                blank = verdict.ran.result is Ellipsis or unfinished(candidate)
                hint = None if blank else hint_for(exercise, candidate)
                return Outcome(calls, verdict.fault, hint, blank)
            calls += 1
    return Outcome(calls, None, None)


def find(exercise_id: str) -> Exercise:
    """Return an exercise.

    Raises: ValueError if there is no exercise of that id ("part/topic/name").
    """
    parts = re.fullmatch(r"(\w+)/(\w+)/(\w+)", exercise_id)
    if parts:
        part, topic, name = parts.groups()
        module_name = f"{exercises.__name__}.{part}.{topic}"
        try:
            return importlib.import_module(module_name).EXERCISES[name]
        except KeyError:
            pass
        except ModuleNotFoundError as error:
            if not module_name.startswith(error.name or " "):
                raise
    ids = exercise_ids()
    close = ", ".join(get_close_matches(exercise_id, ids, n=3, cutoff=0.4) or ids[:3])
    raise ValueError(
        f"exercise_id: there is no {exercise_id!r}; close to it: {close or 'none'}"
    )


def exercise_ids() -> list[str]:
    """Return the ids of all exercises, sorted: part/topic/name."""
    found = []
    prefix = exercises.__name__ + "."
    for module_info in pkgutil.walk_packages(exercises.__path__, prefix):
        if not module_info.ispkg:
            topic = module_info.name.removeprefix(prefix).replace(".", "/")
            names = importlib.import_module(module_info.name).EXERCISES
            found += [f"{topic}/{name}" for name in names]
    return sorted(found)
