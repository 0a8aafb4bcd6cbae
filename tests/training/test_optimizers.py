"""Every optimiser takes the same 200 steps as torch's, and refuses what it does not know."""

import copy
import math
from functools import cache

import pytest
import torch
from torch import nn

from lib.core.seed import make_generator
from lib.training.adam import Adam, AdamW
from lib.training.fit import fit, supervised
from lib.training.muon import Muon
from lib.training.optimizers import SGD, Adagrad, RMSprop

SHAPES = ((5, 3), (7,), (), (1, 2), (2, 11, 3), (0,))
MATRICES = ((5, 3), (3, 7), (1, 2), (13, 13), (2, 1))
CASES = [
    (SGD, torch.optim.SGD, options)
    for options in (
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "dampening": 0.3},
        {"momentum": 0.8, "nesterov": True},
        {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
        {"weight_decay": 0.1},
        {"momentum": 0.9, "weight_decay": 0.1, "maximize": True},
    )
] + [
    (Adagrad, torch.optim.Adagrad, options)
    for options in (
        {},
        {"lr_decay": 0.01, "weight_decay": 0.1},
        {"initial_accumulator_value": 0.5, "eps": 1e-3},
        {"maximize": True, "weight_decay": 0.1},
    )
] + [
    (RMSprop, torch.optim.RMSprop, options)
    for options in (
        {},
        {"alpha": 0.9, "weight_decay": 0.1},
        {"momentum": 0.9},
        {"centered": True, "eps": 1e-3},
        {"centered": True, "momentum": 0.5, "weight_decay": 0.1},
        {"maximize": True},
    )
] + [
    (ours, theirs, options)
    for ours, theirs in ((Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW))
    for options in (
        {},
        {"weight_decay": 0.0},
        {"weight_decay": 0.1},
        {"betas": (0.5, 0.7), "eps": 1e-3},
        {"betas": (0.0, 0.0)},
        {"maximize": True, "weight_decay": 0.1},
    )
] + [
    (Muon, torch.optim.Muon, options)
    for options in ({}, {"weight_decay": 0.0}, {"momentum": 0.5, "weight_decay": 0.3})
]  # fmt: skip
NAMES = [f"{ours.__name__}-{options}" for ours, _, options in CASES]


def start(shapes, scale=1.0, seed=0):
    generator = make_generator(seed)
    return [
        (scale * torch.randn(shape, generator=generator, dtype=torch.float64)).requires_grad_()
        for shape in shapes
    ]


def groups(parameters, rate):
    """Two groups; the second has its own learning rate and weight decay."""
    return [
        {"params": parameters[:2]},
        {"params": parameters[2:], "lr": rate, "weight_decay": 0.03},
    ]


@cache
def noise(step, place, shape):
    generator = make_generator(100 * step + place)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def set_gradients(parameters, step, scale=1.0):
    """Give new gradients; some parameters have none, by turns and at first."""
    for place, parameter in enumerate(parameters):
        missing = (step + place) % 5 == 0 or (place == 1 and step < 20)
        drawn = noise(step, place, parameter.shape)
        parameter.grad = None if missing else scale * (parameter.detach() + drawn)


def largest_difference(mine, theirs):
    pairs = [(a, b) for a, b in zip(mine, theirs, strict=True) if a.numel()]
    assert all(torch.isfinite(a).all() and torch.isfinite(b).all() for a, b in pairs)
    return max(
        ((a - b).abs() / b.abs().clamp(min=1)).max().item() for a, b in pairs
    )


def run(optimizer_class, options, steps, scale=1.0, seed=0):
    shapes = MATRICES if optimizer_class in (Muon, torch.optim.Muon) else SHAPES
    parameters = start(shapes, scale, seed)
    options = dict(options)
    if optimizer_class.__module__.startswith("torch") and optimizer_class is not torch.optim.Muon:
        options["foreach"] = False
    optimizer = optimizer_class(groups(parameters, 0.02), **options)
    for step in range(steps):
        set_gradients(parameters, step, scale)
        optimizer.step()
    return parameters, optimizer


