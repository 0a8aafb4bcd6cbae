"""Checkpoints: what goes in comes out, on any device; a save that fails leaves the old file."""

import math
import os
import resource

import numpy as np
import pytest
import torch
from torch import nn

from lib.training.checkpoint import (
    CheckpointError,
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)


def test_everything_comes_back(path, saved, same, make_parts):
    parts = make_parts(seed=2)
    assert not any(map(same, parts.state(), saved))
    assert load_checkpoint(path, **vars(parts)) == [{"epoch": 1, "train_loss": 0.5}]
    assert same(parts.state(), saved)


def test_a_model_alone_gets_its_weights_and_no_generator_moves(path, saved, same, make_parts):
    parts = make_parts(seed=2)
    before = parts.state()
    assert load_checkpoint(path, model=parts.model) == [{"epoch": 1, "train_loss": 0.5}]
    assert same(parts.state(), saved[:1] + before[1:])


def test_later_steps_do_not_reach_into_the_file_or_the_loaded_history(
    path, saved, same, make_parts
):
    parts = make_parts(seed=1)
    load_checkpoint(path, **vars(parts)).append("another epoch")
    with torch.no_grad():
        parts.model[0].weight.zero_()
    assert load_checkpoint(path, **vars(parts)) == [{"epoch": 1, "train_loss": 0.5}]
    assert same(parts.state(), saved)


def test_metadata_is_kept(path):
    history = [{"epoch": 1, "val_loss": math.inf, "val_accuracy": 0.1 + 0.2}]
    save_checkpoint(path, model=nn.Linear(1, 1), history=history, metadata={"batch_size": 64})
    content = read_checkpoint(path)
    assert content["metadata"] == {"batch_size": 64}
    assert content["history"] == history


def test_what_could_not_be_read_back_does_not_replace_the_old_file(path, saved):
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=r"holds tensors, numbers, .*numpy"):
        save_checkpoint(path, model=nn.Linear(1, 1), history=[{"val_loss": np.float64(0.5)}])
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_old_checkpoint(path, saved, make_parts):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))  # no file may be longer
    try:
        with pytest.raises(OSError, match=r"checkpoint not saved: .*last.pt"):
            save_checkpoint(path, model=nn.Linear(100, 100))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(path.parent) == ["last.pt"]
    load_checkpoint(path, **vars(make_parts(seed=2)))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match=r"checkpoint not saved: .*file/last.pt"):
        save_checkpoint(tmp_path / "file" / "last.pt", model=nn.Linear(1, 1))


def test_a_file_written_on_a_gpu_loads_without_one(path, monkeypatch, same, make_parts):
    parts = make_parts(seed=1)
    with monkeypatch.context() as patch:  # the file says of each tensor that it was on a GPU
        patch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
        save_checkpoint(path, **vars(parts))
    assert b"cuda:0" in path.read_bytes()
    expected = parts.state()
    parts = make_parts(seed=2)
    load_checkpoint(path, **vars(parts))
    assert same(parts.state(), expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize(("there", "here"), [("cuda", "cpu"), ("cpu", "cuda"), ("cuda", "cuda")])
def test_a_run_moves_between_devices(path, there, here):
    model = nn.Linear(5, 3, device=there)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(2, 5, device=there)).sum().backward()
    optimizer.step()
    save_checkpoint(path, model=model, optimizer=optimizer)
    other = nn.Linear(5, 3, device=here)
    other_optimizer = torch.optim.Adam(other.parameters())
    load_checkpoint(path, model=other, optimizer=other_optimizer)
    assert torch.equal(other.weight.cpu(), model.weight.cpu())
    moment = other_optimizer.state[other.weight]["exp_avg"]
    assert moment.device.type == here
    assert torch.equal(moment.cpu(), optimizer.state[model.weight]["exp_avg"].cpu())
