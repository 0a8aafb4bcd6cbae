"""LIB_DEVICE decides, and says so when it cannot."""

from types import SimpleNamespace

import pytest
import torch

from lib.core.device import default_device, describe_device


@pytest.fixture
def machine(monkeypatch):
    """Return a function that sets LIB_DEVICE (None: unset) and whether torch sees a GPU."""

    def set_up(wanted: str | None, gpu: bool) -> None:
        monkeypatch.delenv("LIB_DEVICE", raising=False)
        if wanted is not None:
            monkeypatch.setenv("LIB_DEVICE", wanted)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)

    return set_up


@pytest.mark.parametrize(
    ("wanted", "gpu", "expected"),
    [
        (None, False, "cpu"),
        (None, True, "cuda"),
        ("", False, "cpu"),
        ("", True, "cuda"),
        ("cpu", False, "cpu"),
        ("cpu", True, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_choice(machine, wanted, gpu, expected):
    machine(wanted, gpu)
    assert default_device() == torch.device(expected)


@pytest.mark.parametrize("wanted", ["gpu", "CUDA", "cuda:1", " cpu", "mps"])
def test_other_names_are_refused(machine, wanted):
    machine(wanted, True)
    with pytest.raises(ValueError, match=f"LIB_DEVICE must be 'cpu' or 'cuda', got '{wanted}'"):
        default_device()


def test_cuda_without_a_gpu_is_refused_and_says_what_helps(machine):
    machine("cuda", False)
    with pytest.raises(ValueError, match=r"LIB_DEVICE is 'cuda', but .* no CUDA GPU.*=cpu"):
        default_device()


@pytest.mark.parametrize(("num_threads", "words"), [(1, "1 thread"), (7, "7 threads")])
def test_describe_cpu(monkeypatch, num_threads, words):
    monkeypatch.setattr(torch, "get_num_threads", lambda: num_threads)
    assert describe_device("cpu") == f"CPU, {words}"
    assert describe_device(torch.device("cpu")) == describe_device("cpu")


def test_describe_gpu(monkeypatch):
    made_up = SimpleNamespace(name="Some GPU", total_memory=24 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: made_up)
    assert describe_device("cuda:0") == "Some GPU, 24 GiB"


def test_describe_another_kind():
    with pytest.raises(ValueError, match="device must be a 'cpu' or a 'cuda' device, got 'meta'"):
        describe_device("meta")
