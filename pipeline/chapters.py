"""Pairs: a chapter's MyST source (`.md`) and the notebook (`.ipynb`) made from it.

The way goes in one direction, from source to notebook. Nothing here looks at file times or merges
the two: a notebook is made anew from its source, and comparing a pair means making it again.
"""

import hashlib
import json
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

ROOT = Path(__file__).resolve().parent.parent
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"name": "python", "pygments_lexer": "ipython3"}
COLAB_ID = "colab-setup"
# Names are bound only inside the branch: elsewhere the cell leaves the chapter's names alone.
COLAB_SOURCE = """\
if "google.colab" in str(get_ipython()):  # installs the course; does nothing elsewhere
    from importlib.util import find_spec

    if find_spec("lib") is None:
        %pip install -q git+{url}"""


class Chapter(NamedTuple):
    """One chapter: its name `part/topic`, its source and the notebook made from it."""

    name: str
    source: Path
    notebook: Path


def chapters(root: Path = ROOT) -> list[Chapter]:
    """List the chapters, `chapters/*/*.md`, by name; front matter in `chapters/` has no notebook.

    Raises: OSError if the folder cannot be read.
    """
    return [
        Chapter(f"{path.parent.name}/{path.stem}", path, path.with_suffix(".ipynb"))
        for path in _visible(root, "*.md")
    ]


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
    try:
        return jupytext.reads(text, fmt="md:myst")
    except (MystMetadataParsingError, nbformat.ValidationError, yaml.YAMLError) as error:
        raise ValueError(f"the source must be MyST Markdown; {error}") from error


def make_notebook(text: str, url: str) -> NotebookNode:
    """Make the unexecuted notebook of a chapter from its source and the repository's address.

    The cell that sets up Google Colab comes first. Of the front matter everything is kept but what
    concerns jupytext; the kernel is always `python3`, without paths. A cell's id is made from its
    contents, so an edit elsewhere leaves it as it is.

    Raises: ValueError if the source cannot be read.
    """
    source = parse(text)
    colab = nbformat.v4.new_code_cell(
        COLAB_SOURCE.format(url=url), metadata={"tags": ["colab-setup", "remove-cell"]}
    )
    notebook = nbformat.v4.new_notebook(cells=[colab, *source.cells])
    kept = {key: value for key, value in source.metadata.items() if key != "jupytext"}
    notebook.metadata.update({**kept, "kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO})
    seen = Counter()
    for cell in notebook.cells:
        key = f"{cell.cell_type}\n{cell.source}"
        seen[key] += 1
        cell.id = hashlib.sha256(f"{seen[key]}\n{key}".encode()).hexdigest()[:12]
    colab.id = COLAB_ID
    return notebook


def read_source(root: Path, chapter: Chapter) -> NotebookNode:
    """Make the unexecuted notebook of a chapter from the files under `root`."""
    return make_notebook(chapter.source.read_text(encoding="utf-8"), repository_url(root))


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


def chapter_name(argument: str, root: Path = ROOT) -> str:
    """Turn what a user typed, `part/topic` or the path of either file, into a chapter's name.

    Raises: ValueError if there is no such chapter.
    """
    name = "/".join(Path(argument).with_suffix("").parts[-2:])
    known = [chapter.name for chapter in chapters(root)]
    if name not in known:
        raise ValueError(f"chapter must be one of {', '.join(known) or 'none yet'}; got {argument}")
    return name
