"""Store an executed notebook: clean it, record its run, write it whole, say what looks wrong."""

import hashlib
import json
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lib.core.files import atomic_write
from pipeline.budget import MB, NOTEBOOK_BYTES
from pipeline.chapters import ROOT
from pipeline.execute.kernel import Run

ADDRESS = re.compile(r"\b0x[0-9a-f]{8,}\b")


def clean(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without what differs from run to run or belongs to one machine.

    That is the time of each cell's execution and the state of widgets.
    """
    copy = nbformat.from_dict(notebook)
    copy.metadata.pop("widgets", None)
    for cell in copy.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return copy


def contents_digest(notebook: NotebookNode) -> str:
    """Return the SHA-256, in hexadecimal, of what a notebook says: its cells and their outputs.

    What an editor changes by opening and saving a notebook does not count.
    """
    cells = [[cell.cell_type, cell.source, cell.get("outputs")] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def is_edited(notebook: NotebookNode) -> bool:
    """Tell whether a stored notebook has been run or edited since `make execute` wrote it."""
    return notebook.metadata.get("course", {}).get("contents") != contents_digest(notebook)


def take_outputs(notebook: NotebookNode, stored: NotebookNode) -> NotebookNode | None:
    """Return a copy of a notebook with the stored outputs, None if they have not as many cells."""
    copy = nbformat.from_dict(notebook)
    cells, old_cells = ([cell for cell in each.cells if cell.cell_type == "code"]
                        for each in (copy, stored))
    if len(cells) != len(old_cells):
        return None
    for cell, old in zip(cells, old_cells, strict=True):
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    return copy


def record(run: Run) -> dict[str, str | int | float]:
    """Describe a run for the notebook's metadata: date in UTC, seconds, peak memory in MB."""
    return {
        "executed": datetime.now(UTC).date().isoformat(),
        "seconds": run.seconds,
        "peak_memory_mb": run.peak_memory_mb,
        "python": platform.python_version(),
        "torch": version("torch").partition("+")[0],
        "device": run.device,
    }


def store(
    notebook: NotebookNode, path: Path, run: dict[str, str | int | float], digest: str
) -> list[str]:
    """Write an executed notebook, all of it or nothing, and return what to warn about.

    `run` is the record of the run that gave its outputs, `digest` that of the code they belong to.

    Raises: OSError if the file cannot be written, nbformat.ValidationError if it is no notebook.
    """
    result = clean(notebook)
    result.metadata["course"] = {**run, "digest": digest, "contents": contents_digest(result)}
    nbformat.validate(result)
    text = nbformat.writes(result).rstrip("\n") + "\n"
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))
    return list(complaints(result, len(text.encode("utf-8"))))


def complaints(notebook: NotebookNode, num_bytes: int) -> Iterator[str]:
    """Yield what a run should not have left behind in a notebook of so many bytes."""
    if num_bytes > NOTEBOOK_BYTES:
        yield f"the notebook has {num_bytes / MB:.1f} MB, more than {NOTEBOOK_BYTES / MB:.0f} MB"
    homes = {str(Path.home()), sys.prefix, tempfile.gettempdir(), str(ROOT)}
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            text = _text(output)
            if output.get("name") == "stderr":
                yield f"cell {number} wrote to stderr: {text.strip()[-80:]!r}"
            if any(f"{home}/" in text for home in homes if home != "/"):
                yield f"cell {number} shows a path of this machine"
            if ADDRESS.search(text):
                yield f"cell {number} shows a memory address"


def _text(output: NotebookNode) -> str:
    """Join what an output shows as text; pictures in binary form are left out."""
    if output.output_type == "stream":
        return output.text
    return "\n".join(str(value) for kind, value in output.get("data", {}).items()
                     if not kind.startswith("image/") or kind == "image/svg+xml")
