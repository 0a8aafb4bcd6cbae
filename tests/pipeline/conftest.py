"""A tiny course in a temporary folder, for the tests of the pipeline."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from pipeline.execute import __main__ as execute

FRONT = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""
FILES = {
    "_config.yml": "title: T\nrepository:\n  url: https://example.org/course\n",
    "constraints.txt": "torch==2.15.0\nscipy==1.17.1\nrare==1.0\nruff==0.17.6\n",
    "pyproject.toml": '[project]\ndependencies = ["Torch>=2.6", "rare"]\n'
                      '[tool.course]\nrun-time = ["scipy"]\n'
                      '[tool.course.where-imported]\nrare = ["rare", "torch.rare"]\n',
    "chapters/intro.md": "# Introduction\n",
    "lib/__init__.py": "",
    "lib/core/__init__.py": "",
    "lib/core/base.py": "VALUE = 20\n",
    "lib/core/top.py": "def double():\n    from lib.core.base import VALUE\n    return 2 * VALUE\n",
    "lib/core/other.py": "UNUSED = 1\n",
    "lib/book/__init__.py": "",
    "lib/book/exercise.py": "",  # by which a notebook knows that the course is there
    "lib/exercises/__init__.py": "",
    "lib/exercises/start/__init__.py": "",
    "lib/exercises/start/one.py": "EXERCISES = {}\n",
}
CHAPTER = """\
(start/one)=
# One

Some words.

```{code-cell} ipython3
from lib.core.top import double
print(double())
```

Then a figure.

```{code-cell} ipython3
---
mystnb:
  figure:
    caption: A caption.
tags: [hide-input, full-width]
---
double() + 2
```
"""


@pytest.fixture(scope="session")
def make_course(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that writes the tiny course, its chapters given as {name: body}, anew."""

    def make(chapters: dict[str, str] | None = None) -> Path:
        root = tmp_path_factory.mktemp("course")
        files = dict(FILES)
        for name, body in (chapters or {"start/one": CHAPTER}).items():
            files[f"chapters/{name}.md"] = FRONT + body
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    return make


@pytest.fixture(scope="session")
def run() -> Callable[..., tuple[int, str]]:
    """Return a function that calls `pipeline.execute` here: its exit status and all it printed."""

    def call(root: Path, *arguments: str) -> tuple[int, str]:
        output = io.StringIO()
        with redirect_stdout(output), redirect_stderr(output):
            status = execute.main(arguments, root)
        return status, output.getvalue()

    return call


@pytest.fixture(scope="session")
def texts() -> Callable[[Path], list[str]]:
    """Return a function that reads the texts a stored notebook shows."""

    def read(path: Path) -> list[str]:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", ())]
        return ["".join(output.get("text", output.get("data", {}).get("text/plain", "")))
                for output in outputs]

    return read
