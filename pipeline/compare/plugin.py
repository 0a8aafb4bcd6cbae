"""A pytest plugin: `pytest --nbval chapters` re-runs notebooks and compares all their outputs.

It builds on nbval and changes what nbval leaves open: outputs are compared by the rules of
`pipeline.compare.notebooks`, tags are checked (`pipeline.compare.tags`), a cell that never ran
fails, and kernels start as in `pipeline.execute`, each in an empty folder of its own. One cell may
take 900 s (`--nbval-cell-timeout`).
"""

import os
import subprocess
import warnings
from collections import Counter, defaultdict
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from time import monotonic

import nbformat
import pytest
from coverage.exceptions import CoverageWarning
from jupyter_client import KernelManager
from nbformat import NotebookNode
from nbval.cover import setup_coverage
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from lib.core.cores import num_cores
from pipeline.compare.notebooks import output_differences, run_problems
from pipeline.compare.tags import FAILING, CellRules, cell_rules, loosened
from pipeline.execute.kernel import OUTPUT_TIMEOUT, START_TIMEOUT, new_kernel

CELL_TIMEOUT = 900  # seconds; a machine may be fifteen times slower than a quiet one
NBVAL_CELL_TIMEOUT = 2000  # seconds, nbval's own default
NBVAL_START_TIMEOUT = 60  # seconds, likewise
GLANCE = 2  # seconds between two looks whether a silent kernel lives
WHOLE_NOTEBOOKS = ("loadscope", "loadfile")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse options that would leave outputs uncompared, and set the time a cell may take."""
    option = config.option
    if option.nbval_lax or option.nbval_sanitize_with or option.sanitize_with:
        raise pytest.UsageError("--nbval-lax and --nbval-sanitize-with would hide outputs")
    if getattr(option, "numprocesses", None) and option.dist not in WHOLE_NOTEBOOKS:
        raise pytest.UsageError("with -n notebooks need --dist loadscope, cells stay together")
    if option.nbval_cell_timeout == NBVAL_CELL_TIMEOUT:
        option.nbval_cell_timeout = CELL_TIMEOUT
    if option.nbval_kernel_startup_timeout == NBVAL_START_TIMEOUT:
        option.nbval_kernel_startup_timeout = START_TIMEOUT
    if option.nbval and not hasattr(config, "workerinput"):
        config.pluginmanager.register(NotebookReport(), "notebook-report")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> list[pytest.Collector]:
    """Put a notebook compared by the course's rules in the place of nbval's."""
    collected = yield
    return [
        Notebook.from_parent(parent, path=file_path) if isinstance(found, IPyNbFile) else found
        for found in collected
    ]


class ComparedKernel(RunningKernel):
    """A running kernel that keeps the history of its cells and whose death ends a wait."""

    def __init__(self, root: Path, folder: Path, start_timeout: float) -> None:
        """Start a kernel of this very Python in an empty folder below `folder`.

        Raises: RuntimeError if it dies before it answers, or does not answer in time.
        """
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        threads = max(1, num_cores() // workers)
        self.km, start = new_kernel(KernelManager, root, folder, threads)
        self.km.start_kernel(**start, stderr=subprocess.DEVNULL)
        self.kc = self.km.client()
        self.kc.start_channels()
        try:
            self.kc.wait_for_ready(timeout=start_timeout)
        except RuntimeError:
            self.stop()
            raise

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


class Notebook(IPyNbFile):
    """A stored notebook whose code cells are the tests."""

    folder = None

    def collect(self) -> list["NotebookCell"]:
        """List the code cells.

        Raises: CollectError naming each cell whose tags break the rules.
        """
        self.nb = nbformat.read(str(self.path), as_version=4)
        cells, problems = [], []
        for cell in self.nb.cells:
            if cell.cell_type != "code":
                continue
            number = len(cells)
            try:
                rules = cell_rules(cell.source, cell.metadata)
            except ValueError as error:
                problems.append(f"{self.nodeid}, code cell {number}: {error}")
                rules = CellRules()
            cells.append(NotebookCell.from_parent(
                self, name=f"Cell {number}", number=number, cell=cell, rules=rules
            ))
        if problems or not cells:
            raise self.CollectError("\n".join(problems) or f"{self.nodeid} has no code cell")
        for cell, problem in zip(cells, run_problems([c.cell for c in cells]), strict=True):
            cell.problem = problem
        return cells

    def setup(self) -> None:
        """Start a kernel in a folder of its own."""
        option = self.config.option
        self.folder = TemporaryDirectory(prefix="compare-", ignore_cleanup_errors=True)
        self.kernel = ComparedKernel(
            self.config.rootpath, Path(self.folder.name), option.nbval_kernel_startup_timeout
        )
        if getattr(option, "cov_source", None):
            with warnings.catch_warnings():  # pytest itself need not have imported what is covered
                warnings.simplefilter("ignore", CoverageWarning)
                setup_coverage(self.config, self.kernel, str(self.path))

    def teardown(self) -> None:
        """Stop the kernel and remove its folder, also where the kernel has died or never ran."""
        super().teardown()
        if self.kernel is not None:
            self.kernel.stop()
        if self.folder is not None:
            self.folder.cleanup()


class NotebookCell(IPyNbCell):
    """A code cell: it passes if a new run gives the stored outputs."""

    problem = None

    def __init__(
        self, name: str, parent: Notebook, number: int, cell: NotebookNode, rules: CellRules
    ) -> None:
        """Take a stored cell, its place among the code cells, from 0, and how to compare it."""
        tags = cell.metadata.get("tags", [])
        options = defaultdict(bool, check=True, check_exception=any(t in tags for t in FAILING))
        super().__init__(name, parent, number, cell, options)
        self.rules = rules
        self.output_timeout = OUTPUT_TIMEOUT
        self.user_properties.append(("notebook", parent.nodeid))
        self.user_properties += [("loosened", tag) for tag in loosened(tags)]
        if rules.ignored_because is not None:
            self.user_properties.append(("ignored because", rules.ignored_because))

    def runtest(self) -> None:
        """Run the cell and compare; a cell that was not stored in order fails at once.

        Raises: NbCellError if anything differs.
        """
        if self.problem is not None:
            self.raise_cell_error(self.problem)
        super().runtest()

    def compare_outputs(
        self,
        test: list[NotebookNode],
        ref: list[NotebookNode],
        skip_compare: tuple[str, ...] | None = None,
    ) -> bool:
        """Compare the outputs of a new run with the stored ones, by the rules of the course."""
        self.comparison_traceback = output_differences(ref, test, self.rules)
        return not self.comparison_traceback

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        """Describe a failure: notebook and cell, what differs, and the cell's source."""
        error = excinfo.value
        if not isinstance(error, NbCellError):
            return f"{type(error).__name__}: {error}"
        place = f"{self.parent.nodeid}, code cell {self.cell_num}"
        count = self.cell.execution_count
        head = f"{place} (In [{count or ' '}]): {error}"
        source = "\n".join(f"  | {line}" for line in error.source.splitlines())
        return "\n".join(filter(None, [head, error.inner_traceback, "The cell:", source]))


