"""Recorded cases of drivers that do not answer: the most precise finding is told alone."""

import pytest

from lib.start.diagnosis import diagnose
from lib.start.report import Report

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
