"""A chapter runs in a kernel of its own, and its notebook holds what it showed, nothing else."""

import json
import sys
import time
from pathlib import Path

import pytest

from pipeline.execute import __main__ as execute
from pipeline.execute.digest import stale_chapters
from pipeline.execute.kernel import QUESTIONS

GOOD = """\
# One

```{code-cell} ipython3
import os

from lib.core.top import double
print(double(), os.environ["LIB_STATIC"], os.listdir())
```

```{code-cell} ipython3
open("scratch", "w").write("chapters may write files")
```

```{code-cell} ipython3
print(os.environ["OMP_WAIT_POLICY"], os.environ["PYTHONHASHSEED"], os.environ.get("COLUMNS"))
"started" in globals(), os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"]
```

```{code-cell} ipython3
import matplotlib.pyplot as plt

print(plt.rcParams["lines.linewidth"])
figure = plt.plot([1, 2])
```
"""
BAD = """\
# Bad

```{code-cell} ipython3
print("fine so far")
```

```{code-cell} ipython3
:tags: [raises-exception]
def divide():
    return 1 / 0
for _ in "once":
    divide()
```
"""
OLD = b"the notebook as it was\n"
BALLAST = 600 * 2**20


@pytest.fixture(scope="module")
def ran(make_course, tmp_path_factory, run):
    """A course with a good and a bad chapter after one run under a user's odd settings."""
    root = make_course({"start/one": GOOD, "start/bad": BAD})
    (root / "chapters/start/bad.ipynb").write_bytes(OLD)
    home = tmp_path_factory.mktemp("home")
    (home / "startup.py").write_text("started = True\n")
    profile = home / "profile_default" / "startup"
    profile.mkdir(parents=True)
    (profile / "00.py").write_text("started = True\n")
    (home / "matplotlibrc").write_text("lines.linewidth: 9\n")
    settings = {"PYTHONSTARTUP": "startup.py", "IPYTHONDIR": "", "MATPLOTLIBRC": "matplotlibrc"}
    with pytest.MonkeyPatch.context() as patch:
        for name, file in settings.items():
            patch.setenv(name, str(home / file))
        patch.setenv("MPLBACKEND", "agg")
        patch.setenv("COLUMNS", "40")
        ballast = b"x" * BALLAST  # memory of the process that starts the kernel, not of the kernel
        status, output = run(root)
        del ballast
    return root, status, output


def test_outputs_are_stored(ran, texts):
    root, _, output = ran
    path = root / "chapters/start/one.ipynb"
    notebook = json.loads(path.read_text())
    assert texts(path) == [
        "40 1 []\n", "24", "PASSIVE 0 None\n", "(False, True)", "1.5\n",
        "<Figure size 640x480 with 1 Axes>",
    ]
    assert "image/png" in notebook["cells"][-1]["outputs"][-1]["data"]
    assert notebook["cells"][0]["outputs"] == []
    assert "warning" not in output
    assert stale_chapters(root) == ["start/bad"]


def test_record_of_the_run(ran):
    root, _, _ = ran
    course = json.loads((root / "chapters/start/one.ipynb").read_text())["metadata"]["course"]
    assert set(course) == {"contents", "digest", "executed", "seconds", "peak_memory_mb", "python",
                           "torch", "device"}
    assert len(course["digest"]) == 64
    assert abs(time.time() - time.mktime(time.strptime(course["executed"], "%Y-%m-%d"))) < 2 * 86400
    assert course["seconds"] >= 0
    assert 50 < course["peak_memory_mb"] < BALLAST / 2**20
    assert course["python"] == ".".join(map(str, sys.version_info[:3]))
    assert course["device"] == "cpu"


def test_nothing_of_this_machine_is_stored(ran):
    root, _, _ = ran
    text = (root / "chapters/start/one.ipynb").read_text()
    notebook = json.loads(text)
    assert set(notebook["metadata"]) == {"course", "kernelspec", "language_info"}
    for path in (root, Path.home(), sys.prefix, "chapter-", "ipykernel", "iopub"):
        assert str(path) == "/" or str(path) not in text
    kept = {"tags", "cellView", "jupyter"}
    assert all(set(cell["metadata"]) <= kept for cell in notebook["cells"])


def test_failure_is_told_and_changes_nothing(ran):
    root, status, output = ran
    assert status == 1
    assert (root / "chapters/start/bad.ipynb").read_bytes() == OLD
    report = output[output.index("start/bad: failed") :]
    for line in ("cell 3 failed:", "  | def divide():", "  ----> 4     divide()",
                 "  ZeroDivisionError: division by zero"):
        assert f"\n{line}\n" in report
    assert "\x1b" not in output
    rows = [line.split() for line in output.splitlines()[-3:]]
    assert rows[0] == ["start/bad", "-", "-", "failed"]
    assert rows[1][0] == "start/one"
    assert rows[1][-1] == "ran"
    assert sorted(path.name for path in (root / "chapters/start").iterdir()) == [
        "bad.ipynb", "bad.md", "one.ipynb", "one.md"
    ]


async def forbidden(*_, **__):
    raise RuntimeError("nothing should run")


def test_unchanged_chapters_are_skipped(ran, run, monkeypatch):
    root, _, _ = ran
    monkeypatch.setattr(execute, "run_notebook", forbidden)
    before = (root / "chapters/start/one.ipynb").stat()
    status, output = run(root, "start/one")
    assert status == 0
    assert output.splitlines()[1].split()[-1] == "unchanged"
    assert (root / "chapters/start/one.ipynb").stat() == before


def test_check_names_the_stale_and_runs_nothing(ran, run, monkeypatch):
    root, _, _ = ran
    monkeypatch.setattr(execute, "run_notebook", forbidden)
    status, output = run(root, "--check")
    assert status == 1
    assert "start/bad: stale: bad.ipynb must be a notebook" in output
    assert "start/one" not in output
    status, output = run(root, "--check", "start/one")
    assert status == 0
    assert "all 1 chapters are up to date" in output


@pytest.mark.parametrize(("computed", "least", "most"), [(9999, 0.5, 3600), (0, 0, 0)])
def test_seconds_are_those_of_a_clock_or_of_the_cores(
    make_course, run, monkeypatch, computed, least, most
):
    """The kernel has computed for 5 seconds before the first cell, and for so many more after."""
    cell = "```{code-cell} ipython3\n__import__('time').sleep(0.5)\n```"
    root = make_course({"start/one": f"# One\n\n{cell}\n"})
    answer = f"globals().setdefault('asked', iter([5.0, {5.0 + computed}])).__next__()"
    monkeypatch.setitem(QUESTIONS, "computed", answer)
    assert run(root)[0] == 0
    record = json.loads((root / "chapters/start/one.ipynb").read_text())["metadata"]["course"]
    assert least <= record["seconds"] <= most
