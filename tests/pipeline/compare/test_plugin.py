"""Defects planted in small stored notebooks turn cells red; rounding and other machines do not."""

import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from nbformat import v4, write
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[3]
GLUE = "application/papermill.record/text/plain"
SHOW = "from IPython.display import display; display({}, raw=True)"


class Result(NamedTuple):
    """What one run of pytest gave: its status, its text, a message for each cell that failed."""

    status: int
    text: str
    cells: dict[tuple[str, str], str | None]


def text(*lines, name="stdout"):
    return v4.new_output("stream", name=name, text="".join(f"{line}\n" for line in lines))


def shown(data, kind="display_data"):
    return v4.new_output(kind, data=data)


def cell(source, *outputs, tags=(), **metadata):
    made = v4.new_code_cell(source, outputs=list(outputs))
    made.metadata.update({"tags": list(tags), **metadata})
    return made


def store(path, cells):
    """Write a notebook as a run from top to bottom would leave it, where a cell asks no other."""
    for count, made in enumerate(filter(lambda cell: cell.source, cells), start=1):
        wanted = made.metadata.pop("count", count)
        made.execution_count = wanted
        for output in made.outputs:
            if output.output_type == "execute_result":
                output.execution_count = made.metadata.pop("result_count", wanted)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(v4.new_notebook(cells=[v4.new_markdown_cell("Text."), *cells]), path)


def picture(*boxes):
    """Draw black boxes on white and give the picture in base64."""
    drawn, file = Image.new("RGB", (96, 64), "white"), io.BytesIO()
    for box in boxes:
        ImageDraw.Draw(drawn).rectangle(box, fill="black")
    drawn.save(file, format="png")
    return base64.b64encode(file.getvalue()).decode()


def page(*pictures):
    """Put pictures into HTML, as an explorable figure does."""
    return "".join(f'<img alt="1" src="data:image/png;base64,{data}">' for data in pictures)


BOX, MOVED = picture((20, 20, 60, 40)), picture((21, 20, 61, 40))
BLANK, TWO = picture(), picture((20, 20, 60, 40), (70, 50, 80, 60))


