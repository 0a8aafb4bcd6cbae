"""Damaged, foreign, too new or hostile files: a clear error, nothing changed, nothing run."""

import os
import pickle
import random
import zipfile

import pytest
import torch
from torch import nn

from lib.training.checkpoint import FORMAT, CheckpointError, load_checkpoint, read_checkpoint


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


def test_a_file_of_the_future_says_so(path, saved, make_parts):
    torch.save(read_checkpoint(path) | {"format": FORMAT + 1}, path)
    with pytest.raises(
        CheckpointError, match=f"newer version: format {FORMAT + 1}, known {FORMAT}"
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
