"""Say in words how a stored notebook differs from the one its source would give."""

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from pipeline.chapters import ROOT, chapters, orphans, read_notebook, read_source


class Signature(NamedTuple):
    """What must be the same in both files of a pair: all of a cell but its outputs."""

    cell_type: str
    source: str
    tags: tuple[str, ...]
    metadata: str


def signature(cell: NotebookNode) -> Signature:
    """Take from a cell what is compared; the order of tags does not count."""
    metadata = dict(cell.metadata)
    tags = tuple(sorted(metadata.pop("tags", ())))
    return Signature(cell.cell_type, cell.source, tags, json.dumps(metadata, sort_keys=True))


def notebook_differences(expected: NotebookNode, stored: NotebookNode) -> list[str]:
    """List how a stored notebook differs from the expected one, and which cells never ran.

    Cells are numbered from 0 as in the file compared; 0 is the cell that sets up Google Colab.
    """
    found = [*_cells(expected, stored), *_metadata(expected, stored), *_runs(stored)]
    if not found and [cell.id for cell in expected.cells] != [cell.id for cell in stored.cells]:
        found.append("the cell ids are not those made from the source")
    return found


def pair_differences(root: Path = ROOT) -> list[str]:
    """List all differences between sources and notebooks; an empty list means all pairs agree.

    Each entry is one line and begins with the notebook's path below `root`.
    """
    found = []
    for chapter in chapters(root):
        place = chapter.notebook.relative_to(root).as_posix()
        if not chapter.notebook.exists():
            found.append(f"{place}: missing, the chapter has never been executed")
            continue
        try:
            stored = read_notebook(chapter.notebook)
        except ValueError as error:
            found.append(f"{place}: {error}")
            continue
        expected = read_source(root, chapter)
        found += [f"{place}: {text}" for text in notebook_differences(expected, stored)]
    return found + [f"chapters/{name}.ipynb: its source {name}.md is gone"
                    for name in orphans(root)]


def _cells(expected: NotebookNode, stored: NotebookNode) -> Iterator[str]:
    """Align the cells of both notebooks and name those that differ."""
    ours = [signature(cell) for cell in expected.cells]
    theirs = [signature(cell) for cell in stored.cells]
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            continue
        pairs = zip_longest(range(start, end), range(first, last))
        for here, there in pairs:
            if there is None:
                yield f"cell {here} of the source is missing: {_opening(ours[here])}"
            elif here is None:
                yield f"cell {there} has no counterpart in the source: {_opening(theirs[there])}"
            else:
                yield from _one_cell(there, ours[here], theirs[there])


def _one_cell(number: int, ours: Signature, theirs: Signature) -> Iterator[str]:
    """Name the fields in which two cells differ."""
    if ours.cell_type != theirs.cell_type:
        yield f"cell {number}: {ours.cell_type} in the source, {theirs.cell_type} in the notebook"
    if ours.source != theirs.source:
        lines = zip_longest(ours.source.splitlines(), theirs.source.splitlines())
        left, right = next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
        yield f"cell {number}: {left!r} in the source, {right!r} in the notebook"
    if ours.tags != theirs.tags:
        yield f"cell {number}: tags {list(ours.tags)} in the source, {list(theirs.tags)} stored"
    if ours.metadata != theirs.metadata:
        yield f"cell {number}: metadata {ours.metadata} in the source, {theirs.metadata} stored"


def _metadata(expected: NotebookNode, stored: NotebookNode) -> Iterator[str]:
    """Name the entries of the notebook's metadata that the source does not give."""
    ours, theirs = dict(expected.metadata), dict(stored.metadata)
    if "course" not in theirs:
        yield "the notebook's metadata has no record of its run (`course`)"
    for key in sorted((ours.keys() | theirs.keys()) - {"course"}):
        if ours.get(key) != theirs.get(key):
            yield (f"the notebook's metadata `{key}` is {theirs.get(key)}, "
                   f"the source gives {ours.get(key)}")


def _runs(stored: NotebookNode) -> Iterator[str]:
    """Name the code cells that were not run, not run in order, or ended in an error."""
    wanted = 0
    for number, cell in enumerate(stored.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        wanted += 1
        count = cell.get("execution_count")
        if count is None:
            yield f"cell {number} was never executed: {_opening(signature(cell))}"
        elif count != wanted:
            yield f"cell {number} was executed as number {count}, in order it is number {wanted}"
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                yield f"cell {number} ended in {output.ename}: {output.evalue}"


def _opening(cell: Signature) -> str:
    """Give a cell's type and first line."""
    first = cell.source.strip().split("\n")[0]
    return f"{cell.cell_type} {first[:60]!r}"
