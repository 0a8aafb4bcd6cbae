"""Only what changed is run; one chapter's trouble does not keep the others from running."""

import asyncio

import pytest

from pipeline import chapters as pairs
from pipeline.execute import __main__ as execute
from pipeline.execute.kernel import Run


def test_changed_module_runs_the_chapter_again(make_course, run, texts):
    root = make_course()
    assert run(root)[0] == 0
    notebook = root / "chapters/start/one.ipynb"
    first = texts(notebook)
    (root / "lib/core/base.py").write_text("VALUE = 30\n")
    assert run(root, "--check")[0] == 1
    status, output = run(root)
    assert status == 0
    assert "start/one: ran in" in output
    assert first == ["40\n", "42"]
    assert texts(notebook) == ["60\n", "62"]
    assert run(root, "--check")[0] == 0


def test_endless_cell_and_dying_kernel(make_course, run):
    endless = "# E\n\n```{code-cell} ipython3\nwhile True:\n    pass\n```\n"
    dying = "# D\n\n```{code-cell} ipython3\nimport os\nos._exit(3)\n```\n"
    root = make_course({"start/endless": endless, "start/dying": dying})
    status, output = run(root, "--timeout", "1", "--jobs", "2")
    assert status == 1
    assert "cell 2 took longer than 1 s:\n  | while True:\n" in output
    assert "cell 2 ended the kernel (out of memory, or a crash in compiled code):" in output
    assert not list(root.glob("chapters/*/*.ipynb"))


@pytest.mark.parametrize(("jobs", "threads"), [(1, 8), (3, 2), (50, 2)])
def test_cores_are_shared_out(make_course, run, monkeypatch, jobs, threads):
    root = make_course({f"start/c{number}": "# C\n" for number in range(4)})
    seen, now = [], []

    async def fake_run(notebook, *, threads, **_):
        now.append(notebook)
        seen.append((len(now), threads))
        await asyncio.sleep(0.01)
        now.pop()
        return Run(61.0, 100, "cpu")

    monkeypatch.setattr(execute, "run_notebook", fake_run)
    monkeypatch.setattr(execute, "num_cores", lambda: 8)
    status, output = run(root, "--jobs", str(jobs))
    assert status == 0
    assert max(seen) == (min(jobs, 4), threads)
    assert output.count("warning: it ran for 61 s, longer than 60 s") == 4


def test_longest_chapter_is_begun_first(make_course, run, monkeypatch):
    seconds = {"start/a": 3.0, "start/b": 50.0, "start/c": 7.0}
    root = make_course({name: f"# {name}\n" for name in (*seconds, "start/new")})
    begun = []

    async def fake_run(notebook, **_):
        name = notebook.cells[-1].source.lstrip("# ")
        begun.append(name)
        return Run(seconds[name], 100, "cpu")

    monkeypatch.setattr(execute, "run_notebook", fake_run)
    assert run(root, "--jobs", "1", *seconds)[0] == 0
    seconds["start/new"] = 1.0
    begun.clear()
    assert run(root, "--jobs", "1", "--all")[0] == 0
    assert begun == ["start/new", "start/b", "start/c", "start/a"]


def test_unreadable_source_stops_only_its_chapter(make_course, run, monkeypatch):
    broken = "# B\n\n```{code-cell} ipython3\n:tags: [a\n1\n```\n"
    root = make_course({"start/broken": broken, "start/fine": "# F\n"})

    async def fake_run(notebook, **_):
        return Run(1.0, 100, "cpu")

    monkeypatch.setattr(execute, "run_notebook", fake_run)
    status, output = run(root)
    assert status == 1
    assert "start/broken: failed\nthe source must be MyST Markdown" in output
    assert (root / "chapters/start/fine.ipynb").exists()


def test_orphan_is_reported(make_course, run):
    root = make_course({"start/one": "# One\n"})
    (root / "chapters/start/one.md").unlink()
    (root / "chapters/start/one.ipynb").write_text("{}")
    for arguments in ((), ("--check",)):
        status, output = run(root, *arguments)
        assert status == 1
        assert "start/one: its source is gone; remove chapters/start/one.ipynb" in output
    assert pairs.orphans(root) == ["start/one"]


def test_unknown_chapter(make_course, run):
    status, output = run(make_course(), "start/none")
    assert status == 2
    assert "chapter must be one of start/one; got start/none" in output
