"""The end of a comparison's report: what was not compared or loosened, and what notebooks cost."""

from collections import Counter

import pytest


class NotebookReport:
    """Collect what the cells of all workers report and write it below the results."""

    def __init__(self) -> None:
        """Start with no notebook."""
        self.seconds: Counter[str] = Counter()
        self.ignored: dict[str, str] = {}
        self.loosened: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add one phase of one cell."""
        known = dict(report.user_properties)
        if "notebook" not in known:
            return
        self.seconds[known["notebook"]] += report.duration
        if "ignored because" in known:
            self.ignored[report.nodeid] = known["ignored because"]
        if "rtol" in known:
            self.loosened[report.nodeid] = known["rtol"]

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
        write(f"cells whose text is not compared: {len(self.ignored)}")
        for cell, reason in sorted(self.ignored.items()):
            write(f"  {cell}: {reason}")
        write(f"cells with loosened tolerance: {len(self.loosened)}")
        for cell, rtol in sorted(self.loosened.items()):
            write(f"  {cell}: rtol {rtol}")
