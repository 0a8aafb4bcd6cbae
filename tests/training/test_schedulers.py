"""Schedules from scratch equal torch's, over 100 epochs and in several groups."""

import math
import random
import re
import warnings

import pytest
import torch
from torch.optim import lr_scheduler

from lib.training.schedulers import (
    ReduceOnPlateau,
    Scheduler,
    cosine,
    exponential,
    multi_step,
    one_cycle,
    ramp,
    sequential,
    step_decay,
)

RATES = (0.3, 0.07, 0.0011)
RTOL = 1e-12  # torch multiplies the last rate where ours has a closed form


def optimizer(rates=RATES):
    """Return an optimizer with one group for each rate."""
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in rates]
    return torch.optim.SGD(groups, lr=1.0)


def rates_of(made):
    return [group["lr"] for group in made.param_groups]


def walk(made, scheduler, num_steps=100):
    """Return the rates of all groups at each step."""
    seen = [rates_of(made)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the optimizer took no step
        for _ in range(num_steps):
            made.step()
            scheduler.step()
            seen.append(rates_of(made))
    return torch.tensor(seen, dtype=torch.float64)


def compare(schedule, make_torch, num_steps=100, rates=RATES):
    ours, theirs = optimizer(rates), optimizer(rates)
    mine = walk(ours, Scheduler(ours, schedule), num_steps)
    reference = walk(theirs, make_torch(theirs), num_steps)
    torch.testing.assert_close(mine, reference, rtol=RTOL, atol=1e-17)


@pytest.mark.parametrize("step_size", [1, 7, 30, 101])
@pytest.mark.parametrize("gamma", [0.1, 0.5, 1.0])
def test_step_decay(step_size, gamma):
    compare(step_decay(step_size, gamma), lambda o: lr_scheduler.StepLR(o, step_size, gamma))


@pytest.mark.parametrize("milestones", [[], [1], [30, 80], [80, 30], [5, 5, 50], [200]])
def test_multi_step(milestones):
    compare(multi_step(milestones, 0.3), lambda o: lr_scheduler.MultiStepLR(o, milestones, 0.3))


@pytest.mark.parametrize("gamma", [0.9, 0.99, 1.01])
def test_exponential(gamma):
    compare(exponential(gamma), lambda o: lr_scheduler.ExponentialLR(o, gamma))


@pytest.mark.parametrize(("num_steps", "start", "end"), [(1, 0.5, 1), (7, 1 / 3, 1), (90, 1, 0.1)])
def test_ramp(num_steps, start, end):
    compare(
        ramp(num_steps, start, end), lambda o: lr_scheduler.LinearLR(o, start, end, num_steps)
    )


@pytest.mark.parametrize("num_steps", [1, 13, 50, 100, 130])
@pytest.mark.parametrize("final", [0.0, 0.1])
def test_cosine(num_steps, final):
    if final == 0:
        compare(cosine(num_steps), lambda o: lr_scheduler.CosineAnnealingLR(o, num_steps))
    compare(  # eta_min is one rate for all groups, so one group
        cosine(num_steps, final),
        lambda o: lr_scheduler.CosineAnnealingLR(o, num_steps, eta_min=final * 0.3),
        rates=[0.3],
    )


@pytest.mark.parametrize("share", [0.1, 0.25, 0.3, 0.5])
@pytest.mark.parametrize(("div", "final_div"), [(25.0, 1e4), (10.0, 1.0), (3.0, 7.0)])
def test_one_cycle(share, div, final_div):
    compare(
        one_cycle(101, share, 1 / div, 1 / (div * final_div)),
        lambda o: lr_scheduler.OneCycleLR(
            o, list(RATES), total_steps=101, pct_start=share, div_factor=div,
            final_div_factor=final_div, cycle_momentum=False,
        ),
    )  # fmt: skip


def test_one_cycle_stays_at_its_end_where_torch_turns():
    schedule = one_cycle(20, final=0.01)
    assert schedule(19) == pytest.approx(0.01)
    assert schedule(20) == schedule(500) == schedule(19)
    assert max(map(schedule, range(20))) == pytest.approx(1)


@pytest.mark.parametrize("length", [1, 5, 40])
def test_sequential_is_warm_up_and_cosine(length):
    def reference(made):
        parts = [
            lr_scheduler.LinearLR(made, 0.01, 1.0, length),
            lr_scheduler.CosineAnnealingLR(made, 100 - length),
        ]
        return lr_scheduler.SequentialLR(made, parts, [length])

    compare(sequential([ramp(length, 0.01), cosine(100 - length)], [length]), reference)


def test_sequential_of_three():
    def reference(made):
        parts = [
            lr_scheduler.LinearLR(made, 0.1, 1.0, 10),
            lr_scheduler.StepLR(made, 7, 0.5),
            lr_scheduler.MultiStepLR(made, [3, 20], 0.2),
        ]
        return lr_scheduler.SequentialLR(made, parts, [10, 40])

    ours = [ramp(10, 0.1), step_decay(7, 0.5), multi_step([3, 20], 0.2)]
    compare(sequential(ours, [10, 40]), reference)


def test_any_function_equals_lambda_lr():
    def schedule(step):
        return 1 / math.sqrt(step + 1)

    compare(schedule, lambda o: lr_scheduler.LambdaLR(o, schedule))


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
@pytest.mark.parametrize("threshold", [0.0, 1e-4, 0.1])
@pytest.mark.parametrize("patience", [0, 1, 5])
@pytest.mark.parametrize("cooldown", [0, 4])
@pytest.mark.parametrize("min_lr", [0.0, 0.01])
def test_plateau_equals_torch(mode, threshold_mode, threshold, patience, cooldown, min_lr):
    options = {
        "mode": mode, "threshold_mode": threshold_mode, "threshold": threshold, "factor": 0.5,
        "patience": patience, "cooldown": cooldown, "min_lr": min_lr,
    }  # fmt: skip
    values, sign = random.Random(patience), 1 if mode == "min" else -1
    ours, theirs = optimizer(), optimizer()
    mine = ReduceOnPlateau(ours, **options)
    reference = lr_scheduler.ReduceLROnPlateau(theirs, **options)
    changes = 0
    for epoch in range(100):
        before = rates_of(ours)
        value = sign * (2 / (epoch + 1) + 0.3 * values.random() - 0.2)
        value = math.nan if epoch == 17 else math.inf if epoch == 40 else value
        mine.step(value)
        reference.step(value)
        assert rates_of(ours) == rates_of(theirs)
        changes += before != rates_of(ours)
    assert changes > 0


def test_plateau_ignores_a_change_below_eps():
    ours, theirs = optimizer([1e-8]), optimizer([1e-8])
    mine = ReduceOnPlateau(ours, patience=0)
    reference = lr_scheduler.ReduceLROnPlateau(theirs, patience=0)
    for _ in range(5):
        mine.step(1.0)
        reference.step(1.0)
    assert rates_of(ours) == rates_of(theirs) == [1e-8]


def test_scheduler_resumes():
    schedule = sequential([ramp(5, 0.1), cosine(50)], [5])
    whole = optimizer()
    wanted = walk(whole, Scheduler(whole, schedule), 60)
    first = optimizer()
    half = Scheduler(first, schedule)
    walk(first, half, 23)
    saved = first.state_dict(), half.state_dict()
    second = optimizer((1.0, 1.0, 1.0))
    resumed = Scheduler(second, schedule)
    second.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])
    assert torch.equal(walk(second, resumed, 37), wanted[23:])


