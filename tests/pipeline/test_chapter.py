"""One chapter's code, its broken rules and its page are found without the rest of the book."""

import pytest

from pipeline import chapter as command
from pipeline.chapter import build_page, code_of, outputs_and_tests, rule_problems
from pipeline.chapters import ROOT


def test_code_that_bears_the_name():
    modules, tests = code_of("tensors/broadcasting")
    paths = [path.relative_to(ROOT).as_posix() for path in (*modules, *tests)]
    assert {"lib/tensors/broadcasting.py", "lib/figures/tensors/broadcasting.py",
            "lib/exercises/tensors/broadcasting.py", "tests/tensors/test_broadcasting.py",
            "tests/figures/tensors/test_broadcasting.py"} <= set(paths)
    assert all("broadcasting" in path for path in paths)


def test_problems_of_other_chapters_are_left_out(make_course, monkeypatch):
    root = make_course()
    (root / "rules").mkdir()
    problems = ["chapters/start/one: a", "lib/start/one.py: b", "chapters/start/one_more: c",
                "tests/start/test_one.py: d", "README.md: e", "chapters/data/start: f"]
    monkeypatch.setattr(command.importlib, "import_module",
                        lambda name: type("Rules", (), {"RULES": [lambda root: problems]}))
    assert rule_problems("start/one", root) == [
        "chapters/start/one: a", "lib/start/one.py: b", "tests/start/test_one.py: d"]


def test_page_alone():
    page, problems = build_page("tensors/joining")
    assert problems == []
    text = page.read_text(encoding="utf-8")
    assert "Joining and splitting" in text
    assert "Exercises" in text


@pytest.mark.parametrize(("compare", "codes"), [(True, (0, 0)), (False, (0, 0)), (True, (0, 1))])
def test_outputs_unit_tests_and_exercises_are_tried(monkeypatch, compare, codes):
    started, left = [], list(codes)

    class Process:
        def __init__(self, arguments, **_):
            started.append(list(map(str, arguments)))
            self.returncode = left.pop(0)

        def communicate(self):
            return "text", None

    monkeypatch.setattr(command.subprocess, "Popen", Process)
    name = "tensors/broadcasting"
    assert outputs_and_tests(name, ROOT, compare=compare) == (not any(codes))
    exercises, others = started
    assert exercises[-3:] == ["tests/exercises/test_all.py", "-k", name]
    assert str(ROOT / "tests/tensors/test_broadcasting.py") in others
    assert "-k" not in others  # which would leave out tests that do not bear the whole name
    assert ("--nbval" in others) == (str(ROOT / f"chapters/{name}.ipynb") in others) == compare


@pytest.mark.parametrize(("passed", "status"), [((), 4), (("execute", "rules"), 2)])
def test_all_steps_are_done_and_what_failed_is_counted(monkeypatch, capsys, passed, status):
    seen = []

    def pretend(title, result):
        def step(*_, compare=None, **__):
            seen.append((title, compare))
            return result if title == "execute" else title in passed
        return step

    monkeypatch.setattr(command, "execute", pretend("execute", int("execute" not in passed)))
    monkeypatch.setattr(command, "outputs_and_tests", pretend("tests", None))
    monkeypatch.setattr(command, "keeps_rules", pretend("rules", None))
    monkeypatch.setattr(command, "has_page", pretend("page", None))
    assert command.main(["tensors/joining"]) == status
    assert seen == [("execute", None), ("tests", "execute" in passed), ("rules", None),
                    ("page", None)]
    assert "tensors/joining: " in capsys.readouterr().out


def test_unknown_chapter(capsys):
    assert command.main(["tensors/none"]) == 2
    assert "chapter must be one of" in capsys.readouterr().err
