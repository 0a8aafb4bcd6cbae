"""The timers count, order and synchronise as they say; no test depends on real time."""

from contextlib import nullcontext

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib.core import timing
from lib.core.timing import Timing, time_cpu, time_gpu, time_on


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=9), st.integers(0, 3))
def test_median_and_bounds_of_the_counted_calls_alone(durations, warmup):
    now = 0.0
    calls = 0

    def fn() -> None:
        nonlocal now, calls
        now += 10_000 if calls < warmup else durations[calls - warmup]
        calls += 1

    timing = time_cpu(fn, repeats=len(durations), warmup=warmup, clock=lambda: now)
    ordered = sorted(durations)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    assert timing == Timing(middle, ordered[0], ordered[-1], len(durations))
    assert calls == warmup + len(durations)


def test_real_clock_gives_seconds_in_order():
    timing = time_cpu(lambda: torch.ones(3).sum(), repeats=3)
    assert 0 <= timing.low <= timing.median <= timing.high
    assert timing.repeats == 3


@pytest.mark.parametrize("timer", [time_cpu, time_gpu])
def test_bad_counts(timer):
    with pytest.raises(ValueError, match="repeats must be at least 1, got 0"):
        timer(int, repeats=0)
    with pytest.raises(ValueError, match="warmup must be at least 0, got -1"):
        timer(int, warmup=-1)


def test_errors_of_the_function_come_through():
    with pytest.raises(ZeroDivisionError):
        time_cpu(lambda: 1 / 0)


def test_time_gpu_without_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"time_gpu needs a CUDA GPU.*use time_cpu"):
        time_gpu(int)


@pytest.fixture
def log(monkeypatch):
    """Stand a GPU in that writes down what is asked of it; its n-th event is stamped n² ms."""
    entries = []

    class Event:
        def __init__(self, enable_timing: bool = False) -> None:
            assert enable_timing
            self.stamp = None

        def record(self) -> None:
            entries.append("event")
            self.stamp = entries.count("event") ** 2

        def elapsed_time(self, end: "Event") -> float:
            assert entries[-1] == "wait", "read before the GPU has finished"
            return end.stamp - self.stamp

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: entries.append("wait"))
    return entries


def test_time_gpu_waits_and_puts_events_around_the_calls(log):
    timing = time_gpu(lambda: log.append("call"), repeats=3, warmup=2)
    assert log == ["call", "call", "wait"] + ["event", "call", "event", "wait"] * 3
    assert timing == pytest.approx((0.007, 0.003, 0.011, 3))  # 2²−1², 4²−3², 6²−5² ms


def test_time_on_takes_the_timer_of_the_device(log, monkeypatch):
    entered = []
    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext(entered.append(device)))
    monkeypatch.setattr(timing, "available_gpu", lambda: "cuda")
    time_on("cpu", lambda: log.append("call"), repeats=2, warmup=0)
    assert log == ["call", "call"]
    assert entered == []
    time_on("cuda:1", lambda: log.append("call"), repeats=1, warmup=0)
    assert log[2:] == ["wait", "event", "call", "event", "wait"]
    assert entered == [torch.device("cuda:1")]


def test_time_on_waits_for_a_gpu_without_cuda(log, monkeypatch):
    monkeypatch.setattr(timing, "available_gpu", lambda: "mps")
    monkeypatch.setattr(
        torch.accelerator, "synchronize", lambda device: log.append(f"wait for {device}")
    )
    assert time_on("mps", lambda: log.append("call"), repeats=2, warmup=1).repeats == 2
    assert log == ["call", "wait for mps"] * 3


@pytest.mark.parametrize("device", ["cuda", "mps", "xpu:1", "meta"])
def test_time_on_refuses_a_device_that_is_not_there(monkeypatch, device):
    monkeypatch.setattr(timing, "available_gpu", lambda: None)
    with pytest.raises(ValueError, match=f"device is '{device}', but torch sees no such GPU here"):
        time_on(device, int)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_time_gpu_measures_the_work_not_the_launch():
    square = torch.ones(4096, 4096, device="cuda")
    one = time_gpu(lambda: square @ square)
    four = time_gpu(lambda: [square @ square for _ in range(4)])
    assert four.median > 2 * one.median
