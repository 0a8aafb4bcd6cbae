"""How nvidia-smi is asked, and what it may answer."""

import pytest

from lib.start import report as report_module
from lib.start.diagnosis import diagnose
from lib.start.report import Gpu, examine


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return a function that puts a shell script of ours in the place of nvidia-smi."""

    def write(text):
        path = tmp_path / "nvidia-smi"
        path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
        path.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(report_module, "_probe", lambda timeout: ({}, ""))
    return write


def codes(report):
    """The serious findings' codes."""
    return [finding.code for finding in diagnose(report) if finding.serious]


def test_an_old_nvidia_smi_is_asked_without_the_capability(machine):
    # github.com/huggingface/candle/issues/733
    machine(
        'case "$*" in *compute_cap*) echo \'Field "compute_cap" is not a valid field to query.\';'
        " exit 2;; esac\necho '470.82.01, Tesla T4, 15109'\n",
    )
    report = examine()
    assert report.driver == "470.82.01"
    assert report.gpus == (Gpu("Tesla T4", 15109 * 2**20 / 1e9, None),)


def test_an_nvidia_smi_that_knows_the_new_name_alone_is_asked_for_that(machine):
    machine(
        'case "$*" in *driver_version*) echo \'Field "driver_version" is not a valid field\';'
        " exit 2;; esac\necho '620.10, NVIDIA B200, 183359, 10.0'\n",
    )
    report = examine()
    assert report.driver == "620.10"
    assert report.gpus == (Gpu("NVIDIA B200", 183359 * 2**20 / 1e9, "10.0"),)


@pytest.mark.parametrize("status", [0, 6])
def test_a_driver_without_cards_is_no_table(machine, status):
    machine(f"echo 'No devices were found'\nexit {status}\n")
    report = examine()
    assert (report.driver, report.gpus) == (None, ())
    assert report.messages[-1] == "No devices were found"
    assert "card-not-started" in codes(report)


def test_a_complaint_is_heard_once(machine, tmp_path):
    text = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
    machine(f'echo x >> {tmp_path}/calls\necho "{text}"\nexit 9\n')
    assert "driver-not-loaded" in codes(examine())
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "x\n"


def test_a_complaint_of_nvidia_smi_is_kept(machine):
    text = "Failed to initialize NVML: Driver/library version mismatch"
    machine(f"echo '{text}'\nexit 18\n")
    report = examine()
    assert text in report.messages[-1]
    assert "driver-half-updated" in codes(report)
