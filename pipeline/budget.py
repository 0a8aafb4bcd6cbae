"""What the course may cost, and what it will cost at ninety chapters: `python -m pipeline.budget`.

Seconds of kernels and peak memory come from the records in the stored notebooks, those of the
checks from the reports that `make lint`, `make unit`, `make notebooks` and `make browser` leave in
`_build/times`.
"""

import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lib.core.cores import num_cores
from pipeline.chapters import ROOT, chapters

MB = 2**20
CHAPTER_SECONDS, LONG_CHAPTER_SECONDS, ALL_SECONDS = 60, 120, 40 * 60
# The chapters that may take up to LONG_CHAPTER_SECONDS, by name; at most MAX_LONG of them.
LONG_CHAPTERS: frozenset[str] = frozenset()
MAX_LONG = 8
PEAK_MB = 2048
NOTEBOOK_BYTES, CHAPTERS_BYTES, DATA_BYTES = MB, 40 * MB, 16 * MB
RUN_BYTES, RUNS_BYTES, RUN_SECONDS = 8 * MB, 60 * MB, 20 * 60
TEST_SECONDS = 40 * 60  # `make test` on PLANNED_CORES cores, with PLANNED_CHAPTERS chapters
PLANNED_CHAPTERS, PLANNED_CORES = 90, 2
TIMES = "_build/times"
# What these tests look at stays as large as it is, whatever the number of chapters.
FIXED = ("tests.pipeline", "tests.book", "tests.core")


class Cost(NamedTuple):
    """What the stored run of a chapter cost, in seconds and MB, and the bytes of its notebook."""

    name: str
    seconds: float
    peak_memory_mb: float
    num_bytes: int


def costs(root: Path = ROOT) -> list[Cost]:
    """Read what each executed chapter cost; chapters without a record are left out."""
    found = []
    for chapter in chapters(root):
        text = chapter.notebook.read_bytes() if chapter.notebook.exists() else b"{}"
        run = json.loads(text).get("metadata", {}).get("course", {})
        if "seconds" in run and "peak_memory_mb" in run:
            found.append(Cost(chapter.name, run["seconds"], run["peak_memory_mb"], len(text)))
    return found


def excesses(name: str, seconds: float, peak_memory_mb: float) -> list[str]:
    """List which limits a run of a chapter breaks."""
    allowed, found = LONG_CHAPTER_SECONDS if name in LONG_CHAPTERS else CHAPTER_SECONDS, []
    if seconds > allowed:
        found.append(f"it ran for {seconds:.0f} s, longer than {allowed} s")
    if peak_memory_mb > PEAK_MB:
        found.append(f"it took {peak_memory_mb:.0f} MB of memory, more than {PEAK_MB} MB")
    return found


def folder_bytes(folder: Path, *, code: bool = True) -> int:
    """Add up the files below a folder; without `code` those that are not Python."""
    skipped = (".pyc",) if code else (".py", ".pyc")
    return sum(path.stat().st_size for path in folder.rglob("*")
               if path.is_file() and path.suffix not in skipped)


def measured(root: Path = ROOT) -> Iterator[tuple[str, float, float]]:
    """Yield for each check that left a report: its name, the seconds of work now, and projected.

    Tests of what does not grow with the chapters count as they are, the others in proportion.
    """
    growth = PLANNED_CHAPTERS / max(1, len(chapters(root)))
    for report in sorted((root / TIMES).glob("*.xml")):
        seconds = Counter()
        for case in ElementTree.parse(report).iter("testcase"):
            fixed = case.get("classname", "").startswith(FIXED)
            seconds[fixed] += float(case.get("time", 0))
        yield report.stem, seconds.total(), seconds[True] + growth * seconds[False]


def report(root: Path = ROOT) -> str:
    """Lay out what the course costs beside what it may cost."""
    found, number = costs(root), len(chapters(root))
    kernel, growth = sum(cost.seconds for cost in found), PLANNED_CHAPTERS / max(1, number)
    longest = max(found, key=lambda cost: cost.seconds, default=Cost("-", 0, 0, 0))
    largest = max(found, key=lambda cost: cost.peak_memory_mb, default=longest)
    chapters_mb, runs_mb = (folder_bytes(root / name) / MB for name in ("chapters", "runs"))
    data_mb = folder_bytes(root / "lib", code=False) / MB
    rows = [
        f"{number} chapters, limits, and in proportion at {PLANNED_CHAPTERS} chapters",
        _row("all kernels", kernel, ALL_SECONDS, "s", kernel * growth),
        _row(f"longest ({longest.name})", longest.seconds, CHAPTER_SECONDS, "s"),
        _row(f"most memory ({largest.name})", largest.peak_memory_mb, PEAK_MB, "MB"),
        _row("chapters/", chapters_mb, CHAPTERS_BYTES / MB, "MB", chapters_mb * growth),
        _row("data in lib/", data_mb, DATA_BYTES / MB, "MB"),
        _row("runs/", runs_mb, RUNS_BYTES / MB, "MB"),
    ]
    times = list(measured(root))
    if not times:
        return "\n".join([*rows, f"no check has left its times in {TIMES}: run `make test`"])
    total = sum(later for _, _, later in times) / PLANNED_CORES
    rows += [f"work of the checks on this machine ({num_cores()} cores), seconds of all tests"]
    rows += [_row(f"make {name}", now, None, "s", later) for name, now, later in times]
    rows += [_row(f"make test on {PLANNED_CORES} cores", None, TEST_SECONDS, "s", total)]
    return "\n".join(rows)


def _row(
    what: str, now: float | None, limit: float | None, unit: str, later: float | None = None
) -> str:
    """Write one line of the report: what it costs now, may cost, and will cost."""
    numbers = ["" if number is None else f"{number:,.1f} {unit}" for number in (now, limit, later)]
    mark = "  over the limit" if limit and max(now or 0, later or 0) > limit else ""
    return f"  {what:38}" + "".join(f"{number:>12}" for number in numbers) + mark


if __name__ == "__main__":
    print(report())
