"""An answer judged: each call in turn, and the first thing that is wrong with it."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lib.book.compare import Difference, difference, show
from lib.book.contract import (
    FILTERS,
    GENERATORS,
    changed,
    contents,
    overlaps,
    preserved,
    state,
)
from lib.book.draw import Draw
from lib.book.run import Run, banned, elements, too_costly

if TYPE_CHECKING:
    from lib.book.exercise import Exercise

SMALL, LARGE = 4, 40


class Case(NamedTuple):
    """The arguments of one call, and what the reference made of such a set."""

    make: Callable[[], tuple]
    text: str
    args: tuple
    wanted: Run


class Fault(NamedTuple):
    """What is wrong with one call: a kind to compare it by, and lines to print."""

    kind: str
    lines: dict[str, str]


class Verdict(NamedTuple):
    """What a call came to."""

    ran: Run
    fault: Fault | None


def cases(exercise: "Exercise") -> list[Case]:
    """Return the calls that tell right from wrong, the simplest first."""
    fixed = len(exercise.fixed())
    makers = [lambda at=at: tuple(exercise.fixed()[at]) for at in range(fixed)]
    makers += [
        lambda at=at: tuple(exercise.cases(Draw(at))) for at in range(exercise.draws)
    ]
    calm, found = state(), []
    for make in sorted(makers, key=lambda make: _weight(_made(make, calm))):
        text = show(_made(make, calm))[1:-1].removesuffix(",")
        args = _made(make, calm)
        wanted = exercise.run(exercise.reference, args, calm)
        found.append(Case(make, text, args, wanted))
    return found


def _made(make: Callable[[], tuple], calm: dict) -> tuple:
    """Make arguments; models among them draw the same weights every time."""
    with preserved(calm, []):
        return make()


def _weight(args: tuple) -> tuple[bool, int]:
    """Return what calls are sorted by: empty tensors last, else short first."""
    tensors = [x for x in args if isinstance(x, Tensor)]
    size = sum(x.numel() for x in tensors)
    return any(not x.numel() for x in tensors), size + len(show(args))


def verdicts(exercise: "Exercise", candidate: Callable, name: str) -> Iterator[Verdict]:
    """Yield what each call of a candidate comes to, and then what it costs."""
    calm = state()
    for case in exercise.calls:
        for _ in range(2):  # an import adds warning filters, but only the first time
            args = _made(case.make, calm)
            named = zip(exercise.names, args, strict=False)
            before = [contents(arg, argument) for argument, arg in named]
            ran = exercise.run(candidate, args, calm)
            if FILTERS not in ran.touched:
                break
        fault = _fault(exercise, case, args, before, ran)
        if fault:
            shown = {"on": f"{name}({case.text})"} | fault.lines
            printed = {"printed": ran.printed} if ran.printed else {}
            fault = Fault(fault.kind, shown | printed)
        yield Verdict(ran, fault)
    if exercise.contract.no_loop or exercise.contract.no_table:
        yield _cost(exercise, candidate, calm)


def hint_for(exercise: "Exercise", candidate: Callable) -> str | None:
    """Return the hint for the mistake that agrees with a candidate in every call."""
    coming, found = verdicts(exercise, candidate, ""), []
    for hint, mistake in exercise.answers.items():
        if mistake is candidate:
            return hint
        for place, other in enumerate(verdicts(exercise, mistake, "")):
            found += [next(coming)] if place == len(found) else []
            if not _alike(exercise, found[place], other):
                break
        else:
            return hint
    return None


def _alike(exercise: "Exercise", one: Verdict, other: Verdict) -> bool:
    kinds = [verdict.fault and verdict.fault.kind for verdict in (one, other)]
    errors = [type(verdict.ran.error) for verdict in (one, other)]
    if kinds[0] != kinds[1] or errors[0] is not errors[1]:
        return False
    return _differ(exercise, other.ran.result, one.ran.result) is None


def _cost(exercise: "Exercise", candidate: Callable, calm: dict) -> Verdict:
    """Let each size grow in turn, and see what grows with it."""
    index, axes = _growing(exercise, calm)
    for axis in range(axes):
        runs = []
        for size in (SMALL, LARGE):
            draw = Draw(index, (axis, size))
            args = _made(lambda draw=draw: tuple(exercise.cases(draw)), calm)
            runs.append(exercise.run(candidate, args, calm, costs=True))
            if runs[-1].error:
                says = {"error": runs[-1].says()} | runs[-1].where()
                return Verdict(runs[-1], Fault("error", says))
        room = 2 * max(elements(args), elements(runs[-1].result), SMALL)
        found = too_costly(exercise.contract, *runs, room=room, growth=LARGE - SMALL)
        if found:
            return Verdict(Run(), Fault(found, {"but": found}))
    return Verdict(Run(), None)


def _growing(exercise: "Exercise", calm: dict) -> tuple[int, int]:
    """Return the first case that is no error, and how many sizes it asks for."""
    for index in range(exercise.draws):
        draw = Draw(index, (0, SMALL))
        args = _made(lambda draw=draw: tuple(exercise.cases(draw)), calm)
        ran = exercise.run(exercise.reference, args, calm)
        if ran.error is None and draw.asked:
            return index, draw.asked
    raise ValueError("no case without an error asks for sizes that could grow")


def _fault(
    exercise: "Exercise", case: Case, args: tuple, before: list[dict], ran: Run
) -> Fault | None:
    if case.wanted.error or ran.error:
        found = _wrong_error(case.wanted, ran)
    else:
        found = _wrong_result(exercise, case.wanted, ran, args)
    found = found or _wrong_effect(exercise, before, args, case.args)
    return found or _wrong_trace(exercise, ran)


def _wrong_error(wanted: Run, ran: Run) -> Fault | None:
    if ran.error is None:
        says = {"wanted": f"a {wanted.says()}", "got": show(ran.result)}
        return Fault("no error", says)
    if wanted.error is None:
        return Fault("error", {"error": ran.says()} | ran.where())
    if not isinstance(ran.error, type(wanted.error)):
        says = {"wanted": f"a {type(wanted.error).__name__}", "error": ran.says()}
        return Fault("error", says | ran.where())
    numbers = [Counter(re.findall(r"\d+", str(side.error))) for side in (wanted, ran)]
    missing = ", ".join((numbers[0] - numbers[1]).elements())
    says = {"missing": f"{missing} in the message of your {ran.says()}"}
    return Fault("message", says) if missing else None


def _wrong_result(
    exercise: "Exercise", wanted: Run, ran: Run, args: tuple
) -> Fault | None:
    if exercise.equal and (found := _differ(exercise, wanted.result, ran.result)):
        got = f"{found.got}: is `return` missing?" if ran.result is None else found.got
        return Fault("value", {"wanted": found.wanted, "got": got})
    for says, holds in exercise.laws.items():
        try:
            fine = holds(ran.result, *args)
        except Exception:  # the result is not what a law can be asked of
            fine = False
        if not fine:
            return Fault(says, {"wanted": says, "got": show(ran.result)})
    shared = overlaps(ran.result, args)
    if exercise.contract.fresh and any(shared):
        return Fault("shares", {"but": "the result shares memory with an argument"})
    if exercise.contract.view and not all(shared):
        return Fault("copies", {"but": "the result is no view: its memory is its own"})
    return None


def _wrong_effect(
    exercise: "Exercise", before: list[dict], args: tuple, right: tuple
) -> Fault | None:
    """Return the fault that an argument changed, or did not change as it should."""
    for old, name, arg, twin in zip(before, exercise.names, args, right, strict=False):
        if name not in exercise.contract.changes:
            place = changed(old, contents(arg, name))
            if place:
                return Fault(f"changed {place}", {"but": f"{place} was changed"})
        elif not isinstance(arg, torch.Generator):
            found = _wrong_change(exercise, contents(twin, name), contents(arg, name))
            if found:
                return Fault(
                    f"effect {name}", {"wanted": found.wanted, "got": found.got}
                )
    return None


def _wrong_change(exercise: "Exercise", wanted: dict, got: dict) -> Difference | None:
    for place, value in wanted.items():
        compared = isinstance(value, Tensor | np.ndarray | float | bool)
        if compared and place in got and not place.endswith(".grad"):
            found = _differ(exercise, value, got[place])
            if found:
                return found.at(f"{place} afterwards")
    return None


def _wrong_trace(exercise: "Exercise", ran: Run) -> Fault | None:
    """Return the fault that global state was touched, or a banned function called."""
    allowed = GENERATORS if exercise.contract.draws else ()
    touched = [name for name in ran.touched if name not in allowed]
    if touched:
        return Fault(touched[0], {"but": f"your code changed {touched[0]}"})
    found = banned(exercise.contract, ran.names)
    return found and Fault(found, {"but": found})


def _differ(exercise: "Exercise", wanted: object, got: object) -> Difference | None:
    exact, rtol = exercise.contract.exact, exercise.rtol
    try:
        return difference(wanted, got, exact=exact, rtol=rtol)
    except Exception as error:
        return Difference(show(wanted), f"{show(got)}, hard to compare: {show(error)}")
