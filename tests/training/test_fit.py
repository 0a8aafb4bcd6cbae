"""`fit` against the loop written out; what it leaves as it found it; what it refuses."""

import copy
from typing import NamedTuple

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR
from torch.utils.data import DataLoader, TensorDataset

from lib.training.fit import Loss, evaluate, fit, mixed_precision, move_to, supervised
from lib.training.metrics import Accuracy
from lib.training.update import Update

cross_entropy = nn.functional.cross_entropy
objective = supervised(cross_entropy)


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
    )
    assert history == expected
    assert same(model.state_dict(), twin.state_dict())


def test_any_loss_will_do_and_without_a_validation_set(run):
    inputs = torch.linspace(-1, 1, 11)[:, None]  # (11,) -> (11, 1)
    model = nn.Linear(1, 1)
    loader = DataLoader(TensorDataset(inputs, 3 * inputs + 2), batch_size=4)
    absolute = supervised(nn.L1Loss())
    history = run(model, loader, 200, objective=absolute, optimizer=sgd(model, lr=0.01))
    assert set(history[-1]) == {"epoch", "lr", "train_loss"}
    assert history[-1]["train_loss"] < 0.1 < history[0]["train_loss"]


def test_a_plain_list_is_a_loader(model, run):
    batch = (torch.ones(2, 5), torch.tensor([0, 1]))
    assert len(run(model, [batch, batch], num_epochs=3)) == 3


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


def test_reduce_on_plateau_gets_what_it_monitors(model, loader, run):
    optimizer = sgd(model)
    plateau = ReduceLROnPlateau(optimizer, patience=0, threshold=10.0)  # never good enough
    seen = []
    step, plateau.step = plateau.step, lambda value: seen.append(value) or step(value)
    more = {"val_loader": loader, "metrics": {"accuracy": Accuracy()}, "optimizer": optimizer}
    history = run(model, loader, 3, scheduler=plateau, monitor="val_accuracy", **more)
    assert seen == [record["val_accuracy"] for record in history]
    assert [record["lr"] for record in history] == pytest.approx([0.1, 0.01, 0.001])


@pytest.mark.parametrize("monitor", [None, "val_loss", "accuracy"])
def test_reduce_on_plateau_needs_something_that_is_recorded(model, loader, run, monitor):
    optimizer = sgd(model)
    plateau = ReduceLROnPlateau(optimizer)
    with pytest.raises(ValueError, match=rf"one of \['train_loss'\], got {monitor!r}"):
        run(model, loader, optimizer=optimizer, scheduler=plateau, monitor=monitor)
    with pytest.raises(ValueError, match="monitor is for ReduceLROnPlateau, got StepLR"):
        run(model, loader, scheduler=StepLR(optimizer, 1), monitor="train_loss")
    twice = Update(optimizer, scheduler=StepLR(optimizer, 1))
    with pytest.raises(ValueError, match="must go to fit or to Update, not one to each"):
        run(model, loader, optimizer=twice, scheduler=StepLR(optimizer, 1))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_model_on_the_gpu_learns_from_a_loader_on_the_cpu(model, loader, run):
    model.cuda()
    metrics = {"accuracy": Accuracy()}
    history = run(model, loader, num_epochs=30, val_loader=loader, metrics=metrics)
    assert history[-1]["val_loss"] < history[0]["val_loss"]
    assert next(model.parameters()).is_cuda


def modes(model):
    return [module.training for module in model.modules()]


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_found_is_the_mode_left(model, loader, training, run):
    model.train(training)
    during = []
    model[3].register_forward_hook(lambda module, *_: during.append(module.training))
    run(model, loader, num_epochs=1, val_loader=loader)
    assert during == [True] * 3 + [False] * 3
    assert modes(model) == [training] * 6


def test_a_frozen_batch_norm_stays_frozen(model, loader, run):
    model[1].eval()
    before = model[1].running_mean.clone()
    found = modes(model)
    run(model, loader, val_loader=loader)
    assert modes(model) == found == [True, True, False, True, True, True]
    assert torch.equal(model[1].running_mean, before)


def test_modes_come_back_after_an_error(model, loader, run):
    model[1].eval()
    found = modes(model)
    broken = [(torch.ones(2, 5), torch.tensor([0, 7]))]  # there is no class 7
    for call in (
        lambda: run(model, broken),
        lambda: evaluate(model, broken, objective),
    ):
        with pytest.raises(IndexError):
            call()
        assert modes(model) == found


