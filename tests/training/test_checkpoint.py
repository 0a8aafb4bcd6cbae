"""Checkpoints: what goes in comes out; damage is found, no code runs; the best is kept."""

import math
import os
import pickle
import random
import resource
import zipfile

import numpy as np
import pytest
import torch
from torch import nn

from lib.training.checkpoint import (
    FORMAT,
    CheckpointError,
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
    save_last_and_best,
)

NAN, INF = math.nan, math.inf


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


def test_a_truncated_file_is_damaged(path, saved, same, make_parts):
    data = path.read_bytes()
    parts = make_parts(seed=2)
    before = parts.state()
    for length in [*range(0, len(data), 4999), len(data) - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(CheckpointError, match=r"last.pt is damaged or no checkpoint: "):
            load_checkpoint(path, **vars(parts))
    assert same(parts.state(), before)


def test_a_flipped_bit_is_found(path, saved, same, make_parts):
    data = path.read_bytes()
    parts = make_parts(seed=2)
    before = parts.state()
    bits = random.Random(0)
    for position in range(0, len(data), 1009):
        damaged = bytearray(data)
        damaged[position] ^= 1 << bits.randrange(8)
        path.write_bytes(damaged)
        try:
            load_checkpoint(path, **vars(parts))
        except CheckpointError:
            assert same(parts.state(), before)
        else:  # in a part of the file that means nothing, such as its dates
            assert same(parts.state(), saved)
            parts = make_parts(seed=2)


def test_a_damaged_number_is_named(path, saved, make_parts):
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/data/0"))
        weight = archive.read(name)
    data = path.read_bytes()
    assert data.count(weight) == 1
    path.write_bytes(data.replace(weight, bytes([weight[0] ^ 1]) + weight[1:]))
    with pytest.raises(CheckpointError, match=rf"last.pt is damaged: wrong checksum of {name}"):
        load_checkpoint(path, model=make_parts(seed=2).model)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.pt"):
        load_checkpoint(tmp_path / "none.pt", model=nn.Linear(1, 1))


@pytest.mark.parametrize("content", [{"weight": torch.ones(1)}, [1], torch.ones(2)])
def test_other_files_of_torch_are_no_checkpoints(path, saved, content):
    torch.save(content, path)
    with pytest.raises(CheckpointError, match="was not written by save_checkpoint"):
        load_checkpoint(path, model=nn.Linear(1, 1))


def test_a_file_of_another_format_says_so(path, saved, make_parts):
    torch.save(read_checkpoint(path) | {"format": FORMAT + 1}, path)
    with pytest.raises(
        CheckpointError, match=f"another version: format {FORMAT + 1}, known {FORMAT}"
    ):
        load_checkpoint(path, model=make_parts(seed=2).model)


class Payload:
    """Runs a command in any unpickler that trusts it."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("save", ["zip", "pickle"])
def test_no_code_in_the_file_runs(path, saved, save, tmp_path, make_parts):
    marker = tmp_path / "marker"
    content = read_checkpoint(path) | {"metadata": Payload(f"echo run > {marker}")}
    if save == "zip":
        torch.save(content, path)
        message = r"holds tensors, .*, but .*last.pt holds posix.system"
    else:
        path.write_bytes(pickle.dumps(content["metadata"]))
        message = "no checkpoint"
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path, **vars(make_parts(seed=2)))
    assert not marker.exists()
    if save == "zip":  # the payload does work where the file is trusted
        torch.load(path, weights_only=False)
        assert marker.exists()


def best_epochs(folder, values, mode="min"):
    """The epoch in best.pt after each epoch, "-" where there is no file."""
    model = nn.Linear(1, 1)
    save = save_last_and_best(folder, model=model, mode=mode)
    epochs = []
    for number in range(1, len(values) + 1):
        save([{"epoch": i + 1, "val_loss": values[i]} for i in range(number)])
        assert len(read_checkpoint(folder / "last.pt")["history"]) == number
        best = folder / "best.pt"
        epochs.append(len(read_checkpoint(best)["history"]) if best.exists() else "-")
    return epochs


@pytest.mark.parametrize(
    ("values", "mode", "expected"),
    [
        ([3.0, 2.0, 2.5, 1.0], "min", [1, 2, 2, 4]),
        ([3.0, 2.0, 2.5, 4.0], "max", [1, 1, 1, 4]),
        ([2.0, 2.0, 1.0, 1.0], "min", [1, 1, 3, 3]),  # the first of equals
        ([NAN, 2.0, NAN, 1.0], "min", ["-", 2, 2, 4]),
        ([NAN, 2.0, NAN, 1.0], "max", ["-", 2, 2, 2]),
        ([INF, INF, 1.0], "min", [1, 1, 3]),
        ([-INF, 5.0], "max", [1, 2]),
    ],
)
def test_best_is_the_best_so_far(tmp_path, values, mode, expected):
    assert best_epochs(tmp_path, values, mode) == expected


def test_best_is_written_before_last(tmp_path, monkeypatch):
    """Killed between the two, the epoch is repeated; the other way round, best.pt would be lost."""
    written = []
    monkeypatch.setattr(
        "lib.training.checkpoint.save_checkpoint", lambda path, **parts: written.append(path.name)
    )
    save_last_and_best(tmp_path, model=nn.Linear(1, 1))([{"epoch": 1, "val_loss": 1.0}])
    assert written == ["best.pt", "last.pt"]


def test_mode_and_monitor_are_checked(tmp_path):
    with pytest.raises(ValueError, match="mode must be 'min' or 'max', got 'least'"):
        save_last_and_best(tmp_path, model=nn.Linear(1, 1), mode="least")
    save = save_last_and_best(tmp_path, model=nn.Linear(1, 1), monitor="val_acc")
    with pytest.raises(ValueError, match=r"monitor must be one of \['epoch', 'val_loss'\], got"):
        save([{"epoch": 1, "val_loss": 1.0}])
    assert not list(tmp_path.iterdir())
