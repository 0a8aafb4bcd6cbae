"""The command of the stress test: exit status, progress, and what it says."""

import io
import itertools
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch

from lib.start import burn, stress
from lib.start.burn import BurnResult, Sensors, burn_all, burn_device

ROOT = Path(__file__).parents[2]
QUICK = ["--seconds", "1e-6", "--size", "16"]


@pytest.fixture(autouse=True)
def no_long_bursts(monkeypatch):
    """Leave the measured bursts out, which take a second."""
    monkeypatch.setattr(stress, "measure_speeds", lambda *a, **k: [(16, 0.5)])


@pytest.fixture
def no_gpu(monkeypatch):
    """Hide the GPUs of the machine, if it has any."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_without_a_gpu_the_cpu_burns_and_the_command_says_so(no_gpu, capsys):
    assert burn.main(QUICK) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    first, *table, last = output.splitlines()
    assert first == ("PyTorch sees no GPU (python -m lib.start.doctor looks for the reason); "
                     "the CPU burns instead.")  # fmt: skip
    assert "Errors      0 wrong elements of 512" in table
    assert last == "Fine: every element was right."


def test_the_cpu_that_was_asked_for_needs_no_excuse(no_gpu, capsys):
    assert burn.main([*QUICK, "--device", "cpu", "--dtype", "int32"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("Device      cpu: CPU, ")
    assert "2 of 16 x 16 int32 in " in output


def test_wrong_elements_end_with_status_1(no_gpu, capsys, monkeypatch):
    def faulty(left, right):
        return (left @ right).fill_diagonal_(0.5)

    monkeypatch.setattr(burn, "burn_device", partial(burn_device, product=faulty))
    monkeypatch.setattr(burn, "burn_all", lambda devices, **wanted: [
        burn.burn_device(devices[0], **wanted)])  # fmt: skip
    assert burn.main(QUICK) == 1
    output = capsys.readouterr().out
    assert "Errors      32 wrong elements of 512" in output
    assert output.endswith("\nNot fine: cpu.\n")


def test_a_failed_device_ends_with_status_1_and_the_others_go_on(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)

    def work(device, **wanted):
        if device == "cuda:0":
            return burn_device("cpu", **wanted)._replace(device=device)
        return BurnResult(device, device, 16, torch.float32, failure="RuntimeError: x")

    monkeypatch.setattr(burn, "burn_device", work)
    monkeypatch.setattr(burn, "read_sensors", lambda device: Sensors(float(device[-1]), 5.0))
    assert burn.main(QUICK) == 1
    output = capsys.readouterr().out
    assert "no GPU" not in output
    first, second = output.split("\n\n")[:2]
    assert first.startswith("Device      cuda:0: CPU")
    assert first.endswith("At most     0 °C, 5 W")
    assert second.splitlines()[1:] == ["Failed      RuntimeError: x", "At most     1 °C, 5 W"]
    assert output.endswith("\n\nNot fine: cuda:1.\n")


def test_planted_error_is_counted_through_all_layers():
    calls = itertools.count()

    def faulty(left, right):
        result = left @ right
        result[2, 3] += next(calls) == 0
        return result

    (result,) = burn_all(["cpu"], size=9, dtype=torch.float32, seconds=1e-6, product=faulty)
    assert (result.burned.products, result.burned.wrong) == (2, 1)


def test_ctrl_c_ends_the_burn_and_keeps_the_result(monkeypatch):
    calls = itertools.count()

    def interrupted(pending, timeout):
        if next(calls) == 0:
            raise KeyboardInterrupt
        return wait(pending, timeout=timeout)

    wait = burn.wait
    monkeypatch.setattr(burn, "wait", interrupted)
    (result,) = burn_all(["cpu"], size=9, dtype=torch.float32, seconds=1e9)
    assert result.is_fine()
    assert result.burned.seconds < 1e6


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self):
        """Yes."""
        return True


@pytest.mark.parametrize(("stream", "shown"), [(Terminal, True), (io.StringIO, False)])
def test_progress_is_for_terminals(monkeypatch, stream, shown):
    errors = stream()
    monkeypatch.setattr(sys, "stderr", errors)
    burn_all(["cpu"], size=9, dtype=torch.float32, seconds=1e-6)
    assert ("burning" in errors.getvalue()) is shown


def test_switches_are_set_while_it_burns():
    seen = []

    def product(left, right):
        seen.append(torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction)
        return left @ right

    before = torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction
    burn_all(["cpu"], size=9, dtype=torch.bfloat16, seconds=1e-6, product=product)
    assert set(seen) == {False}
    assert torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction is before


def test_command_in_a_process_of_its_own():
    done = subprocess.run(
        [sys.executable, "-m", "lib.start.burn", "--seconds", "0.01", "--size", "33"],
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "the CPU burns instead" in done.stdout
    assert re.search(r"Best burst  \S+ TFLOP/s with \d+ x \d+ float32", done.stdout)
