"""Store an executed notebook: clean it, record its run, write it whole, say what looks wrong."""

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
from pipeline.chapters import ROOT
from pipeline.execute.kernel import Run

MAX_BYTES = 1_000_000
MAX_SECONDS = 60
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


def record(run: Run, digest: str) -> dict[str, str | int | float]:
    """Describe a run for the notebook's metadata: date in UTC, seconds, peak memory in MB."""
    return {
        "digest": digest,
        "executed": datetime.now(UTC).date().isoformat(),
        "seconds": run.seconds,
        "peak_memory_mb": run.peak_memory_mb,
        "python": platform.python_version(),
        "torch": version("torch").partition("+")[0],
        "device": run.device,
    }


def store(notebook: NotebookNode, path: Path, run: Run, digest: str) -> list[str]:
    """Write an executed notebook, all of it or nothing, and return what to warn about.

    Raises: OSError if the file cannot be written, nbformat.ValidationError if it is no notebook.
    """
    result = clean(notebook)
    result.metadata["course"] = record(run, digest)
    nbformat.validate(result)
    text = nbformat.writes(result).rstrip("\n") + "\n"
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))
    return list(complaints(result, len(text.encode("utf-8")), run.seconds))


def complaints(notebook: NotebookNode, num_bytes: int, seconds: float) -> Iterator[str]:
    """Yield what a run should not have left behind; size in bytes, time in seconds."""
    if num_bytes > MAX_BYTES:
        yield f"the notebook has {num_bytes / 1e6:.1f} MB, more than {MAX_BYTES / 1e6:.0f} MB"
    if seconds > MAX_SECONDS:
        yield f"it ran for {seconds:.0f} s, longer than {MAX_SECONDS} s"
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
