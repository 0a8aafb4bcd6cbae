"""Networks of one budget: standardised pictures, one cycle, the rate that validation chose."""

import pytest
import torch

from lib.cnn import comparison_rates
from lib.cnn.comparison_rates import (
    DATA,
    NETWORKS,
    NUM_EPOCHS,
    best_rate,
    make_run,
    network_named,
)
from lib.training.run_grid import GridRow


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_gives_ten_logits_for_each_picture(name):
    assert network_named(name)(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_an_unknown_network_is_refused():
    with pytest.raises(ValueError, match=r"name must be one of MLP, .* got 'LeNet'"):
        network_named("LeNet")


@pytest.mark.parametrize("data", DATA)
def test_pictures_are_standardised_by_the_training_split_alone(data):
    setup = make_run("MLP", data, 0.1, 0, with_test=True)
    images = setup["train_loader"].dataset.tensors[0]
    std, average = torch.std_mean(images)
    assert average.abs() < 1e-4
    assert std.item() == pytest.approx(1, abs=1e-4)
    raw = DATA[data]("train")[0]
    std, average = torch.std_mean(raw)
    torch.testing.assert_close(setup["test_loader"].dataset.tensors[0],
                               (DATA[data]("test")[0] - average) / std)


def test_the_schedule_ends_with_the_last_batch_and_the_seed_sets_the_order():
    first, second = (make_run("MLP", "digits", 0.1, seed) for seed in (0, 1))
    steps = first["optimizer"].scheduler.total_steps
    assert steps == NUM_EPOCHS * len(first["train_loader"])
    batches = [next(iter(setup["train_loader"]))[1] for setup in (first, second)]
    assert not torch.equal(*batches)
    assert "test_loader" not in first


def test_the_best_rate_has_the_highest_accuracy_then_the_lowest_loss(monkeypatch):
    def row(lr, accuracy, loss, error=None):
        history = [{"val_accuracy": accuracy, "val_loss": loss}]
        return GridRow({"lr": lr}, history, None, error, 1.0, "")

    rows = [row(1, 0.8, 0.1), row(2, 0.9, 0.6), row(3, 0.9, 0.5), row(4, 0.99, 0.1, "not finite")]
    monkeypatch.setattr(comparison_rates, "rate_rows", lambda network, data: rows)
    assert best_rate("MLP", "digits") == 3
