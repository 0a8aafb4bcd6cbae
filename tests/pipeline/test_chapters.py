"""A notebook is made from its source alone, and every way of parting from it is noticed."""

import json
import re
import sys

import pytest

from pipeline import chapters as pairs
from pipeline.differences import notebook_differences, pair_differences

URL = "https://example.org/course"
SOURCE = """\
# One

```{code-cell} ipython3
a = 1
```

```{code-cell} ipython3
:tags: [x, y]
a
```
"""


def executed(text=SOURCE):
    """Make a notebook that looks as if it had run."""
    notebook = pairs.make_notebook(text, URL)
    notebook.metadata["course"] = {"digest": "0"}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
    return notebook


def differences(stored, text=SOURCE):
    """Compare a stored notebook with what the source gives, as one text."""
    return "\n".join(notebook_differences(pairs.make_notebook(text, URL), stored))


def test_the_label_above_the_title_is_left_to_sphinx():
    cells = pairs.make_notebook("(part/one)=\n" + SOURCE.replace("```\n", "```\n(a)=\n"), URL).cells
    assert cells[1].source == "# One"
    assert "(a)=" in cells[3].source


def test_metadata_is_the_kernel_and_the_authors_own_entries():
    text = (
        "---\njupytext:\n  formats: md,ipynb\nkernelspec:\n  display_name: My venv\n"
        f"  name: venv-7\n  path: {sys.prefix}\nmyst:\n  html_meta: {{title: D}}\n---\n\n# T\n"
    )
    metadata = pairs.make_notebook(text, URL).metadata
    assert metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        "myst": {"html_meta": {"title": "D"}},
    }


def test_ids_are_unique_and_survive_an_insertion():
    twice = SOURCE + "\n```{code-cell} ipython3\na = 1\n```\n"
    before = [cell.id for cell in pairs.make_notebook(twice, URL).cells]
    assert len(set(before)) == len(before)
    assert before == [cell.id for cell in pairs.make_notebook(twice, URL).cells]
    grown = twice.replace("# One\n", "# One\n\n```{code-cell} ipython3\nnew = 0\n```\n", 1)
    after = [cell.id for cell in pairs.make_notebook(grown, URL).cells]
    assert [*after[:2], *after[3:]] == before
    assert after[2] not in before


@pytest.mark.parametrize(
    "text",
    ["---\na: [1\n---\n", "```{code-cell} ipython3\n:tags: [a\n1\n```\n",
     "```{code-cell} ipython3\n:tags: 3\n1\n```\n"],
)
def test_unreadable_source(text):
    with pytest.raises(ValueError, match="the source must be MyST Markdown"):
        pairs.make_notebook(text, URL)


def test_equal_pair():
    stored = executed()
    stored.cells[3].metadata.tags.reverse()
    assert differences(stored) == ""


def edit(field, value, number=3):
    return lambda notebook: notebook.cells[number].update({field: value})


@pytest.mark.parametrize(
    ("plant", "message"),
    [
        (edit("source", "b"), "cell 3: 'a' in the source, 'b' in the notebook"),
        (edit("source", "# Won", 1), "cell 1: '# One' in the source, '# Won' in the notebook"),
        (edit("metadata", {"tags": ["x"]}), r"cell 3: tags \['x', 'y'\] in the source, \['x'\] st"),
        (edit("metadata", {"tags": ["x", "y"], "mystnb": {"image": {"alt": "A"}}}),
         "cell 3: metadata {} in the source, .*alt.* stored"),
        (edit("cell_type", "raw", 1), "cell 1: markdown in the source, raw in the notebook"),
        (edit("execution_count", None), "cell 3 was never executed: code 'a'"),
        (edit("execution_count", 7), "cell 3 was executed as number 7, in order it is number 3"),
        (edit("id", "other"), "the cell ids are not those made from the source"),
        (lambda notebook: notebook.cells.pop(2), "cell 2 of the source is missing: code 'a = 1'"),
        (lambda notebook: notebook.cells.append(notebook.cells[1]),
         "cell 4 has no counterpart in the source: markdown '# One'"),
        (lambda notebook: notebook.metadata.pop("course"), "no record of its run"),
        (lambda notebook: notebook.metadata.update(widgets={}), "`widgets` is {}, the source"),
        (lambda notebook: notebook.metadata.kernelspec.update(name="venv"), "`kernelspec` is"),
    ],
)
def test_each_difference_is_named(plant, message):
    stored = executed()
    plant(stored)
    assert re.search(message, differences(stored))


