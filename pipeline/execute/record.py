"""What a stored notebook says about the run that made it."""

import json
from pathlib import Path
from typing import NamedTuple

UNCOMPARED_TAGS = frozenset({"nbval-ignore-output", "nbval-skip"})
RUN_KEYS = ("executed", "seconds", "peak_memory_mb", "python", "torch", "device")


class Run(NamedTuple):
    """The record of one execution of a chapter; times in seconds, memory in megabytes."""

    executed: str
    seconds: float
    peak_memory_mb: float
    python: str
    torch: str
    device: str
    code_cells: int
    uncompared: tuple[str, ...]


def read_run(path: Path) -> Run:
    """Read the record of the run stored in the notebook at `path`.

    Raises:
        ValueError: the notebook has no complete record, so it was not run by `make execute`.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    record = notebook["metadata"].get("course", {})
    missing = [key for key in RUN_KEYS if key not in record]
    if missing:
        raise ValueError(
            f"{path.name} must record its run (make execute), missing: {', '.join(missing)}"
        )
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return Run(
        executed=str(record["executed"])[:10],
        seconds=float(record["seconds"]),
        peak_memory_mb=float(record["peak_memory_mb"]),
        python=str(record["python"]),
        torch=str(record["torch"]),
        device=device_name(str(record["device"])),
        code_cells=sum("remove-cell" not in tags(cell) for cell in cells),
        uncompared=tuple(reason(cell) for cell in cells if UNCOMPARED_TAGS & tags(cell)),
    )


def tags(cell: dict) -> set[str]:
    """Return the tags of a notebook cell."""
    return set(cell["metadata"].get("tags", ()))


def reason(cell: dict) -> str:
    """Return why the output of a cell is not compared."""
    return str(cell["metadata"].get("reason", "no reason given"))


def device_name(device: str) -> str:
    """Return the name of a device as it is printed: `cpu` becomes CPU."""
    return device.upper() if device == "cpu" else device


def stamp_text(run: Run) -> str:
    """Return the line that ends a chapter: when, how long and with what it ran."""
    python = ".".join(run.python.split(".")[:2])
    return (
        f"Run on {run.executed} in {run.seconds:.0f} s (peak {run.peak_memory_mb:.0f} MB) "
        f"with Python {python}, torch {run.torch}, {run.device}."
    )
