"""Kernels for the comparison: started as in `pipeline.execute`, noticed when they die."""

import os
from pathlib import Path
from queue import Empty
from time import monotonic
from unittest.mock import patch

from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel

from lib.core.cores import num_cores
from pipeline.execute.kernel import environment

GLANCE = 2  # seconds between two looks whether a silent kernel lives


class ComparedKernel(RunningKernel):
    """A running kernel that keeps the history of its cells and whose death ends a wait."""

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:
        """Send a cell and return the message's id; a `;` at its end needs the history."""
        return self.kc.execute(
            cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False
        )

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """Wait for the end of a cell, at most `timeout` seconds.

        Raises: RuntimeError if the kernel has died; Empty if it takes too long.
        """
        end = None if timeout is None else monotonic() + timeout
        while True:
            left = GLANCE if end is None else end - monotonic()
            try:
                return super().await_reply(msg_id, timeout=max(0, min(GLANCE, left)))
            except Empty:
                if not self.is_alive():
                    raise RuntimeError(
                        "the cell ended the kernel (out of memory, or a crash in compiled code)"
                    ) from None
                if end is not None and monotonic() >= end:
                    raise

    def stop(self) -> None:
        """Stop the kernel and close what leads to it; nothing is left to do the second time."""
        if hasattr(self, "km"):
            super().stop()


def start_kernel(root: Path, folder: Path, startup_timeout: float) -> ComparedKernel:
    """Start a kernel of this very Python in an empty folder below `folder`."""
    work = folder / "work"
    work.mkdir()
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    threads = max(1, num_cores() // workers)
    wanted = environment(root, folder, threads)
    # A kernel that sees pytest does not show what compiled code and child processes print.
    kept = {key: value for key, value in wanted.items() if not key.startswith("PYTEST_")}
    with patch.dict(os.environ, kept, clear=True):
        return ComparedKernel(CURRENT_ENV_KERNEL_NAME, str(work), startup_timeout)
