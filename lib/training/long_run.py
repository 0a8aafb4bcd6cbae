"""A training too long for a chapter: described once, run as a whole or in part."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from lib.core.seed import seed_everything
from lib.training.fit import Callback, History, fit
from lib.training.update import Update

Setup = dict[str, object]


class LongRun(NamedTuple):
    """How a long run is made: `RUN` in lib.part.topic for `make train NAME=part/topic`.

    `make()` returns what `fit` needs, by name: a new model on the CPU, its loaders, the
    optimizer and the rest, all but the number of epochs. A checkpoint is kept after
    `checkpoint_epoch`. A second run from there must give the logged numbers again,
    within the share `rtol`: another processor rounds in another way.
    """

    make: Callable[[], Setup]
    num_epochs: int
    checkpoint_epoch: int
    rtol: float
    seed: int = 0

    def begin(self) -> Setup:
        """Seed everything, then make all parts as they are before the first epoch."""
        seed_everything(self.seed)
        return self.make()


def state_of(setup: Setup) -> Setup:
    """Return what `save_checkpoint` writes and `load_checkpoint` puts back."""
    parts = {name: setup.get(name) for name in ("model", "optimizer", "scheduler")}
    update = parts["optimizer"]
    if isinstance(update, Update):
        parts |= {"optimizer": update.optimizer, "scaler": update.scaler}
        parts["scheduler"] = parts["scheduler"] or update.scheduler
    return parts | {"generator": getattr(setup["train_loader"], "generator", None)}


def go_on(
    setup: Setup,
    num_epochs: int,
    *,
    history: Sequence[dict[str, float]] = (),
    callbacks: Sequence[Callback] = (),
) -> History:
    """Train until the history has `num_epochs` records; return it, as `fit` does."""
    arguments = {**setup, "callbacks": [*setup.get("callbacks", ()), *callbacks]}
    return fit(**arguments, num_epochs=num_epochs, history=history)
