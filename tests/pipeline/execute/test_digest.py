"""A digest changes with everything an output can depend on, and with nothing else."""

import ast
import json
import sys

import pytest

from lib.core.code_digest import imports
from pipeline import chapters as pairs
from pipeline.execute import digest
from pipeline.execute.digest import chapter_digest, dependencies, packages, stale_chapters
from pipeline.execute.store import contents_digest


@pytest.fixture
def root(make_course):
    return make_course()


def only_chapter(root):
    return pairs.chapters(root)[0]


def append(path, text="# changed\n"):
    path.write_bytes(path.read_bytes() + text.encode())


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("chapters/start/one.md", "double() + 2", "double() + 3"),
        ("chapters/start/one.md", "double() + 2", "double() + 2  # four"),
        ("lib/core/top.py", "2 * VALUE", "3 * VALUE"),
        ("lib/core/base.py", "20", "20.0"),
        ("lib/exercises/start/one.py", "{}", "{1: 2}"),
        ("constraints.txt", "torch==2.15.0", "torch==2.16.0"),
        ("constraints.txt", "scipy==1.17.1", "scipy==1.18.0"),
    ],
)
def test_changes_that_count(root, name, old, new):
    before = chapter_digest(root, only_chapter(root))
    replace(root / name, old, new)
    assert chapter_digest(root, only_chapter(root)) != before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("chapters/start/one.md", "Some words.", "Better words."),
        ("chapters/start/one.md", "caption: A caption.", "caption: Another."),
        ("lib/core/top.py", "def double():\n", 'def double():\n    """Return 40."""\n'),
        ("lib/core/base.py", "VALUE = 20", "VALUE = (\n    20)  # twenty"),
        ("lib/core/other.py", "1", "2"),
        ("_config.yml", "title: T", "title: U"),
        ("chapters/intro.md", "# Intro", "# The intro"),
        ("constraints.txt", "ruff==0.17.6", "ruff==0.18.0"),
        ("constraints.txt", "rare==1.0", "rare==2.0"),
    ],
)
def test_changes_that_do_not_count(root, name, old, new):
    before = chapter_digest(root, only_chapter(root))
    replace(root / name, old, new)
    (root / "lib/exercises/start/two.py").write_text("EXERCISES = {}\n")
    assert chapter_digest(root, only_chapter(root)) == before


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


SHOWING = "# One\n\n```{{code-cell}} ipython3\n{}\n```\n"


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        ("from lib.core.top import double\nshow_source(double)", True),
        ("from lib.core.top import double as twice\nshow_source(len, twice.fast)", True),
        ("from lib.core import top\nshow_source(top)", True),
        ("import lib.core.top as t\nbook.show_source(t.double)", True),
        ("from lib.core.top import double\nfor f in [double]:\n    show_source(f)", True),
        ("from lib.core.top import double\nhelp(double)", True),
        ("from lib.core.top import double\ndouble?", True),
        ("from lib.core.top import double\ndef f(): ...\nshow_source(f)", False),
        ("from lib.core.top import double\nfrom lib.core.other import UNUSED\n"
         "show_source(UNUSED)", False),
        ("from lib.core.top import double\nprint(double())", False),
    ],
)
def test_text_of_a_module_counts_where_a_page_shows_it(make_course, code, counts):
    root = make_course({"start/one": SHOWING.format(code)})
    before = chapter_digest(root, only_chapter(root))
    append(root / "lib/core/base.py")  # used by top.py, never shown
    assert chapter_digest(root, only_chapter(root)) == before
    append(root / "lib/core/top.py")
    assert (chapter_digest(root, only_chapter(root)) != before) == counts


def test_a_long_run_counts_where_a_chapter_loads_it(make_course):
    root = make_course({"start/one": SHOWING.format('load_run("core/top")')})
    before = chapter_digest(root, only_chapter(root))
    for name in ("other", "top"):
        record = root / "runs/core" / name / "run.json"
        record.parent.mkdir(parents=True)
        record.write_text("{}")
        assert (chapter_digest(root, only_chapter(root)) != before) == (name == "top")


