"""A checkpoint of another model or optimizer: every difference is named, nothing is changed."""

import copy

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR

from lib.core.seed import random_state
from lib.training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint


def test_a_checkpoint_of_another_model_names_every_difference(path, saved, same, make_parts):
    parts = make_parts(seed=2, hidden=8)
    parts.model[2] = nn.Sequential(nn.Linear(8, 3))
    before = parts.state()
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, **vars(parts))
    message = str(caught.value)
    assert str(path) in message
    assert "2 in the model, not in the file: 2.0.weight; 2.0.bias" in message
    assert "2 in the file, not in the model: 2.weight; 2.bias" in message
    assert "0.weight (7, 5) in the file, (8, 5) in the model" in message
    assert "1.running_mean (7,) in the file, (8,) in the model" in message
    assert same(parts.state(), before)


def test_long_lists_of_differences_are_cut(path, saved):
    deep = nn.Sequential(*(nn.Linear(5, 5) for _ in range(30)))
    message = r"54 in the model.*: 3.weight(; \S+){9} and 44 more\n"
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path, model=deep)


def sgd(parts):
    parts.optimizer = torch.optim.SGD(parts.model.parameters(), lr=0.1)


def two_groups(parts):
    groups = [{"params": layer.parameters()} for layer in (parts.model[0], parts.model[1:])]
    parts.optimizer = torch.optim.Adam(groups)


def fewer(parts):
    parts.optimizer = torch.optim.Adam(parts.model[1:].parameters())


def other_order(parts):
    parts.optimizer = torch.optim.Adam([*parts.model.parameters()][::-1])


def of_another_model(parts):
    parts.optimizer = torch.optim.Adam(copy.deepcopy(parts.model).parameters())


def cosine(parts):
    parts.scheduler = CosineAnnealingLR(parts.optimizer, T_max=5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (sgd, "optimizer: Adam in the file, SGD given"),
        (two_groups, r"optimizer: 1 parameter group\(s\) in the file, 2 given"),
        (fewer, r"4 in the optimizer's parameter group 0: 1.weight; 1.bias; 2.weight; 2.bias"),
        (other_order, r"6 in the file's parameter group 0: 0.weight; .*\n.* group 0: 2.bias"),
        (of_another_model, "6 in the optimizer's parameter group 0: not in the model"),
        (cosine, "scheduler: StepLR in the file, CosineAnnealingLR given"),
        (lambda parts: setattr(parts, "scheduler", None), "scheduler: StepLR in the file, none"),
        (lambda parts: setattr(parts, "optimizer", None), "optimizer: Adam in the file, none"),
        (lambda parts: setattr(parts, "generator", None), "generator: on cpu in the file, none"),
        (lambda parts: setattr(parts, "scaler", None), "scaler: GradScaler in the file, none"),
    ],
)
def test_other_parts_are_named_and_nothing_is_half_loaded(
    path, saved, change, message, same, make_parts
):
    parts = make_parts(seed=2)
    unchanged = make_parts(seed=2)  # keeps its hands on what `change` replaces
    change(parts)
    before = [parts.model.state_dict(), random_state()]
    given = [part for part in (parts.optimizer, parts.scheduler) if part is not None]
    before = copy.deepcopy([before, [part.state_dict() for part in given]])
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path, **vars(parts))
    after = [parts.model.state_dict(), random_state()], [part.state_dict() for part in given]
    assert same(list(after), before)
    if parts.generator is not None:
        assert torch.equal(parts.generator.get_state(), unchanged.generator.get_state())


def test_parts_that_the_file_does_not_have_are_named(path, same, make_parts):
    parts = make_parts(seed=1)
    save_checkpoint(path, model=parts.model)
    before = parts.state()
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, **vars(parts))
    names = ("optimizer", "scheduler", "generator", "scaler")
    for line in (f"{name}: none in the file" for name in names):
        assert line in str(caught.value)
    assert same(parts.state(), before)


@pytest.mark.parametrize(
    ("saved", "given"),
    [("float64", "float32"), ("float32", "float16"), ("bfloat16", "float32")],
)
def test_another_dtype_is_no_silent_conversion(path, saved, given, same):
    def model(dtype):
        return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).to(getattr(torch, dtype))

    save_checkpoint(path, model=model(saved))
    other = model(given)
    before = copy.deepcopy(other.state_dict())
    message = f"6 of another dtype: 0.weight {saved} in the file, {given} in the model; 0.bias"
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path, model=other)
    assert same(other.state_dict(), before)


@pytest.mark.parametrize(("saved", "given"), [(2.7, 2), (2, 2.7), (True, 1)])
def test_buffers_have_their_dtype_too(path, saved, given):
    def model(value):
        model = nn.Linear(2, 3)
        model.register_buffer("steps", torch.tensor(value))
        return model

    dtypes = [str(torch.tensor(value).dtype).removeprefix("torch.") for value in (saved, given)]
    save_checkpoint(path, model=model(saved))
    message = rf"steps {dtypes[0]} in the file, {dtypes[1]} in the model"
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path, model=model(given))
