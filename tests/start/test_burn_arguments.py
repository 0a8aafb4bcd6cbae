"""The arguments of the stress test: devices, defaults, and what is refused."""

import re

import pytest
import torch

from lib.start import burn
from lib.start.burn import DTYPES, choose_devices, read_arguments


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
    assert "PyTorch multiplies float64 matrices on the CPU alone" in capsys.readouterr().err


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
        (["--dtype", "int32"], "PyTorch multiplies int32 matrices on the CPU alone: --device cpu"),
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
