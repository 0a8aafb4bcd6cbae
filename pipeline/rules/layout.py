"""Rules about where things stand: three wings with one floor plan, names, sizes, contents."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from pipeline.chapters import (
    Chapter,
    chapters,
    contents,
    lessons,
    library_first,
    split_at_headings,
)
from pipeline.rules.tree import files, modules, parsed, parsed_cell

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "new", "old", "tmp"}
# Used by chapters in general; exercises are found by their ids.
SHARED = ("core", "data", "book", "exercises")
WINGS = ("lib", "pipeline", "tests", "benchmarks")
MAX_FILE, MAX_CLASS, MAX_FUNCTION = 300, 80, 40


def every_module_has_its_test(root: Path) -> list[str]:
    """lib/<part>/<topic>.py stands beside tests/<part>/test_<topic>.py.

    The exercises have one test together, `tests/exercises/test_all.py`.
    """
    wanted = {path: Path("tests", *path.parts[1:-1], f"test_{path.name}")
              for path in modules(root) if path.parts[1] != "exercises"}
    return [f"{path}: no {test}" for path, test in wanted.items() if not (root / test).is_file()]


def every_model_part_is_used(root: Path) -> list[str]:
    """A module of a model part is imported by a chapter, or by a module that a chapter imports.

    A part of `tool.course.library-first` may wait for its chapters, until they use all of it.
    """
    used = {name for chapter in chapters(root) for piece in chapter.code
            for name in _lib_names(piece.source)}
    inner = {_dotted(path): _lib_names((root / path).read_text()) for path in modules(root)}
    waiting = list(used)
    while waiting:
        fresh = inner.get(waiting.pop(), set()) - used
        used |= fresh
        waiting += fresh
    unused = [path for path in modules(root)
              if path.parts[1] not in SHARED and _dotted(path) not in used]
    waiting = library_first(root)
    return [f"{path}: no chapter shows or imports it" for path in unused
            if path.parts[1] not in waiting] + [
        f"pyproject.toml: chapters use all of lib/{part}, it is library-first no more"
        for part in waiting if not any(path.parts[1] == part for path in unused)]


def _lib_names(text: str) -> set[str]:
    names = set(re.findall(r"^\s*(?:from|import) (lib(?:\.\w+)+)", text, re.M))
    pairs = re.findall(r"^\s*from (lib(?:\.\w+)+) import (\w+)$", text, re.M)  # of a module
    runs = re.findall(r'load_(?:grid|run)\("([\w/]+)"\)', text)  # of stored runs
    return names | {f"{package}.{name}" for package, name in pairs} | {
        f"lib.{run.replace('/', '.')}" for run in runs}


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def init_files_are_empty(root: Path) -> list[str]:
    """Packages re-export nothing: one import path for one name."""
    found = [path for wing in WINGS for path in files(root, "__init__.py", below=wing)]
    return [f"{path.relative_to(root)}: must be empty" for path in found
            if path.read_text().strip()]


def names_say_what_is_inside(root: Path) -> list[str]:
    """No file is called after its age, its number or nothing in particular."""
    found = [path.relative_to(root) for wing in ("lib", "pipeline", "chapters")
             for path in files(root, below=wing) if path.suffix in (".py", ".md", ".ipynb")]
    problems = []
    for path in found:
        words = {word for part in path.with_suffix("").parts for word in re.split(r"[_\-]", part)}
        bad = {word for word in words if word in FORBIDDEN_NAMES or re.fullmatch(r"v\d+", word)}
        problems += [f"{path}: name contains {word!r}" for word in sorted(bad)]
        # In a chapter's name a figure stands between letters only: seq2seq.
        if re.search(r"(^|[_\-])\d", path.stem) or (
                path.parts[0] == "chapters" and re.search(r"\d(?![a-z])", path.stem)):
            problems.append(f"{path}: order and numbers live in _toc.yml only")
    return problems


def contents_and_folder_agree(root: Path) -> list[str]:
    """Every page stands in `_toc.yml`, every entry exists, and there is at least one lesson."""
    entries = contents(root)
    pages = {str(path.relative_to(root).with_suffix(""))
             for path in files(root, "*.md", below="chapters")}
    problems = [f"_toc.yml: {entry} does not exist" for entry in entries if entry not in pages]
    problems += [f"{page}.md: not in _toc.yml" for page in sorted(pages - set(entries))]
    problems += [f"_toc.yml: {entry} stands twice" for entry in sorted(set(entries))
                 if entries.count(entry) > 1]
    if not lessons(root):
        problems.append("_toc.yml: names no lesson")
    return problems


def pages_at_the_top_have_no_code(root: Path) -> list[str]:
    """Directly in chapters/ stand only pages without code; lessons stand in a part."""
    return [f"chapters/{path.name}: a lesson belongs into the folder of its part"
            for path in sorted((root / "chapters").glob("*.md"))
            if "```{code-cell}" in path.read_text(encoding="utf-8")]


def sizes(root: Path) -> list[str]:
    """A file has at most 300 lines, a class 80, a function 40."""
    problems = []
    for path in [path for wing in WINGS for path in files(root, "*.py", below=wing)]:
        name, lines = path.relative_to(root), len(path.read_text().splitlines())
        if lines > MAX_FILE:
            problems.append(f"{name}: {lines} lines, at most {MAX_FILE}")
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                limit = MAX_CLASS if isinstance(node, ast.ClassDef) else MAX_FUNCTION
                length = node.end_lineno - node.lineno + 1
                if length > limit:
                    problems.append(f"{name}: {node.name} has {length} lines, at most {limit}")
    return problems


def one_name_one_place(root: Path) -> list[str]:
    """A public function or class is defined once in all of lib and the chapters' text.

    Exercises do not count: there the reader writes what the reference answer is called, too.
    """
    places: dict[str, set[str]] = defaultdict(set)
    for path in modules(root):
        for name in _defined(parsed(root / path)) if path.parts[1] != "exercises" else ():
            places[name].add(str(path))
    for chapter in chapters(root):
        for name in _shown_definitions(chapter):
            places[name].add(f"chapters/{chapter.name}")
    return [f"{name}: defined in {', '.join(sorted(found))}"
            for name, found in sorted(places.items()) if len(found) > 1 and name != "main"]


def _defined(tree: ast.Module) -> set[str]:
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in tree.body
            if isinstance(node, kinds) and not node.name.startswith("_")}


def _shown_definitions(chapter: Chapter) -> set[str]:
    return {name for title, pieces in chapter.sections() if title != "Exercises"
            for piece in pieces if piece.kind == "code"
            for name in _defined(parsed_cell(piece.source))}


def one_title_a_page(root: Path) -> list[str]:
    """A page has one first-level title."""
    problems = []
    for path in files(root, "*.md", below="chapters"):
        titles = [title for title, _ in split_at_headings(path.read_text(), 1) if title]
        if len(titles) != 1:
            problems.append(f"{path.relative_to(root)}: {len(titles)} first-level titles, wanted 1")
    return problems


RULES = (every_module_has_its_test, every_model_part_is_used, init_files_are_empty,
         names_say_what_is_inside, contents_and_folder_agree, pages_at_the_top_have_no_code, sizes,
         one_name_one_place, one_title_a_page)
