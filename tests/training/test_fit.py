"""`fit` against the loop written out by hand: steps, clipping, schedule, callbacks, history."""

import copy

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR
from torch.utils.data import DataLoader, TensorDataset

from lib.training.fit import train_epoch
from lib.training.metrics import Accuracy

cross_entropy = nn.functional.cross_entropy


def sgd(model, lr=0.1):
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)


def written_out_loop(model, loader, num_epochs):
    """What `fit` has to do, by hand; returns its history."""
    optimizer = sgd(model)
    scheduler = StepLR(optimizer, step_size=1, gamma=0.5)
    history = []
    for epoch in range(1, num_epochs + 1):
        model.train()
        total = 0.0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = cross_entropy(model(inputs), targets)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.7)
            optimizer.step()
            total += loss.item() * len(targets)
        model.eval()
        with torch.no_grad():
            logits, targets = zip(*((model(x), y) for x, y in loader), strict=True)
        logits, targets = torch.cat(logits), torch.cat(targets)
        history.append(
            {
                "epoch": epoch,
                "lr": pytest.approx(0.1 * 0.5 ** (epoch - 1)),
                "train_loss": pytest.approx(total / 13),
                "val_loss": pytest.approx(cross_entropy(logits, targets).item()),
                "val_accuracy": pytest.approx((logits.argmax(1) == targets).double().mean().item()),
            }
        )
        scheduler.step()
    return history


def test_fit_does_what_the_written_out_loop_does(model, loader, run, same):
    twin = copy.deepcopy(model)
    torch.manual_seed(2)
    expected = written_out_loop(twin, loader, num_epochs=3)
    optimizer = sgd(model)
    torch.manual_seed(2)
    history = run(
        model,
        loader,
        num_epochs=3,
        optimizer=optimizer,
        val_loader=loader,
        metrics={"accuracy": Accuracy()},
        scheduler=StepLR(optimizer, step_size=1, gamma=0.5),
        max_norm=0.7,
    )
    assert history == expected
    assert same(model.state_dict(), twin.state_dict())


def test_any_loss_will_do_and_without_a_validation_set(run):
    inputs = torch.linspace(-1, 1, 11)[:, None]  # (11,) -> (11, 1)
    model = nn.Linear(1, 1)
    loader = DataLoader(TensorDataset(inputs, 3 * inputs + 2), batch_size=4)
    history = run(model, loader, 200, loss_fn=nn.L1Loss(), optimizer=sgd(model, lr=0.01))
    assert set(history[-1]) == {"epoch", "lr", "train_loss"}
    assert history[-1]["train_loss"] < 0.1 < history[0]["train_loss"]


def test_a_plain_list_is_a_loader(model, run):
    batch = (torch.ones(2, 5), torch.tensor([0, 1]))
    assert len(run(model, [batch, batch], num_epochs=3)) == 3


@pytest.mark.parametrize("max_norm", [1e-2, 1e6])
def test_the_whole_gradient_is_clipped_to_its_length(loader, max_norm):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 7), nn.Linear(7, 3))
    before = nn.utils.parameters_to_vector(model.parameters()).detach()
    inputs, targets = next(iter(loader))
    cross_entropy(model(inputs), targets).backward()
    gradient = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
    length = gradient.norm().item()
    assert 1e-2 < length < 1e6
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)  # one step is minus the gradient
    train_epoch(model, [(inputs, targets)], cross_entropy, optimizer, max_norm=max_norm)
    step = before - nn.utils.parameters_to_vector(model.parameters()).detach()
    torch.testing.assert_close(step, gradient * min(1, max_norm / length), rtol=1e-3, atol=1e-6)


def test_history_goes_on_where_it_stood(model, loader, run, same):
    first = run(model, loader, num_epochs=2)
    given = copy.deepcopy(first)
    whole = run(model, loader, num_epochs=5, history=first)
    assert [record["epoch"] for record in whole] == [1, 2, 3, 4, 5]
    assert whole[:2] == given == first  # the argument is not changed
    state = copy.deepcopy(model)
    assert run(model, loader, num_epochs=2, history=whole) == whole
    assert same(model.state_dict(), state.state_dict())


def test_callbacks_see_each_epoch_and_one_true_ends_it_after_all_were_called(model, loader, run):
    seen = []
    callbacks = [lambda history: len(history) == 3, lambda history: seen.append(len(history))]
    assert len(run(model, loader, num_epochs=9, callbacks=callbacks)) == 3
    assert seen == [1, 2, 3]


def test_the_scheduler_has_stepped_when_a_callback_saves(model, loader, run):
    optimizer = sgd(model)
    rates = []
    history = run(
        model,
        loader,
        optimizer=optimizer,
        scheduler=StepLR(optimizer, step_size=1, gamma=0.1),
        callbacks=[lambda history: rates.append(optimizer.param_groups[0]["lr"])],
    )
    assert rates == pytest.approx([0.01, 0.001])
    assert [record["lr"] for record in history] == pytest.approx([0.1, 0.01])


def test_reduce_on_plateau_is_refused_and_works_as_a_callback(model, loader, run):
    optimizer = sgd(model)
    plateau = ReduceLROnPlateau(optimizer, patience=0, threshold=10.0)  # never good enough
    with pytest.raises(TypeError, match=r"scheduler .* got ReduceLROnPlateau: use a callback"):
        run(model, loader, optimizer=optimizer, scheduler=plateau)
    history = run(
        model,
        loader,
        num_epochs=3,
        optimizer=optimizer,
        val_loader=loader,
        callbacks=[lambda history: plateau.step(history[-1]["val_loss"])],
    )
    assert [record["lr"] for record in history] == pytest.approx([0.1, 0.01, 0.001])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_model_on_the_gpu_learns_from_a_loader_on_the_cpu(model, loader, run):
    model.cuda()
    metrics = {"accuracy": Accuracy()}
    history = run(model, loader, num_epochs=30, val_loader=loader, metrics=metrics)
    assert history[-1]["val_loss"] < history[0]["val_loss"]
    assert next(model.parameters()).is_cuda
