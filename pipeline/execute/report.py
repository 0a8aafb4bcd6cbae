"""What `make execute` says while it works and at its end."""

import sys
from typing import NamedTuple

from tqdm import tqdm


class Result(NamedTuple):
    """One chapter's row of the table; seconds and memory (MB) are None where nothing is known."""

    name: str
    state: str  # "ran", "unchanged", "failed"
    seconds: float | None = None
    peak_memory_mb: float | None = None
    message: str = ""


class Progress:
    """A bar over all cells in a terminal, plain lines elsewhere (logs of CI)."""

    def __init__(self) -> None:
        self.bar = tqdm(total=0, unit="cell", leave=False, file=sys.stderr,
                        disable=not sys.stderr.isatty())
        self.running: list[str] = []

    def expect(self, num_cells: int) -> None:
        """Add a chapter's cells to those the bar counts up to."""
        self.bar.total += num_cells

    def start(self, name: str, num_cells: int) -> None:
        """Say that a chapter begins."""
        self.running.append(name)
        self._show()
        if self.bar.disable:
            print(f"{name}: running {num_cells} cells", flush=True)

    def cell(self) -> None:
        """Count one finished cell."""
        self.bar.update()

    def finish(self, result: Result) -> None:
        """Say how a chapter ended."""
        if result.name in self.running:
            self.running.remove(result.name)
        self._show()
        time = "" if result.seconds is None else f" in {result.seconds:.1f} s"
        text = f"\n{result.message}" if result.message else ""
        tqdm.write(f"{result.name}: {result.state}{time}{text}", file=sys.stdout)
        sys.stdout.flush()

    def close(self) -> None:
        """Remove the bar."""
        self.bar.close()

    def _show(self) -> None:
        """Name the running chapters beside the bar."""
        self.bar.set_postfix_str(", ".join(self.running))


def table(results: list[Result]) -> str:
    """Lay out the results, one chapter a line, with the sum of the seconds."""
    width = max([len("chapter"), *(len(result.name) for result in results)])
    lines = [f"{'chapter':{width}}  {'seconds':>7}  {'peak MB':>7}  state"]
    for name, state, seconds, memory, _ in sorted(results):
        time = "-" if seconds is None else f"{seconds:.1f}"
        peak = "-" if memory is None else f"{memory:.0f}"
        lines.append(f"{name:{width}}  {time:>7}  {peak:>7}  {state}")
    total = sum(result.seconds or 0 for result in results)
    return "\n".join([*lines, f"{'all':{width}}  {total:7.1f}"])
