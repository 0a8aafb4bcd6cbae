"""A run that stopped at any moment goes on and ends exactly like one that never stopped."""

import os
import random
import shutil
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn
from torch.amp import GradScaler
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR, ReduceLROnPlateau, StepLR
from torch.utils.data import DataLoader, Dataset

from lib.core.seed import make_generator, random_state, seed_everything, seed_worker
from lib.training.checkpoint import load_checkpoint, read_checkpoint, save_last_and_best
from lib.training.fit import fit, mixed_precision, supervised
from lib.training.metrics import Accuracy
from lib.training.update import Update

NUM_EPOCHS, NUM_BATCHES = 4, 3
OPTIMIZERS = {
    "SGD": lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
    "Adam": lambda model: torch.optim.Adam(model.parameters(), lr=0.01),
}
SCHEDULERS = {
    "StepLR": lambda optimizer: StepLR(optimizer, step_size=2, gamma=0.5),
    "Cosine": lambda optimizer: CosineAnnealingLR(optimizer, T_max=NUM_EPOCHS),
    "OneCycle": lambda optimizer: OneCycleLR(
        optimizer, 0.1, total_steps=NUM_EPOCHS * NUM_BATCHES + 1
    ),
    "Plateau": lambda optimizer: ReduceLROnPlateau(optimizer, patience=0, threshold=0.1),
}
objective = supervised(nn.functional.cross_entropy)


class Augmented(Dataset):
    """Eleven examples, shifted by each of the three global generators when they are read."""

    def __init__(self, breaks_at=None):
        self.breaks_at, self.reads = breaks_at, 0

    def __len__(self):
        return 11

    def __getitem__(self, index):
        self.reads += 1
        if self.reads == self.breaks_at:
            raise KeyboardInterrupt
        shift = random.random() + float(np.random.rand()) + torch.rand(5)
        return index * 0.1 + shift, index % 3


class Run:
    """A small run with dropout, built from a seed that must not matter after a resume.

    With `scaled`, in float16 with a scale that is too large at first: steps are skipped.
    """

    def __init__(
        self,
        seed,
        optimizer="Adam",
        scheduler="StepLR",
        workers=0,
        breaks_at=None,
        accumulate=1,
        scaled=False,
    ):
        seed_everything(seed)
        self.model = nn.Sequential(
            nn.Linear(5, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Dropout(0.5), nn.Linear(7, 3)
        )
        self.optimizer = OPTIMIZERS[optimizer](self.model)
        self.scheduler = SCHEDULERS[scheduler](self.optimizer)
        self.generator = make_generator(seed)
        self.train_loader = DataLoader(
            Augmented(breaks_at),
            batch_size=4,
            shuffle=True,
            generator=self.generator,
            num_workers=workers,
            worker_init_fn=seed_worker,
            multiprocessing_context="fork" if workers else None,
        )
        self.scaler = GradScaler("cpu", 2.0**17, growth_interval=3) if scaled else None
        self.accumulate = accumulate
        self.history = []

    def parts(self):
        names = ("model", "optimizer", "scheduler", "generator", "scaler")
        return {name: getattr(self, name) for name in names}

    def resume(self, path):
        self.history = load_checkpoint(path, **self.parts())
        return self

    def fit(self, folder, num_epochs=NUM_EPOCHS, keep=None):
        save = save_last_and_best(folder, **self.parts())
        per_step = isinstance(self.scheduler, OneCycleLR)
        plateau = isinstance(self.scheduler, ReduceLROnPlateau)
        self.history = fit(
            self.model,
            self.train_loader,
            mixed_precision(objective, torch.float16) if self.scaler else objective,
            optimizer=Update(
                self.optimizer,
                accumulate=self.accumulate,
                max_norm=1.0,
                scaler=self.scaler,
                scheduler=self.scheduler if per_step else None,
            ),
            num_epochs=num_epochs,
            val_loader=DataLoader(Augmented(), batch_size=4),
            metrics={"accuracy": Accuracy()},
            scheduler=None if per_step else self.scheduler,
            monitor="val_loss" if plateau else None,
            callbacks=[callback for callback in (save, keep) if callback],
            history=self.history,
        )
        return self

    def state(self):
        generators = [self.generator.get_state(), random_state()]
        parts = (self.model, self.optimizer, self.scheduler, self.scaler)
        return [self.history, *(part.state_dict() for part in parts if part), *generators]


@pytest.fixture(scope="module", autouse=True)
def _no_waiting_for_the_disk():
    """Safety in a power cut is tested elsewhere; here it costs half of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Return a function: the final state of a run that never stops, and its folder.

    In the folder, `after 3` holds what a run stopped any time in epoch 4 leaves on the disk.
    """
    ends = {}

    def end_of(**options):
        key = tuple(sorted(options.items()))
        if key not in ends:
            folder = tmp_path_factory.mktemp("whole")

            def keep(history):
                for file in folder.glob("*.pt"):
                    target = folder / f"after {len(history)}" / file.name
                    target.parent.mkdir(exist_ok=True)
                    shutil.copyfile(file, target)

            ends[key] = Run(seed=1, **options).fit(folder, keep=keep).state(), folder
        return ends[key]

    return end_of


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Python 3.12 and later
@pytest.mark.parametrize(
    "options",
    [
        *({"optimizer": o, "scheduler": s} for o, s in product(OPTIMIZERS, SCHEDULERS)),
        {"workers": 2},
        {"accumulate": 2, "scheduler": "OneCycle"},
        {"accumulate": 2, "scaled": True},
        {"scheduler": "OneCycle", "scaled": True},
    ],
    ids=lambda options: ",".join(map(str, options.values())),
)
@pytest.mark.parametrize("stopped_after", range(1, NUM_EPOCHS + 1))
def test_resumed_after_any_epoch(uninterrupted, stopped_after, options, same):
    expected, whole = uninterrupted(**options)
    folder = whole / f"after {stopped_after}"
    resumed = Run(seed=2, **options).resume(folder / "last.pt")
    assert [record["epoch"] for record in resumed.history] == [*range(1, stopped_after + 1)]
    assert same(resumed.fit(folder).state(), expected)
    for name in ("last.pt", "best.pt"):
        assert same(read_checkpoint(folder / name), read_checkpoint(whole / name))


@pytest.mark.parametrize("breaks_at", [12, 17, 30, 44])  # examples read; an epoch reads 11
def test_stopped_in_the_middle_of_an_epoch(tmp_path, uninterrupted, breaks_at, same):
    expected, _ = uninterrupted()
    with pytest.raises(KeyboardInterrupt):
        Run(seed=1, breaks_at=breaks_at).fit(tmp_path)
    resumed = Run(seed=2).resume(tmp_path / "last.pt")
    assert len(resumed.history) == (breaks_at - 1) // 11
    assert same(resumed.fit(tmp_path).state(), expected)


def test_runs_of_different_seeds_differ(tmp_path, uninterrupted, same):
    other = Run(seed=2).fit(tmp_path).state()
    assert not any(map(same, other[:2], uninterrupted()[0]))


def test_the_runs_have_what_they_are_to_test(uninterrupted):
    history = uninterrupted(scheduler="Plateau")[0][0]
    assert len({record["lr"] for record in history}) > 1
    scaler = uninterrupted(accumulate=2, scaled=True)[0][4]
    assert scaler["scale"] != 2.0**17
