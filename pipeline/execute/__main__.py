"""Execute the chapters that changed and store their outputs: `python -m pipeline.execute`.

A chapter runs when its digest (`pipeline.execute.digest`) is not the one its notebook carries, or
when the notebook is not the one its source gives. Chapters run side by side, one kernel per core at
most, and the cores are shared out evenly as threads. A notebook is replaced only after all its
cells succeeded; whatever goes wrong before leaves the stored one as it was.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from nbformat import ValidationError

from lib.core.cores import num_cores
from pipeline.chapters import (
    ROOT,
    Chapter,
    chapter_name,
    chapters,
    orphans,
    read_notebook,
    read_source,
)
from pipeline.execute.digest import chapter_digest, stale_reason
from pipeline.execute.kernel import ChapterError, Run, run_notebook
from pipeline.execute.report import Progress, Result, table
from pipeline.execute.store import store

CELL_TIMEOUT = 300  # seconds; a chapter as a whole should take no more than 60


async def execute(root: Path, todo: Sequence[Chapter], jobs: int, timeout: int) -> list[Result]:
    """Run chapters, `jobs` at a time, `timeout` seconds a cell, and store those that succeed."""
    jobs = max(1, min(jobs, len(todo)))
    threads = max(1, num_cores() // jobs)
    run = partial(run_notebook, root=root, threads=threads, timeout=timeout)
    progress, gate = Progress(), asyncio.Semaphore(jobs)
    with suppress(NotImplementedError):  # Windows: there the kernels notice that their parent died
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGTERM, asyncio.current_task().cancel
        )
    try:
        return await asyncio.gather(
            *(_run_one(root, chapter, run, progress, gate) for chapter in todo)
        )
    finally:
        progress.close()


async def _run_one(
    root: Path,
    chapter: Chapter,
    run: Callable[..., Awaitable[Run]],
    progress: Progress,
    gate: asyncio.Semaphore,
) -> Result:
    """Make one chapter's notebook, run it when its turn comes, and store it if all went well."""
    try:
        digest = chapter_digest(root, chapter)  # before the run: an edit during it counts as later
        notebook = read_source(root, chapter)
        num_cells = sum(cell.cell_type == "code" for cell in notebook.cells)
        progress.expect(num_cells)
        async with gate:
            progress.start(chapter.name, num_cells)
            cost = await run(notebook, on_cell=progress.cell)
        warnings = store(notebook, chapter.notebook, cost, digest)
        text = "\n".join(f"  warning: {warning}" for warning in warnings)
        result = Result(chapter.name, "ran", cost.seconds, cost.peak_memory_mb, text)
    except (ChapterError, OSError, RuntimeError, ValueError, ValidationError) as error:
        result = Result(chapter.name, "failed", message=str(error))
    progress.finish(result)
    return result


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Do what the command line asks and return its exit status."""
    options = _parser().parse_args(arguments)
    root = Path(options.root or root).resolve()
    try:
        names = {chapter_name(argument, root) for argument in options.chapters}
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    chosen = [chapter for chapter in chapters(root) if not names or chapter.name in names]
    reasons = {chapter.name: stale_reason(root, chapter) for chapter in chosen}
    lost = orphans(root)
    for name in lost:
        print(f"{name}: its source is gone; remove chapters/{name}.ipynb", file=sys.stderr)
    if options.check:
        return _check(reasons, bool(lost))
    todo = [chapter for chapter in chosen if options.all or reasons[chapter.name]]
    todo.sort(key=_expected_seconds, reverse=True)  # a long one begun last would run alone
    try:
        results = asyncio.run(execute(root, todo, options.jobs, options.timeout))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped; chapters that were not finished keep their stored notebooks",
              file=sys.stderr)
        return 130
    results += [_unchanged(chapter) for chapter in chosen if chapter not in todo]
    print(table(results))
    return int(bool(lost) or any(result.state == "failed" for result in results))


def _check(reasons: dict[str, str | None], lost: bool) -> int:
    """Name the stale chapters without running anything."""
    for name, reason in reasons.items():
        if reason:
            print(f"{name}: stale: {reason}")
    if not lost and not any(reasons.values()):
        print(f"all {len(reasons)} chapters are up to date")
        return 0
    print("run `make execute` and commit the notebooks")
    return 1


def _expected_seconds(chapter: Chapter) -> float:
    """Return what the chapter's stored run took; infinity if that is not known."""
    try:
        return read_notebook(chapter.notebook).metadata["course"]["seconds"]
    except (OSError, ValueError, KeyError, ValidationError):
        return float("inf")


def _unchanged(chapter: Chapter) -> Result:
    """Make the table's row of a chapter that did not have to run, from its stored run."""
    stored = read_notebook(chapter.notebook).metadata["course"]
    return Result(chapter.name, "unchanged", stored["seconds"], stored["peak_memory_mb"])


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.execute", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapters", nargs="*", metavar="chapter", help="part/topic; default: all")
    parser.add_argument("--all", action="store_true", help="run unchanged chapters as well")
    parser.add_argument("--check", action="store_true",
                        help="run nothing; name stale chapters and exit with 1 if there are any")
    parser.add_argument("--jobs", type=int, default=num_cores(), help="chapters at the same time")
    parser.add_argument("--timeout", type=int, default=CELL_TIMEOUT, help="seconds for each cell")
    parser.add_argument("--root", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
