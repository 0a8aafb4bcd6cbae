"""Kernels that neither the user's settings nor other runs can reach, and one notebook's run in one.

Execution and comparison start their kernels here, so both see the same environment.
"""

import logging
import os
import re
import sys
from asyncio import CancelledError
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple, TypeVar

from jupyter_client import AsyncKernelManager, KernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

Manager = TypeVar("Manager", KernelManager, AsyncKernelManager)
# Settings of a user's shell that would change what a chapter prints or draws.
DROPPED = ("PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONINSPECT", "MPLBACKEND", "LIB_DATA",
           "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")
TEST_SETTINGS = "PYTEST_"  # a kernel that sees them does not show what compiled code prints
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TRACEBACK_LINES = 15
START_TIMEOUT = 300  # seconds; only for a machine that stands still: a dead kernel is noticed
OUTPUT_TIMEOUT = 60  # seconds that an output may come after the end of its cell
SILENT = logging.Logger("kernel", logging.CRITICAL + 1)  # all it could say is in exceptions
# Asked of the kernel before the first cell and after the last. Peak memory in MB: Linux tells it of
# this program alone in /proc (its getrusage also counts what the process was before it became a
# kernel); macOS counts bytes. torch is looked up, not imported, so that a chapter without it stays
# without it.
PEAK = {
    "linux": "(lambda lines: round(next(int(line.split()[1]) for line in lines"
             " if line.startswith('VmHWM:')) / 2**10))(open('/proc/self/status').readlines())",
    "darwin": "(lambda resource: round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20))"
              "(__import__('resource'))",
}
QUESTIONS = {
    "peak": PEAK[sys.platform],
    # Seconds of all cores, for the kernel and the processes that it started and that have ended.
    "computed": "sum(__import__('os').times()[:4])",
    "device": "(lambda torch, os: torch.cuda.get_device_name(0) if torch and"
              " os.environ.get('LIB_DEVICE') != 'cpu' and torch.cuda.is_available() else 'cpu')"
              "(__import__('sys').modules.get('torch'), __import__('os'))",
}


class Run(NamedTuple):
    """What a successful run cost, in seconds and MB, and the device it could use.

    The seconds are those of a clock or those of the cores, whichever are fewer: on a busy machine
    the clock also counts what other programs do.
    """

    seconds: float
    peak_memory_mb: int
    device: str


class ChapterError(RuntimeError):
    """A chapter did not run to its end; the message shows the cell and the end of its report."""


def environment(root: Path, folder: Path, threads: int) -> dict[str, str]:
    """Return the environment variables of a kernel.

    `lib` is taken from `root`, whose contents the digest describes. Every kernel gets the same
    number of threads, its share of the cores; outputs must not depend on it. Threads that wait do
    so asleep: on a busy machine, waiting threads that spin take the time of those that work.
    """
    kept = {key: value for key, value in os.environ.items()
            if key not in DROPPED and not key.startswith(TEST_SETTINGS)}
    plots = find_spec("matplotlib")
    if plots is not None and plots.origin:  # matplotlib's own defaults, not the user's
        kept["MATPLOTLIBRC"] = str(Path(plots.origin).parent / "mpl-data" / "matplotlibrc")
    return {
        **kept,
        **dict.fromkeys(THREADS, str(threads)),
        "OMP_WAIT_POLICY": "PASSIVE",
        "IPYTHONDIR": str(folder / "ipython"),
        "LIB_STATIC": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(Path(root).resolve()),
    }


def new_kernel(
    kind: type[Manager], root: Path, folder: Path, threads: int
) -> tuple[Manager, dict[str, object]]:
    """Return the manager of a kernel of this very Python and the arguments of `start_kernel`.

    The kernel works in `folder/work`, which is made; its sockets lie in `folder`, too, so that no
    two kernels can ask for the same.
    """
    work = folder / "work"
    work.mkdir()
    manager = kind(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=str(folder / "kernel.json"),
        **_transport(folder),
    )
    return manager, {"cwd": str(work), "env": environment(root, folder, threads)}


