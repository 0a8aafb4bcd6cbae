"""Recorded cases of drivers that do not answer: the most precise finding is told alone."""

import pytest

from lib.start.diagnosis import diagnose
from lib.start.report import Gpu, Report

SILENT = Report(
    python="3.11.9",
    torch="2.6.0+cu124",
    torch_cuda="12.4",
    torch_works=True,
    torchvision="0.21.0+cu124",
    torchvision_needs="==2.6.0",
    torchvision_works=True,
    numpy="2.2.6",
    nvidia_cards=1,
)
NO_DRIVER = "RuntimeError: Found no NVIDIA driver on your system. Please check that you have"
NOT_LOADED = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that "
    "the latest NVIDIA driver is installed and running.\n"
)
MISMATCH = (
    "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 570.124"
)
ERROR_803 = (
    "UserWarning: CUDA initialization: Unexpected error from cudaGetDeviceCount(). Did you run "
    "some cuda functions before calling NumCudaDevices() that might have already set an error? "
    "Error 803: system has unsupported display driver / cuda driver combination"
)
CASES = {
    "driver installed, its module not loaded": (  # github.com/pytorch/pytorch/issues/67991
        SILENT._replace(messages=(NOT_LOADED,)), "driver-not-loaded", "is not loaded"),
    "the same, and torch complains, too": (
        SILENT._replace(messages=(NO_DRIVER, NOT_LOADED)), "driver-not-loaded", "is not loaded"),
    "driver half updated": (  # github.com/tinygrad/open-gpu-kernel-modules/issues/47
        SILENT._replace(messages=(MISMATCH,)), "driver-half-updated", "driver was updated"),
    "the same, as torch tells it": (  # github.com/easydiffusion/easydiffusion/issues/379
        SILENT._replace(messages=(ERROR_803, MISMATCH)),
        "driver-half-updated", "driver was updated"),
    "driver loaded, card not started": (  # github.com/NVIDIA/open-gpu-kernel-modules/issues/862
        SILENT._replace(messages=("No devices were found\n",)),
        "card-not-started", "cannot start the card"),
    "WSL, nvidia-smi without its driver": (
        SILENT._replace(platform="WSL", nvidia_cards=0, messages=(NOT_LOADED,)),
        "no-driver", "inside WSL"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_recorded_case(name):
    report, code, words = CASES[name]
    (finding,) = diagnose(report)
    assert (finding.code, finding.serious) == (code, True)
    assert words in finding.problem
    assert finding.remedy


def test_a_driver_that_is_there_is_not_to_be_installed():
    (finding,) = diagnose(SILENT._replace(messages=(NO_DRIVER, NOT_LOADED)))
    assert finding.remedy.startswith("Restart the machine.")
    (finding,) = diagnose(SILENT)
    assert finding.remedy.startswith("Install the NVIDIA driver")


@pytest.mark.parametrize("cards", [0, 1])
@pytest.mark.parametrize("cuda", [None, "12.4"])
def test_an_answer_that_nobody_knows_is_a_serious_finding(cards, cuda):
    complaint = "WARNING: a hint\nFailed to talk to /dev/nvidia0: strange\nBye."
    report = SILENT._replace(nvidia_cards=cards, torch_cuda=cuda, driver_complaint=complaint)
    findings = {finding.code: finding for finding in diagnose(report)}
    assert findings.pop("driver-silent").evidence == "Failed to talk to nvidia0: strange"
    assert list(findings) == ([] if cuda or not cards else ["cpu-wheel"])


def test_a_complaint_that_is_known_is_told_under_its_name():
    said = "Failed to initialize NVML: Unknown Error"
    report = SILENT._replace(driver_complaint=said, messages=(said,))
    (finding,) = diagnose(report)
    assert (finding.code, finding.serious, finding.evidence) == ("nvml-unknown", True, said)
    assert "container: restart it" in finding.remedy
    assert "power" in finding.remedy


def test_one_lost_card_among_others():
    said = "Unable to determine the device handle for GPU0000:17:00.0: Unknown Error"
    report = SILENT._replace(
        driver="550.54.14", gpus=(Gpu("A30"),), cuda_works=True, messages=(said,)
    )
    assert [(finding.code, finding.serious) for finding in diagnose(report)] == [
        ("card-lost", True)
    ]


@pytest.mark.parametrize("driver", [None, "550.54.14"])
def test_a_container_without_access_is_not_told_to_install_a_driver(driver):
    (finding,) = diagnose(SILENT._replace(container=True, driver=driver))
    assert finding.code == "no-driver"
    assert finding.remedy.startswith("Start the container with access to the GPU")


def test_a_loaded_module_without_nvidia_smi_is_a_driver():
    (finding,) = diagnose(SILENT._replace(driver="550.54.14"))
    assert finding.code == "gpu-broken"
    assert diagnose(SILENT._replace(driver="550.54.14", cuda_works=True)) == []


HIDDEN = SILENT._replace(driver="550.54.14", gpus=(Gpu("A30"), Gpu("A30")), torch_gpus=0)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", 'is "", which hides every GPU'),
        ("-1", 'is "-1", which hides every GPU'),
        (" -1 ,0", "which hides every GPU"),
        ("2", 'is "2", but the numbers end at 1, so it hides every GPU'),
        ("7,0", 'is "7,0", but the numbers end at 1'),
        ("GPU-12345678-dead", "which names no GPU of this machine, so it hides every one"),
        ("MIG-12345678-dead", "which names no GPU of this machine"),
        ("cuda:0", "which names no GPU of this machine"),
    ],
)
def test_cards_that_are_hidden(value, words):
    (finding,) = diagnose(HIDDEN._replace(visible_devices=value))
    assert (finding.code, finding.serious) == ("cards-hidden", True)
    assert words in finding.problem
    assert finding.remedy.startswith("Unset it")


@pytest.mark.parametrize("value", [None, "0", "1,7", " 1", "GPU-1234", "MIG-1234"])
def test_cards_that_are_not_hidden(value):
    fine = HIDDEN._replace(visible_devices=value, cuda_works=True, torch_gpus=1)
    assert diagnose(fine) == []
    broken = HIDDEN._replace(visible_devices=value, torch_gpus=None)
    assert [finding.code for finding in diagnose(broken)] == ["gpu-broken"]
