"""Make the runs of a grid that are missing or stale, on all cores, a process for each core."""

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from time import process_time

import torch
from tqdm import tqdm

from lib.core.files import atomic_write
from lib.training.run_grid import (
    ROWS,
    GridRow,
    Setting,
    row_digest,
    run_grid,
    stale_settings,
    stored_rows,
)
from lib.training.stored_run import FOLDER, RunError
from pipeline.chapters import ROOT


def train_grid(name: str, *, jobs: int, anew: bool = False, root: Path = ROOT) -> int:
    """Make the runs that are needed, store each as soon as it is there, return their number."""
    grid, rows = run_grid(name), _stored(name, root)
    wanted = list(grid.settings) if anew else stale_settings(name, grid, rows, root)
    kept = [row for row in rows if row.setting in grid.settings and row.setting not in wanted]
    folder = root / FOLDER / name
    write(kept, grid.settings, folder)
    # A digest before the run: a later edit counts as such.
    digests = [row_digest(name, grid, setting, root) for setting in wanted]
    with (
        ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool,
        tqdm(total=len(wanted), unit="run") as bar,
    ):
        work = [pool.submit(make_row, name, setting, digest)
                for setting, digest in zip(wanted, digests, strict=True)]
        try:
            for future in as_completed(work):
                kept.append(future.result())
                write(kept, grid.settings, folder)
                bar.set_postfix_str(_words(kept[-1]))
                bar.update()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return len(wanted)


def confirm_grid(name: str, *, jobs: int, root: Path = ROOT) -> int:
    """Keep stale runs whose first epoch comes out bit for bit as stored; return their number.

    For a change of code that changes no number. A run that failed in its first epoch stays stale.
    """
    grid = run_grid(name)
    rows = [row for row in _stored(name, root) if row.setting in grid.settings]
    stale = stale_settings(name, grid, rows, root)
    asked = [row for row in rows if row.setting in stale and row.history]
    digests = [row_digest(name, grid, row.setting, root) for row in asked]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        same = list(pool.map(_begins_alike, [name] * len(asked), asked))
    kept = {json.dumps(row.setting): row._replace(digest=digest)
            for row, digest, alike in zip(asked, digests, same, strict=True) if alike}
    write([kept.get(json.dumps(row.setting), row) for row in rows], grid.settings,
          root / FOLDER / name)
    return len(kept)


def make_row(name: str, setting: Setting, digest: str) -> GridRow:
    """Make one run, on one thread; the seconds are those of its core."""
    torch.set_num_threads(1)
    start = process_time()
    history, test, error = run_grid(name).run(setting)
    return GridRow(setting, history, test, error, round(process_time() - start, 1), digest)


def write(rows: Sequence[GridRow], settings: Sequence[Setting], folder: Path) -> None:
    """Store rows in the order of the settings."""
    ordered = sorted(rows, key=lambda row: settings.index(row.setting))
    with atomic_write(folder / ROWS) as file:
        for row in ordered:
            file.write((json.dumps(row._asdict(), allow_nan=False) + "\n").encode())


def _begins_alike(name: str, row: GridRow) -> bool:
    torch.set_num_threads(1)
    return run_grid(name).run(row.setting, 1)[0] == row.history[:1]


def _stored(name: str, root: Path) -> list[GridRow]:
    try:
        return stored_rows(name, root)
    except (FileNotFoundError, RunError):
        return []


def _words(row: GridRow) -> str:
    setting = " ".join(map(str, row.setting.values()))
    return f"{setting}: {row.error or row.test or row.history[-1]}"[:100]
