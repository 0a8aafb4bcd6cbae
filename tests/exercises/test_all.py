"""Every exercise of every chapter: the solution passes, each typical mistake gets its hint."""

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import pytest

from lib.book.exercise import NOT_WRITTEN, exercise_ids, first_hint
from pipeline.chapters import chapters
from pipeline.rules.exercises import CHECK, exercises

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FEWEST_WRONG, FEWEST_HINTS = 3, 3


class Task(NamedTuple):
    """An exercise as its chapter states it: its id, the name to write, and the cells' code."""

    exercise_id: str
    name: str
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
            for exercise_id, name in CHECK.findall(starter):
                found[exercise_id] = Task(exercise_id, name, imports, starter, solution)
    return found


def wrong_answers(folder: Path) -> dict[str, list[Callable]]:
    """`WRONG` of every tests/book/exercises/<part>/test_<topic>.py, by exercise id."""
    found = {}
    for path in sorted(folder.glob("*/test_*.py")):
        spec = importlib.util.spec_from_file_location(f"wrong_{path.parent.name}_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        prefix = f"{path.parent.name}/{path.stem.removeprefix('test_')}"
        found |= {f"{prefix}/{name}": wrong for name, wrong in module.WRONG.items()}
    return found


def written(task: Task, source: str) -> object:
    """Run the chapter's imports, then the cell, as the reader would; return what was written."""
    namespace = {"__name__": "chapter"}
    with mpl.rc_context():
        for code in (task.imports, source):
            exec(re.sub(r"(?m)^([%!])", r"# \1", code), namespace)
    return namespace[task.name]


def complaints(exercise_id: str, wrong: list[Callable]) -> list[str]:
    """What is amiss with the wrong answers of an exercise: too few, accepted, told alike."""
    hints = [first_hint(exercise_id, answer) for answer in wrong]
    named = [(answer.__name__, hint) for answer, hint in zip(wrong, hints, strict=True)]
    found = [f"{name} is accepted" for name, hint in named if hint is None]
    found += [f"{name} counts as not written" for name, hint in named if hint == NOT_WRITTEN]
    if len(hints) < FEWEST_WRONG:
        found.append(f"{len(hints)} wrong answers, at least {FEWEST_WRONG}")
    if len(set(hints)) < FEWEST_HINTS:
        found.append(f"{len(set(hints))} different hints, at least {FEWEST_HINTS}")
    return found


TASKS, WRONG = tasks(ROOT), wrong_answers(HERE)


@pytest.mark.parametrize("exercise_id", TASKS)
def test_the_solution_passes(exercise_id):
    task = TASKS[exercise_id]
    assert first_hint(exercise_id, written(task, task.solution)) is None


@pytest.mark.parametrize("exercise_id", TASKS)
def test_the_starter_counts_as_not_written(exercise_id):
    task = TASKS[exercise_id]
    assert first_hint(exercise_id, written(task, task.starter)) == NOT_WRITTEN


@pytest.mark.parametrize("exercise_id", WRONG)
def test_wrong_answers_fail_with_different_hints(exercise_id):
    assert complaints(exercise_id, WRONG[exercise_id]) == []


def test_chapters_checks_and_wrong_answers_name_the_same_exercises():
    assert sorted(TASKS) == exercise_ids() == sorted(WRONG)
    assert len(TASKS) >= 15


def test_wrong_answers_that_prove_nothing_are_noticed():
    exercise_id = "tensors/broadcasting/all_differences"
    right = written(TASKS[exercise_id], TASKS[exercise_id].solution)
    wrong = WRONG[exercise_id]
    assert complaints(exercise_id, [*wrong, right]) == ["all_differences is accepted"]
    assert complaints(exercise_id, wrong[:2]) == [
        "2 wrong answers, at least 3", "2 different hints, at least 3"]
    blank = written(TASKS[exercise_id], TASKS[exercise_id].starter)
    assert complaints(exercise_id, [*wrong, blank]) == ["all_differences counts as not written"]


def test_a_wrong_solution_is_noticed():
    task = TASKS["tensors/broadcasting/all_differences"]
    broken = task.solution.replace("a[:, None] - b", "a - b[:, None]")
    assert broken != task.solution
    assert first_hint(task.exercise_id, written(task, broken)) is not None
