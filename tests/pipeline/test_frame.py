"""The frame of a new chapter lacks what its author has to write, and nothing else."""

import re
import shutil

import pytest

from pipeline.chapter import rule_problems
from pipeline.chapters import ROOT, chapters
from pipeline.frame import add_to_contents, frame, main
from pipeline.rules.prose import TO_FILL

TO_WRITE = re.compile(
    rf"places say {TO_FILL}|wanted 800 to 3000|names no source|no stored notebook")


@pytest.fixture
def root(tmp_path):
    """A copy of what the rules read, without the other chapters."""
    shutil.copytree(ROOT / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "chapters").mkdir()
    for path in ("_toc.yml", "_config.yml", "references.bib", "README.md", "CITATION.cff",
                 "pyproject.toml", "requirements.txt", "constraints.txt", "chapters/glossary.md"):
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def test_rules_complain_only_about_what_is_to_be_written(root, capsys):
    assert main(["tensors/moving_frames"], root) == 0
    assert "make chapter NAME=tensors/moving_frames" in capsys.readouterr().out
    assert "tensors/moving_frames" in [chapter.name for chapter in chapters(root)]
    problems = rule_problems("tensors/moving_frames", root)
    assert problems
    assert [problem for problem in problems if not TO_WRITE.search(problem)] == []


def test_what_exists_is_not_touched(root, capsys):
    contents = (root / "_toc.yml").read_bytes()
    (root / "lib/tensors/moving.py").write_text("mine\n")
    assert main(["tensors/moving"], root) == 2
    assert "lib/tensors/moving.py is there already" in capsys.readouterr().err
    assert (root / "lib/tensors/moving.py").read_text() == "mine\n"
    assert not (root / "chapters/tensors/moving.md").exists()
    assert (root / "_toc.yml").read_bytes() == contents


@pytest.mark.parametrize("name", ["shapes", "Tensors/shapes", "tensors/shapes2", "../a/b", "a/b/c"])
def test_names_that_are_none(name):
    with pytest.raises(ValueError, match=r"NAME must be part/topic"):
        frame(name)


CONTENTS = """\
parts:
  - caption: Tensors  # the first
    chapters:
      - file: chapters/tensors/sums
      - file: chapters/tensors/means
  - caption: Data
    chapters:
      - file: chapters/data/sets
  - caption: Reference
    chapters:
      - file: chapters/glossary
"""


def test_chapter_is_entered_at_the_end_of_its_part():
    added = "      - file: chapters/tensors/new_one\n"
    text = add_to_contents(CONTENTS, "tensors/new_one")
    assert text.replace(added, "") == CONTENTS
    assert f"tensors/means\n{added}  - caption: Data" in text


def test_an_appendix_among_the_reference_pages_draws_no_chapter_there():
    contents = CONTENTS + "      - file: chapters/tensors/appendix\n"
    text = add_to_contents(contents, "tensors/new_one")
    assert "tensors/means\n      - file: chapters/tensors/new_one\n  - caption: Data" in text


def test_a_new_part_stands_before_the_reference():
    text = add_to_contents(CONTENTS, "graph_models/walks")
    added = ("  - caption: Graph models\n    chapters:\n"
             "      - file: chapters/graph_models/walks\n")
    assert text.replace(added, "") == CONTENTS
    assert f"{added}  - caption: Reference" in text