def compare_notebooks(folder, **variables):
    """Run pytest with two workers; give its status, its text, a message for each failed cell."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    (folder / "conftest.py").write_text((ROOT / "conftest.py").read_text())
    report = folder / "report.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", folder,
         "-p", "no:cacheprovider", "--junitxml", report,
         "--nbval", "-n", "2", "--dist", "loadscope", "chapters"],
        cwd=folder, env={**kept, **variables}, capture_output=True, text=True, timeout=300,
        check=False,
    )
    cells = {}
    for case in ElementTree.parse(report).iter("testcase"):
        failures = [*case.findall("failure"), *case.findall("error")]
        cells[case.get("classname"), case.get("name")] = failures[0].text if failures else None
    return Result(done.returncode, done.stdout + done.stderr, cells)


# Each cell, and what the message about it must say.
RED = {
    "wrong number": (cell("print(f'loss {0.25:.4f}')", text("loss 0.2600")),
                     "red.ipynb, code cell 0 (In [1]): Cell outputs differ\n"
                     "stdout, line 1: number 1 of the line: 0.2600 stored, 0.2500 in the new run; "
                     "they differ by 0.0100, allowed is 0.0001\n"
                     "  stored:  loss 0.2600\n  new run: loss 0.2500\n"
                     "The cell:\n  | print(f'loss {0.25:.4f}')"),
    "removed line": (cell("print('a\\nb\\nc')", text("a", "c")),
                     "stdout, line 2: the text differs\n  stored:  c\n  new run: b"),
    "removed last line": (cell("print('a\\nb', end='')", v4.new_output(
        "stream", name="stdout", text="a")), "line 2: the stored output has no such line"),
    "stale output": (cell("print('edited')", text("before")), "stored:  before"),
    "changed function": (cell("from lessons import double\ndouble(2)",
                              shown({"text/plain": "4"}, "execute_result")),
                         "text/plain, line 1: number 1 of the line: 4 stored, 5 in the new run"),
    "changed source": (cell(SHOW.format({"text/html": '<pre class="show-source">lr = 0.12346'}),
                            shown({"text/html": '<pre class="show-source">lr = 0.12345'})),
                       "source code is compared as it is"),
    "never executed": (cell("1 + 1", count=None), "the cell was never executed"),
    "out of order": (cell("pass", count=77), "executed as number 77, in order it is"),
    "result of another run": (cell("3", shown({"text/plain": "3"}, "execute_result"),
                                   result_count=70), "its result is of another run: {70}"),
    "output too many": (cell("print(1)", text("1"), shown({"text/plain": "1"})),
                        "the cell has other outputs than stored"),
    "output too few": (cell("print(1)"), "stored: none\n  new run:\n    stream stdout: 1"),
    "small scalar": (cell("print('lr 0.0001')", text("lr 0.0002")), "they differ by 0.0001"),
    "whole number": (cell("print(750, 0.5)", text("751 0.5"), tags=["nbval-rtol=0.05"]),
                     "751 stored, 750 in the new run; whole numbers must be written alike"),
    "not a number": (cell("print(float('nan'))", text("0.9123"), tags=["nbval-rtol=0.5"]),
                     "stdout, line 1: "),
    "blank plot": (cell(SHOW.format({"text/plain": "<Figure>", "image/png": BLANK}),
                        shown({"text/plain": "<Figure>", "image/png": BOX})),
                   "image/png, the new picture is blank"),
    "another picture": (cell(SHOW.format({"text/plain": "<Figure>", "image/png": BOX}),
                             shown({"text/plain": "<Figure>", "image/png": TWO})),
                        "image/png, the pictures are 0."),
    "frame of a figure": (cell(SHOW.format({"text/html": page(BOX, BOX)}),
                               shown({"text/html": page(BOX, TWO)})),
                          "text/html, picture 2 of 2: the pictures are 0."),
    "vector graphics": (cell(SHOW.format({"image/svg+xml": "<svg><path d='M 1.5 2.5'/></svg>"}),
                             shown({"image/svg+xml": "<svg><path d='M 1.5 3.5'/></svg>"})),
                        "image/svg+xml, line 1: number 2 of the line: 3.5 stored, 2.5 in"),
    "missing picture": (cell(SHOW.format({"text/plain": "<Figure>"}),
                             shown({"text/plain": "<Figure>", "image/png": "iVBORw0KGgo="})),
                        "display_data image/png text/plain: <Figure>"),
    "order of outputs": (cell("print(1)\n" + SHOW.format({"text/plain": "2"}),
                              shown({"text/plain": "2"}), text("1")), "other outputs than stored"),
    "new warning": (cell("import warnings\nprint(1)\nwarnings.warn('careful')", text("1")),
                    "stream stderr: /"),
    "changed warning": (cell("import sys\nprint('careful', file=sys.stderr)",
                             text("beware", name="stderr")), "stderr, line 1: the text differs"),
    "beyond rtol": (cell("print(0.7)", text("0.9"), tags=["nbval-rtol=0.05"]),
                    "they differ by 0.2, allowed is 0.1"),
    "alternative text": (cell(SHOW.format({"text/html": '<img alt="loss 0.5" src="x">'}),
                              shown({"text/html": '<img alt="loss 0.6" src="x">'})),
                         "text/html, line 1: number 1 of the line: 0.6 stored, 0.5 in"),
    "glued number": (cell(SHOW.format({GLUE: "0.75"}), shown({GLUE: "0.76"})), f"{GLUE}, line 1"),
    "no exception": (cell("1", v4.new_output("error", ename="ValueError", evalue="no"),
                          tags=["raises-exception"]), "error: ValueError: no"),
    "other exception": (cell("raise ValueError('yes')",
                             v4.new_output("error", ename="ValueError", evalue="no"),
                             tags=["raises-exception"]), "evalue, line 1: the text differs"),
    "new exception": (cell("1 / 0"), "Cell execution caused an exception"),
    "warning beside a time": (cell("print(1, file=__import__('sys').stderr)",
                                   text("2", name="stderr"), reason="a time",
                                   tags=["nbval-ignore-output"]), "stderr, line 1: number 1"),
    "dead kernel": (cell("import os\nos._exit(3)"), "the cell ended the kernel (out of memory"),
}
# What the kernel of a notebook must find, printed by the notebook itself.
ENVIRONMENT = """\
import os, sys
from pathlib import Path
Path("checkpoint.pt").write_text("x")
print(os.environ["LIB_STATIC"], os.environ["LIB_DEVICE"], os.listdir())
print(Path(os.environ["IPYTHONDIR"]).parent == Path.cwd().parent)
print([name for name in os.environ if name.startswith("PYTEST_")])"""
GREEN = [
    cell(ENVIRONMENT, text("1 cuda ['checkpoint.pt']", "True", "[]")),
    cell(""),
    cell("5;"),
    cell("print(f'loss {0.91234:.4f}')", text("loss 0.9124")),
    cell("print('tensor([ 0.5000, -0.0000])\\non cpu')",
         text("tensor([0.5000, 0.0000], device='cuda:0')", "on cuda:0")),
    cell("object()", shown({"text/plain": "<object at 0x7f0000000000>"}, "execute_result")),
    cell(SHOW.format({"text/plain": "<Figure>", "image/png": BOX}),
         shown({"text/plain": "<Figure>", "image/png": MOVED})),
    cell(SHOW.format({"text/html": page(BOX, TWO)}), shown({"text/html": page(MOVED, TWO)})),
    cell(SHOW.format({"text/plain": "<Figure>", "image/png": BOX}),
         shown({"text/plain": "<Figure>", "image/png": TWO}), tags=["nbval-figure=0.5"]),
    cell("print(690, 'of 750')", text("684 of 750"), tags=["nbval-counts=0.05"]),
    cell("print('a')\nimport sys, time\ntime.sleep(0.3)\nprint('w', file=sys.stderr)\nprint('b')",
         text("w", name="stderr"), text("a", "b")),
    cell("print(0.88)", text("0.9"), tags=["nbval-rtol=0.05"]),
    cell("import warnings\nwarnings.warn('careful')",
         text("/tmp/ipykernel_1/2.py:2: UserWarning: careful", "  warnings.warn('careful')",
              name="stderr")),
    cell("import time; time.time()", shown({"text/plain": "12.5"}, "execute_result"),
         tags=["nbval-ignore-output"], reason="the time of day"),
    cell("raise ValueError('no')", v4.new_output("error", ename="ValueError", evalue="no"),
         tags=["raises-exception"]),
]


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Compare a notebook full of defects and a sound one, with two workers."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "lessons.py").write_text("def double(x):\n    return 2 * x + 1\n")
    store(folder / "chapters" / "red.ipynb", [made for made, _ in RED.values()])
    store(folder / "chapters" / "green.ipynb", GREEN)
    before = set(folder.rglob("chapters/**/*"))
    (folder / "temporary").mkdir()
    result = compare_notebooks(folder, LIB_DEVICE="cuda", TMPDIR=str(folder / "temporary"))
    assert set(folder.rglob("chapters/**/*")) == before, "chapters/ was littered"
    assert not list(folder.glob("temporary/compare-*")), "a kernel's folder was left behind"
    return result


def of_notebook(result, name):
    """List the messages of a notebook's cells in their order; None for a cell that passed."""
    found = {int(cell.split()[-1]): message for (notebook, cell), message in result.cells.items()
             if name in notebook}
    return [found[number] for number in sorted(found)]


def test_every_planted_defect_is_red(compared):
    messages = of_notebook(compared, "red")
    missed = {
        name: message
        for (name, (_, wanted)), message in zip(RED.items(), messages, strict=True)
        if message is None or wanted not in message
    }
    assert missed == {}
    assert compared.status == pytest.ExitCode.TESTS_FAILED


def test_rounding_and_other_machines_are_green(compared):
    assert of_notebook(compared, "green") == [None] * len(GREEN)


@pytest.mark.parametrize("line", [
    r"cells whose outputs are not compared: 2",
    r"  chapters/green.ipynb::Cell 13: the time of day",
    r"cells with loosened tolerance: 6",
    r"  chapters/red.ipynb::Cell 22: nbval-rtol=0.05",
    r"  chapters/green.ipynb::Cell 8: nbval-figure=0.5",
    r" +\d+\.\d s  chapters/green.ipynb",
])
def test_summary_names_what_is_not_compared_and_the_seconds(compared, line):
    assert re.search(f"^{line}$", compared.text, re.MULTILINE)
