"""Only what changed is run; one chapter's trouble does not keep the others from running."""

import asyncio
import json

import pytest
from nbformat.v4 import new_output

from pipeline import chapters as pairs
from pipeline.execute import __main__ as execute
from pipeline.execute.kernel import Run


@pytest.fixture
def no_kernels(monkeypatch):
    """Let runs succeed without a kernel: each code cell shows its number and what `shows` holds."""
    shows = {"text": "0.5000001", "seconds": 1.0, "runs": 0}

    async def fake_run(notebook, **_):
        shows["runs"] += 1
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for count, cell in enumerate(cells, start=1):
            text = f"{count} {shows['text']}\n"
            cell.update(execution_count=count, outputs=[new_output("stream", text=text)])
        return Run(shows["seconds"], 100, "cpu")

    monkeypatch.setattr(execute, "run_notebook", fake_run)
    return shows


def record_of(path):
    return json.loads(path.read_text())["metadata"]["course"]


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


def test_outputs_that_agree_are_kept(make_course, run, texts, no_kernels):
    root = make_course()
    notebook = root / "chapters/start/one.ipynb"
    run(root)
    first, before = texts(notebook), record_of(notebook)
    (root / "lib/core/base.py").write_text("VALUE = 10 + 10\n")
    no_kernels.update(text="0.5000002", seconds=2.0)
    lines = notebook.read_text().splitlines()
    status, output = run(root)
    assert status == 0
    assert "start/one: agrees in 2.0 s" in output
    assert texts(notebook) == first
    assert record_of(notebook) == {**before, "digest": record_of(notebook)["digest"]}
    changed = set(notebook.read_text().splitlines()) - set(lines)
    assert [line.split()[0] for line in changed] == ['"digest":']
    assert run(root, "--check")[0] == 0
    run(root, "--anew")
    assert record_of(notebook)["seconds"] == 2.0
    assert texts(notebook) != first


def test_a_cell_that_was_empty_counts_as_run_only_when_it_ran(make_course, run):
    cells = "# One\n\n```{code-cell} ipython3\n%s\n```\n\n```{code-cell} ipython3\n7\n```\n"
    root = make_course({"start/one": cells % ""})
    notebook, source = (root / f"chapters/start/one.{kind}" for kind in ("ipynb", "md"))
    run(root)
    source.write_text(source.read_text().replace("ipython3\n\n", "ipython3\nx = 5\n"))
    assert run(root)[0] == 0
    counts = [cell.get("execution_count") for cell in json.loads(notebook.read_text())["cells"]
              if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_costs_above_the_budget_are_stored_in_every_case(make_course, run, texts, no_kernels):
    root = make_course()
    run(root)
    first = texts(root / "chapters/start/one.ipynb")
    no_kernels.update(text="0.5000002", seconds=75.0)
    status, output = run(root, "--all")
    assert status == 0
    assert "warning: it ran for 75 s, longer than 60 s" in output
    assert record_of(root / "chapters/start/one.ipynb")["seconds"] == 75.0
    assert texts(root / "chapters/start/one.ipynb") == first


def test_outputs_that_differ_are_replaced(make_course, run, texts, no_kernels):
    root = make_course()
    run(root)
    (root / "lib/core/base.py").write_text("VALUE = 21\n")
    no_kernels["text"] = "41"
    assert "start/one: ran in" in run(root)[1]
    assert texts(root / "chapters/start/one.ipynb")[0] == "1 41\n"


def test_changed_words_need_no_kernel(make_course, run, texts, no_kernels):
    root = make_course()
    run(root)
    notebook, source = (root / f"chapters/start/one.{kind}" for kind in ("ipynb", "md"))
    first, before = texts(notebook), record_of(notebook)
    text = source.read_text().replace("Some words.", "Better words.\n\n+++\n\nAnd more.")
    source.write_text(text.replace("A caption.", "Another caption."))
    assert run(root, "--check")[0] == 1
    no_kernels["text"] = "not to be seen"
    status, output = run(root)
    assert (status, no_kernels["runs"]) == (0, 1)
    assert "start/one: text only" in output
    assert "And more." in notebook.read_text()
    assert "Another caption." in notebook.read_text()
    assert texts(notebook) == first
    assert record_of(notebook)["executed"] == before["executed"]
    assert run(root, "--check") == (0, "all 1 chapters are up to date\n")
    run(root, "--all")
    assert no_kernels["runs"] == 2


@pytest.mark.parametrize("plant", [("0.5000001", "0.6"), ("print(double())", "print(double() + 1)"),
                                   ("Some words.", "My words.")])
def test_work_done_in_lab_is_not_overwritten(make_course, run, texts, no_kernels, plant):
    root = make_course()
    run(root)
    notebook = root / "chapters/start/one.ipynb"
    notebook.write_text(notebook.read_text().replace(*plant))
    before = notebook.read_bytes()
    assert run(root, "--check")[0] == 1
    for arguments in ((), ("--all",), ("--anew",)):
        status, output = run(root, *arguments)
        assert status == 1
        assert "cp chapters/start/one.ipynb one-mine.ipynb" in output
        assert notebook.read_bytes() == before
    assert run(root, "--force")[0] == 0
    assert texts(notebook)[0] == "1 0.5000001\n"
    assert run(root, "--check")[0] == 0


def test_a_notebook_without_a_record_is_somebodys_work(make_course, run):
    root = make_course()
    chapter = pairs.chapters(root)[0]
    chapter.notebook.write_text(json.dumps(pairs.read_source(root, chapter)))
    assert run(root)[0] == 1
    assert "course" not in json.loads(chapter.notebook.read_text())["metadata"]


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
        notebook.cells[0].execution_count = 1
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
