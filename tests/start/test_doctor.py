"""The doctor's text and command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lib.start import doctor
from lib.start.diagnosis import diagnose
from lib.start.findings import Finding
from lib.start.report import Gpu, Report

ROOT = Path(__file__).parents[2]
FINE = Report(
    python="3.11.9",
    executable="/home/me/.venv/bin/python",
    shell_executable="/usr/bin/python",
    torch="2.6.0+cu124",
    torch_cuda="12.4",
    torch_works=True,
    torchvision="0.21.0+cu124",
    torchvision_works=True,
    numpy="2.2.6",
    cudnn="90100",
    cuda_works=True,
    driver="550.54.14",
    gpus=(Gpu("NVIDIA H200", 150.8, "9.0"), Gpu("Tesla T4")),
    cpu_threads=16,
    memory_gb=134.2,
)
OLD = FINE._replace(
    driver="470.86",
    cuda_works=False,
    messages=(
        "/home/me/torch/cuda/__init__.py:1: UserWarning: CUDA initialization: The NVIDIA driver on "
        "your system is too old (found version 11040). Please update",
    ),
)
TABLE = """\
Python       3.11.9 (venv), Linux
torch        2.6.0+cu124, built for CUDA 12.4
torchvision  0.21.0+cu124
NumPy        2.2.6
cuDNN        9.1.0
Driver       550.54.14
GPU 0        NVIDIA H200, 151 GB, compute capability 9.0
GPU 1        Tesla T4
CPU threads  16
Memory       134 GB

Nothing wrong."""
VERDICT = """\
Wrong: 1.

Problem: The NVIDIA driver 470.86 (it knows CUDA up to 11.4) is too old for this
         PyTorch: built for CUDA 12.4, it needs driver 525 or newer.
Seen:    "The NVIDIA driver on your system is too old (found version 11040)"
Remedy:  Update the driver, or install a PyTorch built for an older CUDA:
         https://pytorch.org/get-started/locally/."""


def test_text_when_nothing_is_wrong():
    assert doctor.format_report(FINE, diagnose(FINE)) == TABLE


def test_text_with_a_problem_has_no_folders():
    text = doctor.format_report(OLD, diagnose(OLD))
    assert text.endswith(VERDICT)
    assert "/home/me" not in text
    assert "Executable   /home/me/.venv/bin/python" in doctor.format_report(OLD, [], paths=True)


def test_a_command_is_never_broken_at_a_hyphen():
    for letters in range(40, 90):
        remedy = "x" * letters + " --force-reinstall torch"
        text = doctor.format_report(FINE, [Finding("code", "Problem.", remedy)])
        assert "x" * letters in text
        assert "--force-reinstall" in text


def test_text_of_an_empty_machine():
    report = Report(python="3.8.1", environment="system", platform="Darwin")
    text = doctor.format_report(report, diagnose(report))
    for line in (
        "torch        not installed", "torchvision  not installed", "NumPy        not installed",
        "cuDNN        none", "Driver       none", "GPU          none", "Memory       unknown",
        "Wrong: 2.",
    ):  # fmt: skip
        assert f"\n{line}\n" in text


def test_a_remark_is_told_but_nothing_is_wrong():
    report = FINE._replace(installers=(("torch", "pip"), ("numpy", "conda")))
    text = doctor.format_report(report, diagnose(report))
    assert "\nNothing wrong.\n\nRemark:  conda and pip both installed" in text


@pytest.mark.parametrize(
    ("report", "built"),
    [
        (FINE._replace(torch="2.6.0+cpu", torch_cuda=None), "built for the CPU alone"),
        (FINE._replace(torch_cuda=None, torch_hip="6.2"), "built for ROCm 6.2"),
    ],
)
def test_other_builds_are_named(report, built):
    assert built in doctor.format_report(report, [])


@pytest.mark.parametrize(("number", "name"), [("91002", "9.10.2"), ("8902", "8.9.2"), ("", "none")])
def test_cudnns_number_becomes_its_version(number, name):
    text = doctor.format_report(FINE._replace(cudnn=number), [])
    assert f"cuDNN        {name}\n" in text


