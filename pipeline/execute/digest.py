"""Digests: does a stored run still belong to the code as it stands now?

The digest of a chapter covers what can change its outputs: its code cells, the modules of `lib`
that they reach, the checks of its exercises, the long runs that it loads, and the pinned versions
of the packages that are there at run time; of a few packages only where they are imported. Of a
module whose source the chapter shows, the text counts; of the others only what they do. File times
play no part.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from lib.core.code_digest import PACKAGE, data_files, digest_of, essence, imports, reached
from pipeline.chapters import ROOT, Chapter, chapters, parse, read_notebook, read_source
from pipeline.differences import notebook_differences
from pipeline.execute.store import is_edited

MENTION = re.compile(rf"\b{PACKAGE}(?:\.\w+)+")
# Other ways than `show_source` to put a module's docstrings, comments or line numbers on a page.
INTROSPECTION = re.compile(r"__doc__|\bhelp\(|getsource|getdoc|pinfo|psource|traceback")
RUNS = "runs"


def chapter_digest(root: Path, chapter: Chapter) -> str:
    """Return the SHA-256, in hexadecimal, of everything the chapter's outputs depend on.

    Raises: OSError if one of the files cannot be read, ValueError if the source is not valid.
    """
    root = Path(root)
    cells = code_cells(chapter.source.read_text(encoding="utf-8"))
    modules = dependencies(root, chapter)
    shown = set(_shown(cells))
    imported = {*_names(cells), *_imported_by(modules.values())}
    parts = {"cells": "\0".join(cells).encode(),
             "packages": "\n".join(packages(root, imported)).encode()}
    for name, path in modules.items():
        text = path.read_text(encoding="utf-8")
        parts[name] = text.encode() if name in shown else essence(text)
        for file in data_files(path, text):
            parts[file.relative_to(root).as_posix()] = file.read_bytes().replace(b"\r\n", b"\n")
    for record in _runs(root, cells):  # it holds the digests of the run's other files
        parts[record.relative_to(root).as_posix()] = record.read_bytes().replace(b"\r\n", b"\n")
    return digest_of(parts)


def dependencies(root: Path, chapter: Chapter) -> dict[str, Path]:
    """Find the modules of `lib` a chapter depends on, by name, directly or through others.

    Followed are imports wherever they stand, the `__init__` of every package on the way, the
    checks of the chapter's exercises, and modules named in the chapter's strings and shell lines
    (`!python -m lib.start.doctor`).
    """
    cells = code_cells(chapter.source.read_text(encoding="utf-8"))
    exercises = f"{PACKAGE}.exercises.{chapter.name.replace('/', '.')}"
    return reached([exercises, *_names(cells)], root)


def stale_reason(root: Path, chapter: Chapter) -> str | None:
    """Say why a chapter must be executed, or None if its notebook is up to date."""
    if not chapter.notebook.exists():
        return "never executed"
    try:
        stored = read_notebook(chapter.notebook)
    except ValueError as error:
        return str(error)
    try:
        if stored.metadata.get("course", {}).get("digest") != chapter_digest(root, chapter):
            return "its code, a module it uses or a package's pinned version changed"
        if is_edited(stored):
            return "it was run or edited since it was stored"
        differences = notebook_differences(read_source(root, chapter), stored)
    except ValueError as error:
        return f"its source cannot be read: {error}"
    return differences[0] if differences else None


def stale_chapters(root: Path = ROOT) -> list[str]:
    """Name the chapters, `part/topic`, whose notebook does not belong to the present contents."""
    return [chapter.name for chapter in chapters(root) if stale_reason(root, chapter)]


def packages(root: Path, imported: Iterable[str]) -> list[str]:
    """Return the lines of `constraints.txt` for the packages that a chapter depends on.

    These are the dependencies in pyproject.toml and what `tool.course.run-time` adds to them. One
    that `tool.course.where-imported` names, with its modules, counts if one of these is imported.
    """
    constraints, project = root / "constraints.txt", root / "pyproject.toml"
    if not constraints.exists():
        return []
    table = tomllib.loads(project.read_text(encoding="utf-8"))
    wanted = table["project"]["dependencies"] + table["tool"]["course"]["run-time"]
    names = {_plain_name(re.match(r"[\w.-]+", line)[0]) for line in wanted}
    for name, modules in table["tool"]["course"].get("where-imported", {}).items():
        if not any(_is_within(module, modules) for module in imported):
            names.discard(_plain_name(name))
    lines = constraints.read_text(encoding="utf-8").splitlines()
    return sorted(line for line in lines if _plain_name(line.partition("==")[0]) in names)


def _is_within(module: str, outer: Iterable[str]) -> bool:
    """Whether a module is one of the named ones or inside of one."""
    return any(f"{module}.".startswith(f"{name}.") for name in outer)


def _imported_by(files: Iterable[Path]) -> Iterator[str]:
    """Yield the names that modules of `lib` import."""
    for path in files:
        with suppress(SyntaxError):
            yield from imports(ast.parse(path.read_text(encoding="utf-8")))


def _plain_name(name: str) -> str:
    """Write a package's name in the one form in which names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def code_cells(text: str) -> tuple[str, ...]:
    """Return the sources of a chapter's code cells."""
    return tuple(cell.source for cell in parse(text).cells if cell.cell_type == "code")


@cache
def _tree(source: str) -> ast.Module | None:
    """Parse a cell, magics and shell lines included; None for one that is not Python."""
    code = re.sub(r"\A\s*%%.*\n", "", source)  # the body of a cell magic counts as code
    try:
        return ast.parse(TransformerManager().transform_cell(code))
    except SyntaxError:
        return None


def _names(cells: Iterable[str]) -> Iterator[str]:
    """Yield the names of modules that code cells import or mention."""
    for source in cells:
        tree = _tree(source)
        if tree is None:  # not Python (%%bash): what it mentions still counts
            yield from MENTION.findall(source)
            continue
        yield from imports(tree)
        for text in _strings(tree):
            yield from MENTION.findall(text)


def _strings(tree: ast.AST) -> Iterator[str]:
    """Yield the string constants of a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _runs(root: Path, cells: Iterable[str]) -> Iterator[Path]:
    """Yield the records of the long runs, `part/topic`, that code cells name."""
    for tree in filter(None, map(_tree, cells)):
        for text in _strings(tree):
            folder = root / RUNS / text if re.fullmatch(r"\w+/\w+", text) else None
            for name in ("run.json", "grid.jsonl") if folder is not None else ():
                if (folder / name).is_file():
                    yield folder / name


def _shown(cells: Iterable[str]) -> Iterator[str]:
    """Yield the names of the modules whose text the page may show.

    What is shown under a name that the chapter neither imports nor defines may come from any
    module that it imports; the same holds where it looks at docstrings or tracebacks.
    """
    trees = list(filter(None, map(_tree, cells)))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    origins: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                names = {node.module, f"{node.module}.{alias.name}"}
                origins.setdefault(alias.asname or alias.name, set()).update(names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.partition(".")[0]
                origins.setdefault(local, set()).add(alias.name)
    everything = set().union(*origins.values())
    if any(INTROSPECTION.search(ast.unparse(tree)) for tree in trees):
        yield from everything
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("show_source"):
            for argument in node.args:
                name = re.match(r"\w*", ast.unparse(argument))[0]
                yield from origins.get(name, set() if name in own else everything)
