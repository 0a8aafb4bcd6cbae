"""Digests: does a stored run still belong to the text and the code as they stand now?

The digest of a chapter covers its source, the modules of `lib` its code reaches, the checks of its
exercises and `constraints.txt`. It is made from contents alone: file times play no part.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import resolve_name
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from pipeline.chapters import ROOT, Chapter, chapters, parse, read_notebook, read_source
from pipeline.differences import notebook_differences

PACKAGE = "lib"
MENTION = re.compile(rf"\b{PACKAGE}(?:\.\w+)+")


def chapter_digest(root: Path, chapter: Chapter) -> str:
    """Return the SHA-256, in hexadecimal, of everything the chapter's outputs depend on.

    Raises: OSError if one of the files cannot be read.
    """
    files = {chapter.source, *dependencies(root, chapter)}
    constraints = Path(root) / "constraints.txt"
    if constraints.exists():
        files.add(constraints)
    return digest_of({path.relative_to(root).as_posix(): path.read_bytes() for path in files})


def digest_of(contents: dict[str, bytes]) -> str:
    """Return the SHA-256 of named contents; neither their order nor their line ends count."""
    total = hashlib.sha256()
    for name in sorted(contents):
        text = contents[name].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        total.update(f"{name}\n{len(text)}\n".encode() + text)
    return total.hexdigest()


def dependencies(root: Path, chapter: Chapter) -> set[Path]:
    """Find the files of `lib` a chapter depends on, directly or through other modules.

    Followed are imports wherever they stand, the `__init__` of every package on the way, the
    checks of the chapter's exercises, modules named in the chapter's strings and shell lines
    (`!python -m lib.start.doctor`), and data files beside a module that names them.
    """
    root = Path(root)
    text = chapter.source.read_text(encoding="utf-8")
    exercises = f"{PACKAGE}.exercises.{chapter.name.replace('/', '.')}"
    waiting = [exercises, *_names_in_chapter(text)]
    seen, files = set(), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        path = _module_file(root, name)
        if path is not None:
            package = name if path.stem == "__init__" else name.rpartition(".")[0]
            code = path.read_text(encoding="utf-8")
            files |= {path, *_data_files(path, code)}
            with suppress(SyntaxError):  # running the chapter will tell
                waiting += _imports(ast.parse(code), package)
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return files


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
            return "its source, a module it uses or constraints.txt changed"
        differences = notebook_differences(read_source(root, chapter), stored)
    except ValueError as error:
        return f"its source cannot be read: {error}"
    return differences[0] if differences else None


def stale_chapters(root: Path = ROOT) -> list[str]:
    """Name the chapters, `part/topic`, whose notebook does not belong to the present contents."""
    return [chapter.name for chapter in chapters(root) if stale_reason(root, chapter)]


def _names_in_chapter(text: str) -> set[str]:
    """Collect the names of modules that a chapter's code cells import or mention."""
    names = set()
    for cell in parse(text).cells:
        if cell.cell_type != "code":
            continue
        code = re.sub(r"\A\s*%%.*\n", "", cell.source)  # the body of a cell magic counts as code
        try:
            tree = ast.parse(TransformerManager().transform_cell(code))
        except SyntaxError:  # not Python (%%bash): what it mentions still counts
            names.update(MENTION.findall(code))
            continue
        names.update(_imports(tree, ""))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.update(MENTION.findall(node.value))
    return names


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield the names under `lib` that a tree imports; `from a import b` gives a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            origin = resolve_name(origin, package) if node.level and package else origin
            names = [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == PACKAGE)


def _module_file(root: Path, name: str) -> Path | None:
    """Find the file of a module or package, or None for names that are neither."""
    base = root.joinpath(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py")
                 if path.is_file()), None)


def _data_files(path: Path, code: str) -> set[Path]:
    """Find the files beside a module that are not Python and whose names stand in its code."""
    return {file for file in path.parent.iterdir()
            if file.is_file() and file.suffix != ".py" and file.name in code}
