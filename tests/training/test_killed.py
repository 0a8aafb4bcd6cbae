"""A process killed at any moment leaves a checkpoint that loads, and the newest complete one."""

import multiprocessing
import os
import random
import signal
import time

import pytest
import torch
from torch import nn

from lib.training.checkpoint import load_checkpoint, save_checkpoint

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")


def model():
    return nn.Linear(300, 300)  # 0.4 MB: writing it takes most of an epoch


def save_forever(path):
    """Go on from the last epoch; each sets all weights to its number and is saved."""
    torch.set_num_threads(1)
    net = model()
    history = load_checkpoint(path, model=net) if os.path.exists(path) else []
    while True:
        history.append({"epoch": len(history) + 1})
        with torch.no_grad():
            net.weight.fill_(len(history))
        save_checkpoint(path, model=net, history=history)


def die_instead_of(call, path):
    """Save epoch 2 and be killed when it calls `os.fsync` or `os.replace`."""
    setattr(os, call, lambda *arguments: os.kill(os.getpid(), signal.SIGKILL))
    save_checkpoint(path, model=model(), history=[{"epoch": 1}, {"epoch": 2}])


@pytest.fixture(scope="module")
def context():
    """Children come from a server that has imported torch once: each starts in milliseconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["lib.training.checkpoint", __name__])
    return context


def test_killed_fifty_times_at_random_moments(tmp_path, context):
    path = tmp_path / "last.pt"
    moments = random.Random(0)
    net = model()
    epochs, cut_short = [0], 0
    for _ in range(50):
        child = context.Process(target=save_forever, args=(path,))
        child.start()
        written = path.stat().st_mtime_ns if path.exists() else 0
        while not path.exists() or path.stat().st_mtime_ns == written:  # it is at work
            assert child.is_alive()
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.03))
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        child.close()
        cut_short += len(os.listdir(tmp_path)) > 1
        history = load_checkpoint(path, model=net)
        assert (net.weight == len(history)).all()  # weights and history are of one epoch
        assert history[-1]["epoch"] == len(history) > epochs[-1]  # no epoch is ever lost
        epochs.append(len(history))
        assert len(os.listdir(tmp_path)) <= 2  # leftovers do not pile up
    assert cut_short > 0  # some were killed while they wrote: the test tests something


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_killed_just_before_the_new_file_takes_its_name(tmp_path, context, call):
    path = tmp_path / "last.pt"
    net = model()
    save_checkpoint(path, model=net, history=[{"epoch": 1}])
    child = context.Process(target=die_instead_of, args=(call, path))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) == 2  # the half-done file is still there
    other = model()
    assert load_checkpoint(path, model=other) == [{"epoch": 1}]
    assert torch.equal(other.weight, net.weight)
    save_checkpoint(path, model=net, history=[{"epoch": 1}, {"epoch": 2}])
    assert os.listdir(tmp_path) == ["last.pt"]
