"""Execute the chapters that changed and store their outputs: `python -m pipeline.execute`.

A chapter runs when its digest (`pipeline.execute.digest`) is not the one its notebook carries, or
when the notebook is not the one its source gives; where only its text changed, no kernel is needed.
Where a run gives the stored outputs again, within the tolerances of the comparison, these stay and
only the digest is renewed. Chapters run side by side, one kernel per core at most, and the cores
are shared out evenly as threads. A notebook is replaced only after all its cells succeeded;
whatever goes wrong before leaves the stored one as it was. One that somebody ran or edited since
it was stored is replaced with --force alone.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from nbformat import NotebookNode, ValidationError

from lib.core.cores import num_cores
from pipeline.budget import excesses
from pipeline.chapters import (
    ROOT,
    Chapter,
    chapter_name,
    chapters,
    orphans,
    read_notebook,
    read_source,
)
from pipeline.compare.notebooks import differences
from pipeline.differences import notebook_differences
from pipeline.execute.digest import chapter_digest, stale_reason
from pipeline.execute.kernel import ChapterError, Run, run_notebook
from pipeline.execute.report import Progress, Result, table
from pipeline.execute.store import is_edited, record, store, take_outputs

CELL_TIMEOUT = 900  # seconds; a machine may be fifteen times slower than a quiet one
EDITED = """\
  chapters/{name}.ipynb was run or edited, in JupyterLab for example, since it was stored.
  To keep that work, copy it away: cp chapters/{name}.ipynb {topic}-mine.ipynb
  What should stay in the course belongs into chapters/{name}.md: the notebook is made from it.
  Then: python -m pipeline.execute {name} --force"""


async def execute(root: Path, todo: Sequence[Chapter], options: argparse.Namespace) -> list[Result]:
    """Bring the notebooks of chapters up to date, as many at a time as the options say."""
    jobs = max(1, min(options.jobs, len(todo)))
    threads = max(1, num_cores() // jobs)
    run = partial(run_notebook, root=root, threads=threads, timeout=options.timeout)
    progress, gate = Progress(), asyncio.Semaphore(jobs)
    with suppress(NotImplementedError):  # Windows: there the kernels notice that their parent died
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGTERM, asyncio.current_task().cancel
        )
    try:
        return await asyncio.gather(
            *(_run_one(root, chapter, options, run, progress, gate) for chapter in todo)
        )
    finally:
        progress.close()


async def _run_one(
    root: Path,
    chapter: Chapter,
    options: argparse.Namespace,
    run: Callable[..., Awaitable[Run]],
    progress: Progress,
    gate: asyncio.Semaphore,
) -> Result:
    """Bring one chapter's notebook up to date; where that takes a run, wait for its turn."""
    try:
        stored = _stored(chapter, options.force)
        digest = chapter_digest(root, chapter)  # before the run: an edit during it counts as later
        notebook = read_source(root, chapter)
        same_code = stored is not None and stored.metadata.course.digest == digest
        renewed = _with_outputs_of(stored, notebook) if same_code and not options.all else None
        if renewed is not None:
            store(renewed, chapter.notebook, renewed.metadata.course, digest)
            result = Result(chapter.name, "text only")
        else:
            num_cells = sum(cell.cell_type == "code" for cell in notebook.cells)
            progress.expect(num_cells)
            async with gate:
                progress.start(chapter.name, num_cells)
                cost = await run(notebook, on_cell=progress.cell)
            result = _store_run(chapter, notebook, cost, digest, None if options.anew else stored)
    except (ChapterError, OSError, RuntimeError, ValueError, ValidationError) as error:
        result = Result(chapter.name, "failed", message=str(error))
    progress.finish(result)
    return result


def _stored(chapter: Chapter, force: bool) -> NotebookNode | None:
    """Read the notebook that a run may keep; None if there is none, or none that counts.

    Raises: ChapterError if somebody ran or edited it and nobody asked to replace it by force.
    """
    try:
        stored = read_notebook(chapter.notebook)
    except (FileNotFoundError, ValueError):  # a file with marks of a merge, say
        return None
    if not is_edited(stored):
        return stored
    if force:
        return None
    raise ChapterError(EDITED.format(name=chapter.name, topic=chapter.notebook.stem))


def _with_outputs_of(stored: NotebookNode, notebook: NotebookNode) -> NotebookNode | None:
    """Return the new notebook with the stored outputs and record, or None if they do not fit."""
    renewed = take_outputs(notebook, stored)
    if renewed is not None:
        renewed.metadata["course"] = stored.metadata.course
        if not notebook_differences(notebook, renewed):
            return renewed
    return None


def _store_run(
    chapter: Chapter, notebook: NotebookNode, cost: Run, digest: str, stored: NotebookNode | None
) -> Result:
    """Store what a run gave; where it agrees with what is stored, renew the digest alone.

    The record stays that of the run whose outputs are stored, unless the new costs are too high.
    """
    problems, state, run = excesses(chapter.name, cost.seconds, cost.peak_memory_mb), "ran", None
    if stored is not None and not differences(stored, notebook):
        renewed = _with_outputs_of(stored, notebook)
        if renewed is not None:
            notebook, state = renewed, "agrees"
            run = None if problems else renewed.metadata.course
    problems += store(notebook, chapter.notebook, run or record(cost), digest)
    text = "\n".join(f"  warning: {problem}" for problem in problems)
    return Result(chapter.name, state, cost.seconds, cost.peak_memory_mb, text)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Do what the command line asks and return its exit status."""
    options = _parser().parse_args(arguments)
    options.all = options.all or options.anew
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
        results = asyncio.run(execute(root, todo, options))
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
    add = parser.add_argument
    add("chapters", nargs="*", metavar="chapter", help="part/topic; default: all")
    add("--all", action="store_true", help="run unchanged chapters as well")
    add("--anew", action="store_true",
        help="run all and store new outputs and costs, also where the stored outputs agree")
    add("--force", action="store_true", help="replace notebooks that somebody ran or edited")
    add("--check", action="store_true",
        help="run nothing; name stale chapters and exit with 1 if there are any")
    add("--jobs", type=int, default=num_cores(), help="chapters at the same time")
    add("--timeout", type=int, default=CELL_TIMEOUT, help="seconds for each cell")
    add("--root", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
