"""The set-up cell installs what is missing and no more; solutions are folded, and only they."""

import os
import subprocess
import sys

import pytest

from pipeline.chapters import make_notebook
from pipeline.colab import SET_UP

URL = "https://example.org/course"
FAKE_COLAB = '''
import sys
from pathlib import Path

class Shell:
    """Colab's shell with a pip that installs by writing files."""

    def __str__(self):
        return {shell!r}

    def run_line_magic(self, name, line):
        print(name, line)
        if "git+" in line:
            site = Path({site!r})
            (site / "lib/book").mkdir(parents=True)
            for name in ("lib/__init__.py", "lib/book/__init__.py", "lib/book/exercise.py"):
                (site / name).touch()
            info = site / "learn_pytorch-1.dist-info"
            info.mkdir()
            needs = "".join("Requires-Dist: " + need + "\\n" for need in
                            ("torch>=2.6", "no-such-package>=1.0", "matplotlib-inline>=0.1"))
            (info / "METADATA").write_text("Name: learn-pytorch\\nVersion: 1\\n" + needs)

sys.path.insert(1, {site!r})
get_ipython = Shell
'''
INSTALLED = f"pip install -q --no-deps git+{URL}\npip install -q no-such-package\n"


def set_up(folder, shell="<google.colab._shell.Shell>", inside=()):
    """Run the set-up cell in `folder`, where the files named in `inside` stand."""
    (folder / "site").mkdir()
    for name in inside:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    code = FAKE_COLAB.format(shell=shell, site=str(folder / "site"))
    code += f"exec(compile({SET_UP.format(url=URL)!r}, 'cell', 'exec'))\n"
    code += "assert 'set_up' not in globals()\nimport lib.book.exercise\n"
    # Run without the course's own `lib`: only what stands in the folder and what pip brings.
    script = "import sys; sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f)]\n"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run([sys.executable, "-c", script + code], cwd=folder, env=environment,
                          capture_output=True, text=True, check=False)  # fmt: skip


@pytest.mark.parametrize("inside", [(), ("lib/notes.txt",), ("lib/book/notes.txt",)])
def test_colab_gets_the_course_and_what_it_lacks_whatever_folder_is_named_lib(tmp_path, inside):
    run = set_up(tmp_path, inside=inside)
    assert (run.stdout, run.stderr) == (INSTALLED, "")


def test_nothing_happens_where_the_course_is(tmp_path):
    course = ("lib/__init__.py", "lib/book/__init__.py", "lib/book/exercise.py")
    run = set_up(tmp_path, inside=course)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_elsewhere_a_reader_is_told_what_to_install(tmp_path):
    run = set_up(tmp_path, shell="<ipykernel.zmqshell.ZMQInteractiveShell>")
    assert run.stdout == ""
    assert f"\n%pip install git+{URL}\n" in run.stderr
    assert f"clone\n{URL}\nand run `make lab` there" in run.stderr
    assert "ModuleNotFoundError: the course is not installed in this kernel" in run.stderr


def cell(tags):
    source = f"# T\n\n```{{code-cell}} ipython3\n:tags: [{tags}]\na = 1\n```\n"
    return make_notebook(source, URL).cells[-1]


def test_the_set_up_cell_comes_first_and_is_folded():
    first = make_notebook("# T\n", URL).cells[0]
    assert first.id == "colab-setup"
    assert first.metadata == {"tags": ["colab-setup", "remove-cell"], "cellView": "form",
                              "jupyter": {"source_hidden": True}}  # fmt: skip


def test_a_solution_is_folded_with_its_output_and_titled():
    folded = cell("solution, hide-cell")
    assert folded.source == "# @title Solution\na = 1"
    assert folded.metadata.jupyter == {"source_hidden": True, "outputs_hidden": True}
    assert folded.metadata.cellView == "form"


@pytest.mark.parametrize(
    ("tags", "hidden"),
    [("hide-input", {"source_hidden"}), ("hide-output", {"outputs_hidden"}),
     ("hide-cell", {"source_hidden", "outputs_hidden"}), ("full-width", set())],
)  # fmt: skip
def test_what_the_site_folds_is_folded_in_lab(tags, hidden):
    found = cell(tags)
    assert set(found.metadata.get("jupyter", {})) == hidden
    assert found.source == "a = 1"
    assert "cellView" not in found.metadata
