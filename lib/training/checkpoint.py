"""Save a training run after any epoch; go on from there as if it had never stopped."""

import copy
import io
import math
import warnings
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import torch
from torch import Generator, nn
from torch.amp import GradScaler
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from lib.core.files import atomic_write
from lib.core.seed import random_state, set_random_state
from lib.training.differences import (
    describe_parts,
    model_differences,
    part_differences,
    setting_differences,
)
from lib.training.fit import Callback, History

FORMAT = 2  # goes up when what was written before can no longer be read


class CheckpointError(ValueError):
    """The file is not a whole checkpoint, or one of another run than that given."""


def save_checkpoint(
    path: str | Path,
    *,
    model: nn.Module,
    optimizer: Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    generator: Generator | None = None,
    scaler: GradScaler | None = None,
    history: Sequence[dict[str, float]] = (),
    metadata: Mapping[str, object] | None = None,
) -> None:
    """Write everything that decides how a run goes on, to resume it exactly.

    These are the states of the parts given (`generator` is the train loader's) and of
    the global generators. The folder is made; an older file stays until all is written.

    Raises: CheckpointError if a state holds other things than tensors, numbers, text,
        lists and dicts; OSError if the folder cannot be written to or the disk is full.
    """
    content = {
        "format": FORMAT,
        "parts": describe_parts(model, optimizer, scheduler, generator, scaler),
        "model": model.state_dict(),
        "optimizer": None if optimizer is None else optimizer.state_dict(),
        "scheduler": None if scheduler is None else scheduler.state_dict(),
        "generator": None if generator is None else generator.get_state(),
        "scaler": None if scaler is None else scaler.state_dict(),
        "random_state": random_state(),
        "history": list(history),
        "metadata": dict(metadata or {}),
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    _parse(buffer.getvalue(), path)  # a good file gives way to a readable one only
    try:
        with atomic_write(path) as file:
            file.write(buffer.getbuffer())
    except OSError as error:
        reason = f"checkpoint not saved: {error.strerror}"
        raise OSError(error.errno, reason, str(path)) from error


def load_checkpoint(
    path: str | Path,
    *,
    model: nn.Module,
    optimizer: Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    generator: Generator | None = None,
    scaler: GradScaler | None = None,
    changed: Collection[str] = (),
) -> History:
    """Put everything back to where `save_checkpoint` found it; return the history.

    With a model alone, only its weights are loaded, for use. With the parts it was
    trained by, the global generators go back as well and the run goes on exactly. The
    tensors go to the devices of the parts. If anything does not fit, nothing changes.

    A setting may differ from the file's if `changed` names it: "optimizer.lr", say, or
    "scheduler" for all of its settings. What is given then holds, and the schedule
    stands where it would stand if it had been so from the start.

    Raises: CheckpointError that names everything that differs; FileNotFoundError.
    """
    saved = read_checkpoint(path)
    problems = model_differences(saved["model"], model.state_dict())
    parts, settings = (optimizer, scheduler, generator, scaler), {}
    resume = any(part is not None for part in parts)
    if resume:
        given = describe_parts(model, *parts)
        settings = setting_differences(saved["parts"], given)
        problems += part_differences(saved["parts"], given)
        problems += _refused(settings, changed)
    if problems:
        raise CheckpointError("\n  ".join([f"{path} does not fit:", *problems]))
    _load_steps(saved, optimizer, scheduler, scaler, set(settings))
    model.load_state_dict(saved["model"])
    if generator is not None:
        generator.set_state(saved["generator"])
    if resume:
        set_random_state(saved["random_state"])
    return saved["history"]


def read_checkpoint(path: str | Path) -> dict[str, object]:
    """Return what a checkpoint holds, on the CPU, without running code from the file.

    Raises: CheckpointError if the file is damaged, unsafe, of another format, or no
        checkpoint.
    """
    return _parse(Path(path).read_bytes(), path)


def save_last_and_best(
    folder: str | Path,
    *,
    model: nn.Module,
    optimizer: Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    generator: Generator | None = None,
    scaler: GradScaler | None = None,
    metadata: Mapping[str, object] | None = None,
    monitor: str = "val_loss",
    mode: str = "min",
) -> Callback:
    """Return a callback for `fit`: last.pt every epoch, best.pt at every new best.

    The best epoch has the lowest (mode "min") or highest ("max") `monitor`, the first
    of equals; NaN is never best. The history tells what was best before a resumed run.

    Raises: ValueError for another mode or, when called, for an unknown `monitor`.
    """
    if mode not in ("min", "max"):
        raise ValueError(f"mode must be 'min' or 'max', got {mode!r}")

    def save(history: History) -> None:
        names = ["last.pt"]
        if _is_best(history, monitor, mode):
            names.insert(0, "best.pt")  # first: killed between the two, nothing is lost
        for name in names:
            save_checkpoint(
                Path(folder) / name,
                model=model,
                optimizer=optimizer,
                scheduler=scheduler,
                generator=generator,
                scaler=scaler,
                history=history,
                metadata=metadata,
            )

    return save


def _refused(settings: Mapping[str, str], changed: Collection[str]) -> list[str]:
    """Return the lines of settings that nobody said are changed on purpose."""
    if isinstance(changed, str):
        raise TypeError(f"changed must be a list of names, got the str {changed!r}")
    lines = [
        line
        for name, line in settings.items()
        if not any(name == known or name.startswith(f"{known}.") for known in changed)
    ]
    advice = "to go on with a setting that is given, name it in changed=[...]"
    return [*lines, advice] if lines else []


def _load_steps(
    saved: Mapping[str, object],
    optimizer: Optimizer | None,
    scheduler: LRScheduler | None,
    scaler: GradScaler | None,
    changed: set[str],
) -> None:
    """Load what decides the next step; of settings that changed, keep those given."""
    replayed = any(not name.startswith("scaler.") for name in changed)
    if scheduler is None or isinstance(scheduler, ReduceLROnPlateau):
        replayed = False  # where a plateau's stands depends on what it saw
    if replayed:
        _replay(scheduler, _steps(saved["scheduler"]))
    if optimizer is not None:
        given_options = _options(optimizer)
        optimizer.load_state_dict(saved["optimizer"])
        for group, given in zip(optimizer.param_groups, given_options, strict=True):
            for key in given:
                if replayed or f"optimizer.{key}" in changed:
                    group[key] = given[key]
    for name, part in (("scheduler", scheduler), ("scaler", scaler)):
        if part is not None and not (part is scheduler and replayed):
            given = part.state_dict()
            kept = {key: given[key] for key in given if f"{name}.{key}" in changed}
            part.load_state_dict((saved[name] or {}) | kept)


def _replay(scheduler: LRScheduler, num_steps: int) -> None:
    """Move a new scheduler, and its optimizer's options, on by some steps."""
    optimizer = scheduler.optimizer
    state, options = copy.deepcopy(scheduler.state_dict()), _options(optimizer)
    try:
        if _steps(state) > 0:
            raise ValueError("it has stepped already; make a new one")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the optimizer took no step
            for _ in range(num_steps):
                scheduler.step()
    except ValueError as error:
        scheduler.load_state_dict(state)
        for group, before in zip(optimizer.param_groups, options, strict=True):
            group |= before
        reason = f"the scheduler cannot take other settings: {error}"
        raise CheckpointError(reason) from error


def _steps(state: Mapping[str, object]) -> int:
    """Return how often a scheduler has stepped, from its state."""
    inner = state.get("_schedulers")
    return state["last_epoch"] if "last_epoch" in state else _steps(inner[0])


def _options(optimizer: Optimizer) -> list[dict[str, object]]:
    """Return the options of each parameter group."""
    groups = optimizer.param_groups
    return [{k: v for k, v in group.items() if k != "params"} for group in groups]


def _is_best(history: History, monitor: str, mode: str) -> bool:
    """Whether the latest value is better than all earlier ones; NaN never is."""
    if monitor not in history[-1]:
        names = sorted(history[-1])
        raise ValueError(f"monitor must be one of {names}, got {monitor!r}")
    sign = 1 if mode == "min" else -1
    *earlier, latest = [sign * record.get(monitor, math.nan) for record in history]
    return not math.isnan(latest) and not any(value <= latest for value in earlier)


def _parse(data: bytes, path: str | Path) -> dict[str, object]:
    """Check a file's bytes against their checksums, then read them as plain data."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            damaged = archive.testzip()  # torch.load does not look at the checksums
        code = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(data))
        content = None
        if not damaged and not code:
            file = io.BytesIO(data)
            content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # its type depends on where the damage is
        raise CheckpointError(f"{path} is damaged or no checkpoint: {error}") from None
    if damaged:
        raise CheckpointError(f"{path} is damaged: wrong checksum of {damaged}")
    if code:
        wanted = "a checkpoint holds tensors, numbers, text, lists and dicts"
        raise CheckpointError(f"{wanted}, but {path} holds {', '.join(sorted(code))}")
    if not isinstance(content, dict) or "format" not in content:
        raise CheckpointError(f"{path} was not written by save_checkpoint")
    if content["format"] != FORMAT:
        found = content["format"]
        raise CheckpointError(
            f"{path} was made by another version: format {found}, known {FORMAT}"
        )
    return content
