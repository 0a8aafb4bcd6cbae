"""Every exercise: its solution passes, its mistakes get their hints, its text is enforced."""

import linecache
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import pytest

from lib.book.exercise import Exercise, Outcome, exercise_ids, find, judged
from pipeline.chapters import chapters
from pipeline.rules.exercises import CHECK, exercises
from tests.exercises.equivalent import EQUIVALENT, MEANT_OTHERWISE
from tests.exercises.mutants import mutants

ROOT = Path(__file__).resolve().parents[2]
FEWEST_MISTAKES, MOST_LINES = 8, 40
DEMANDS: dict[str, Callable[[Exercise], object]] = {
    r"(?i)\b(no|without a) loop": lambda e: e.contract.no_loop,
    r"(?i)\b(no|without an?) [^.]*\b(table|matrix)\b": lambda e: e.contract.no_table,
    r"(?i)\bwithout (?!a loop)|\bwith [^.]* only\b|\bonly\b":
        lambda e: e.contract.without or e.contract.only or e.contract.no_table or e.laws,
    r"(?i)\b(new (?!axis|class)|copy)": lambda e: e.contract.fresh,
    r"(?i)\bview\b": lambda e: e.contract.view,
    r"\b(an `int`|as an int|a float|a `float`|a list|a tuple)\b": lambda e: e.contract.exact,
    r"(?i)\b(stays?|leaves both) ": lambda e: not e.contract.changes or e.laws,
}  # fmt: skip


class Task(NamedTuple):
    """An exercise as its chapter states it: its text, the name to write, and the cells' code."""

    exercise_id: str
    name: str
    text: str
    imports: str
    starter: str
    solution: str


def tasks(root: Path) -> dict[str, Task]:
    """Every exercise of the chapters under a root, by id."""
    found = {}
    for chapter in chapters(root):
        imports = chapter.code[0].source if chapter.code else ""
        for item in exercises(chapter):
            starter = "\n".join(piece.source for piece in item.starters)
            solution = "\n".join(piece.source for piece in item.solutions)
            text = "\n".join(piece.source for piece in item.pieces if piece.kind == "text")
            text = re.sub(r"(?s)<details>.*?</details>", "", text)
            for exercise_id, name in CHECK.findall(starter):
                found[exercise_id] = Task(exercise_id, name, text, imports, starter, solution)
    return found


TASKS = tasks(ROOT)


@cache
def imported(imports: str) -> dict[str, object]:
    """What the import cell of a chapter defines."""
    namespace = {"__name__": "chapter"}
    with mpl.rc_context():
        exec(re.sub(r"(?m)^([%!])", r"# \1", imports), namespace)
    return namespace


def written(task: Task, source: object) -> object:
    """Run a cell after the chapter's imports, as the reader would; return what was written."""
    name = f"<cell of {task.exercise_id}>"
    if isinstance(source, str):
        source = re.sub(r"(?m)^check\(.*\)$", "", source)
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    namespace = dict(imported(task.imports))
    exec(compile(source, name, "exec"), namespace)
    return namespace[task.name]


def examined(exercise_id: str, candidate: object) -> Outcome:
    """The report on a candidate."""
    return judged(find(exercise_id), candidate, exercise_id.rsplit("/", 1)[-1])


@pytest.mark.parametrize("exercise_id", TASKS)
def test_the_solution_passes(exercise_id):
    task = TASKS[exercise_id]
    report = examined(exercise_id, written(task, task.solution))
    assert (report.fault, report.blank) == (None, False)


@pytest.mark.parametrize("exercise_id", TASKS)
def test_the_starter_counts_as_not_written(exercise_id):
    task = TASKS[exercise_id]
    assert examined(exercise_id, written(task, task.starter)).blank


def complaints(exercise: Exercise) -> list[str]:
    """What is amiss with the mistakes of an exercise: too few, accepted, or mistaken."""
    found = [] if len(exercise.mistakes) >= FEWEST_MISTAKES else [
        f"{len(exercise.mistakes)} mistakes, at least {FEWEST_MISTAKES}"]
    for hint, mistake in exercise.answers.items():
        report = judged(exercise, mistake)
        if report.fault is None:
            found.append(f"accepted: {hint}")
        elif report.hint != hint:
            found.append(f"told {report.hint!r}: {hint}")
    return found


@pytest.mark.parametrize("exercise_id", TASKS)
def test_each_mistake_is_refused_with_its_own_hint(exercise_id):
    assert complaints(find(exercise_id)) == []


def unmet(task: Task, exercise: Exercise) -> list[str]:
    """The words of a text that the exercise's contract does not enforce."""
    meant = MEANT_OTHERWISE.get(task.exercise_id, set())
    found = ((match.group(), demand) for pattern, demand in DEMANDS.items()
             for match in re.finditer(pattern, task.text))
    return [words for words, demand in found if words.strip() not in meant
            and not demand(exercise)]


@pytest.mark.parametrize("exercise_id", TASKS)
def test_the_contract_holds_what_the_text_demands(exercise_id):
    assert unmet(TASKS[exercise_id], find(exercise_id)) == []


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise a TimeoutError in code that runs longer: a mutant may loop for ever."""
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def survivors(task: Task) -> set[str]:
    """The mutants of a solution that are accepted, in words."""
    found = set()
    for edit, tree in mutants(task.solution):
        try:
            with time_limit(5):
                candidate = written(task, tree)
                if examined(task.exercise_id, candidate).fault is None:
                    found.add(edit)
        except Exception:
            continue
    return found


@pytest.mark.parametrize("exercise_id", TASKS)
def test_mutants_of_the_solution_are_refused_or_equivalent(exercise_id):
    assert survivors(TASKS[exercise_id]) == EQUIVALENT.get(exercise_id, set())


def test_chapters_and_modules_name_the_same_exercises():
    assert sorted(TASKS) == exercise_ids()
    assert len(TASKS) >= 15
    assert EQUIVALENT.keys() | MEANT_OTHERWISE.keys() <= TASKS.keys()


def test_an_exercise_takes_few_lines_on_average():
    modules = [path for path in (ROOT / "lib/exercises").glob("*/*.py") if path.stem != "__init__"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in modules)
    lines = sum(bool(line.strip()) for line in text.splitlines())
    assert lines / len(TASKS) <= MOST_LINES