@pytest.mark.parametrize(("ours", "theirs", "options"), CASES, ids=NAMES)
def test_200_steps_equal_torch(ours, theirs, options):
    mine, _ = run(ours, options, 200)
    reference, _ = run(theirs, options, 200)
    assert largest_difference(mine, run(ours, options, 0)[0]) > 1e-2
    assert largest_difference(mine, reference) < 1e-12


@pytest.mark.parametrize(("ours", "theirs", "options"), CASES, ids=NAMES)
@pytest.mark.parametrize("scale", [1e-100, 1e-6, 100.0])
def test_steps_of_very_small_and_large_gradients_equal_torch(ours, theirs, options, scale):
    mine, _ = run(ours, options, 10, scale)
    reference, _ = run(theirs, options, 10, scale)
    for a, b in zip(mine, reference, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=0)


@pytest.mark.parametrize(("ours", "theirs", "options"), CASES, ids=NAMES)
def test_a_state_dict_fits_torch_both_ways(ours, theirs, options):
    wanted, _ = run(theirs, options, 40)
    ways = [(theirs, ours), (ours, ours)]
    ways += [(ours, theirs)] * (ours is not Muon)  # ours lacks some options of torch's
    for first, second in ways:
        parameters, optimizer = run(first, options, 25)
        other = second(groups(parameters, 0.5), **options)
        other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        for step in range(25, 40):
            set_gradients(parameters, step)
            other.step()
        assert largest_difference(parameters, wanted) < 1e-12


@pytest.mark.parametrize("ours", [SGD, Adagrad, RMSprop, Adam, AdamW, Muon])
def test_gradients_stay_as_they_are_and_what_has_none_does_not_move(ours):
    first, second = start([(3, 5), (5, 3)])
    gradient = torch.ones_like(first)
    before = second.detach().clone()
    first.grad = gradient.clone()
    optimizer = ours([first, second], lr=0.1, weight_decay=0.1)
    for _ in range(3):
        optimizer.step()
    assert torch.equal(first.grad, gradient)
    assert torch.equal(second, before)
    assert list(optimizer.state) == [first] or not optimizer.state[first]


@pytest.mark.parametrize("ours", [Adam, AdamW, RMSprop, Adagrad])
def test_a_gradient_of_zero_moves_nothing(ours):
    (parameter,) = start([(7,)])
    before = parameter.detach().clone()
    parameter.grad = torch.zeros_like(parameter)
    ours([parameter], lr=0.1, weight_decay=0).step()
    assert torch.equal(parameter, before)


def test_training_with_fit_and_a_scheduler():
    X = torch.randn(32, 5, generator=make_generator(0))
    batches = [(X, X.sum(dim=1, keepdim=True))]
    for ours in (SGD, Adagrad, RMSprop, Adam, AdamW):
        torch.manual_seed(0)
        model = nn.Linear(5, 1)
        optimizer = ours(model.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, gamma=0.5)
        history = fit(
            model, batches, supervised(nn.MSELoss()), optimizer=optimizer, num_epochs=30,
            scheduler=scheduler,
        )  # fmt: skip
        assert history[-1]["train_loss"] < 0.5 * history[0]["train_loss"], ours
        assert history[-1]["lr"] == 0.025


@pytest.mark.parametrize("ours", [SGD, Adagrad, RMSprop, Adam, AdamW, Muon])
def test_bad_options_are_refused(ours):
    parameters = start([(3, 2)])
    for name in ("lr", "weight_decay"):
        for value in (-0.5, math.nan):
            with pytest.raises(ValueError, match=f"{name} must not be negative, got {value}"):
                ours(parameters, **{name: value})
    with pytest.raises(TypeError, match="lr must be a number, got a tensor"):
        ours(parameters, lr=torch.tensor(0.1))


def test_nesterov_is_refused_where_it_makes_no_sense():
    parameters = start([(3, 2)])
    for options in ({}, {"momentum": 0.9, "dampening": 0.1}):
        with pytest.raises(ValueError, match="nesterov needs momentum and no dampening, got"):
            SGD(parameters, nesterov=True, **options)
