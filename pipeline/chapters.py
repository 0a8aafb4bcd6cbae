"""The one reader of chapters: contents, MyST sources (`.md`) and the notebooks made from them.

The way goes in one direction, from source to notebook. Nothing here merges the two or asks which
is newer: a notebook is made anew from its source, and comparing a pair means making it again.
"""

import copy
import functools
import hashlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jupytext
import nbformat
import nbformat.v4
import yaml
from jupytext.myst import MystMetadataParsingError
from nbformat import NotebookNode

from pipeline.colab import fold, set_up_cell

ROOT = Path(__file__).resolve().parent.parent
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"name": "python", "pygments_lexer": "ipython3"}
LABEL = re.compile(r"\A\([\w/-]+\)=\n+")
FENCE = re.compile(r"^\s*(```+|~~~+)")


class Piece(NamedTuple):
    """A stretch of text or one code cell of a chapter's source."""

    kind: str  # "text" or "code"
    source: str
    metadata: dict

    @property
    def tags(self) -> tuple[str, ...]:
        """The cell's tags, none for text."""
        return tuple(self.metadata.get("tags", ()))


class Chapter(NamedTuple):
    """One chapter: its name `part/topic`, its source and the notebook made from it."""

    name: str
    source: Path
    notebook: Path

    @property
    def text(self) -> str:
        """The source as it stands in the file."""
        return self.source.read_text(encoding="utf-8")

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The texts and code cells of the source, in order."""
        return _pieces(self.text)

    @property
    def code(self) -> tuple[Piece, ...]:
        """The code cells of the source."""
        return tuple(piece for piece in self.pieces if piece.kind == "code")

    @property
    def stored_cells(self) -> list[NotebookNode]:
        """The cells of the stored notebook, for reading only; none if it cannot be read."""
        return self.stored.cells if self.stored else []

    @property
    def stored(self) -> NotebookNode | None:
        """The stored notebook, for reading only; None if there is none or it cannot be read."""
        try:
            state = self.notebook.stat()
            return _stored(self.notebook, state.st_mtime_ns, state.st_size)
        except (OSError, ValueError):
            return None

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


def chapters(root: Path = ROOT) -> list[Chapter]:
    """List the chapters, `chapters/*/*.md`, by name; front matter in `chapters/` has no notebook.

    Raises: OSError if the folder cannot be read.
    """
    return [
        Chapter(f"{path.parent.name}/{path.stem}", path, path.with_suffix(".ipynb"))
        for path in _visible(root, "*.md")
    ]


def contents(root: Path = ROOT) -> list[str]:
    """List every page named in `_toc.yml`, in its order, without a suffix."""
    path = Path(root) / "_toc.yml"
    return list(_contents(path.read_text(encoding="utf-8"))) if path.is_file() else []


def lessons(root: Path = ROOT) -> list[str]:
    """List the chapters named in the contents, `part/topic`, in their order."""
    found = [entry.removeprefix("chapters/") for entry in contents(root)]
    return [name for name in found if name.count("/") == 1]


def parts(root: Path = ROOT) -> list[str]:
    """List the parts of the course in the order of the contents."""
    return list(dict.fromkeys(name.split("/")[0] for name in lessons(root)))


def library_first(root: Path = ROOT) -> list[str]:
    """List the parts whose library stands before all of their chapters do."""
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return table.get("tool", {}).get("course", {}).get("library-first", [])


@functools.cache
def _contents(text: str) -> tuple[str, ...]:
    """Read the pages that a table of contents names."""
    return tuple(re.sub(r"\.(md|ipynb)$", "", name) for name in _entries(yaml.safe_load(text)))


def _entries(node: object) -> Iterator[str]:
    """Yield the pages of the contents, at whatever depth."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("root", "file"):
                yield str(value)
            else:
                yield from _entries(value)
    elif isinstance(node, list):
        for item in node:
            yield from _entries(item)


def orphans(root: Path = ROOT) -> list[str]:
    """Name the notebooks whose source is gone, as `part/topic`."""
    return [
        f"{path.parent.name}/{path.stem}"
        for path in _visible(root, "*.ipynb")
        if not path.with_suffix(".md").exists()
    ]


