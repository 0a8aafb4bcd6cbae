"""Partial loading reports each name; migration goes one version at a time."""

import re
from collections import OrderedDict

import pytest
import torch
from torch import nn

from lib.training.saving import load_matching, migrate


def network(num_classes=3, seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(OrderedDict(
        body=nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(7)), head=nn.Linear(7, num_classes)
    ))  # fmt: skip


def copy_of(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def unchanged(model, before):
    return all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


BODY = ["body.0.weight", "body.0.bias", "body.1.weight", "body.1.bias", "body.1.running_mean",
        "body.1.running_var", "body.1.num_batches_tracked"]  # fmt: skip
HEAD = ["head.weight", "head.bias"]


def test_a_whole_state_is_taken():
    model, other = network(seed=0), network(seed=1)
    done = load_matching(model, other.state_dict())
    assert done == ([*BODY, *HEAD], [], [], [], 1.0)
    assert unchanged(model, copy_of(other))


def test_a_fresh_head_stays_and_the_body_is_taken():
    model, other = network(num_classes=11), network(num_classes=3, seed=1)
    head = model.head.weight.detach().clone()
    done = load_matching(model, other.state_dict(), fresh=["head."])
    assert (done.taken, done.missing, done.unexpected, done.misfits) == (BODY, [], [], HEAD)
    assert done.share == pytest.approx(71 / (71 + 88))
    assert torch.equal(model.body[0].weight, other.body[0].weight)
    assert torch.equal(model.head.weight, head)


def test_names_in_the_file_alone_are_reported():
    model, other = network(seed=0), network(seed=1)
    state = {**other.state_dict(), "extra": torch.ones(2)}
    assert load_matching(model, state).unexpected == ["extra"]


def test_missing_names_may_stay_if_they_are_expected():
    model, other = network(seed=0), network(seed=1)
    state = {name: other.state_dict()[name] for name in BODY}
    assert load_matching(model, state, fresh=["head"]).missing == HEAD
    message = r"2 in the model, not in the file: head\.weight; head\.bias"
    with pytest.raises(ValueError, match=message):
        load_matching(model, state)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_floats_are_converted(dtype):
    model, other = network(seed=0), network(seed=1).to(dtype)
    load_matching(model, other.state_dict())
    assert model.head.weight.dtype == torch.float32
    assert torch.equal(model.head.weight, other.head.weight.float())


def test_integers_in_the_place_of_floats_are_refused_and_nothing_changes():
    model = network()
    before, state = copy_of(model), copy_of(network(seed=1))
    state["head.bias"] = torch.tensor([1, 2, 3])
    with pytest.raises(ValueError, match=r"1 of another dtype: head.bias int64 in the file"):
        load_matching(model, state)
    assert unchanged(model, before)


def test_another_shape_is_refused_and_nothing_changes():
    model = network()
    before = copy_of(model)
    message = re.escape("head.weight (4, 7) in the file, (3, 7) in the model")
    with pytest.raises(ValueError, match=message):
        load_matching(model, network(num_classes=4, seed=1).state_dict())
    assert unchanged(model, before)


def test_a_prefix_is_named_from_both_sides():
    state = {f"module.{name}": tensor for name, tensor in network().state_dict().items()}
    message = r"9 in the file, not in the model: module\.body\.0\.weight"
    with pytest.raises(ValueError, match=message):
        load_matching(network(), state)


def test_a_load_that_takes_nothing_is_refused_even_if_all_may_be_fresh():
    with pytest.raises(ValueError, match="nothing would be loaded"):
        load_matching(network(), {"other": torch.ones(1)}, fresh=["body.", "head."])


def test_fresh_must_name_something():
    state = network().state_dict()
    with pytest.raises(ValueError, match=r"fresh: no name in the model begins with 'tail\.'"):
        load_matching(network(), state, fresh=["tail."])
    with pytest.raises(TypeError, match=r"fresh must be a list of prefixes, got the str 'head\.'"):
        load_matching(network(), state, fresh="head.")


def test_tied_weights_stay_tied():
    model = nn.ModuleDict({"a": nn.Linear(3, 3), "b": nn.Linear(3, 3)})
    model["b"].weight = model["a"].weight
    state = copy_of(model)
    load_matching(model, state)
    assert model["a"].weight is model["b"].weight


STEPS = {
    1: lambda old: {"weights": old["w"], "lr": 0.1},
    2: lambda old: {**old, "weights": old["weights"] * 2},
}


def test_migration_takes_each_step_in_order():
    old = {"w": torch.ones(2)}
    new = migrate(old, STEPS, version=3)
    assert new["version"] == 3
    assert new["lr"] == 0.1
    assert new["weights"].tolist() == [2, 2]
    assert list(old) == ["w"]
    assert old["w"].tolist() == [1, 1]


def test_migration_starts_at_the_files_version_and_may_stop_early():
    content = {"version": 2, "weights": 3.0}
    assert migrate(content, STEPS, version=3) == {"version": 3, "weights": 6.0}
    assert migrate(content, STEPS, version=2) == content
    assert migrate({"w": 1.0}, STEPS, version=2) == {"version": 2, "weights": 1.0, "lr": 0.1}


def test_a_step_may_edit_its_mapping():
    content = {"version": 1, "w": 1.0}

    def step(old):
        old["weights"] = old.pop("w")
        return old

    assert migrate(content, {1: step}, version=2) == {"version": 2, "weights": 1.0}
    assert content == {"version": 1, "w": 1.0}


def test_migration_refuses_the_future_and_gaps():
    with pytest.raises(ValueError, match="has version 4, this program knows up to 3: update"):
        migrate({"version": 4}, STEPS, version=3)
    with pytest.raises(ValueError, match="steps must lead from version 2 to 3"):
        migrate({"version": 1, "w": 1.0}, {1: STEPS[1]}, version=3)


def test_what_is_no_tensor_is_named():
    with pytest.raises(TypeError, match="state must hold tensors, got a dict as 'model'"):
        load_matching(nn.Linear(2, 3), {"model": {"weight": torch.zeros(3, 2)}})
