"""Exercises checked on the reader's own machine: what passed, or the first case that does not."""

import dis
import importlib
import pkgutil
import re
from difflib import get_close_matches
from types import FunctionType
from typing import NamedTuple

import torch

from lib import exercises
from lib.book.checks import Check, NotWritten, lines
from lib.core.seed import preserve_random_state, seed_everything

NOT_WRITTEN = "Not written yet: replace the ... with your own code, then run this cell again."


class Outcome(NamedTuple):
    """How far a candidate came: checks passed, checks in all, and what failed first (or None)."""

    passed: int
    total: int
    says: str | None
    hint: str | None


def check(exercise_id: str, candidate: object) -> None:
    """Print how many checks of an exercise the candidate passes, with a hint at the first failure.

    A wrong candidate never raises: its own errors become the hint. Random state, gradient mode and
    the arguments of later cases are safe from it. An endless loop is not stopped: press Stop.

    Raises: ValueError if there is no exercise of that id ("part/topic/name").
    """
    outcome = _outcome(exercise_id, candidate)
    if outcome.hint is None:
        print(f"{outcome.passed} of {outcome.total} checks passed")
    elif outcome.hint == NOT_WRITTEN:
        print(NOT_WRITTEN)
    else:
        print(f"{outcome.passed} of {outcome.total} checks passed. Not yet: {outcome.says}")
        print("\n".join(f"  {line}" for line in outcome.hint.splitlines()))


def first_hint(exercise_id: str, candidate: object) -> str | None:
    """Return the hint that `check` would print, or None if every check passes.

    Raises: ValueError if there is no exercise of that id.
    """
    return _outcome(exercise_id, candidate).hint


def exercise_ids() -> list[str]:
    """Return the ids of all exercises, sorted: part/topic/name."""
    found = []
    prefix = exercises.__name__ + "."
    for module_info in pkgutil.walk_packages(exercises.__path__, prefix):
        if not module_info.ispkg:
            topic = module_info.name.removeprefix(prefix).replace(".", "/")
            checks = importlib.import_module(module_info.name).CHECKS
            found += [f"{topic}/{name}" for name in checks]
    return sorted(found)


def _outcome(exercise_id: str, candidate: object) -> Outcome:
    checks = _checks(exercise_id)
    for passed, one in enumerate(checks):
        hint = _hint(one, candidate)
        if hint is not None:
            hint = NOT_WRITTEN if _is_blank(candidate) else hint
            return Outcome(passed, len(checks), one.says, hint)
    return Outcome(len(checks), len(checks), None, None)


def _checks(exercise_id: str) -> tuple[Check, ...]:
    parts = re.fullmatch(r"(\w+)/(\w+)/(\w+)", exercise_id)
    if parts:
        part, topic, name = parts.groups()
        module_name = f"{exercises.__name__}.{part}.{topic}"
        try:
            return importlib.import_module(module_name).CHECKS[name]
        except KeyError:
            pass
        except ModuleNotFoundError as error:
            if not module_name.startswith(error.name or " "):
                raise
    ids = exercise_ids()
    close = get_close_matches(exercise_id, ids, n=3, cutoff=0.4) or ids[:3]
    raise ValueError(
        f"exercise_id: there is no {exercise_id!r}; close to it: {', '.join(close) or 'none'}"
    )


def _hint(one: Check, candidate: object) -> str | None:
    """Run one check with seed 0; errors of the candidate become hints, random state is put back."""
    try:
        with preserve_random_state(), torch.enable_grad():
            seed_everything(0)
            return one.test(candidate)
    except NotWritten:
        return NOT_WRITTEN
    except (Exception, SystemExit) as error:
        if "ellipsis" in str(error).lower():  # a half-written body computed with the starter's ...
            return NOT_WRITTEN
        text = str(error).strip().splitlines()
        what = f"your code raised {type(error).__name__}{': ' + text[0] if text else ''}"
        return lines(what, one.hint)


def _is_blank(candidate: object) -> bool:
    """Return whether a candidate is None, `...`, or a function or class with only `...` inside."""
    if candidate is None or candidate is Ellipsis:
        return True
    if isinstance(candidate, type):
        return any(_is_blank(part) for part in vars(candidate).values()
                   if isinstance(part, FunctionType))  # fmt: skip
    if not isinstance(candidate, FunctionType):
        return False
    steps = [step for step in dis.get_instructions(candidate) if step.opname not in (
        "RESUME", "NOP", "COPY_FREE_VARS")]  # fmt: skip
    does_nothing = all(s.opname in ("LOAD_CONST", "RETURN_CONST", "RETURN_VALUE") for s in steps)
    return does_nothing and all(s.argval in (None, Ellipsis) for s in steps if "CONST" in s.opname)