def test_error_output_is_named():
    stored = executed()
    stored.cells[2].outputs = [pairs.NotebookNode(output_type="error", ename="E", evalue="why")]
    assert differences(stored) == "cell 2 ended in E: why"


def test_discovery_takes_chapters_and_leaves_front_matter(make_course):
    root = make_course({"start/one": "# One\n", "training/two": "# Two\n"})
    for hidden in ("chapters/.ipynb_checkpoints/intro-checkpoint.md", "chapters/start/.one.md"):
        (root / hidden).parent.mkdir(exist_ok=True)
        (root / hidden).write_text("# No\n")
    found = pairs.chapters(root)
    assert [chapter.name for chapter in found] == ["start/one", "training/two"]
    assert found[0].source == root / "chapters/start/one.md"
    assert found[0].notebook == root / "chapters/start/one.ipynb"


def test_chapter_names_as_typed(make_course):
    root = make_course({"start/one": "# One\n"})
    for typed in ("start/one", "chapters/start/one.md", f"{root}/chapters/start/one.ipynb"):
        assert pairs.chapter_name(typed, root) == "start/one"
    with pytest.raises(ValueError, match="chapter must be one of start/one; got start/two"):
        pairs.chapter_name("start/two", root)


def test_repository_url_must_be_there(tmp_path):
    (tmp_path / "_config.yml").write_text("title: T\n")
    with pytest.raises(ValueError, match="repository: url"):
        pairs.repository_url(tmp_path)


def test_pair_differences_of_a_course(make_course):
    root = make_course({"start/one": SOURCE, "start/two": SOURCE, "start/three": SOURCE})
    good = executed((root / "chapters/start/one.md").read_text())
    (root / "chapters/start/one.ipynb").write_text(json.dumps(good))
    (root / "chapters/start/two.ipynb").write_text("<<<<<<< HEAD\n{}")
    (root / "chapters/start/gone.ipynb").write_text(json.dumps(good))
    assert pair_differences(root) == [
        "chapters/start/three.ipynb: missing, the chapter has never been executed",
        "chapters/start/two.ipynb: two.ipynb must be a notebook of format 4; "
        "it cannot be read as one",
        "chapters/start/gone.ipynb: its source start/gone.md is gone",
    ]


def test_pieces_and_sections_of_a_chapter(make_course):
    idea = "# One\n\nWhy?\n\n## The idea\n\n```text\n## no title\n```\n\n"
    body = idea + SOURCE.removeprefix("# One\n\n") + "\n## Summary\n"
    (chapter,) = pairs.chapters(make_course({"start/one": body}))
    assert [piece.kind for piece in chapter.pieces] == ["text", "code", "code", "text"]
    assert [piece.tags for piece in chapter.code] == [(), ("x", "y")]
    titles = [title for title, _ in chapter.sections()]
    assert titles == ["", "The idea", "Summary"]
    assert [len(inner) for _, inner in chapter.sections()] == [1, 3, 0]


def test_the_stored_notebook_is_read_anew_when_it_changes(make_course):
    (chapter,) = pairs.chapters(make_course({"start/one": SOURCE}))
    assert chapter.stored is None
    chapter.notebook.write_text("<<<<<<< HEAD\n{}")
    assert (chapter.stored, chapter.stored_cells) == (None, [])
    for text in (SOURCE, SOURCE.replace("a = 1", "a = 12")):
        chapter.notebook.write_text(json.dumps(executed(text)))
        assert chapter.stored_cells[2].source == text.split("\n")[3]
        assert chapter.stored is chapter.stored


def test_what_a_caller_does_to_parsed_cells_stays_with_it():
    pairs.parse(SOURCE).cells[1].source = "changed"
    assert pairs.parse(SOURCE).cells[1].source == "a = 1"


def test_contents_in_their_order(tmp_path):
    assert pairs.contents(tmp_path) == []
    (tmp_path / "_toc.yml").write_text(
        "root: chapters/intro\nparts:\n- chapters:\n  - file: chapters/b/two.ipynb\n"
        "    sections:\n    - file: chapters/a/one\n- chapters:\n  - file: chapters/b/three\n"
        "  - file: chapters/glossary\n")
    assert pairs.contents(tmp_path)[0] == "chapters/intro"
    assert pairs.lessons(tmp_path) == ["b/two", "a/one", "b/three"]
    assert pairs.parts(tmp_path) == ["b", "a"]
