"""The reader's side of a long run: its log, its weights, and a proof of both."""

import json
from hashlib import sha256
from importlib import import_module
from math import isclose
from pathlib import Path
from typing import NamedTuple

from safetensors.torch import load
from torch import nn

from lib.core.code_digest import ROOT, code_digest, module_file
from lib.core.seed import preserve_random_state
from lib.training.checkpoint import CheckpointError, load_checkpoint, read_checkpoint
from lib.training.differences import model_differences
from lib.training.fit import History
from lib.training.long_run import LongRun, go_on, state_of

FOLDER, RECORD = "runs", "run.json"
LOG, WEIGHTS, CHECKPOINT = "log.jsonl", "final.safetensors", "checkpoint.pt"


class RunError(ValueError):
    """A stored run is damaged, made by other code, or not repeated by a new one."""


class StoredRun(NamedTuple):
    """A long run as it was stored: name, folder, record, and the log of every epoch."""

    name: str
    folder: Path
    record: dict[str, object]
    history: History

    def load_weights(self, model: nn.Module) -> None:
        """Put the weights of the last epoch into a model.

        Raises: RunError naming each entry that does not fit the model.
        """
        weights = load((self.folder / WEIGHTS).read_bytes())
        problems = model_differences(weights, model.state_dict())
        if problems:
            head = f"{WEIGHTS} of {self.name} does not fit:"
            raise RunError("\n  ".join([head, *problems]))
        model.load_state_dict(weights)

    def rerun(self, num_epochs: int = 1) -> tuple[History, History]:
        """Train on from the checkpoint; return the stored and the new records of it.

        The global random generators are put back afterwards.

        Raises: RunError if other code made the run, if the log has not that many epochs
            after the checkpoint, or if a number is not within the tolerance.
        """
        problems = run_problems(self.name, self.folder.parents[2])
        if problems:
            raise RunError("; ".join(problems))
        run = long_run(self.name)
        first, last = run.checkpoint_epoch, run.checkpoint_epoch + num_epochs
        if not first < last <= len(self.history):
            left = len(self.history) - first
            raise RunError(f"num_epochs must be from 1 to {left}, got {num_epochs}")
        with preserve_random_state():
            setup = run.begin()
            done = load_checkpoint(self.folder / CHECKPOINT, **state_of(setup))
            new = go_on(setup, last, history=done)
        problems = log_differences(self.history[:last], new, run.rtol)
        if problems:
            head = f"{self.name} does not land on its log (tolerance {run.rtol:g}):"
            raise RunError("\n  ".join([head, *problems]))
        return self.history[first:last], new[first:]


def load_run(name: str, root: str | Path = ROOT) -> StoredRun:
    """Read the stored long run `part/topic`.

    Raises: FileNotFoundError if there is none of that name, RunError if a file of it is
        missing or not the one that the run wrote.
    """
    folder = Path(root) / FOLDER / name
    if not (folder / RECORD).is_file():
        there = ", ".join(run_names(root)) or "none"
        raise FileNotFoundError(f"no long run {name!r} is stored; there are: {there}")
    problems = file_problems(folder)
    if problems:
        raise RunError(f"{name}: {'; '.join(problems)}")
    lines = (folder / LOG).read_text(encoding="utf-8").splitlines()
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    return StoredRun(name, folder, record, [json.loads(line) for line in lines])


def run_names(root: str | Path = ROOT) -> list[str]:
    """List the stored long runs, `part/topic`, by name."""
    records = (Path(root) / FOLDER).glob(f"*/*/{RECORD}")
    return sorted(f"{path.parts[-3]}/{path.parts[-2]}" for path in records)


def long_run(name: str) -> LongRun:
    """Return what describes the run `part/topic`: `RUN` in the module lib.part.topic.

    Raises: RunError if there is no such module, or it describes no long run.
    """
    if module_file(module_name(name)) is not None:
        run = getattr(import_module(module_name(name)), "RUN", None)
        if isinstance(run, LongRun):
            return run
    raise RunError(f"{module_name(name)} must hold a long run, as RUN = LongRun(...)")


def module_name(name: str) -> str:
    """Return the name of the module that describes the run `part/topic`."""
    return f"lib.{name.replace('/', '.')}"


def run_problems(name: str, root: str | Path = ROOT) -> list[str]:
    """Say why the stored run `part/topic` cannot be trusted; nothing if it can."""
    root = Path(root)
    folder = root / FOLDER / name
    if not (folder / RECORD).is_file():
        return [f"not stored: make train NAME={name}"]
    problems = file_problems(folder)
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    if record.get("digest") != code_digest([module_name(name)], root):
        problems.append(f"stale, its code has changed: make train NAME={name}")
    try:
        problems or read_checkpoint(folder / CHECKPOINT)
    except CheckpointError as error:
        problems.append(f"{error}: make train NAME={name}")
    return problems


def file_problems(folder: Path) -> list[str]:
    """Name the files of a stored run that are missing or not what the run wrote."""
    wanted = json.loads((folder / RECORD).read_text(encoding="utf-8")).get("files", {})
    problems = []
    for name in (LOG, WEIGHTS, CHECKPOINT):
        path = folder / name
        if not path.is_file():
            problems.append(f"{name} is missing")
        elif sha256(path.read_bytes()).hexdigest() != wanted.get(name):
            problems.append(f"{name} is not the file that the run wrote")
    return problems


def log_differences(stored: History, new: History, rtol: float) -> list[str]:
    """Name each number of a new log that is not the stored one within the share `rtol`.

    The numbers of the epochs must be equal, and NaN agrees with nothing.
    """
    if len(stored) != len(new):
        return [f"{len(stored)} epochs stored, {len(new)} in the new run"]
    return [
        f"epoch {old['epoch']}, {key}: {old.get(key)} stored, {now.get(key)} now"
        for old, now in zip(stored, new, strict=True)
        for key in sorted(old.keys() | now.keys())
        if not _agree(old.get(key), now.get(key), 0.0 if key == "epoch" else rtol)
    ]


def _agree(old: float | None, new: float | None, rtol: float) -> bool:
    return None not in (old, new) and isclose(old, new, rel_tol=rtol)