def test_plateau_resumes():
    values = [1.0, 0.9, 0.95, 0.95, 0.95, 0.95, 0.8, 0.85, 0.85, 0.85, 0.85, 0.85]
    whole = optimizer()
    plateau = ReduceOnPlateau(whole, patience=1, cooldown=1)
    for value in values:
        plateau.step(value)
    first = optimizer()
    half = ReduceOnPlateau(first, patience=1, cooldown=1)
    for value in values[:4]:
        half.step(value)
    second = optimizer()
    second.load_state_dict(first.state_dict())
    resumed = ReduceOnPlateau(second, patience=1, cooldown=1)
    resumed.load_state_dict(half.state_dict())
    for value in values[4:]:
        resumed.step(value)
    assert rates_of(second) == rates_of(whole)
    assert rates_of(whole)[0] < 0.3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: step_decay(0), "step_size must be at least 1, got 0"),
        (lambda: cosine(0), "num_steps must be at least 1, got 0"),
        (lambda: ramp(-1), "num_steps must be at least 1, got -1"),
        (
            lambda: one_cycle(10, 0.1),
            "warmup_share * num_steps must lie between 1 and num_steps (10), got 1",
        ),
        (lambda: one_cycle(10, 1.0), "got 10"),
        (lambda: sequential([cosine(3)], [2]), "1 schedules need 0 milestones, got 1"),
        (lambda: sequential([cosine(3)] * 3, [4, 4]), "milestones must rise, got [4, 4]"),
        (lambda: ReduceOnPlateau(optimizer(), mode="low"), "mode must be 'min' or 'max'"),
        (
            lambda: ReduceOnPlateau(optimizer(), threshold_mode="no"),
            "threshold_mode must be 'rel' or 'abs', got 'no'",
        ),
        (lambda: ReduceOnPlateau(optimizer(), factor=1.0), "factor must lie between 0 and 1"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
