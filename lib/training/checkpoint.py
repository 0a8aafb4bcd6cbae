"""Save a training run after any epoch and go on from there as if it had never stopped."""

import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Generator, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lib.core.files import atomic_write
from lib.core.seed import random_state, set_random_state
from lib.training.differences import describe_parts, model_differences, part_differences
from lib.training.fit import Callback, History

FORMAT = 1  # goes up when `load_checkpoint` can no longer read what an older one wrote


class CheckpointError(ValueError):
    """The file is not a whole checkpoint, or one of another model or another optimizer."""


def save_checkpoint(
    path: str | Path,
    *,
    model: nn.Module,
    optimizer: Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    generator: Generator | None = None,
    history: Sequence[dict[str, float]] = (),
    metadata: Mapping[str, object] | None = None,
) -> None:
    """Write everything that decides how a run goes on, so that it can be resumed exactly.

    These are the states of the parts given (`generator` is the train loader's) and of the global
    generators. An older file stays until the new one is whole, and the folder is made if need be.

    Raises: CheckpointError if anything but tensors, numbers, text, lists and dicts is in a state;
        OSError if the folder cannot be written to or the disk is full.
    """
    content = {
        "format": FORMAT,
        "parts": describe_parts(model, optimizer, scheduler, generator),
        "model": model.state_dict(),
        "optimizer": None if optimizer is None else optimizer.state_dict(),
        "scheduler": None if scheduler is None else scheduler.state_dict(),
        "generator": None if generator is None else generator.get_state(),
        "random_state": random_state(),
        "history": list(history),
        "metadata": dict(metadata or {}),
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    _parse(buffer.getvalue(), path)  # what cannot be read back must not replace a good file
    try:
        with atomic_write(path) as file:
            file.write(buffer.getbuffer())
    except OSError as error:
        raise OSError(error.errno, f"checkpoint not saved: {error.strerror}", str(path)) from error


def load_checkpoint(
    path: str | Path,
    *,
    model: nn.Module,
    optimizer: Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    generator: Generator | None = None,
) -> History:
    """Put everything back to where `save_checkpoint` found it and return the history until then.

    With a model alone, only its weights are loaded, for use. With the parts it was trained by, the
    global generators go back as well and the run goes on exactly. The tensors go to the devices
    that the parts are on, wherever they were saved. If anything does not fit, nothing changes.

    Raises: CheckpointError that names everything that differs; FileNotFoundError.
    """
    saved = read_checkpoint(path)
    problems = model_differences(saved["model"], model.state_dict())
    resume = not (optimizer is None and scheduler is None and generator is None)
    if resume:
        given = describe_parts(model, optimizer, scheduler, generator)
        problems += part_differences(saved["parts"], given)
    if problems:
        raise CheckpointError("\n  ".join([f"{path} does not fit:", *problems]))
    model.load_state_dict(saved["model"])
    if optimizer is not None:
        optimizer.load_state_dict(saved["optimizer"])
    if scheduler is not None:
        scheduler.load_state_dict(saved["scheduler"])
    if generator is not None:
        generator.set_state(saved["generator"])
    if resume:
        set_random_state(saved["random_state"])
    return saved["history"]


def read_checkpoint(path: str | Path) -> dict[str, object]:
    """Return the content of a checkpoint, on the CPU, without running any code from the file.

    Raises: CheckpointError if the file is damaged, unsafe, too new, or no checkpoint.
    """
    return _parse(Path(path).read_bytes(), path)


def save_last_and_best(
    folder: str | Path,
    *,
    model: nn.Module,
    optimizer: Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    generator: Generator | None = None,
    metadata: Mapping[str, object] | None = None,
    monitor: str = "val_loss",
    mode: str = "min",
) -> Callback:
    """Return a callback for `fit` that writes last.pt every epoch and best.pt at every new best.

    The best epoch has the lowest (mode "min") or highest ("max") `monitor`, the first of equals;
    NaN is never best. What was best before a resumed run is seen in its history.

    Raises: ValueError for another mode or, when called, for a `monitor` that is not in the history.
    """
    if mode not in ("min", "max"):
        raise ValueError(f"mode must be 'min' or 'max', got {mode!r}")

    def save(history: History) -> None:
        names = ["last.pt"]
        if _is_best(history, monitor, mode):
            names.insert(0, "best.pt")  # before last.pt: killed between the two, nothing is lost
        for name in names:
            save_checkpoint(
                Path(folder) / name,
                model=model,
                optimizer=optimizer,
                scheduler=scheduler,
                generator=generator,
                history=history,
                metadata=metadata,
            )

    return save


def _is_best(history: History, monitor: str, mode: str) -> bool:
    """Whether the latest value is better than every earlier one; NaN is never better."""
    if monitor not in history[-1]:
        raise ValueError(f"monitor must be one of {sorted(history[-1])}, got {monitor!r}")
    sign = 1 if mode == "min" else -1
    *earlier, latest = [sign * record.get(monitor, math.nan) for record in history]
    return not math.isnan(latest) and not any(value <= latest for value in earlier)


def _parse(data: bytes, path: str | Path) -> dict[str, object]:
    """Check a file's bytes against their checksums, then read them as plain data."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            damaged = archive.testzip()  # torch.load itself does not look at the checksums
        code = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(data))
        content = None
        if not damaged and not code:
            content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # what a damaged file raises depends on where the damage is
        raise CheckpointError(f"{path} is damaged or no checkpoint: {error}") from None
    if damaged:
        raise CheckpointError(f"{path} is damaged: wrong checksum of {damaged}")
    if code:
        wanted = "a checkpoint holds tensors, numbers, text, lists and dicts"
        raise CheckpointError(f"{wanted}, but {path} holds {', '.join(sorted(code))}")
    if not isinstance(content, dict) or "format" not in content:
        raise CheckpointError(f"{path} was not written by save_checkpoint")
    if content["format"] > FORMAT:
        found = content["format"]
        raise CheckpointError(f"{path} was made by a newer version: format {found}, known {FORMAT}")
    return content
