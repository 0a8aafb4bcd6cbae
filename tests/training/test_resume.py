"""A run that stopped at any moment and goes on ends exactly like the run that never stopped."""

import os
import random
import shutil
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, ReduceLROnPlateau, StepLR
from torch.utils.data import DataLoader, Dataset

from lib.core.seed import make_generator, random_state, seed_everything, seed_worker
from lib.training.checkpoint import load_checkpoint, read_checkpoint, save_last_and_best
from lib.training.fit import fit
from lib.training.metrics import Accuracy

NUM_EPOCHS = 4
OPTIMIZERS = {
    "SGD": lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
    "Adam": lambda model: torch.optim.Adam(model.parameters(), lr=0.01),
}
SCHEDULERS = {
    "StepLR": lambda optimizer: StepLR(optimizer, step_size=2, gamma=0.5),
    "Cosine": lambda optimizer: CosineAnnealingLR(optimizer, T_max=NUM_EPOCHS),
}


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
    """A small run with dropout, built from a seed that must not matter after a resume."""

    def __init__(self, seed, optimizer="Adam", scheduler="StepLR", workers=0, breaks_at=None):
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
        self.history = []

    def parts(self):
        names = ("model", "optimizer", "scheduler", "generator")
        return {name: getattr(self, name) for name in names}

    def resume(self, path):
        self.history = load_checkpoint(path, **self.parts())
        return self

    def fit(self, folder, num_epochs=NUM_EPOCHS, step=None, keep=None):
        save = save_last_and_best(folder, **self.parts())
        self.history = fit(
            self.model,
            self.train_loader,
            loss_fn=nn.functional.cross_entropy,
            optimizer=self.optimizer,
            num_epochs=num_epochs,
            val_loader=DataLoader(Augmented(), batch_size=4),
            metrics={"accuracy": Accuracy()},
            scheduler=None if step else self.scheduler,
            callbacks=[callback for callback in (step, save, keep) if callback],
            history=self.history,
        )
        return self

    def state(self):
        generators = [self.generator.get_state(), random_state()]
        states = [part.state_dict() for part in (self.model, self.optimizer, self.scheduler)]
        return [self.history, *states, *generators]


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
    ("optimizer", "scheduler", "workers"),
    [*product(OPTIMIZERS, SCHEDULERS, [0]), ("Adam", "StepLR", 2)],
)
@pytest.mark.parametrize("stopped_after", range(1, NUM_EPOCHS + 1))
def test_resumed_after_any_epoch(uninterrupted, stopped_after, optimizer, scheduler, workers, same):
    options = {"optimizer": optimizer, "scheduler": scheduler, "workers": workers}
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


def test_a_plateau_scheduler_resumes_too(tmp_path, run, same):
    def start(seed):
        run = Run(seed)
        run.scheduler = ReduceLROnPlateau(run.optimizer, patience=0, threshold=0.1)
        return run

    def fit_on(run, folder, num_epochs):
        def step(history):
            run.scheduler.step(history[-1]["val_loss"])

        return run.fit(folder, num_epochs, step=step)

    expected = fit_on(start(1), tmp_path / "whole", 4).state()
    assert len({record["lr"] for record in expected[0]}) > 1
    fit_on(start(1), tmp_path, 2)
    resumed = fit_on(start(2).resume(tmp_path / "last.pt"), tmp_path, 4)
    assert same(resumed.state(), expected)