class NotebookReport:
    """What was not compared or loosened in any worker, and what notebooks cost, as a summary."""

    def __init__(self) -> None:
        """Start with no notebook."""
        self.seconds: Counter[str] = Counter()
        self.ignored: dict[str, str] = {}
        self.loosened: dict[str, list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add one phase of one cell."""
        known = dict(report.user_properties)
        tags = [value for key, value in report.user_properties if key == "loosened"]
        if "notebook" not in known:
            return
        self.seconds[known["notebook"]] += report.duration
        if "ignored because" in known:
            self.ignored[report.nodeid] = known["ignored because"]
        if tags:
            self.loosened[report.nodeid] = tags

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that compared no notebook at all."""
        passed = session.exitstatus == pytest.ExitCode.OK
        if passed and not self.seconds and not session.config.option.collectonly:
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the summary."""
        write = terminalreporter.write_line
        terminalreporter.section("notebooks")
        if not self.seconds:
            write("no notebook was compared")
        for notebook, seconds in sorted(self.seconds.items()):
            write(f"{seconds:7.1f} s  {notebook}")
        write(f"cells whose outputs are not compared: {len(self.ignored)}")
        for cell, reason in sorted(self.ignored.items()):
            write(f"  {cell}: {reason}")
        write(f"cells with loosened tolerance: {len(self.loosened)}")
        for cell, tags in sorted(self.loosened.items()):
            write(f"  {cell}: {', '.join(tags)}")
