"""Reading the repository: its files, its table of contents, its chapters piece by piece."""

import ast
import functools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import jupytext
import yaml

NOT_OURS = {".git", ".venv", ".cache", "_build", "node_modules", "__pycache__", ".ruff_cache",
            ".pytest_cache", ".hypothesis", ".ipynb_checkpoints"}
FENCE = re.compile(r"^\s*(```+|~~~+)")


class Piece(NamedTuple):
    """A stretch of text or one code cell of a chapter's source."""

    kind: str
    source: str
    metadata: dict

    @property
    def tags(self) -> tuple[str, ...]:
        """The cell's tags, none for text."""
        return tuple(self.metadata.get("tags", ()))


class Chapter(NamedTuple):
    """One lesson: its name `part/topic`, its source, the pieces of it, and its stored notebook."""

    root: Path
    name: str
    text: str
    pieces: tuple[Piece, ...]
    notebook: dict | None

    @property
    def code(self) -> tuple[Piece, ...]:
        """The code cells of the source."""
        return tuple(piece for piece in self.pieces if piece.kind == "code")

    def sections(self) -> list[tuple[str, list[Piece]]]:
        """The pieces grouped under their second-level titles; the opening has the title ''."""
        groups: list[tuple[str, list[Piece]]] = [("", [])]
        for piece in self.pieces:
            if piece.kind == "code":
                groups[-1][1].append(piece)
                continue
            for title, text in split_at_headings(piece.source, 2):
                if title is not None:
                    groups.append((title, []))
                if text.strip():
                    groups[-1][1].append(Piece("text", text, {}))
        return groups


def split_at_headings(text: str, level: int) -> list[tuple[str | None, str]]:
    """Cut text before each heading of the level (not inside fences) into (title, what follows)."""
    mark = "#" * level + " "
    parts: list[tuple[str | None, list[str]]] = [(None, [])]
    fence = None
    for line in text.splitlines():
        found = FENCE.match(line)
        if found and fence is None:
            fence = found.group(1)
        elif found and fence and line.strip().startswith(fence):
            fence = None
        if fence is None and line.startswith(mark):
            parts.append((line[len(mark):].strip(), []))
        else:
            parts[-1][1].append(line)
    return [(title, "\n".join(lines)) for title, lines in parts if title is not None or lines]


def prose(text: str) -> str:
    """The words of a text: without fences, inline code, formulae, HTML tags and link targets."""
    text = re.sub(r"(?ms)^\s*(```+|~~~+).*?^\s*\1\s*$", " ", text)
    text = re.sub(r"(?s)<!--.*?-->", " ", text)
    text = re.sub(r"(?s)\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]*`|<[^>\n]+>", " ", text)
    return re.sub(r"\]\([^)\s]*\)", "] ", text)


def files(root: Path, pattern: str = "*", *, below: str = ".") -> list[Path]:
    """The repository's own files below a folder, nothing installed, built or cached."""
    found = (root / below).rglob(pattern) if (root / below).is_dir() else iter(())
    return sorted(path for path in found if path.is_file() and _ours(path.relative_to(root)))


def _ours(path: Path) -> bool:
    return not any(part in NOT_OURS or part.endswith(".egg-info") for part in path.parts)


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return _parse(path.read_text(encoding="utf-8"))


@functools.cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


def toc_entries(root: Path) -> list[str]:
    """Every page named in `_toc.yml`, in its order, without a suffix."""
    path = root / "_toc.yml"
    if not path.is_file():
        return []
    return [re.sub(r"\.(md|ipynb)$", "", name) for name in _walk(yaml.safe_load(path.read_text()))]


def _walk(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("root", "file"):
                yield str(value)
            else:
                yield from _walk(value)
    elif isinstance(node, list):
        for item in node:
            yield from _walk(item)


@functools.cache
def pieces(text: str) -> tuple[Piece, ...]:
    """The cells of a chapter's source in order."""
    cells = jupytext.reads(text, fmt="md:myst").cells
    return tuple(Piece("code" if cell.cell_type == "code" else "text", cell.source,
                       dict(cell.metadata)) for cell in cells)


def chapters(root: Path) -> list[Chapter]:
    """Every lesson `chapters/<part>/<topic>.md`."""
    found = []
    for path in sorted((root / "chapters").glob("*/*.md")):
        text, stored = path.read_text(encoding="utf-8"), path.with_suffix(".ipynb")
        notebook = json.loads(stored.read_text(encoding="utf-8")) if stored.is_file() else None
        name = f"{path.parent.name}/{path.stem}"
        found.append(Chapter(root, name, text, pieces(text), notebook))
    return found


def over_chapters(check: Callable[[Chapter], list[str]]) -> Callable[[Path], list[str]]:
    """Make a check of one chapter a rule of the repository."""

    @functools.wraps(check)
    def rule(root: Path) -> list[str]:
        return [f"chapters/{chapter.name}: {problem}"
                for chapter in chapters(root) for problem in check(chapter)]

    return rule
