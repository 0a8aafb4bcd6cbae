"""The reader's copy: what was not edited is renewed, what was edited is never written to."""

import json
import subprocess
from pathlib import Path

import pytest

from pipeline import lab

ROOT = Path(__file__).parents[2]
NAME = "start/one"


def notebook(*sources, outputs=()):
    cells = [{"cell_type": "code", "id": f"c{number}", "metadata": {}, "source": [source],
              "outputs": list(outputs)} for number, source in enumerate(sources)]  # fmt: skip
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


class Course:
    """A course of one chapter and the reader's copy of it."""

    def __init__(self, root):
        self.root = root
        toc = "parts:\n- caption: First\n  chapters:\n  - file: chapters/start/one\n"
        (root / "_toc.yml").write_text(toc)

    def publish(self, text):
        (self.root / f"chapters/{NAME}.ipynb").write_text(text)
        return lab.refresh(self.root)

    def path(self, suffix=""):
        return self.root / f"work/{NAME}{suffix}.ipynb"

    def files(self):
        return sorted(path.name for path in self.path().parent.iterdir())


@pytest.fixture
def course(make_course):
    course = Course(make_course({NAME: "# One: a title\n"}))
    assert course.publish(notebook("a = 1")) == []
    return course


def test_what_was_not_edited_is_renewed(course):
    new = notebook("a = 2")
    assert course.publish(new) == []
    assert course.path().read_text() == new
    assert course.files() == ["one.ipynb"]  # the sources stay away


def test_a_run_is_no_edit_and_stays_until_there_is_a_new_version(course):
    course.path().write_text(notebook("a = 1", outputs=[{"output_type": "stream"}]))
    ran = course.path().read_text()
    assert lab.refresh(course.root) == []
    assert course.path().read_text() == ran
    assert course.publish(notebook("a = 2")) == []
    assert course.path().read_text() == notebook("a = 2")


@pytest.mark.parametrize("mine", [notebook("a = 3"), notebook("a = 1", "mine"), "{half a", "[]"])
def test_an_edited_notebook_is_never_written_to(course, mine):
    course.path().write_text(mine)
    assert lab.refresh(course.root) == []  # nothing new, nothing to say
    (said,) = course.publish(notebook("a = 2"))
    assert said == ("work/start/one.ipynb has your changes and stays as it is; "
                    "the course's new version is work/start/one.new.ipynb.")  # fmt: skip
    assert course.path().read_text() == mine
    assert course.path(".new").read_text() == notebook("a = 2")
    assert lab.refresh(course.root) == [said]
    assert course.files() == ["one.ipynb", "one.new.ipynb"]


def test_an_edited_new_version_is_the_readers_too(course):
    course.path().write_text(notebook("mine"))
    course.publish(notebook("a = 2"))
    course.path(".new").write_text(notebook("mine too"))
    (said,) = course.publish(notebook("a = 3"))
    assert "one.new2.ipynb" in said
    course.publish(notebook("a = 4"))
    assert [course.path(suffix).read_text() for suffix in ("", ".new", ".new2")] == [
        notebook("mine"), notebook("mine too"), notebook("a = 4")]  # fmt: skip


def test_a_notebook_that_lay_there_before_any_record_is_the_readers(course):
    (course.root / "work" / lab.RECORD).unlink()
    course.path().write_text(notebook("mine"))
    assert len(lab.refresh(course.root)) == 1
    assert course.path().read_text() == notebook("mine")


def test_a_deleted_notebook_comes_back_and_a_deleted_new_version_does_not(course):
    course.path().unlink()
    assert lab.refresh(course.root) == []
    assert course.path().read_text() == notebook("a = 1")
    course.path().write_text(notebook("mine"))
    course.publish(notebook("a = 2"))
    course.path(".new").unlink()
    assert lab.refresh(course.root) == []
    assert course.files() == ["one.ipynb"]


def test_the_start_page_lists_the_chapters_in_order_and_says_what_to_do(course):
    (cell,) = json.loads((course.root / "work/contents.ipynb").read_text())["cells"]
    page = "".join(cell["source"])
    assert "## First\n\n1. [One: a title](start/one.ipynb)" in page
    for words in ("Run All Above Selected Cell", "run `git pull` and `make lab`"):
        assert words in page


def test_the_copy_is_ignored_by_git():
    command = ["git", "check-ignore", "-q", f"{lab.WORK}/{lab.RECORD}"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