def test_line_ends_do_not_count(root):
    before = chapter_digest(root, only_chapter(root))
    for path in root.rglob("*.*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert chapter_digest(root, only_chapter(root)) == before


def test_the_folder_does_not_count(make_course):
    one, two = make_course(), make_course()
    assert chapter_digest(one, only_chapter(one)) == chapter_digest(two, only_chapter(two))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import lib.core.base", "base"),
        ("import numpy as np, lib.core.base as b", "base"),
        ("from lib.core import base", "base"),
        ("from lib.core.base import VALUE", "base"),
        ("def f():\n    import lib.core.base", "base"),
        ("%matplotlib inline\nfrom lib.core import base", "base"),
        ("%%time\nfrom lib.core import base", "base"),
        ("%%bash\npython -c 'import lib.core.base; f('", "base"),
        ("!python -m lib.core.base --help", "base"),
        ("SCRIPT = 'import lib.core.base'", "base"),
        ("from lib.core import relative", "base"),
        ("from lib.core import broken", "broken"),
        ("import library.core.base", None),
        ("x = 1  # lib.core.base", None),
    ],
)
def test_ways_to_import(make_course, code, expected):
    root = make_course({"start/one": f"# One\n\n```{{code-cell}} ipython3\n{code}\n```\n"})
    (root / "lib/core/relative.py").write_text("from .base import VALUE\n")
    (root / "lib/core/broken.py").write_text("def (:\n")
    (root / "library/core").mkdir(parents=True)
    (root / "library/core/base.py").write_text("VALUE = 1\n")
    names = {name.rpartition(".")[2] for name in dependencies(root, only_chapter(root))}
    assert names & {"base", "broken"} == ({expected} if expected else set())


def test_data_that_a_module_names_counts(root):
    base = "VALUE = len(open('words.txt').read() + read('tables', name))\n"
    (root / "lib/core/base.py").write_text(base)
    (root / "lib/core/tables").mkdir()
    seen = {chapter_digest(root, only_chapter(root))}
    for number, name in enumerate(("words.txt", "tables/one.csv", "unread.txt"), start=2):
        (root / "lib/core" / name).write_text("a b\n")
        seen.add(chapter_digest(root, only_chapter(root)))
        assert len(seen) == min(number, 3)


def write_notebook(root):
    chapter = only_chapter(root)
    notebook = pairs.read_source(root, chapter)
    for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
    digest = chapter_digest(root, chapter)
    notebook.metadata["course"] = {"digest": digest, "contents": contents_digest(notebook)}
    chapter.notebook.write_text(json.dumps(notebook))


def test_fresh_then_stale(root):
    assert stale_chapters(root) == ["start/one"]
    write_notebook(root)
    assert stale_chapters(root) == []
    append(root / "lib/core/other.py", "MORE = 1\n")
    assert stale_chapters(root) == []
    append(root / "lib/core/base.py", "MORE = 1\n")
    assert stale_chapters(root) == ["start/one"]


def test_edited_or_broken_notebook_is_stale(root):
    write_notebook(root)
    path = only_chapter(root).notebook
    text = path.read_text()
    path.write_text(text.replace('"outputs": []', '"outputs": [{"output_type": "stream", '
                                 '"name": "stdout", "text": "40"}]'))
    assert digest.stale_reason(root, only_chapter(root)) == (
        "it was run or edited since it was stored")
    path.write_text(text.replace("Some words.", "Other words."))
    assert stale_chapters(root) == ["start/one"]
    path.write_text(text[:100])
    assert stale_chapters(root) == ["start/one"]
    path.write_text(text)
    assert stale_chapters(root) == []


@pytest.mark.parametrize(
    "importing",
    ["import rare", "from rare.part import x", "import torch.rare", "from torch import rare"],
)
@pytest.mark.parametrize("file", ["chapters/start/one.md", "lib/core/top.py"])
def test_a_package_of_few_chapters_counts_where_it_is_imported(root, importing, file):
    path = root / file
    if path.suffix == ".md":
        importing = f"\n```{{code-cell}} ipython3\n{importing}\n```"
    append(path, f"\n{importing}\n")
    before = chapter_digest(root, only_chapter(root))
    replace(root / "constraints.txt", "rare==1.0", "rare==2.0")
    assert chapter_digest(root, only_chapter(root)) != before


def test_unreadable_source_is_stale_and_says_why(root):
    write_notebook(root)
    append(only_chapter(root).source, "\n```{code-cell} ipython3\n:tags: [a\n1\n```\n")
    reason = digest.stale_reason(root, only_chapter(root))
    assert reason.startswith("its source cannot be read: the source must be MyST")


def test_all_packages_that_chapters_and_lib_import_are_counted():
    """What they import comes with a package whose pinned version is in every digest."""
    names = {"sklearn": "scikit-learn", "PIL": "pillow", "IPython": "ipython"}
    trees = [ast.parse(path.read_text()) for path in (pairs.ROOT / "lib").rglob("*.py")]
    for chapter in pairs.chapters():
        trees += filter(None, map(digest._tree, digest.code_cells(chapter.source.read_text())))
    imported = {name for tree in trees for name in imports(tree)}
    counted = {line.partition("==")[0].lower() for line in packages(pairs.ROOT, imported)}
    found = {name.split(".")[0] for name in imported} - {*sys.stdlib_module_names, "lib", ""}
    assert {names.get(name, name).lower().replace("_", "-") for name in found} <= counted
