"""The command of the stress test: arguments, exit status, progress, and what it says."""

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
from lib.start.burn import (
    DTYPES,
    BurnResult,
    Sensors,
    burn_all,
    burn_device,
    choose_devices,
    read_arguments,
)

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


@pytest.mark.parametrize(
    ("wanted", "num_gpus", "devices"),
    [
        ("all", 0, ["cpu"]),
        ("all", 3, ["cuda:0", "cuda:1", "cuda:2"]),
        ("cpu", 3, ["cpu"]),
        ("cuda", 2, ["cuda:0"]),
        ("cuda:1", 2, ["cuda:1"]),
        ("cuda:11", 12, ["cuda:11"]),
    ],
)
def test_devices(wanted, num_gpus, devices):
    assert choose_devices(wanted, num_gpus) == devices


@pytest.mark.parametrize(
    ("wanted", "num_gpus", "message"),
    [
        ("cuda", 0, "device is 'cuda', but PyTorch sees no GPU (python -m lib.start.doctor "),
        ("cuda:2", 2, "device is 'cuda:2', but PyTorch sees 2 GPU(s), cuda:0 to cuda:1 ("),
        ("mps", 2, "device is 'mps', but PyTorch sees 2 GPU(s), cuda:0 to cuda:1 ("),
        ("gpu", 0, "device must be all, cpu, cuda, mps, xpu or TYPE:NUMBER, got 'gpu'"),
        ("cuda:-1", 2, "got 'cuda:-1'"),
        ("cuda:", 2, "got 'cuda:'"),
        ("cpu:0", 2, "got 'cpu:0'"),
        ("", 2, "got ''"),
    ],
)
def test_devices_that_are_not_there(wanted, num_gpus, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        choose_devices(wanted, num_gpus)


@pytest.mark.parametrize(
    ("wanted", "gpu", "devices"),
    [("all", "mps", ["mps:0"]), ("mps", "mps", ["mps:0"]), ("xpu:0", "xpu", ["xpu:0"])],
)
def test_gpus_without_cuda(wanted, gpu, devices):
    assert choose_devices(wanted, 1, gpu) == devices
    with pytest.raises(ValueError, match="device is 'cuda', but PyTorch sees 1 GPU"):
        choose_devices("cuda", 1, gpu)


def test_apples_gpus_do_not_burn_in_float64(capsys):
    assert read_arguments(["--dtype", "float32"], 1, "mps").devices == ["mps:0"]
    with pytest.raises(SystemExit):
        read_arguments(["--dtype", "float64"], 1, "mps")
    assert "PyTorch multiplies float64 matrices not on every GPU" in capsys.readouterr().err


def test_defaults():
    options = read_arguments([], 0)
    assert (options.devices, options.size, options.seconds) == (["cpu"], 1024, 30.0)
    assert DTYPES[options.dtype] == torch.float32
    options = read_arguments([], 2)
    assert (options.devices, options.size) == (["cuda:0", "cuda:1"], 4096)
    assert read_arguments(["--device", "cpu"], 2).size == 1024
    assert read_arguments(["--device", "cpu", "--dtype", "int64"], 2).dtype == "int64"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seconds", "0"], "seconds must be a positive number, got 0.0"),
        (["--seconds", "-3"], "seconds must be a positive number, got -3.0"),
        (["--seconds", "nan"], "seconds must be a positive number, got nan"),
        (["--seconds", "inf"], "seconds must be a positive number, got inf"),
        (["--seconds", "long"], "argument --seconds: invalid float value: 'long'"),
        (["--size", "0"], "size must be from 1 to 65536, got 0"),
        (["--size", "65537"], "size must be from 1 to 65536, got 65537"),
        (["--size", "1.5"], "argument --size: invalid int value: '1.5'"),
        (["--dtype", "int8"], "argument --dtype: invalid choice: 'int8'"),
        (["--device", "cuda:7"], "PyTorch sees 1 GPU(s)"),
        (["--device", "gpu"], "device must be all, cpu, cuda, mps, xpu or TYPE:NUMBER, got 'gpu'"),
        (["--dtype", "int32"], "PyTorch multiplies int32 matrices not on every GPU: --device cpu"),
        (["--wrong"], "unrecognized arguments: --wrong"),
        (["30"], "unrecognized arguments: 30"),
    ],
)
def test_wrong_arguments_end_with_status_2(capsys, arguments, message):
    with pytest.raises(SystemExit) as left:
        read_arguments(arguments, 1)
    assert left.value.code == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert message in errors
    assert errors.startswith("usage: python -m lib.start.burn ")


def test_help(capsys):
    with pytest.raises(SystemExit) as left:
        burn.main(["--help"])
    assert left.value.code == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "Exit status: 0 all results right, 1 wrong or a device failed" in output
    assert "(default: 30)" in output
    assert "every GPU, and the CPU where there is none (default: all)" in output
    assert "bfloat16" in output