def _visible(root: Path, pattern: str) -> Iterator[Path]:
    """Yield the matching files one folder below `chapters/`, without hidden folders and files."""
    for path in sorted(Path(root).glob(f"chapters/*/{pattern}")):
        if not path.name.startswith(".") and not path.parent.name.startswith("."):
            yield path


def repository_url(root: Path = ROOT) -> str:
    """Read the repository's address from `_config.yml`, the one place where it stands.

    Raises: ValueError if the file has no `repository: url:`.
    """
    config = yaml.safe_load((Path(root) / "_config.yml").read_text(encoding="utf-8")) or {}
    url = (config.get("repository") or {}).get("url")
    if not url:
        raise ValueError("_config.yml must have an entry `repository: url:`, got none")
    return url


def parse(text: str) -> NotebookNode:
    """Read MyST Markdown into cells.

    Raises: ValueError if the front matter or a cell's metadata is not valid.
    """
    return copy.deepcopy(_parsed(text))


@functools.cache
def _parsed(text: str) -> NotebookNode:
    """Read MyST Markdown once; callers must not change what they get."""
    try:
        return jupytext.reads(text, fmt="md:myst")
    except (MystMetadataParsingError, nbformat.ValidationError, yaml.YAMLError) as error:
        raise ValueError(f"the source must be MyST Markdown; {error}") from error


def _pieces(text: str) -> tuple[Piece, ...]:
    """Read the cells of a source as pieces."""
    return tuple(Piece("code" if cell.cell_type == "code" else "text", cell.source, cell.metadata)
                 for cell in _parsed(text).cells)


def make_notebook(text: str, url: str) -> NotebookNode:
    """Make the unexecuted notebook of a chapter from its source and the repository's address.

    The cell that sets up Google Colab comes first. Solutions are folded, and the label above the
    title, which only Sphinx reads, is left out: the site's extension knows it. Of the front matter
    everything is kept but what concerns jupytext; the kernel is always `python3`, without paths. A
    cell's id is made from its contents, so an edit elsewhere leaves it as it is.

    Raises: ValueError if the source cannot be read.
    """
    source = parse(text)
    for number, cell in enumerate(source.cells):
        if cell.cell_type == "code":
            fold(cell)
        elif number == 0:
            cell.source = LABEL.sub("", cell.source)
    seen = Counter()
    for cell in source.cells:
        key = f"{cell.cell_type}\n{cell.source}"
        seen[key] += 1
        cell.id = hashlib.sha256(f"{seen[key]}\n{key}".encode()).hexdigest()[:12]
    notebook = nbformat.v4.new_notebook(cells=[set_up_cell(url), *source.cells])
    kept = {key: value for key, value in source.metadata.items() if key != "jupytext"}
    notebook.metadata.update({**kept, "kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO})
    return notebook


def read_source(root: Path, chapter: Chapter) -> NotebookNode:
    """Make the unexecuted notebook of a chapter from the files under `root`."""
    return make_notebook(chapter.text, repository_url(root))


def read_notebook(path: Path) -> NotebookNode:
    """Read a stored notebook without changing it in any way.

    Raises: ValueError if the file is not a notebook of format 4.
    """
    text = path.read_text(encoding="utf-8")
    try:
        if json.loads(text).get("nbformat") == 4:
            return nbformat.v4.reads(text)
    except (AttributeError, KeyError, json.JSONDecodeError):
        pass  # told below, in the same words as for another format
    raise ValueError(f"{path.name} must be a notebook of format 4; it cannot be read as one")


@functools.cache
def _stored(path: Path, _changed: int, _size: int) -> NotebookNode:
    """Read a stored notebook once for each state of its file."""
    return read_notebook(path)


def chapter_name(argument: str, root: Path = ROOT) -> str:
    """Turn what a user typed, `part/topic` or the path of either file, into a chapter's name.

    Raises: ValueError if there is no such chapter.
    """
    name = "/".join(Path(argument).with_suffix("").parts[-2:])
    known = [chapter.name for chapter in chapters(root)]
    if name not in known:
        raise ValueError(f"chapter must be one of {', '.join(known) or 'none yet'}; got {argument}")
    return name
