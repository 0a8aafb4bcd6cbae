"""A pytest plugin: `pytest --nbval chapters` re-runs notebooks and compares all their outputs.

It builds on nbval and changes what nbval leaves open: numbers have a tolerance
(`pipeline.compare.numbers`), machines do not matter (`pipeline.compare.neutral`), tags are checked
(`pipeline.compare.tags`), the number, kinds and order of outputs count, a cell that never ran
fails, and kernels start as in `pipeline.execute`, each in an empty folder of its own. Pictures
(PNG, JPEG) must be there, their pixels are not compared. One cell may take 300 s
(`--nbval-cell-timeout`).
"""

import warnings
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import pytest
from coverage.exceptions import CoverageWarning
from nbformat import NotebookNode
from nbval.cover import setup_coverage
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from pipeline.compare.kernel import start_kernel
from pipeline.compare.neutral import neutral
from pipeline.compare.output_kinds import kinds_difference, run_problems
from pipeline.compare.report import NotebookReport
from pipeline.compare.tags import FAILING, CellRules, cell_rules
from pipeline.compare.tolerance import NumericText, first_difference

CELL_TIMEOUT = 300  # seconds
NBVAL_CELL_TIMEOUT = 2000  # seconds, nbval's own default
OUTPUT_TIMEOUT = 30  # seconds that an output may stay behind the end of its cell
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
                rules = CellRules(None, None)
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
        self.kernel = start_kernel(
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
        if rules.rtol is not None:
            self.user_properties.append(("rtol", str(rules.rtol)))
        if rules.ignored_because is not None:
            self.user_properties.append(("ignored because", rules.ignored_because))

    def runtest(self) -> None:
        """Run the cell and compare; a cell that was not stored in order fails at once.

        Raises: NbCellError if anything differs.
        """
        if self.problem is not None:
            self.raise_cell_error(self.problem)
        super().runtest()

    def sanitize(self, s: object) -> object:
        """Return a text that does not know its machine and compares numbers with tolerance."""
        return NumericText(neutral(s), self.rules.rtol) if isinstance(s, str) else s

    def compare_outputs(
        self,
        test: list[NotebookNode],
        ref: list[NotebookNode],
        skip_compare: tuple[str, ...] | None = None,
    ) -> bool:
        """Compare first number, kinds and order of the outputs, then their text."""
        problem = kinds_difference(ref, test)
        if problem is not None:
            self.comparison_traceback = [problem]
            return False
        if self.rules.ignored_because is not None:
            test, ref = _warnings(test), _warnings(ref)
        return super().compare_outputs(test, ref, skip_compare)

    def format_output_compare(self, key: str, left: object, right: object) -> None:
        """Describe the first difference of two outputs."""
        found = first_difference(str(left), str(right), self.rules.rtol)
        if found is None:
            lines = [f"{key} differs: {left!r} stored, {right!r} in the new run"]
        else:
            lines = [
                f"{key}, line {found.line}: {found.detail}",
                f"  stored:  {'(no line)' if found.stored is None else found.stored}",
                f"  new run: {'(no line)' if found.new is None else found.new}",
            ]
        self.comparison_traceback.extend(lines)

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


def _warnings(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Keep what is compared of every cell: what it wrote to stderr, and its exception."""
    return [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
