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
    monkeypatch.setattr(report_module, "_probe", lambda timeout: ({"installers": []}, ""))
    monkeypatch.setattr(report_module, "count_nvidia_cards", lambda folder: 0)
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


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'Failed to initialize NVML: Unknown Error'\nexit 15\n", "NVML: Unknown Error"),
        ("echo 'a new trouble' >&2\nexit 3\n", "a new trouble"),
        ("exit 3\n", "nvidia-smi ended with status 3"),
        ("exit 0\n", "nvidia-smi ended with status 0"),
        ("echo 'all is well'\n", "all is well"),
        ("printf 'G\\370te: trouble\\n'\nexit 9\n", "G\ufffdte: trouble"),
        ("kill -9 $$\n", "nvidia-smi ended with status -9"),
    ],
)
def test_an_nvidia_smi_that_does_not_answer_is_no_absent_driver(machine, script, said):
    machine(script)
    report = examine()
    assert report.driver is None
    assert said in report.driver_complaint
    (finding,) = [f for f in diagnose(report) if f.code in ("driver-silent", "nvml-unknown")]
    assert finding.serious
    assert said in finding.evidence


def test_a_command_that_cannot_run_or_hangs(machine, monkeypatch):
    machine("")
    (path,) = report_module.Path(report_module.os.environ["PATH"]).glob("nvidia-smi")
    path.write_bytes(b"\x7fELF nonsense")
    assert "Exec format error" in examine().driver_complaint
    run = report_module.run_command
    monkeypatch.setattr(report_module, "run_command", lambda query, timeout: run(query, 0.1))
    machine("exec /bin/sleep 5\n")
    assert examine().driver_complaint == "gave no answer within 0.1 seconds"


def test_one_card_of_two_is_lost(machine):
    lost = "Unable to determine the device handle for GPU0000:17:00.0: Unknown Error"
    machine(f"echo '550.54.14, NVIDIA A30, 24576, 8.0'\necho '{lost}'\nexit 15\n")
    report = examine()
    assert (report.driver, len(report.gpus), report.driver_complaint) == ("550.54.14", 1, "")
    assert "card-lost" in codes(report)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44\n", 0),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.14  Release\n", 0),
        ("nonsense \ufffd\n", None),
    ],
)
def test_a_loaded_module_tells_its_version(tmp_path, text, version):
    path = tmp_path / "version"
    path.write_text(text, encoding="utf-8")
    assert report_module._module_version(path) == ("550.54.14" if version == 0 else None)
    assert report_module._module_version(tmp_path / "none") is None
