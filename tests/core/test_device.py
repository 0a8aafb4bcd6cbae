"""LIB_DEVICE decides, and says so when it cannot."""

from types import SimpleNamespace

import pytest
import torch

from lib.core.device import available_gpu, default_device, describe_device


@pytest.fixture
def machine(monkeypatch):
    """Return a function that sets LIB_DEVICE (None: unset) and the GPU torch sees (None: no GPU).

    As in a build for CUDA, torch has an accelerator without any GPU, too.
    """

    def set_up(wanted: str | None, gpu: str | None) -> None:
        monkeypatch.delenv("LIB_DEVICE", raising=False)
        if wanted is not None:
            monkeypatch.setenv("LIB_DEVICE", wanted)
        monkeypatch.setattr(torch.accelerator, "is_available", lambda: gpu is not None)
        monkeypatch.setattr(
            torch.accelerator, "current_accelerator", lambda: torch.device(gpu or "cuda")
        )

    return set_up


@pytest.mark.parametrize("gpu", ["cuda", "mps", "xpu"])
@pytest.mark.parametrize("unset", [None, ""])
def test_the_gpu_is_taken_where_there_is_one(machine, gpu, unset):
    machine(unset, gpu)
    assert default_device() == torch.device(gpu)
    machine(unset, None)
    assert default_device() == torch.device("cpu")
    for wanted in ("cpu", gpu):
        machine(wanted, gpu)
        assert default_device() == torch.device(wanted)


@pytest.mark.parametrize("wanted", ["gpu", "CUDA", "cuda:1", " cpu", "hip"])
def test_other_names_are_refused(machine, wanted):
    machine(wanted, "cuda")
    message = f"LIB_DEVICE must be 'cpu' or one of 'cuda', 'mps', 'xpu', got '{wanted}'"
    with pytest.raises(ValueError, match=message):
        default_device()


@pytest.mark.parametrize(
    ("wanted", "gpu", "message"),
    [
        ("cuda", None, r"LIB_DEVICE is 'cuda', but torch \S+ sees no NVIDIA or AMD GPU .*=cpu or"),
        ("mps", None, r"'mps', but torch \S+ sees no Apple GPU here; set LIB_DEVICE=cpu or unset"),
        ("xpu", "cuda", r"'xpu', but torch \S+ sees no Intel GPU here; set LIB_DEVICE=cuda or"),
        ("cuda", "mps", r"set LIB_DEVICE=mps or unset it \(python -m lib\.start\.doctor "),
    ],
)
def test_a_gpu_that_is_not_there_is_refused_and_the_error_says_what_helps(
    machine, wanted, gpu, message
):
    machine(wanted, gpu)
    with pytest.raises(ValueError, match=message):
        default_device()


def test_a_kind_that_the_course_does_not_know_is_left_alone(machine):
    machine(None, "hpu")
    assert available_gpu() is None
    assert default_device() == torch.device("cpu")


def test_the_cpu_is_had_without_asking_for_a_gpu(machine, monkeypatch):
    machine("cpu", "cuda")
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: pytest.fail("asked"))
    assert default_device() == torch.device("cpu")


@pytest.mark.parametrize(("num_threads", "words"), [(1, "1 thread"), (7, "7 threads")])
def test_describe_cpu(monkeypatch, num_threads, words):
    monkeypatch.setattr(torch, "get_num_threads", lambda: num_threads)
    assert describe_device("cpu") == f"CPU, {words}"
    assert describe_device(torch.device("cpu")) == describe_device("cpu")


def test_describe_gpus(monkeypatch):
    made_up = SimpleNamespace(name="Some GPU", total_memory=24 * 2**30)
    for module in (torch.cuda, torch.xpu):
        monkeypatch.setattr(module, "get_device_properties", lambda device: made_up)
    assert describe_device("cuda:0") == "Some GPU, 24 GiB"
    assert describe_device("xpu:1") == "Some GPU, 24 GiB"
    assert describe_device("mps") == "Apple GPU"


def test_describe_another_kind():
    message = "device must be 'cpu' or of type 'cuda', 'mps', 'xpu', got 'meta'"
    with pytest.raises(ValueError, match=message):
        describe_device("meta")
