"""Make a long run or a grid of runs, stored under runs/: `python -m pipeline.train part/topic`.

The module `lib.part.topic` describes a long run as `RUN`, a `lib.training.long_run.LongRun`. Stored
are the log of every epoch, the final weights, one checkpoint from the middle, and a record with the
digests of the code that made them and of the files. A run that is killed goes on where it was when
the command is given again, unless the code has changed meanwhile.

It describes a grid as `GRID`, a `lib.training.run_grid.RunGrid`. Made are the runs that are missing
or whose code has changed; each is stored as soon as it is there. After a change of code that should
change no number, `--confirm` makes the first epoch of such runs again, and keeps those that come
out bit for bit as stored.
"""

import argparse
import json
import platform
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from safetensors.torch import save
from torch import nn
from tqdm import tqdm

from lib.core.code_digest import code_digest
from lib.core.cores import num_cores
from lib.core.files import atomic_write
from lib.training.checkpoint import (
    CheckpointError,
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)
from lib.training.fit import History
from lib.training.long_run import LongRun, Setup, go_on, state_of
from lib.training.run_grid import run_grid
from lib.training.stored_run import (
    CHECKPOINT,
    FOLDER,
    LOG,
    RECORD,
    WEIGHTS,
    RunError,
    long_run,
    module_name,
    run_problems,
)
from pipeline.budget import MB, RUN_BYTES, RUN_SECONDS, folder_bytes
from pipeline.chapters import ROOT
from pipeline.train_grid import confirm_grid, train_grid

UNFINISHED = "_build/runs"  # what a killed run leaves until it goes on


def train(run: LongRun, digest: str, folder: Path, unfinished: Path) -> None:
    """Train a run to its end, from where it was if it has been begun, and store it in `folder`."""
    setup = run.begin()
    history, spent = _resume(setup, digest, unfinished)
    start = perf_counter() - spent

    def keep(history: History) -> None:
        metadata = {"digest": digest, "seconds": perf_counter() - start}
        middle = [CHECKPOINT] if len(history) == run.checkpoint_epoch else []
        for name in (*middle, "last.pt"):  # in this order: killed between them, nothing is lost
            save_checkpoint(
                unfinished / name, **state_of(setup), history=history, metadata=metadata
            )

    with tqdm(total=run.num_epochs, initial=len(history), unit="epoch") as bar:
        history = go_on(
            setup, run.num_epochs, history=history, callbacks=[keep, partial(_show, bar)]
        )
    files = {
        LOG: "".join(json.dumps(record, allow_nan=False) + "\n" for record in history).encode(),
        WEIGHTS: _weights(setup["model"]),
        CHECKPOINT: (unfinished / CHECKPOINT).read_bytes(),
    }
    record = _record(run, digest, perf_counter() - start, files)
    # The record comes last: until it fits the files, the run counts as damaged.
    for name, content in {**files, RECORD: record}.items():
        with atomic_write(folder / name) as file:
            file.write(content)
    shutil.rmtree(unfinished)


def _show(bar: tqdm, history: History) -> None:
    """Let the bar show the last epoch's numbers."""
    numbers = {key: f"{value:.3g}" for key, value in history[-1].items() if key != "epoch"}
    bar.set_postfix(numbers)
    bar.update()


def _resume(setup: Setup, digest: str, unfinished: Path) -> tuple[History, float]:
    """Put a setup where an unfinished run of the same code was; return its log and its seconds."""
    try:
        metadata = read_checkpoint(unfinished / "last.pt")["metadata"]
        if metadata["digest"] == digest:
            history = load_checkpoint(unfinished / "last.pt", **state_of(setup))
            print(f"going on after epoch {len(history)}")
            return history, metadata["seconds"]
        print("the unfinished run was made by other code; beginning anew")
    except FileNotFoundError:
        pass
    except CheckpointError as error:
        print(f"the unfinished run cannot be read, beginning anew: {error}")
    return [], 0.0


def _weights(model: nn.Module) -> bytes:
    """Write a model's weights as safetensors, which holds tensors and no code."""
    return save({name: value.contiguous().clone() for name, value in model.state_dict().items()})


def _record(run: LongRun, digest: str, seconds: float, files: dict[str, bytes]) -> bytes:
    """Write down how and by what a run was made."""
    record = {
        "digest": digest,
        "files": {name: sha256(content).hexdigest() for name, content in files.items()},
        "seed": run.seed,
        "num_epochs": run.num_epochs,
        "checkpoint_epoch": run.checkpoint_epoch,
        "rtol": run.rtol,
        "executed": datetime.now(UTC).date().isoformat(),
        "seconds": round(seconds, 1),
        "python": platform.python_version(),
        "torch": version("torch").partition("+")[0],
    }
    return (json.dumps(record, indent=1) + "\n").encode()


def _is_grid(name: str) -> bool:
    with suppress(RunError):
        return bool(run_grid(name))
    return False


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Do what the command line asks and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.train", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="part/topic: the module lib.part.topic describes the run")
    parser.add_argument("--anew", action="store_true", help="train also if the stored run is good")
    parser.add_argument("--confirm", action="store_true",
                        help="of a grid: keep stale runs that begin bit for bit as stored")
    parser.add_argument("--jobs", type=int, default=num_cores(), help="runs of a grid at a time")
    options = parser.parse_args(arguments)
    name = options.name
    if _is_grid(name):
        if options.confirm:
            print(f"{name}: {confirm_grid(name, jobs=options.jobs, root=root)} runs confirmed")
            return 0
        number = train_grid(name, jobs=options.jobs, anew=options.anew, root=root)
        print(f"{name}: {number} runs made")
        return 0
    try:
        run = long_run(name)
    except RunError as error:
        print(error, file=sys.stderr)
        return 2
    if not options.anew and not run_problems(name, root):
        print(f"{name}: the stored run is that of this code; nothing to do")
        return 0
    folder = root / FOLDER / name
    digest = code_digest([module_name(name)], root)  # before the run: a later edit counts as such
    train(run, digest, folder, root / UNFINISHED / name)
    size, record = folder_bytes(folder), json.loads((folder / RECORD).read_text())
    print(f"{name}: {record['seconds']:.0f} s, {size / MB:.1f} MB in {FOLDER}/{name}")
    if size > RUN_BYTES or record["seconds"] > RUN_SECONDS:
        print(f"  warning: at most {RUN_SECONDS} s and {RUN_BYTES / MB:.0f} MB, then it is "
              "refused by make lint")
    return 0


if __name__ == "__main__":
    sys.exit(main())
