"""What all rules read: the repository's own files, their syntax trees, its chapters one by one."""

import ast
import functools
import os
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

from pipeline.chapters import Chapter, chapters

NOT_OURS = {".git", ".venv", "work", ".cache", "_build", "node_modules", "__pycache__",
            ".ruff_cache", ".pytest_cache", ".hypothesis",
            ".ipynb_checkpoints", ".import_linter_cache"}


def files(root: Path, pattern: str = "*", *, below: str = ".") -> list[Path]:
    """The repository's own files below a folder, nothing installed, built or cached."""
    found = []
    for folder, inner, names in os.walk(root / below):
        inner[:] = [name for name in inner
                    if name not in NOT_OURS and not name.endswith(".egg-info")]
        found += [Path(folder, name) for name in names if fnmatch(name, pattern)]
    return sorted(path for path in found if path.is_file())


def modules(root: Path) -> list[Path]:
    """The library's modules, without the empty `__init__.py` files, relative to the root."""
    found = (path.relative_to(root) for path in files(root, "*.py", below="lib"))
    return [path for path in found if path.name != "__init__.py"]


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return _parse(path.read_text(encoding="utf-8"))


def parsed_cell(source: str) -> ast.Module:
    """The syntax tree of a code cell; an empty one for a cell that is not Python."""
    code = "\n".join("" if line.lstrip().startswith(("%", "!")) else line
                     for line in source.splitlines())
    try:
        return _parse("" if source.startswith("%%") else code)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


@functools.cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


def over_chapters(check: Callable[[Chapter], list[str]]) -> Callable[[Path], list[str]]:
    """Make a check of one chapter a rule of the repository."""

    @functools.wraps(check)
    def rule(root: Path) -> list[str]:
        return [f"chapters/{chapter.name}: {problem}"
                for chapter in chapters(root) for problem in check(chapter)]

    return rule
