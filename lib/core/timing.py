"""Timers that warm up, repeat, and wait for the GPU before they stop the clock."""

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

import torch

from lib.core.device import available_gpu


class Timing(NamedTuple):
    """Seconds one call took: median, shortest and longest of `repeats` calls."""

    median: float
    low: float
    high: float
    repeats: int


def time_cpu(
    fn: Callable[[], object],
    *,
    repeats: int = 7,
    warmup: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> Timing:
    """Time `fn()` on the CPU, in seconds, after `warmup` calls that are not counted.

    Raises: ValueError if `repeats` < 1 or `warmup` < 0.
    """
    _check_counts(repeats, warmup)
    for _ in range(warmup):
        fn()
    seconds = []
    for _ in range(repeats):
        start = clock()
        fn()
        seconds.append(clock() - start)
    return _summary(seconds)


def time_gpu(fn: Callable[[], object], *, repeats: int = 7, warmup: int = 1) -> Timing:
    """Time the work that `fn()` puts on the current GPU, in seconds, with CUDA events.

    A call returns before the GPU has done its work, so a clock on the CPU measures the
    launch only. Events are stamped by the GPU itself and read after it has finished.

    Raises: ValueError if `repeats` < 1, `warmup` < 0, or torch sees no GPU.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.cuda.Event.html
    """
    _check_counts(repeats, warmup)
    if not torch.cuda.is_available():
        raise ValueError(
            "time_gpu needs a CUDA GPU, torch sees none here; use time_cpu"
        )
    for _ in range(warmup):
        fn()
    torch.cuda.synchronize()
    seconds = []
    for _ in range(repeats):
        start = torch.cuda.Event(enable_timing=True)
        end = torch.cuda.Event(enable_timing=True)
        start.record()
        fn()
        end.record()
        torch.cuda.synchronize()
        seconds.append(start.elapsed_time(end) / 1000)  # milliseconds -> seconds
    return _summary(seconds)


def time_on(
    device: torch.device | str,
    fn: Callable[[], object],
    *,
    repeats: int = 7,
    warmup: int = 1,
) -> Timing:
    """Time `fn()`, in seconds, with the timer that fits the device.

    CUDA GPUs stamp events; any other GPU is waited for before the clock stops.

    Raises: ValueError as `time_cpu` and `time_gpu` do, or if torch sees no such GPU.
    """
    device = torch.device(device)
    if device.type == "cpu":
        return time_cpu(fn, repeats=repeats, warmup=warmup)
    if device.type != available_gpu():
        raise ValueError(f"device is {str(device)!r}, but torch sees no such GPU here")
    if device.type == "cuda":
        with torch.cuda.device(device):
            return time_gpu(fn, repeats=repeats, warmup=warmup)

    def fn_and_wait() -> None:
        fn()
        torch.accelerator.synchronize(device)

    return time_cpu(fn_and_wait, repeats=repeats, warmup=warmup)


def _check_counts(repeats: int, warmup: int) -> None:
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1, got {repeats}")
    if warmup < 0:
        raise ValueError(f"warmup must be at least 0, got {warmup}")


def _summary(seconds: list[float]) -> Timing:
    return Timing(median(seconds), min(seconds), max(seconds), len(seconds))
