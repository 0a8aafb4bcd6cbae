"""Rules about the stored notebooks: clean outputs, known tags."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.chapters import Chapter, chapters
from pipeline.compare.tags import cell_rules
from pipeline.rules.tree import over_chapters

MAX_UNCOMPARED = 4
MACHINE_PATH = re.compile(r"/home/\w|/root\b|/tmp/|/wor[k]/|/Users/\w|[A-Z]:\\Users|/content/|"
                          r"(?:site|dist)-packages|/usr/(?:local/)?lib/python|ipykernel_\d+")
METADATA = {"kernelspec", "language_info", "jupytext", "course"}
COUNTED = ("image/png", "image/jpeg")


class Uncompared(NamedTuple):
    """A cell whose output is stored but not compared, and why."""

    chapter: str
    first_line: str
    reason: str


def uncompared_cells(root: Path) -> list[Uncompared]:
    """Every cell of every chapter that nbval is told to ignore."""
    return [Uncompared(chapter.name, (piece.source.splitlines() or [""])[0],
                       str(piece.metadata.get("reason", "")))
            for chapter in chapters(root) for piece in chapter.code
            if "nbval-ignore-output" in piece.tags]


def uncompared_cells_are_few_and_explained(root: Path) -> list[str]:
    """At most four cells a chapter are not compared, each with a reason in its metadata."""
    found = uncompared_cells(root)
    problems = [f"chapters/{cell.chapter}: {cell.first_line!r} is not compared and gives no reason"
                for cell in found if len(cell.reason.split()) < 3]
    for name in sorted({cell.chapter for cell in found}):
        count = sum(cell.chapter == name for cell in found)
        if count > MAX_UNCOMPARED:
            problems.append(f"chapters/{name}: {count} cells not compared, "
                            f"at most {MAX_UNCOMPARED}")
    return problems


def tags_are_known(chapter: Chapter) -> list[str]:
    """A misspelt tag does nothing and nobody notices; so only the tags in use are allowed."""
    cells = [(piece.source, piece.metadata) for piece in chapter.code]
    cells += [(cell["source"], cell["metadata"]) for cell in chapter.stored_cells
              if cell["cell_type"] == "code"]
    problems = []
    for source, metadata in cells:
        try:
            cell_rules(source, metadata)
        except ValueError as error:
            problems.append(str(error))
    return sorted(set(problems))


def _outputs(chapter: Chapter) -> Iterator[tuple[int, dict, dict]]:
    for number, cell in enumerate(chapter.stored_cells):
        for output in cell.get("outputs", ()):
            yield number, cell, output


def _text(output: dict) -> str:
    parts = [output.get("text", ""), output.get("traceback", "")]
    parts += [value for kind, value in output.get("data", {}).items() if kind not in COUNTED]
    text = "\n".join("".join(map(str, part)) if isinstance(part, list) else str(part)
                     for part in parts)
    return re.sub(r"data:image/[\w+]+;base64,[\w+/=]+", "", text)


def no_machine_paths(chapter: Chapter) -> list[str]:
    """No output tells where on some machine it was made."""
    return [f"cell {number}: output contains {found.group(0)!r}"
            for number, _, output in _outputs(chapter)
            if (found := MACHINE_PATH.search(_text(output)))]


def no_widgets(chapter: Chapter) -> list[str]:
    """No widget is stored: the site could not show it, and would load scripts for it."""
    state = ["widget state in the notebook's metadata"] * (
        "widgets" in (chapter.stored or {}).get("metadata", {}))
    return state + [f"cell {number}: a stored widget" for number, _, output in _outputs(chapter)
                    if any("jupyter.widget" in kind for kind in output.get("data", {}))]


def no_warnings_no_surprises(chapter: Chapter) -> list[str]:
    """Nothing on stderr, and no error that the cell does not announce by its tag."""
    problems = []
    for number, cell, output in _outputs(chapter):
        if output.get("name") == "stderr":
            problems.append(f"cell {number}: output on stderr: {_text(output).strip()[:60]!r}")
        expected = "raises-exception" in cell["metadata"].get("tags", ())
        if output["output_type"] == "error" and not expected:
            problems.append(f"cell {number}: unexpected {output.get('ename')}")
    return problems


def metadata_is_clean(chapter: Chapter) -> list[str]:
    """The kernel is python3 under its plain name; nothing personal stands in the metadata."""
    if chapter.stored is None:
        return []
    found = chapter.stored["metadata"]
    kernel = found.get("kernelspec", {})
    problems = [f"unknown metadata {key!r}" for key in sorted(set(found) - METADATA)]
    if kernel.get("name") != "python3" or not re.match(r"Python 3", kernel.get("display_name", "")):
        problems.append(f"kernelspec {kernel}, wanted python3, 'Python 3 (ipykernel)'")
    if not found.get("course", {}).get("digest"):
        problems.append("no record of its run (metadata 'course'): make execute")
    return problems


RULES = (uncompared_cells_are_few_and_explained, *map(over_chapters, (
    tags_are_known, no_machine_paths, no_widgets, no_warnings_no_surprises, metadata_is_clean)))
