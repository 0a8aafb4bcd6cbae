"""Ensembles train as each network alone; effects are those of least squares on ±1 columns."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call

from lib.core.seed import make_generator
from lib.training.experiments import (
    batch_orders,
    effect,
    factorial,
    interaction,
    main_effects,
    predict_ensemble,
    signs,
    stack_networks,
    t_interval,
    train_ensemble,
)

LEVELS = {"lr": (0.1, 0.5), "width": (3, 5), "norm": (False, True)}


def make_model():
    layers = nn.Linear(5, 7), nn.LayerNorm(7), nn.Tanh(), nn.Linear(7, 3)
    return nn.Sequential(*layers).double()


def problem(num_networks=3, batch_size=4, num_epochs=2, size=12):
    generator = make_generator(0)
    inputs = torch.randn(19, 5, generator=generator, dtype=torch.float64)
    targets = torch.randint(3, (19,), generator=generator)
    rows = torch.arange(19)[:size]
    orders = [
        batch_orders(rows, batch_size, num_epochs, make_generator(seed))
        for seed in range(num_networks)
    ]
    return inputs, targets, torch.stack(orders)


def results(*shape, num_settings=8):
    return torch.randn(num_settings, *shape, generator=make_generator(1), dtype=torch.float64)


def test_a_factorial_has_each_combination_once():
    settings = factorial({"a": (1, 2), "b": ("x", "y", "z")})
    assert settings[:4] == [
        {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 1, "b": "z"}, {"a": 2, "b": "x"}
    ]  # fmt: skip
    assert len({tuple(s.values()) for s in settings}) == len(settings) == 6
    assert factorial({}) == [{}]
    with pytest.raises(ValueError, match="levels must not be empty, got none for b"):
        factorial({"a": (1, 2), "b": ()})


def test_signs_are_products_of_columns_and_need_two_levels():
    settings = factorial(LEVELS)
    assert signs(settings, LEVELS, "lr").tolist() == [-1] * 4 + [1] * 4
    product = signs(settings, LEVELS, "lr") * signs(settings, LEVELS, "norm")
    assert torch.equal(signs(settings, LEVELS, "lr", "norm"), product)
    with pytest.raises(ValueError, match="width must have two levels, got 3"):
        signs(settings, LEVELS | {"width": (3, 5, 7)}, "width")


@given(shape=st.sampled_from([(), (1,), (2,), (3, 5)]))
def test_effects_are_twice_the_coefficients_of_least_squares(shape):
    settings, y = factorial(LEVELS), results(*shape)
    names = [(), ("lr",), ("width",), ("norm",), ("lr", "width"), ("lr", "norm"),
             ("width", "norm"), ("lr", "width", "norm")]  # fmt: skip
    table = torch.stack([signs(settings, LEVELS, *name) for name in names], dim=1)
    coefficients = torch.linalg.lstsq(table, y.reshape(8, -1)).solution
    before = y.clone()
    effects = main_effects(settings, LEVELS, y)
    for name, value in effects.items():
        row = coefficients[names.index((name,))].reshape(shape)
        torch.testing.assert_close(value, 2 * row)
    torch.testing.assert_close(
        interaction(settings, LEVELS, y, "lr", "norm"),
        2 * coefficients[names.index(("lr", "norm"))].reshape(shape),
    )
    assert torch.equal(y, before)


def test_interaction_is_half_the_difference_of_two_effects():
    settings, y = factorial(LEVELS), results()
    column = signs(settings, LEVELS, "norm")
    apart = []
    for level in (-1, 1):
        rows = signs(settings, LEVELS, "lr") == level
        apart.append(y[rows & (column > 0)].mean() - y[rows & (column < 0)].mean())
    half = (apart[1] - apart[0]) / 2
    torch.testing.assert_close(interaction(settings, LEVELS, y, "lr", "norm"), half)


@pytest.mark.parametrize("column", [[1, 1, 1, -1], [1, -1, 0, 0], [2, -2, 1, -1]])
def test_an_effect_needs_a_balanced_column(column):
    with pytest.raises(ValueError, match="column must be half -1 and half"):
        effect(torch.zeros(4), torch.tensor(column, dtype=torch.float64))
    with pytest.raises(ValueError, match=re.escape("column must have shape (5,), got (4,)")):
        effect(torch.zeros(5), torch.tensor(column, dtype=torch.float64))


# From the printed tables of Student's distribution.
QUANTILES = {
    0.5: {2: 1.0000, 3: 0.8165, 5: 0.7407, 31: 0.6828},
    0.95: {2: 12.7062, 3: 4.3027, 5: 2.7764, 31: 2.0423, 1000: 1.9623},
    0.99: {2: 63.6567, 3: 9.9248, 5: 4.6041, 31: 2.7500},
}


@pytest.mark.parametrize(("confidence", "n"), [(c, n) for c, row in QUANTILES.items() for n in row])
def test_the_interval_is_that_of_the_tables(confidence, n):
    samples = 100 + torch.randn(n, generator=make_generator(n), dtype=torch.float64)
    mean, half = t_interval(samples, confidence)
    assert mean == pytest.approx(samples.mean().item(), rel=1e-12)
    t = half / (samples.std().item() / n**0.5)
    assert t == pytest.approx(QUANTILES[confidence][n], rel=1e-3)


def test_the_interval_covers_as_often_as_it_says():
    samples = torch.randn(2000, 4, generator=make_generator(0), dtype=torch.float64)
    intervals = [t_interval(row, 0.8) for row in samples]
    covered = sum(abs(mean) <= half for mean, half in intervals) / 2000
    assert covered == pytest.approx(0.8, abs=4 * (0.8 * 0.2 / 2000) ** 0.5)
    with pytest.raises(ValueError, match="samples must be at least two, got 1"):
        t_interval(torch.ones(1))


def test_batches_hold_each_row_once_in_each_epoch():
    rows = torch.tensor([3, 5, 7, 11, 13, 17])
    orders = batch_orders(rows, 2, 3, make_generator(0))
    assert orders.shape == (9, 2)
    for epoch in orders.reshape(3, 6):
        assert torch.equal(epoch.sort().values, rows)
    assert not torch.equal(orders[:3], orders[3:6])
    with pytest.raises(ValueError, match=re.escape("batch_size (4) must divide the number of")):
        batch_orders(rows, 4, 1, make_generator(0))


def test_stacked_networks_are_those_of_their_seeds_and_leave_the_generators():
    state = torch.get_rng_state()
    _, parameters = stack_networks(make_model, [0, 1, 0])
    assert torch.equal(torch.get_rng_state(), state)
    assert parameters["0.weight"].shape == (3, 7, 5)
    assert torch.equal(parameters["0.weight"][0], parameters["0.weight"][2])
    assert not torch.equal(parameters["0.weight"][0], parameters["0.weight"][1])
    assert not any(p.requires_grad for p in parameters.values())
    with pytest.raises(ValueError, match=re.escape("networks without buffers, got 0.running_mean")):
        stack_networks(lambda: nn.Sequential(nn.BatchNorm1d(3)), [0])


@pytest.mark.parametrize("batch_size", [1, 2, 6])
@pytest.mark.parametrize("num_networks", [1, 3])
def test_an_ensemble_is_each_network_alone(num_networks, batch_size):
    inputs, targets, orders = problem(num_networks, batch_size)
    rates = torch.tensor([0.1, 0.03, 0.5], dtype=torch.float64)[:num_networks]
    model, parameters = stack_networks(make_model, range(num_networks))
    before = {name: p.clone() for name, p in parameters.items()}
    trained = train_ensemble(model, parameters, inputs, targets, orders, lr=rates)
    logits = predict_ensemble(model, trained, inputs)
    assert logits.shape == (num_networks, 19, 3)
    for e in range(num_networks):
        alone = make_model()
        alone.load_state_dict({name: p[e] for name, p in parameters.items()})
        optimizer = torch.optim.SGD(alone.parameters(), lr=rates[e].item(), momentum=0.9)
        for rows in orders[e]:
            optimizer.zero_grad()
            nn.functional.cross_entropy(alone(inputs[rows]), targets[rows]).backward()
            optimizer.step()
        for name, p in alone.named_parameters():
            torch.testing.assert_close(trained[name][e], p.detach(), rtol=1e-11, atol=1e-13)
        torch.testing.assert_close(logits[e], alone(inputs).detach(), rtol=1e-11, atol=1e-12)
    assert all(torch.equal(parameters[name], before[name]) for name in before)


def test_one_network_does_not_change_another():
    inputs, targets, orders = problem()
    model, parameters = stack_networks(make_model, range(3))
    arguments = model, parameters, inputs, targets, orders
    calm = train_ensemble(*arguments, lr=torch.tensor([0.1, 0.1, 0.1]))
    wild = train_ensemble(*arguments, lr=torch.tensor([0.1, 50.0, 0.1]), momentum=0.9)
    for name in calm:
        assert torch.equal(calm[name][::2], wild[name][::2])
        assert not torch.equal(calm[name][1], wild[name][1])


def test_dropout_differs_by_network_in_training_only_and_modes_return():
    def with_dropout():
        return nn.Sequential(nn.Linear(5, 7), nn.Dropout(0.5), nn.Linear(7, 3)).double()

    inputs, targets, orders = problem(2)
    orders = orders[:1].expand(2, -1, -1)
    model, parameters = stack_networks(with_dropout, [0, 0])
    model.eval()
    trained = train_ensemble(model, parameters, inputs, targets, orders, lr=0.1)
    assert not torch.equal(trained["0.weight"][0], trained["0.weight"][1])
    assert not model.training
    model.train()
    alone = {name: p[0] for name, p in trained.items()}
    expected = functional_call(model.eval(), alone, (inputs,))
    model.train()
    torch.testing.assert_close(predict_ensemble(model, trained, inputs)[0], expected)
    assert model.training


def test_an_ensemble_refuses_orders_and_rates_for_others():
    inputs, targets, orders = problem(3)
    model, parameters = stack_networks(make_model, range(2))
    with pytest.raises(ValueError, match=re.escape("orders must have shape (2, S, B)")):
        train_ensemble(model, parameters, inputs, targets, orders, lr=0.1)
    with pytest.raises(ValueError, match=re.escape("lr must have shape (2,), got (3,)")):
        train_ensemble(model, parameters, inputs, targets, orders[:2], lr=torch.ones(3))
