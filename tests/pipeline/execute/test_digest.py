"""A digest changes with everything an output can depend on, and with nothing else."""

import json

import pytest

from pipeline import chapters as pairs
from pipeline.execute import digest
from pipeline.execute.digest import chapter_digest, dependencies, digest_of, stale_chapters


@pytest.fixture
def root(make_course):
    return make_course()


def only_chapter(root):
    return pairs.chapters(root)[0]


def append(path, text="# changed\n"):
    path.write_bytes(path.read_bytes() + text.encode())


@pytest.mark.parametrize(
    "name",
    ["chapters/start/one.md", "constraints.txt", "lib/core/top.py", "lib/core/base.py",
     "lib/core/__init__.py", "lib/__init__.py", "lib/exercises/start/one.py"],
)
def test_changes_that_count(root, name):
    before = chapter_digest(root, only_chapter(root))
    append(root / name)
    assert chapter_digest(root, only_chapter(root)) != before


@pytest.mark.parametrize("name", ["lib/core/other.py", "_config.yml", "chapters/intro.md"])
def test_changes_that_do_not_count(root, name):
    before = chapter_digest(root, only_chapter(root))
    append(root / name)
    (root / "lib/exercises/start/two.py").write_text("CHECKS = {}\n")
    assert chapter_digest(root, only_chapter(root)) == before


def test_line_ends_do_not_count(root):
    before = chapter_digest(root, only_chapter(root))
    for path in root.rglob("*.*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert chapter_digest(root, only_chapter(root)) == before


def test_the_folder_does_not_count(make_course):
    one, two = make_course(), make_course()
    assert chapter_digest(one, only_chapter(one)) == chapter_digest(two, only_chapter(two))


def test_order_and_borders_of_the_files():
    assert digest_of({"a": b"1", "b": b"2"}) == digest_of({"b": b"2", "a": b"1"})
    assert digest_of({"a": b"1", "b": b"2"}) != digest_of({"a": b"2", "b": b"1"})
    assert digest_of({"a": b"1", "b": b"2"}) != digest_of({"a": b"1b\n2"})


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
    names = {path.stem for path in dependencies(root, only_chapter(root))}
    assert names & {"base", "broken"} == ({expected} if expected else set())


def test_data_file_beside_the_module_that_names_it(root):
    (root / "lib/core/base.py").write_text("VALUE = len(open('words.txt').read())\n")
    for name in ("words.txt", "unread.txt"):
        (root / "lib/core" / name).write_text("a b\n")
    files = {path.name for path in dependencies(root, only_chapter(root))}
    assert "words.txt" in files
    assert "unread.txt" not in files


def write_notebook(root, **course):
    chapter = only_chapter(root)
    notebook = pairs.read_source(root, chapter)
    notebook.metadata["course"] = {"digest": chapter_digest(root, chapter), **course}
    for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
    chapter.notebook.write_text(json.dumps(notebook))


def test_fresh_then_stale(root):
    assert stale_chapters(root) == ["start/one"]
    write_notebook(root)
    assert stale_chapters(root) == []
    append(root / "lib/core/other.py")
    assert stale_chapters(root) == []
    append(root / "lib/core/base.py")
    assert stale_chapters(root) == ["start/one"]


def test_edited_or_broken_notebook_is_stale(root):
    write_notebook(root)
    path = only_chapter(root).notebook
    text = path.read_text()
    path.write_text(text.replace("Some words.", "Other words."))
    assert stale_chapters(root) == ["start/one"]
    path.write_text(text[:100])
    assert stale_chapters(root) == ["start/one"]
    path.write_text(text)
    assert stale_chapters(root) == []


def test_unreadable_source_is_stale_and_says_why(root):
    write_notebook(root)
    append(only_chapter(root).source, "\n```{code-cell} ipython3\n:tags: [a\n1\n```\n")
    reason = digest.stale_reason(root, only_chapter(root))
    assert reason.startswith("its source cannot be read: the source must be MyST")
