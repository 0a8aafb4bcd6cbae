"""Errors in a run: where it stood, and what was not finite first."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lib.training.errors import check_loss, named_tensors
from lib.training.fit import evaluate, fit, supervised

NAN, INF = math.nan, math.inf
objective = supervised(nn.functional.cross_entropy)


def notes(error):
    return "; ".join(getattr(error, "__notes__", []))


def loader_of(inputs, targets, batch_size=5, **options):
    return DataLoader(TensorDataset(inputs, targets), batch_size, **options)


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(13, 5, generator=generator)
    return inputs, torch.randint(3, (13,), generator=generator)


def test_an_error_in_the_loss_keeps_its_type_and_says_where(model, data, run):
    inputs, targets = data
    targets[7] = 99  # there is no class 99
    with pytest.raises(IndexError, match="Target 99 is out of bounds") as caught:
        run(model, loader_of(inputs, targets))
    assert notes(caught.value) == "in training batch 2; in epoch 1"
    with pytest.raises(IndexError) as caught:
        evaluate(model, loader_of(inputs, targets), objective)
    assert notes(caught.value) == "in evaluation batch 2"


def test_an_error_in_the_loader_belongs_to_the_batch_it_was_making(model, data, run):
    inputs, targets = data
    reads = iter(range(1000))

    class Broken(TensorDataset):
        def __getitem__(self, index):
            if next(reads) == 13 + 10:
                raise OSError("the picture cannot be read")
            return super().__getitem__(index)

    with pytest.raises(OSError, match="cannot be read") as caught:
        run(model, DataLoader(Broken(inputs, targets), 5))
    assert notes(caught.value) == "in training batch 3; in epoch 2"


def test_an_error_in_a_callback_has_its_epoch(model, loader, run):
    with pytest.raises(ZeroDivisionError) as caught:
        run(model, loader, callbacks=[lambda history: 0 / (2 - len(history))])
    assert notes(caught.value) == "in epoch 2"


def test_an_interrupt_is_left_alone(model, run):
    def interrupted():
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt) as caught:
        run(model, interrupted())
    assert notes(caught.value) == ""


def test_batch_norm_and_one_example_left_over(model, data, run):
    inputs, targets = data
    rest = inputs[:11], targets[:11]
    with pytest.raises(ValueError, match="more than 1 value per channel") as caught:
        run(model, loader_of(*rest))
    assert notes(caught.value).count("drop_last=True") == 1
    assert notes(caught.value).endswith("in training batch 3; in epoch 1")
    run(model, loader_of(*rest, drop_last=True))


def test_an_empty_loader_is_an_error(model, data, run):
    for loader in ([], loader_of(*data, batch_size=20, drop_last=True)):
        with pytest.raises(ValueError, match=r"the loader gave no batch: .* drop_last=True"):
            run(model, loader)
        with pytest.raises(ValueError, match="the loader gave no batch"):
            evaluate(model, loader, objective)
    batches = (batch for batch in loader_of(*data))
    with pytest.raises(ValueError, match="a generator that was read to its end") as caught:
        run(model, batches)
    assert notes(caught.value).endswith("in epoch 2")


@pytest.mark.parametrize("value", [NAN, INF])
def test_inputs_that_are_not_finite_are_named_in_training_and_validation(model, data, run, value):
    inputs, targets = data
    good = loader_of(inputs.clone(), targets)
    inputs[7, 3] = value
    model[1] = nn.Identity()  # batch norm would learn it before the loss is known
    message = rf"got (nan|inf): batch\[0\] holds {value} at \[2, 3\] \(1 of 25 numbers\); repair"
    with pytest.raises(ValueError, match=message) as caught:
        run(model, loader_of(inputs, targets))
    assert notes(caught.value) == "in training batch 2; in epoch 1"
    with pytest.raises(ValueError, match=message) as caught:
        run(model, good, val_loader=loader_of(inputs, targets))
    assert notes(caught.value) == "in evaluation batch 2; in epoch 1"


def test_batch_norm_that_learnt_a_nan_does_not_hide_the_input_that_brought_it(model, data, run):
    inputs, targets = data
    inputs[0, 0] = NAN
    with pytest.raises(ValueError, match=r"batch\[0\] holds nan"):
        run(model, loader_of(inputs, targets))
    with pytest.raises(ValueError, match=r"the batch is finite, but the model's 1.running_mean"):
        evaluate(model, loader_of(inputs[5:], targets[5:]), objective)


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_a_loss_that_is_not_finite_spares_the_weights(data, run, value, same):
    model = nn.Linear(5, 3)
    losses = iter([1.0] * 4 + [value])
    states = []

    def broken(outputs, targets):
        states.append(copy.deepcopy(model.state_dict()))
        return nn.functional.cross_entropy(outputs, targets) * next(losses)

    message = rf"loss must be finite, got {value}: the batch and .* are finite.* log\(0\) or 0/0"
    with pytest.raises(ValueError, match=message) as caught:
        run(model, loader_of(*data), num_epochs=3, objective=supervised(broken))
    assert notes(caught.value) == "in training batch 2; in epoch 2"
    assert same(model.state_dict(), states[-1])


def test_weights_that_are_not_finite_are_named(data, run):
    model = nn.Linear(5, 3)
    model.bias.data[1] = NAN
    message = r"the model's bias holds nan at \[1\] \(1 of 3 .*from a file.* try a smaller lr"
    with pytest.raises(ValueError, match=message):
        run(model, loader_of(*data))


def test_a_step_that_is_too_large_is_told_by_the_weights_or_their_gradient(data, run):
    model = nn.Linear(5, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e30)
    square = supervised(lambda outputs, targets: (outputs.squeeze(1) - targets).square().mean())
    with pytest.raises(ValueError, match=r"must be finite.* smaller lr"):
        run(model, loader_of(*data), objective=square, optimizer=optimizer, num_epochs=20)
    assert all(parameter.isfinite().all() for parameter in model.parameters())


def test_a_gradient_that_is_not_finite_is_named_and_spares_the_weights(data, run, same):
    model = nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 1))
    before = copy.deepcopy(model.state_dict())

    def root_of_zero(model, batch):
        return (model(batch[0]) * 0).square().sum().sqrt(), 5

    message = r"gradient must be finite, but that of 0.weight holds nan .* division at 0"
    with pytest.raises(ValueError, match=message) as caught:
        run(model, loader_of(*data), objective=root_of_zero)
    assert notes(caught.value) == "in training batch 1; in epoch 1"
    assert same(model.state_dict(), before)


def test_masks_of_minus_infinity_are_not_blamed_before_the_model():
    model = nn.Linear(2, 2)
    model.register_buffer("mask", torch.tensor([0.0, -INF]))
    batch = {"mask": torch.tensor([-INF, 0.0]), "tokens": torch.tensor([1, 2])}
    loss = torch.tensor(NAN)
    with pytest.raises(ValueError, match=r"batch\['mask'\] holds -inf .*unless it is a mask"):
        check_loss(loss, 1, model, batch)
    model.weight.data[0, 1] = INF
    with pytest.raises(ValueError, match=r"the model's weight holds inf at \[0, 1\]"):
        check_loss(loss, 1, model, batch)
    batch["values"] = torch.tensor([[1.0, INF]])
    with pytest.raises(ValueError, match=r"batch\['values'\] holds inf at \[0, 1\]"):
        check_loss(loss, 1, model, batch)


def test_the_fields_of_a_batch_are_named_by_how_to_reach_them():
    pair = torch.nn.utils.rnn.pack_sequence([torch.ones(2), torch.ones(1)])
    batch = [torch.ones(1), {"a": (torch.zeros(1), "text")}, pair]
    names = [name for name, _ in named_tensors(batch)]
    assert names == ["batch[0]", "batch[1]['a'][0]", "batch[2].data", "batch[2].batch_sizes"]
    for name, tensor in named_tensors(batch):
        assert eval(name, {"batch": batch}) is tensor


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        (torch.tensor(1.0), TypeError, "objective must return a loss and its count, got Tensor"),
        (None, TypeError, "a loss and its count, got NoneType alone"),
        ((torch.ones(5), 5), ValueError, r"the loss must be one number, a mean, got shape \(5,\)"),
        ((0.5, 5), TypeError, "the loss must be a tensor, got float"),
        ((torch.tensor(NAN), torch.tensor(0)), ValueError, "mean of something, got count 0"),
        ((torch.tensor(1.0), NAN), ValueError, "mean of something, got count nan"),
    ],
)
def test_what_an_objective_returns_is_checked(model, loader, result, error, message):
    for call in (
        lambda: evaluate(model, loader, lambda model, batch: result),
        lambda: fit(
            model,
            loader,
            lambda model, batch: result,
            optimizer=torch.optim.SGD(model.parameters()),
            num_epochs=1,
        ),
    ):
        with pytest.raises(error, match=message):
            call()
