"""Print the table of torch's samples at the end of a run, also of one with several workers."""

from collections.abc import Sequence

import pytest

PROPERTY = "torch samples"
HEADINGS = ("our part", "torch twin", "samples", "equal", "refused", "why")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a row for each twin that was examined; the reports of tests carry the rows."""
    reports = [
        report
        for group in terminalreporter.stats.values()
        for report in group
        if getattr(report, "when", None) == "call"
    ]
    rows = sorted(
        tuple(value) for report in reports for key, value in report.user_properties
        if key == PROPERTY
    )  # fmt: skip
    if rows:
        terminalreporter.section("PyTorch's own samples")
        for line in table([HEADINGS, *rows]):
            terminalreporter.write_line(line)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align the columns of a table: words at the left, numbers at the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return [
        "  ".join(
            cell.rjust(width) if 2 <= column <= 4 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