async def run_notebook(
    notebook: NotebookNode,
    *,
    root: Path,
    threads: int,
    timeout: int,
    on_cell: Callable[[], None],
) -> Run:
    """Execute a notebook in place, in an empty folder of its own, and return what it cost.

    `timeout` is in seconds and holds for each cell; `on_cell` is called after each code cell.

    Raises: ChapterError if a cell fails, takes too long or kills the kernel.
    """
    async with _kernel(notebook, root, threads, timeout) as client:
        start, computed = perf_counter(), float((await _ask(client))["computed"])
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            try:
                await client.async_execute_cell(
                    cell, number, execution_count=client.code_cells_executed + 1
                )
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                if isinstance(error, DeadKernelError) and await client.km.is_alive():
                    raise CancelledError from error  # stopped from outside, the kernel is fine
                raise ChapterError(_report(number, cell.source, error, timeout)) from error
            on_cell()
        seconds = perf_counter() - start
        answers = await _ask(client)
        seconds = min(seconds, float(answers["computed"]) - computed)
    return Run(round(seconds, 1), int(answers["peak"]), answers["device"].strip("'"))


@asynccontextmanager
async def _kernel(
    notebook: NotebookNode, root: Path, threads: int, timeout: int
) -> AsyncIterator[NotebookClient]:
    """Start a kernel of this very Python for a notebook, and end it in every case."""
    with TemporaryDirectory(prefix="chapter-", ignore_cleanup_errors=True) as name:
        manager, start = new_kernel(AsyncKernelManager, root, Path(name), threads)
        client = NotebookClient(
            notebook, km=manager, timeout=timeout, force_raise_errors=True,
            startup_timeout=START_TIMEOUT, iopub_timeout=OUTPUT_TIMEOUT,
            raise_on_iopub_timeout=True, record_timing=False, store_widget_state=False,
            coalesce_streams=True, log=SILENT,
        )
        client.reset_execution_trackers()
        try:
            await client.async_start_new_kernel(**start)
            await client.async_start_new_kernel_client()
            yield client
        finally:
            await _stop(manager, client)


def _transport(folder: Path) -> dict[str, str]:
    """Choose sockets in the folder, which only this user reaches; TCP where they cannot be."""
    path = str(folder / "socket")
    if os.name == "posix" and len(path) < 95:  # the system's limit is about 104 with the suffix
        return {"transport": "ipc", "ip": path}
    return {"transport": "tcp", "ip": "127.0.0.1"}


async def _stop(manager: AsyncKernelManager, client: NotebookClient) -> None:
    """End a kernel and close the channels to it."""
    if client.kc is not None:
        client.kc.stop_channels()
    if manager.has_kernel:
        await manager.shutdown_kernel(now=True)


async def _ask(client: NotebookClient) -> dict[str, str]:
    """Ask the kernel what its run cost, without a trace in the notebook."""
    message = client.kc.execute("", silent=True, user_expressions=QUESTIONS)
    reply = await client.async_wait_for_reply(message)
    return {
        key: answer["data"]["text/plain"]
        for key, answer in reply["content"]["user_expressions"].items()
    }


def _report(number: int, source: str, error: Exception, timeout: int) -> str:
    """Describe a failed cell: which one, its source, and the last lines of the traceback."""
    if isinstance(error, CellTimeoutError):
        what, tail = f"took longer than {timeout} s", []
    elif isinstance(error, DeadKernelError):
        what, tail = "ended the kernel (out of memory, or a crash in compiled code)", []
    else:
        what = "failed"
        traceback = COLOURS.sub("", str(error)).rpartition("-" * 70)[2].strip("\n")
        tail = traceback.rstrip().splitlines()[-TRACEBACK_LINES:]
    shown = [f"  | {line}" for line in source.splitlines()]
    return "\n".join([f"cell {number} {what}:", *shown, *(f"  {line}" for line in tail)])
