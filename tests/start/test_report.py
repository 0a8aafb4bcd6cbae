"""What the report finds: on this machine, and with planted libraries and drivers."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from lib.start.diagnosis import diagnose
from lib.start.report import Gpu, count_nvidia_cards, examine, parse_smi

GPU_TORCH = """
import types
print("noise on the output", end="")
class Tensor:
    def __add__(self, other): return self
    def sum(self): return self
    def item(self): return 2.0
def ones(*size, device="cpu"):
    if device == "cuda" and {broken}:
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device")
    return Tensor()
def get_num_threads(): return 6
def tensor(values): return values
def from_numpy(array): return array
card = types.SimpleNamespace(name="NVIDIA H200", total_memory=150e9, major=9, minor=0)
cuda = types.SimpleNamespace(
    is_available=lambda: True, device_count=lambda: 1, get_arch_list=lambda: ["sm_90"],
    get_device_properties=lambda number: card)
backends = types.SimpleNamespace(cudnn=types.SimpleNamespace(version=lambda: 91002))
"""
VISION = "import types\nops = types.SimpleNamespace(nms=lambda *arguments: None)\n"


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """Return a function that puts a torch (and torchvision) of ours before the installed ones."""

    def write(torch, torchvision=VISION):
        for name, text in (("torch", torch), ("torchvision", torchvision)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "__init__.py").write_text(text, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    monkeypatch.setenv("PATH", str(tmp_path))
    return write


def command(folder, name, text):
    """Write a shell script that stands for a command."""
    path = folder / name
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(0o755)


def codes(report):
    """The serious findings' codes."""
    return [finding.code for finding in diagnose(report) if finding.serious]


def test_this_machine(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    report = examine()
    assert report.python == ".".join(map(str, sys.version_info[:3]))
    assert report.executable == sys.executable
    assert report.torch.split("+")[0] == version("torch").split("+")[0]
    assert report.torchvision.split("+")[0] == version("torchvision").split("+")[0]
    assert (report.torch_works, report.torchvision_works, report.cuda_works) == (True, True, False)
    assert report.numpy == version("numpy")
    assert dict(report.installers).keys() == {"torch", "torchvision", "numpy"}
    assert (report.cpu_threads >= 1, report.visible_devices) == (True, "")
    assert report.memory_gb is None or 0.5 < report.memory_gb < 1e5


@pytest.mark.parametrize(
    ("torch", "code"),
    [
        ("raise ImportError('libcudart.so.12: cannot open shared object file')", "missing-library"),
        (
            "raise ImportError('/x/libtorch_cpu.so: undefined symbol: iJIT_NotifyEvent')",
            "mkl-too-new",
        ),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "crash"),
        ("raise RuntimeError('something unheard of')", "torch-broken"),
    ],
)
def test_a_broken_torch_breaks_only_the_child(plant, torch, code):
    plant(torch)
    report = examine()
    assert report.torch_works is False
    assert codes(report) == [code]
    assert report.torch == version("torch")  # known before the import failed


def test_a_torch_that_hangs_is_given_up(plant):
    plant("import time\ntime.sleep(60)")
    report = examine(timeout=1.5)
    assert report.messages == ("gave no answer within 1.5 seconds",)
    assert report.torch_works is False


def test_what_was_told_before_the_time_ran_out_counts(plant, monkeypatch):
    def run(command, **options):
        told = b'noise\n@@doctor@@ {"torch": "2.6.0", "torchvision": "0.21.0"}\n'
        raise subprocess.TimeoutExpired(command, options["timeout"], output=told)

    monkeypatch.setattr(subprocess, "run", run)
    report = examine()
    assert (report.torch, report.torch_works) == ("2.6.0", False)
    assert codes(report) == ["torch-broken"]


@pytest.mark.parametrize(
    "torchvision",
    [
        "raise RuntimeError('operator torchvision::nms does not exist')",
        'class ops:\n    def nms(*given): raise RuntimeError("Couldn\'t load custom C++ ops")',
    ],
)
def test_a_mismatched_torchvision_is_heard(plant, torchvision):
    plant(GPU_TORCH.replace("{broken}", "False"), torchvision)
    report = examine()
    assert (report.torch_works, report.torchvision_works) == (True, False)
    assert "torchvision-mismatch" in codes(report)


