"""A long run is stored whole, and one that was killed goes on as if nothing had happened."""

import json
import signal
import subprocess
import sys
from itertools import count

import pytest
from safetensors.torch import load_file

from lib.core.code_digest import code_digest
from lib.core.files import atomic_write
from lib.training.checkpoint import read_checkpoint
from lib.training.stored_run import file_problems
from pipeline import train as command
from pipeline.chapters import ROOT
from pipeline.train import train
from tests.training.test_long_run import RUN

# A run that stands still in its 26th epoch, as long as it takes until it is killed.
SCRIPT = """\
import sys, threading
from pathlib import Path
from pipeline.train import train
from tests.training.test_long_run import RUN, make_setup

def wait(history):
    if len(history) == 26:
        print("waiting", flush=True)
        threading.Event().wait()

def stopping():
    return make_setup() | {"callbacks": [wait]}

train(RUN._replace(make=stopping, num_epochs=40), "code", *map(Path, sys.argv[1:]))
"""


def logged(folder):
    return (folder / "log.jsonl").read_text()


def test_what_is_stored(tmp_path, monkeypatch):
    folder = tmp_path / "runs/part/topic"
    # A clock that is read at the start, after each of five epochs, and at the end.
    monkeypatch.setattr(command, "perf_counter", count().__next__)
    train(RUN, "code", folder, tmp_path / "unfinished")
    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoint.pt", "final.safetensors", "log.jsonl", "run.json"]
    assert not (tmp_path / "unfinished").exists()
    assert file_problems(folder) == []
    record = json.loads((folder / "run.json").read_text())
    assert {key: record[key] for key in ("digest", "seed", "num_epochs", "checkpoint_epoch")} == {
        "digest": "code", "seed": 7, "num_epochs": 5, "checkpoint_epoch": 2}
    assert record["seconds"] == 6
    epochs = [json.loads(line) for line in logged(folder).splitlines()]
    assert [epoch["epoch"] for epoch in epochs] == [1, 2, 3, 4, 5]
    assert read_checkpoint(folder / "checkpoint.pt")["history"] == epochs[:2]
    assert set(load_file(folder / "final.safetensors")) == set(RUN.make()["model"].state_dict())


def test_killed_and_begun_again_it_ends_as_a_whole_run(tmp_path):
    whole, killed, unfinished = (tmp_path / name for name in ("whole", "killed", "unfinished"))
    train(RUN._replace(num_epochs=40), "code", whole, tmp_path / "other")
    arguments = [sys.executable, "-c", SCRIPT, killed, unfinished]
    with subprocess.Popen(arguments, cwd=ROOT, text=True, stdout=subprocess.PIPE) as process:
        assert "waiting\n" in iter(process.stdout.readline, "")
        process.kill()
    assert process.returncode == -signal.SIGKILL
    last = read_checkpoint(unfinished / "last.pt")
    assert len(last["history"]) == 25
    assert not killed.exists()
    train(RUN._replace(num_epochs=40), "code", killed, unfinished)
    seconds = json.loads((killed / "run.json").read_text())["seconds"]
    assert seconds >= round(last["metadata"]["seconds"], 1)
    assert logged(killed) == logged(whole)
    weights = [(folder / "final.safetensors").read_bytes() for folder in (killed, whole)]
    assert weights[0] == weights[1]


def test_stopped_while_storing_it_leaves_no_record_of_files_that_are_not_there(
    tmp_path, monkeypatch
):
    stored = []

    def full_disk(path):
        if stored:
            raise OSError(28, "No space left on device")
        stored.append(path.name)
        return atomic_write(path)

    monkeypatch.setattr(command, "atomic_write", full_disk)
    with pytest.raises(OSError, match="No space left"):
        train(RUN, "code", tmp_path / "run", tmp_path / "unfinished")
    assert stored == ["log.jsonl"]
    assert not (tmp_path / "run/run.json").exists()
    assert (tmp_path / "unfinished/last.pt").exists()


@pytest.mark.parametrize("spoil", ["other code", "damage"])
def test_an_unfinished_run_of_other_code_or_damaged_is_begun_anew(tmp_path, capsys, spoil):
    folder, unfinished = tmp_path / "run", tmp_path / "unfinished"

    def stop(history):
        if len(history) == 3:
            raise KeyboardInterrupt

    interrupted = RUN._replace(make=lambda: RUN.make() | {"callbacks": [stop]})
    with pytest.raises(KeyboardInterrupt):
        train(interrupted, "old code", folder, unfinished)
    if spoil == "damage":
        (unfinished / "last.pt").write_bytes(b"nothing")
    train(RUN, "new code", folder, unfinished)
    assert "beginning anew" in capsys.readouterr().out
    train(RUN, "new code", tmp_path / "whole", unfinished)
    assert logged(folder) == logged(tmp_path / "whole")


def test_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "long_run", lambda name: RUN)
    module = tmp_path / "lib/part/topic.py"
    module.parent.mkdir(parents=True)
    module.write_text("RUN = 1\n")
    assert command.main(["part/topic"], tmp_path) == 0
    record = tmp_path / "runs/part/topic/run.json"
    assert json.loads(record.read_text())["digest"] == code_digest(["lib.part.topic"], tmp_path)
    before = record.stat().st_mtime_ns
    assert command.main(["part/topic"], tmp_path) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert record.stat().st_mtime_ns == before
    module.write_text("RUN = 2\n")
    monkeypatch.setattr(command, "RUN_BYTES", 10)
    assert command.main(["part/topic"], tmp_path) == 0
    assert "warning: at most 1200 s" in capsys.readouterr().out
    again = record.stat().st_mtime_ns
    assert again != before
    assert command.main(["part/topic", "--anew"], tmp_path) == 0
    assert record.stat().st_mtime_ns != again


def test_a_name_without_a_run(tmp_path, capsys):
    assert command.main(["training/fit"], tmp_path) == 2
    assert "lib.training.fit must hold a long run" in capsys.readouterr().err
