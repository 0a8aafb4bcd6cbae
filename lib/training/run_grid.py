"""Many short runs of one experiment, stored together: each can be made again alone."""

import json
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from lib.core.code_digest import ROOT, code_digest, module_file
from lib.core.seed import preserve_random_state, seed_everything
from lib.training.fit import History, evaluate, fit
from lib.training.long_run import Setup
from lib.training.stored_run import FOLDER, RunError, log_differences, module_name

ROWS = "grid.jsonl"
Setting = dict[str, object]


class RunGrid(NamedTuple):
    """How the runs are made: `GRID` in lib.part.topic for `make train NAME=part/topic`.

    `make(**setting)` returns what `fit` needs, by name, as in `LongRun`. It may also
    give a "test_loader", measured once after the last epoch, and another "num_epochs".
    Each run begins from its setting's "seed". `code(**setting)` names modules that the
    run depends on beyond those that lib.part.topic imports.

    Settings hold strings, numbers, booleans: what JSON keeps as it is. A run whose loss
    or gradient is not finite is stored with that message and the epochs before.
    """

    make: Callable[..., Setup]
    settings: Sequence[Setting]
    num_epochs: int
    rtol: float
    code: Callable[..., Sequence[str]] | None = None

    def run(
        self, setting: Setting, num_epochs: int | None = None
    ) -> tuple[History, dict[str, float] | None, str | None]:
        """Return the records of the epochs, the measures on the test set, the error.

        With `num_epochs` the run stops early, and nothing is tested. The global random
        generators are put back afterwards.
        """
        history: History = []
        with preserve_random_state():
            seed_everything(setting.get("seed", 0))
            setup = {"num_epochs": self.num_epochs, **self.make(**setting)}
            test_loader = setup.pop("test_loader", None)
            keep = [lambda done: history.append(done[-1])]
            setup["callbacks"] = [*setup.get("callbacks", ()), *keep]
            if num_epochs is not None:
                setup["num_epochs"] = num_epochs
            names = ("model", "objective", "metrics")
            model, objective, metrics = (setup.get(name) for name in names)
            try:
                fit(**setup)
                if test_loader is None or num_epochs is not None:
                    return history, None, None
                test = evaluate(model, test_loader, objective, metrics=metrics)
            except ValueError as error:
                if "must be finite" not in str(error):
                    raise
                return history, None, str(error)
            return history, test, None


class GridRow(NamedTuple):
    """One stored run: its setting, the record of each epoch, the test, the seconds."""

    setting: Setting
    history: History
    test: dict[str, float] | None
    error: str | None
    seconds: float
    digest: str


class StoredGrid(NamedTuple):
    """The stored runs of the grid `part/topic`, in the order of its settings."""

    name: str
    rows: list[GridRow]
    root: Path

    def select(self, part: Setting) -> list[GridRow]:
        """Return the runs whose settings have all these values, in their order.

        Raises: RunError if there is none.
        """
        found = [row for row in self.rows if part.items() <= row.setting.items()]
        if not found:
            raise RunError(f"{self.name} has no run with {part}")
        return found

    def rerun(self, setting: Setting, num_epochs: int = 1) -> tuple[History, History]:
        """Train the first epochs of one run again; return the stored and new records.

        Raises: RunError if not exactly one run has this setting, if its code has
            changed, or if a number is not within the grid's tolerance.
        """
        rows = self.select(setting)
        if len(rows) > 1:
            raise RunError(f"{self.name} has {len(rows)} runs with {setting}; name one")
        row, grid = rows[0], run_grid(self.name)
        if row.digest != row_digest(self.name, grid, row.setting, self.root):
            raise RunError(f"stale, its code has changed: make train NAME={self.name}")
        if not 1 <= num_epochs <= len(row.history):
            raise RunError(
                f"num_epochs must be from 1 to {len(row.history)}, got {num_epochs}"
            )
        new, _, _ = grid.run(row.setting, num_epochs)
        stored = row.history[:num_epochs]
        problems = log_differences(stored, new, grid.rtol)
        if problems:
            head = f"{self.name} does not land on its log (tolerance {grid.rtol:g}):"
            raise RunError("\n  ".join([head, *problems]))
        return stored, new


def load_grid(name: str, root: str | Path = ROOT) -> StoredGrid:
    """Read the stored grid `part/topic`.

    Raises: FileNotFoundError if there is none of that name; RunError if its file is
        damaged.
    """
    return StoredGrid(name, stored_rows(name, root), Path(root))


def stored_rows(name: str, root: str | Path = ROOT) -> list[GridRow]:
    """Read the runs of the grid `part/topic`.

    Raises: as `load_grid`.
    """
    path = Path(root) / FOLDER / name / ROWS
    if not path.is_file():
        raise FileNotFoundError(f"no grid {name!r} is stored: make train NAME={name}")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [GridRow(**json.loads(line)) for line in lines]
    except (ValueError, TypeError) as error:
        raise RunError(f"{path.name} of {name} is damaged: {error}") from error


def run_grid(name: str) -> RunGrid:
    """Return what describes the grid `part/topic`: `GRID` in the module lib.part.topic.

    Raises: RunError if there is no such module, or it describes no grid.
    """
    if module_file(module_name(name)) is not None:
        grid = getattr(import_module(module_name(name)), "GRID", None)
        if isinstance(grid, RunGrid):
            return grid
    raise RunError(f"{module_name(name)} must hold a grid, as GRID = RunGrid(...)")


def row_digest(
    name: str, grid: RunGrid, setting: Setting, root: str | Path = ROOT
) -> str:
    """Return the digest of all code that one run depends on."""
    more = [] if grid.code is None else grid.code(**setting)
    return code_digest([module_name(name), *more], root)


def stale_settings(
    name: str, grid: RunGrid, rows: Sequence[GridRow], root: str | Path = ROOT
) -> list[Setting]:
    """Return the settings of a grid whose runs are missing or made by other code."""
    done = {json.dumps(row.setting): row.digest for row in rows}
    digests: dict[str, str] = {}  # by the modules: many settings share theirs
    stale = []
    for setting in grid.settings:
        modules = "" if grid.code is None else " ".join(grid.code(**setting))
        if modules not in digests:
            digests[modules] = row_digest(name, grid, setting, root)
        if done.get(json.dumps(setting)) != digests[modules]:
            stale.append(setting)
    return stale


def grid_problems(name: str, root: str | Path = ROOT) -> list[str]:
    """Say why the stored grid `part/topic` cannot be trusted; nothing if it can."""
    try:
        rows, grid = stored_rows(name, root), run_grid(name)
    except FileNotFoundError:
        return [f"not stored: make train NAME={name}"]
    except RunError as error:
        return [str(error)]
    stale = stale_settings(name, grid, rows, root)
    if stale:
        count = f"{len(stale)} of {len(grid.settings)} runs are missing or stale"
        return [f"{count}: make train NAME={name}"]
    if [row.setting for row in rows] != list(grid.settings):
        return [f"its runs are not those of the grid, in order: make train NAME={name}"]
    return []
