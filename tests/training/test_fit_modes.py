"""What `fit` and `evaluate` leave as they found it, and what they refuse."""

import copy
import math

import pytest
import torch
from torch import nn

from lib.training.fit import evaluate
from lib.training.metrics import Accuracy

cross_entropy = nn.functional.cross_entropy


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
        lambda: evaluate(model, broken, cross_entropy),
    ):
        with pytest.raises(IndexError):
            call()
        assert modes(model) == found


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_names_the_place_and_spares_the_weights(loader, value, run, same):
    model = nn.Linear(5, 3)
    losses = iter([1.0] * 4 + [value])
    states = []

    def loss_fn(logits, targets):
        states.append(copy.deepcopy(model))
        return cross_entropy(logits, targets) * next(losses)

    with pytest.raises(ValueError, match=rf"loss .* got {value} in epoch 2, batch 2"):
        run(model, loader, num_epochs=3, loss_fn=loss_fn)
    assert same(model.state_dict(), states[-1].state_dict())


def test_a_loss_for_each_example_is_refused(model, loader, run):
    with pytest.raises(ValueError, match=r"loss_fn must return one number, .* got shape \(5,\)"):
        run(model, loader, loss_fn=nn.CrossEntropyLoss(reduction="none"))


@pytest.mark.parametrize("max_norm", [0.0, -1.0, math.nan])
def test_max_norm_must_be_positive(model, loader, max_norm, run):
    with pytest.raises(ValueError, match="max_norm must be positive, got"):
        run(model, loader, max_norm=max_norm)


def test_an_empty_loader_is_an_error(model, run):
    with pytest.raises(ValueError, match="at least one batch, got none"):
        run(model, [])
    with pytest.raises(ValueError, match="at least one batch, got none"):
        evaluate(model, [], cross_entropy)


def test_evaluate_keeps_no_gradient_and_changes_nothing(model, loader, same):
    before = copy.deepcopy(model)
    outputs = []
    model.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    accuracy = Accuracy()
    accuracy.update(torch.eye(3), torch.tensor([2, 2, 0]))  # of an earlier use: all wrong
    measured = evaluate(model, loader, cross_entropy, metrics={"accuracy": accuracy})
    assert not any(output.requires_grad for output in outputs)
    assert same(model.state_dict(), before.state_dict())
    again = evaluate(model, loader, cross_entropy, metrics={"accuracy": accuracy})
    assert measured == again  # dropout is off, and the metric starts at nothing each time


def test_evaluate_measures_a_model_without_parameters(loader):
    def loss_fn(outputs, targets):
        return outputs.square().mean()

    assert evaluate(nn.ReLU(), loader, loss_fn)["loss"] > 0


def test_batches_go_to_the_model(model, loader, run):
    class Recorder:
        """A batch that only notes where it is sent."""

        def __init__(self, tensor, log):
            self.tensor, self.log = tensor, log

        def to(self, device):
            self.log.append(device)
            return self.tensor

        def __len__(self):
            return len(self.tensor)

    log = []
    batch = [tuple(Recorder(tensor, log) for tensor in next(iter(loader)))]
    run(model, batch, num_epochs=1, val_loader=batch)
    assert log == [torch.device("cpu")] * 4