def test_evaluate_keeps_no_gradient_and_changes_nothing(model, loader, same):
    before = copy.deepcopy(model)
    outputs = []
    model.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    accuracy = Accuracy()
    accuracy.update(torch.eye(3), torch.tensor([2, 2, 0]))  # of an earlier use: all wrong
    measured = evaluate(model, loader, objective, metrics={"accuracy": accuracy})
    assert not any(output.requires_grad for output in outputs)
    assert same(model.state_dict(), before.state_dict())
    again = evaluate(model, loader, objective, metrics={"accuracy": accuracy})
    assert measured == again  # dropout is off, and the metric starts at nothing each time


def test_evaluate_measures_a_model_without_parameters(loader):
    mean_square = supervised(lambda outputs, targets: outputs.square().mean())
    assert evaluate(nn.ReLU(), loader, mean_square)["loss"] > 0


class Recorder:
    """A leaf of a batch that notes where it is sent."""

    def __init__(self, log):
        self.log = log

    def to(self, device):
        self.log.append(str(device))
        return torch.ones(2)


class Pair(NamedTuple):
    left: object
    right: object


def test_all_of_a_batch_is_moved_and_keeps_its_form():
    log = []
    leaf = Recorder(log)
    batch = {"pair": Pair(leaf, [leaf, (leaf, "text", 3, None)]), "x": torch.zeros(1)}
    moved = move_to(batch, "meta")
    assert log == ["meta"] * 3
    assert moved["x"].device.type == "meta"
    assert batch["x"].device.type == "cpu"
    assert type(moved["pair"]) is Pair
    assert type(moved["pair"].right) is list
    assert moved["pair"].right[1][1:] == ("text", 3, None)


def test_batches_go_to_the_model(model, run):
    log = []

    def of_anything(model, batch):
        return model(torch.ones(2, 5)).mean(), 2

    run(model, [[Recorder(log)]], num_epochs=1, objective=of_anything, val_loader=[Recorder(log)])
    assert log == ["cpu"] * 2


def test_the_count_of_supervised_is_what_the_loss_averages_over():
    logits = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0))  # (B, C, T)
    targets = torch.tensor([[0, 1, 2, 7, 7], [1, 7, 7, 7, 7]])
    kept = supervised(nn.CrossEntropyLoss(ignore_index=7))(nn.Identity(), (logits, targets))
    total = nn.CrossEntropyLoss(ignore_index=7, reduction="sum")(logits, targets)
    assert kept.value * kept.count == pytest.approx(total.item())
    assert supervised(nn.MSELoss())(nn.Identity(), (logits, logits)).count == 2
    fixed = supervised(nn.MSELoss(), count_fn=lambda targets: targets.numel())
    assert fixed(nn.Identity(), (logits, logits)).count == 30


@pytest.mark.parametrize("reduction", ["none", "sum"])
def test_a_loss_that_is_no_mean_is_refused(reduction):
    with pytest.raises(ValueError, match=f"must return a mean, got reduction='{reduction}'"):
        supervised(nn.CrossEntropyLoss(reduction=reduction))


def test_metrics_need_outputs(model, loader):
    def loss_alone(model, batch):
        return Loss(*objective(model, batch)[:2])

    with pytest.raises(ValueError, match=r"metrics need Loss\(value, count, outputs, targets\)"):
        evaluate(model, loader, loss_alone, metrics={"accuracy": Accuracy()})
    assert evaluate(model, loader, loss_alone) == evaluate(model, loader, objective)


def test_mixed_precision_computes_in_the_other_dtype_and_keeps_the_weights(model, loader):
    seen = []
    model[0].register_forward_hook(lambda module, _, output: seen.append(output.dtype))
    exact = evaluate(model, loader, objective)["loss"]
    rounded = evaluate(model, loader, mixed_precision(objective, torch.bfloat16))["loss"]
    assert seen == [torch.float32] * 3 + [torch.bfloat16] * 3
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=0.02)
    low = mixed_precision(objective, torch.bfloat16)
    history = fit(model, loader, low, optimizer=sgd(model), num_epochs=20)
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
