"""Settings of a resumed run: others than the file's are named, and hold if they are meant."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.optim import SGD, AdamW, lr_scheduler
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, StepLR

from lib.training.checkpoint import (
    CheckpointError,
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)


class Halving(LRScheduler):
    """A scheduler of our own, with a setting and a state."""

    def __init__(self, optimizer, period):
        self.period, self.calls = period, 0
        super().__init__(optimizer)

    def get_lr(self):
        self.calls += 1
        return [lr * 0.5 ** (self.last_epoch // self.period) for lr in self.base_lrs]


def warm_up(optimizer, start_factor=0.1, gamma=0.9, milestone=2):
    parts = (
        lr_scheduler.LinearLR(optimizer, start_factor, total_iters=2),
        lr_scheduler.ExponentialLR(optimizer, gamma),
    )
    return lr_scheduler.SequentialLR(optimizer, parts, milestones=[milestone])


def chained(optimizer, gamma=0.9):
    parts = lr_scheduler.ConstantLR(optimizer), lr_scheduler.ExponentialLR(optimizer, gamma)
    return lr_scheduler.ChainedScheduler(parts)


SCHEDULERS = {  # how to make it, the setting to change, from, to, its name in the message
    "LambdaLR": (lambda o: lr_scheduler.LambdaLR(o, lambda n: 0.9**n), {}, {}, None),
    "StepLR": (StepLR, {"step_size": 2}, {"step_size": 3}, "scheduler.step_size: 2"),
    "MultiStepLR": (
        lr_scheduler.MultiStepLR,
        {"milestones": [2, 5]},
        {"milestones": [2, 6]},
        r"scheduler.milestones: Counter\(\{2: 1, 5: 1\}\)",
    ),
    "Cosine": (CosineAnnealingLR, {"T_max": 6}, {"T_max": 12}, "scheduler.T_max: 6"),
    "Restarts": (
        lr_scheduler.CosineAnnealingWarmRestarts,
        {"T_0": 2, "T_mult": 2},
        {"T_0": 3, "T_mult": 2},
        "scheduler.T_0: 2",
    ),
    "Polynomial": (
        lr_scheduler.PolynomialLR,
        {"total_iters": 9, "power": 2},
        {"total_iters": 9, "power": 1},
        "scheduler.power: 2",
    ),
    "OneCycle": (
        lr_scheduler.OneCycleLR,
        {"max_lr": 0.1, "total_steps": 9},
        {"max_lr": 0.1, "total_steps": 18},
        "scheduler.total_steps: 9",
    ),
    "Cyclic": (
        lr_scheduler.CyclicLR,
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 3},
        {"base_lr": 0.1, "max_lr": 0.4, "step_size_up": 3},
        r"scheduler.max_lrs: \[0.5\]",
    ),
    "Sequential": (warm_up, {}, {"start_factor": 0.2}, "scheduler.0.start_factor: 0.1"),
    "Milestones": (warm_up, {}, {"milestone": 3}, r"scheduler._milestones: \[2\]"),
    "Chained": (chained, {}, {"gamma": 0.8}, "scheduler.1.gamma: 0.9"),
    "Own": (Halving, {"period": 2}, {"period": 3}, "scheduler.period: 2"),
}


def scheduled(name, changed=False, num_steps=0):
    """A model with its optimizer and scheduler after some steps, and all learning rates."""
    make, before, after, _ = SCHEDULERS[name]
    torch.manual_seed(num_steps)
    model = nn.Linear(2, 1)
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    parts = {"model": model, "optimizer": optimizer}
    parts["scheduler"] = make(optimizer, **(after if changed else before))
    return parts, take_steps(parts, num_steps)


def take_steps(parts, num_steps):
    rates = []
    for _ in range(num_steps):
        parts["model"](torch.ones(3, 2)).sum().backward()
        parts["optimizer"].step()
        parts["scheduler"].step()
        group = parts["optimizer"].param_groups[0]
        rates.append((group["lr"], group["momentum"]))
    return rates


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("num_steps", [1, 3, 6])
def test_a_schedule_resumes_and_another_one_is_named(path, same, name, num_steps):
    saved, _ = scheduled(name, num_steps=num_steps)
    save_checkpoint(path, **saved)
    resumed, _ = scheduled(name)
    load_checkpoint(path, **resumed)
    assert same(resumed["optimizer"].state_dict(), saved["optimizer"].state_dict())
    assert take_steps(resumed, 3) == take_steps(saved, 3)
    if SCHEDULERS[name][3] is None:  # functions cannot be compared
        return
    other, _ = scheduled(name, changed=True)
    before = copy.deepcopy([part.state_dict() for part in other.values()])
    with pytest.raises(CheckpointError, match=f"{SCHEDULERS[name][3]} in the file, .* given"):
        load_checkpoint(path, **other)
    assert same([part.state_dict() for part in other.values()], before)


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize("name", [name for name in SCHEDULERS if SCHEDULERS[name][3]])
@pytest.mark.parametrize("num_steps", [1, 3, 6])
def test_a_changed_schedule_goes_on_as_if_it_had_always_been_so(path, same, name, num_steps):
    saved, _ = scheduled(name, num_steps=num_steps)
    save_checkpoint(path, **saved)
    _, expected = scheduled(name, changed=True, num_steps=num_steps + 2)
    other, _ = scheduled(name, changed=True)
    load_checkpoint(path, **other, changed=["scheduler", "optimizer"])
    group = other["optimizer"].param_groups[0]
    assert (group["lr"], group["momentum"]) == expected[-3]
    states = [parts["optimizer"].state_dict()["state"] for parts in (other, saved)]
    assert same(*states)  # the momentum is the file's
    save_checkpoint(path, **other)
    assert take_steps(other, 2) == expected[-2:]
    again, _ = scheduled(name, changed=True)
    load_checkpoint(path, **again)  # what was saved since has the new settings
    assert take_steps(again, 2) == expected[-2:]


def test_a_finished_cosine_is_extended(path):
    """The case behind it all: T_max 6, all six epochs done, and twelve are wanted."""
    saved, _ = scheduled("Cosine", num_steps=6)
    save_checkpoint(path, **saved)
    other, _ = scheduled("Cosine", changed=True)
    load_checkpoint(path, **other, changed=["scheduler.T_max"])
    rates = [lr for lr, _ in take_steps(other, 6)]
    expected = [0.05 * (1 + math.cos(math.pi * step / 12)) for step in range(7, 13)]
    assert rates == pytest.approx(expected)


def test_another_rate_is_one_setting_and_the_schedule_follows(path):
    saved, _ = scheduled("StepLR", num_steps=3)
    save_checkpoint(path, **saved)
    model = saved["model"]
    optimizer = SGD(model.parameters(), lr=0.8, momentum=0.9)
    given = {"model": model, "optimizer": optimizer, "scheduler": StepLR(optimizer, 2)}
    load_checkpoint(path, **given, changed=["optimizer.lr"])
    assert [lr for lr, _ in take_steps(given, 2)] == pytest.approx([0.008, 0.008])


def test_a_schedule_that_is_over_too_soon_changes_nothing(path, same):
    saved, _ = scheduled("OneCycle", num_steps=6)
    save_checkpoint(path, **saved)
    other, _ = scheduled("OneCycle")
    other["scheduler"] = lr_scheduler.OneCycleLR(other["optimizer"], 0.1, total_steps=4)
    before = copy.deepcopy([part.state_dict() for part in other.values()])
    with pytest.raises(CheckpointError, match="cannot take other settings: Tried to step"):
        load_checkpoint(path, **other, changed=["scheduler"])
    assert same([part.state_dict() for part in other.values()], before)
    moved, _ = scheduled("OneCycle", changed=True, num_steps=1)
    with pytest.raises(CheckpointError, match="has stepped already; make a new one"):
        load_checkpoint(path, **moved, changed=["scheduler"])


def adamw(model, **options):
    groups = [{"params": [model.weight]}, {"params": [model.bias], "lr": 0.5}]
    return AdamW(groups, **({"lr": 0.1, "weight_decay": 0.01} | options))


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"lr": 0.2}, r"optimizer.lr: \[0.1, 0.5\] in the file, \[0.2, 0.5\] given"),
        ({"weight_decay": 0.1}, "optimizer.weight_decay: 0.01 in the file, 0.1 given"),
        ({"betas": (0.8, 0.99)}, r"optimizer.betas: \(0.9, 0.999\) in the file, \(0.8"),
        ({"amsgrad": True}, "optimizer.amsgrad: False in the file, True given"),
    ],
)
def test_options_of_the_optimizer_are_compared_and_change_if_named(path, options, line, same):
    model = nn.Linear(2, 1)
    optimizer = adamw(model)
    model(torch.ones(3, 2)).sum().backward()
    optimizer.step()
    save_checkpoint(path, model=model, optimizer=optimizer)
    other = nn.Linear(2, 1)
    given = adamw(other, **options)
    with pytest.raises(CheckpointError, match=rf"{line}.*\n.*name it in changed=\[...\]"):
        load_checkpoint(path, model=other, optimizer=given)
    name = f"optimizer.{next(iter(options))}"
    for others in (["optimizer.eps", "scheduler"], [name[:-1]]):
        with pytest.raises(CheckpointError, match=line):
            load_checkpoint(path, model=other, optimizer=given, changed=others)
    load_checkpoint(path, model=other, optimizer=given, changed=[name])
    wanted = adamw(other, **options).state_dict()["param_groups"]
    assert same(given.state_dict()["param_groups"], wanted)
    assert same(given.state_dict()["state"], optimizer.state_dict()["state"])
    with pytest.raises(TypeError, match=f"a list of names, got the str '{name}'"):
        load_checkpoint(path, model=other, optimizer=given, changed=name)


def plateau_parts(patience=0, lr=0.1):
    model = nn.Linear(2, 1)
    optimizer = SGD(model.parameters(), lr=lr)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=patience)
    return {"model": model, "optimizer": optimizer, "scheduler": scheduler}


@pytest.mark.parametrize(
    ("options", "line", "lr"),
    [
        ({}, None, 0.01),
        ({"patience": 3}, "scheduler.patience: 0 in the file, 3 given", 0.01),
        ({"lr": 0.2}, "optimizer.lr: 0.1 in the file, 0.2 given", 0.2),
    ],
)
def test_a_plateau_keeps_the_rate_it_has_reached(path, options, line, lr):
    saved = plateau_parts()
    for value in (1.0, 1.0):
        saved["scheduler"].step(value)
    save_checkpoint(path, **saved)
    given = plateau_parts(**options)
    if line is not None:
        with pytest.raises(CheckpointError, match=line):
            load_checkpoint(path, **given)
    load_checkpoint(path, **given, changed=["scheduler.patience", "optimizer.lr"])
    assert given["optimizer"].param_groups[0]["lr"] == pytest.approx(lr)
    assert given["scheduler"].patience == options.get("patience", 0)
    assert given["scheduler"].best == 1.0


def test_settings_of_a_scaler_are_compared(path, make_parts):
    parts = make_parts(seed=1)
    save_checkpoint(path, **vars(parts))
    parts.scaler = torch.amp.GradScaler("cpu", growth_interval=7)
    line = r"scaler\.growth_interval: 2000 in the file, 7 given"
    with pytest.raises(CheckpointError, match=line):
        load_checkpoint(path, **vars(parts))
    load_checkpoint(path, **vars(parts), changed=["scaler"])
    assert parts.scaler.get_growth_interval() == 7
    assert parts.scaler.get_scale() == 2.0


def test_a_disabled_scaler_is_none(path):
    model = nn.Linear(2, 1)
    off = torch.amp.GradScaler("cpu", enabled=False)
    save_checkpoint(path, model=model, scaler=off)
    load_checkpoint(path, model=model, scaler=off)
    optimizer = SGD(model.parameters())
    save_checkpoint(path, model=model, optimizer=optimizer)
    load_checkpoint(path, model=model, optimizer=optimizer, scaler=off)
    assert read_checkpoint(path)["parts"]["scaler"] == "none"