def test_a_gpu_and_its_driver_are_found(plant, tmp_path):
    command(tmp_path, "nvidia-smi", "echo '580.65.06, NVIDIA H200, 143771, 9.0'\n")
    plant(GPU_TORCH.replace("{broken}", "False"))
    report = examine()
    assert report.driver == "580.65.06"
    (gpu,) = report.gpus
    assert (gpu.name, gpu.capability, round(gpu.memory_gb)) == ("NVIDIA H200", "9.0", 151)
    assert (report.cuda_works, report.cudnn, report.architectures) == (True, "91002", ("sm_90",))
    assert report.cpu_threads == 6


def test_without_nvidia_smi_torch_names_the_cards_and_its_error_is_heard(plant):
    plant(GPU_TORCH.replace("{broken}", "True"))
    report = examine()
    assert report.driver is None
    assert report.gpus == (Gpu("NVIDIA H200", 150.0, "9.0"),)
    assert report.cuda_works is False
    assert "no kernel image is available" in report.messages[0]


@pytest.mark.parametrize(
    ("prefix", "expected"), [("/somewhere/else", ("3.12.3", True)), (sys.prefix, (None, False))]
)
def test_the_shells_python_counts_where_it_is_another(plant, tmp_path, prefix, expected):
    command(tmp_path, "python", f"printf '{prefix}\\n3.12.3\\nTrue\\n'\n")
    plant("")
    report = examine()
    assert (report.shell_python, report.shell_has_torch) == expected
    assert report.shell_executable == str(tmp_path / "python")


def test_the_table_of_nvidia_smi_is_read():
    assert parse_smi("") == (None, (), "")
    assert parse_smi("No devices were found\n") == (None, (), "No devices were found")
    assert parse_smi("well, this, is odd\n") == (None, (), "well, this, is odd")
    text = "570.133.07, NVIDIA GB10, [N/A], 12.1\n570.133.07, NVIDIA T500, 4096, [N/A]\n"
    assert parse_smi(text) == (
        "570.133.07",
        (Gpu("NVIDIA GB10", None, "12.1"), Gpu("NVIDIA T500", 4096 * 2**20 / 1e9, None)),
        "",
    )
    lost = "Unable to determine the device handle for GPU0000:17:00.0: Unknown Error"
    text = f"[Unknown Error], NVIDIA T4, 15360, 7.5\n{lost}\n"
    assert parse_smi(text) == (None, (Gpu("NVIDIA T4", 15360 * 2**20 / 1e9, "7.5"),), lost)


def test_cards_on_the_bus_are_counted(tmp_path):
    for number, (vendor, kind) in enumerate(
        [("0x10de", "0x030200"), ("0x10de", "0x040300"), ("0x8086", "0x030000"), ("0x10de", "")]
    ):
        device = tmp_path / f"0000:0{number}:00.0"
        device.mkdir()
        (device / "vendor").write_text(vendor + "\n", encoding="utf-8")
        if kind:
            (device / "class").write_text(kind + "\n", encoding="utf-8")
    assert count_nvidia_cards(tmp_path) == 1
    assert count_nvidia_cards(tmp_path / "no_such_folder") == 0


@pytest.mark.parametrize(
    ("torch", "said"),
    [
        ("import os\nos._exit(3)", "ended with status 3"),
        (
            "import sys\nsys.stderr.buffer.write(b'odd: \\xf8\\n')\nraise OSError('x')",
            "odd: \ufffd",
        ),
        ("import os\nos.write(1, b'@@doctor@@ {\\n\\xf8\\n')\nraise OSError('x')", "OSError: x"),
    ],
)
def test_whatever_a_library_writes_is_heard(plant, torch, said):
    plant(torch)
    report = examine()
    assert (report.torch_works, report.packages_known) == (False, True)
    assert said in report.messages[0]
    assert codes(report) == ["torch-broken"]


def test_a_python_that_tells_nothing(plant, monkeypatch):
    plant("")
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    report = examine()
    assert (report.packages_known, report.torch) == (False, None)
    assert codes(report) == ["python-broken"]