@pytest.mark.parametrize(("report", "status"), [(FINE, 0), (OLD, 1)])
def test_command_writes_the_report(monkeypatch, capsys, report, status):
    monkeypatch.setattr(doctor, "examine", lambda: report)
    assert doctor.main([]) == status
    assert capsys.readouterr().out == doctor.format_report(report, diagnose(report)) + "\n"
    assert doctor.main(["--paths"]) == status
    output = capsys.readouterr().out
    assert "Executable   /home/me/.venv/bin/python\nShell's      /usr/bin/python\n" in output
    assert ("\nMessages:\n" in output) is bool(report.messages)


def test_command_writes_json(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "examine", lambda: OLD)
    assert doctor.main(["--json"]) == 1
    output = capsys.readouterr().out
    content = json.loads(output)
    assert "/home/me" not in output
    assert content["fine"] is False
    assert content["report"]["gpus"][0] == {
        "name": "NVIDIA H200", "memory_gb": 150.8, "capability": "9.0"
    }  # fmt: skip
    assert [finding["code"] for finding in content["findings"]] == ["driver-too-old"]
    assert doctor.main(["--json", "--paths"]) == 1
    assert json.loads(capsys.readouterr().out)["report"]["executable"] == OLD.executable


@pytest.mark.parametrize(("argument", "status"), [("--help", 0), ("--wrong", 2), ("extra", 2)])
def test_command_refuses_wrong_arguments(capsys, argument, status):
    with pytest.raises(SystemExit) as left:
        doctor.main([argument])
    assert left.value.code == status
    output, errors = capsys.readouterr()
    assert "python -m lib.start.doctor" in output + errors
    assert ("Exit status: 0 nothing wrong, 1 something is wrong" in output) is (status == 0)


def test_command_survives_a_broken_torch(tmp_path):
    for name in ("torch", "torchvision"):
        text = "raise ImportError('libcudnn.so.9: cannot open shared object file')"
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "lib.start.doctor"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert 'Seen:    "libcudnn.so.9: cannot open shared object file"' in done.stdout
    assert str(tmp_path) not in done.stdout


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"torch": "2.6.0+xpu", "torch_cuda": None}, "2.6.0+xpu, built for Intel GPUs (XPU)"),
        ({"container": True}, "3.11.9 (venv), Linux, in a container"),
        ({"driver": None, "driver_complaint": "odd"}, "Driver       no answer"),
        ({"gpus": (), "driver_complaint": "odd"}, "GPU          no answer"),
        ({"gpus": (), "nvidia_cards": 2}, "GPU          2 of NVIDIA, no answer"),
        ({"gpus": (), "other_gpu": "Apple GPU"}, "GPU          Apple GPU"),
        ({"torch": None, "packages_known": False}, "torch        unknown"),
    ],
)
def test_what_is_unknown_is_not_called_absent(changes, line):
    assert line in doctor.format_report(FINE._replace(**changes), [])


def test_command_explains_a_message(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(doctor, "examine", lambda: FINE)
    path = tmp_path / "message.txt"
    path.write_bytes(b"RuntimeError: worker \xf8 is killed by signal: Bus error. It is\n")
    assert doctor.main(["--message", str(path)]) == 0
    output = capsys.readouterr().out
    assert 'Seen:    "is killed by signal: Bus error"' in output
    assert "--shm-size" in output
    path.write_text("a hint\nValueError: never heard of\n", encoding="utf-8")
    assert doctor.main(["--message", str(path)]) == 0
    output = capsys.readouterr().out
    assert output.endswith('The doctor does not know this message: "ValueError: never heard of"\n')
    with pytest.raises(SystemExit) as left:
        doctor.main(["--message", str(tmp_path / "none")])
    assert left.value.code == 2
    assert "cannot read the message: " in capsys.readouterr().err


def test_command_reads_a_message_from_standard_input():
    text = b"before the\n  current process has finished its\n  bootstrapping phase."
    done = subprocess.run(
        [sys.executable, "-m", "lib.start.doctor", "--message", "-"],
        cwd=ROOT, input=text, capture_output=True, check=False,
    )  # fmt: skip
    assert (b"if __name__ ==" in done.stdout, done.stderr) == (True, b"")
