"""The repository keeps its rules, and each rule finds the violation planted for it."""

import importlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pipeline.chapters import chapters, lessons
from pipeline.differences import pair_differences
from pipeline.execute.digest import stale_chapters
from pipeline.rules.tree import files

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODULES = ("layout", "library", "docstrings", "anatomy", "prose", "exercises",
           "notebooks", "budgets", "runs", "documents", "overview", "workflows")
RULES: dict[str, Callable[[Path], list[str]]] = {
    f"{name}.{rule.__name__}": rule for name in MODULES
    for rule in importlib.import_module(f"pipeline.rules.{name}").RULES}
SAMPLE = yaml.safe_load((HERE / "sample.yml").read_text(encoding="utf-8"))
PLANTED = [case for path in sorted((HERE / "planted").glob("*.yml"))
           for case in yaml.safe_load(path.read_text(encoding="utf-8"))]


def grow(root: Path) -> None:
    """Write the sample repository."""
    for name, text in SAMPLE.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("WORDS", "word " * 900), encoding="utf-8")


def change(root: Path, case: dict) -> None:
    """Plant one violation: a new text, another size, a replaced passage, or a file away."""
    path = root / case["file"]
    path.parent.mkdir(parents=True, exist_ok=True)
    if case.get("delete"):
        path.unlink()
    elif "size" in case:
        path.touch()
        os.truncate(path, case["size"])
    elif "replace" in case:
        text = path.read_text(encoding="utf-8")
        assert case["replace"] in text, "the sample has no such passage"
        path.write_text(text.replace(case["replace"], case["by"], 1), encoding="utf-8")
    else:
        path.write_text(case["text"] * case.get("repeat", 1), encoding="utf-8")


@pytest.mark.parametrize("name", RULES)
def test_the_repository_keeps_the_rule(name):
    assert RULES[name](ROOT) == []


@pytest.mark.parametrize("name", RULES)
def test_the_sample_keeps_the_rule(name, tmp_path):
    grow(tmp_path)
    assert RULES[name](tmp_path) == []


@pytest.mark.parametrize("case", PLANTED, ids=lambda case: f"{case['rule']}: {case['finds']}")
def test_a_planted_violation_is_found(case, tmp_path):
    grow(tmp_path)
    change(tmp_path, case)
    problems = RULES[case["rule"]](tmp_path)
    assert any(case["finds"] in problem for problem in problems), problems


def test_every_rule_has_a_planted_violation():
    assert {case["rule"] for case in PLANTED} == set(RULES)


def test_every_lesson_of_the_contents_is_read():
    assert len(lessons(ROOT)) >= 5
    assert sorted(lessons(ROOT)) == [chapter.name for chapter in chapters(ROOT)]


def test_notebooks_are_made_from_their_sources():
    assert pair_differences(ROOT) == []


def test_notebooks_were_run_with_the_code_that_stands_here():
    assert stale_chapters(ROOT) == []


def test_only_the_repositorys_own_files_are_walked(tmp_path, monkeypatch):
    walked = []
    for name in ("lib/a.py", ".venv/lib/b.py", "site/node_modules/c.py", "_build/d.py",
                 "x.egg-info/e.py", "lib/__pycache__/f.py", "lib/notes.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: walked.append(Path(path).name) or scan(path))
    assert files(tmp_path, "*.py") == [tmp_path / "lib/a.py"]
    assert sorted(walked) == sorted([tmp_path.name, "lib", "site"])
