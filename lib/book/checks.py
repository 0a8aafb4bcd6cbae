"""What a check of an exercise is, and the few ways to build one."""

import copy
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from lib.book.difference import difference, kind_of

NO_RETURN = "the function returned None: is `return` missing?"


class NotWritten(Exception):  # noqa: N818 - a state of the exercise, not an error
    """The candidate still holds the `...` of its starter cell."""


class Check(NamedTuple):
    """One property of a right answer: what it says, and a test that returns None or a hint.

    `hint` is added to the error where the candidate raises one instead of returning.
    """

    says: str
    test: Callable[[Any], str | None]
    hint: str = ""


def returns(
    says: str,
    make_args: Callable[[], tuple],
    expected: object,
    *,
    hint: str = "",
    rtol: float = 1e-5,
    atol: float = 1e-6,
) -> Check:
    """Build the check that the candidate returns `expected`, or what `expected(*args)` returns.

    `make_args` returns the arguments; the candidate works on a copy of its own.
    """

    def test(candidate: Callable[..., object]) -> str | None:
        args = make_args()
        wanted = expected(*copy.deepcopy(args)) if callable(expected) else expected
        got = call(candidate, args)
        found = difference(wanted, got, rtol=rtol, atol=atol)
        return found and lines(found, NO_RETURN if got is None else "", hint)

    return Check(says, test, hint)


def satisfies(
    says: str, make_args: Callable[[], tuple], law: Callable[..., bool | str | None], *, hint: str
) -> Check:
    """Build the check that `law(result, *args)` holds: True or None is fine, a string is a hint."""

    def test(candidate: Callable[..., object]) -> str | None:
        args = make_args()
        got = call(candidate, args)
        if got is None:
            return lines(NO_RETURN, hint)
        try:
            verdict = law(got, *copy.deepcopy(args))
        except Exception as error:
            return lines(f"the result, {kind_of(got)}, cannot be used: {error}", hint)
        if isinstance(verdict, str):
            return verdict
        return None if verdict is None or verdict else hint

    return Check(says, test, hint)


def leaves_inputs_unchanged(make_args: Callable[[], tuple]) -> Check:
    """Build the check that the candidate edits no argument (tensors, numbers, lists, dicts)."""

    def test(candidate: Callable[..., object]) -> str | None:
        args = copy.deepcopy(make_args())
        before = copy.deepcopy(args)
        if candidate(*args) is Ellipsis:
            raise NotWritten
        for place, (old, new) in enumerate(zip(before, args, strict=True), start=1):
            changed = difference(old, new, rtol=0.0, atol=0.0)
            if changed is not None:
                changed = changed.replace("wanted", "it was").replace("got", "it is")
                return f"argument {place} was changed: {changed}"
        return None

    return Check("the arguments stay as they were", test)


def raises(
    says: str,
    make_args: Callable[[], tuple],
    error: type[Exception],
    *,
    match: str = "",
    hint: str = "",
) -> Check:
    """Build the check that the candidate raises `error` with a message that `match` is found in.

    `match` is a regular expression; `hint` says in words what the message should hold.

    Raises: ValueError for a `match` without a `hint`: readers should not have to read it.
    """
    if match and not hint:
        raise ValueError(f"hint must say in words what the message needs to match {match!r}")

    def test(candidate: Callable[..., object]) -> str | None:
        try:
            result = call(candidate, make_args())
        except error as raised:
            if re.search(match, str(raised)):
                return None
            return lines(f"the message of your {error.__name__} says: {raised}", hint)
        return lines(f"wanted a {error.__name__}, but got {kind_of(result)} back", hint)

    return Check(says, test, hint)


def call(candidate: Callable[..., object], args: tuple) -> object:
    """Call a candidate on a copy of the arguments.

    Raises: NotWritten if it returns `...`.
    """
    result = candidate(*copy.deepcopy(args))
    if result is Ellipsis:
        raise NotWritten
    return result


def lines(*parts: str) -> str:
    """Put the parts that are not empty on a line each."""
    return "\n".join(part for part in parts if part)
