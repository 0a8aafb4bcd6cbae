"""What ruff and import-linter check for us, with the settings of this repository."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TAUGHT = """\
import matplotlib.pyplot as plt
from ..data import digits


def shared(values: list = [], *, other=None) -> list:
    global count
    count = 1
    assert values
    print(values)
    return values + [other]


def described(value: int) -> int:
    \"\"\"Return the value\"\"\"
    return value  # 3456789012345678901234567890123456789012345678901234567890123456789012
"""
WANTED = {"ANN001", "B006", "D100", "D103", "D400", "E501", "PLW0603", "S101", "T201", "TID251",
          "TID252"}


def codes(path: Path) -> set[str]:
    """The codes of what ruff finds in a file."""
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise", path]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=path.parent)
    return {line.split(": ")[1].split()[0] for line in found.stdout.splitlines() if ": " in line}


@pytest.fixture
def course(tmp_path) -> Path:
    """Give a course of a few empty modules with the settings of this one."""
    for name in ("core/seed", "data/digits", "training/fit", "tensors/sums", "start/doctor",
                 "book/style", "figures/tensors/sums", "exercises/tensors/sums"):
        path = tmp_path / f"lib/{name}.py"
        path.parent.mkdir(parents=True)
        path.touch()
        for folder in path.relative_to(tmp_path).parents:
            if folder.name:
                (tmp_path / folder / "__init__.py").touch()
    for name in ("pyproject.toml", "lib/ruff.toml", "_toc.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "pipeline", tmp_path / "pipeline")
    return tmp_path


def test_taught_code_keeps_rules_that_other_code_need_not(course):
    (course / "lib/core/seed.py").write_text(TAUGHT)
    assert codes(course / "lib/core/seed.py") >= WANTED


def test_only_the_edge_draws(course):
    for place, found in (("book/style", set()), ("figures/tensors/sums", set()),
                         ("exercises/tensors/sums", {"TID251"})):
        path = course / f"lib/{place}.py"
        path.write_text('"""Pictures."""\n\nimport matplotlib as mpl\n\nCOLOUR = mpl.colors\n')
        assert codes(path) == found


def lint_imports(course: Path) -> subprocess.CompletedProcess:
    """Run import-linter in a folder."""
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([command, "--no-cache", "--no-logo"], capture_output=True, text=True,
                          check=False, cwd=course)


PLANTED = (("core/seed", "data.digits"), ("data/digits", "training.fit"),
           ("training/fit", "tensors.sums"), ("start/doctor", "tensors.sums"),
           ("tensors/sums", "book.style"), ("book/style", "figures.tensors.sums"),
           ("exercises/tensors/sums", "figures.tensors.sums"))


def test_imports_against_the_order_are_found(course):
    for place, name in PLANTED:
        (course / f"lib/{place}.py").write_text(f"def f():\n    import lib.{name}\n")
    (course / "lib/core/extra.py").write_text("import pipeline.chapters\n")
    (course / "pipeline/budget.py").write_text("def f():\n    import pipeline.rules.tree\n")
    said = lint_imports(course).stdout
    for place, name in PLANTED:
        assert f"lib.{place.replace('/', '.')} -> lib.{name} (l.2)" in said
    assert "lib.core.extra -> pipeline.chapters (l.1)" in said
    assert "pipeline.budget -> pipeline.rules.tree (l.2)" in said


def test_imports_with_the_order_are_fine_and_an_unknown_part_is_not(course):
    for place, name in (("data/digits", "core.seed"), ("start/doctor", "training.fit"),
                        ("tensors/sums", "start.doctor"), ("tensors/sums", "training.fit"),
                        ("exercises/tensors/sums", "book.style")):
        (course / f"lib/{place}.py").write_text(f"import lib.{name}\n")
    found = lint_imports(course)
    assert found.returncode == 0, found.stdout + found.stderr
    (course / "lib/extra").mkdir()
    (course / "lib/extra/__init__.py").touch()
    assert lint_imports(course).returncode != 0
