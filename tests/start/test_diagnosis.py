"""Recorded cases: from a report to the findings."""

import pytest

from lib.start.diagnosis import built_for, diagnose
from lib.start.report import Gpu, Report

PIP = (("torch", "pip"), ("torchvision", "pip"), ("numpy", "pip"))
CPU = Report(
    python="3.11.9",
    torch="2.6.0+cpu",
    torch_works=True,
    torchvision="0.21.0+cpu",
    torchvision_needs="==2.6.0",
    torchvision_works=True,
    numpy="2.2.6",
    installers=PIP,
    cpu_threads=4,
)
CUDA = CPU._replace(
    torch="2.6.0+cu124",
    torch_cuda="12.4",
    torchvision="0.21.0+cu124",
    cuda_works=True,
    architectures=("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90"),
    driver="550.54.14",
    gpus=(Gpu("NVIDIA GeForce RTX 3090", 25.4, "8.6"),),
    nvidia_cards=1,
)
TOO_OLD = (
    "UserWarning: CUDA initialization: The NVIDIA driver on your system is too old (found version "
    "11040). Please update your GPU driver by downloading and installing a new version"
)
CASES = {
    "python too old": (CPU._replace(python="3.9.18"), "python-too-old", "3.9.18 is too old"),
    "no torch": (
        CPU._replace(torch=None, torch_works=False, torchvision=None),
        "torch-missing", "not installed in this Python"),
    "torch in the shell's Python only": (
        CPU._replace(
            torch=None, torchvision=None, torch_works=False, shell_python="3.12.3",
            shell_has_torch=True, messages=("ModuleNotFoundError: No module named 'torch'",),
        ),
        "torch-missing", "the shell's Python 3.12.3 has it, this Python 3.11.9 does not"),
    "no torchvision": (
        CPU._replace(torchvision=None, torchvision_works=False),
        "torchvision-missing", "not installed beside"),
    "torch upgraded alone": (  # github.com/vladmandic/sdnext/issues/3531
        CUDA._replace(
            torch="2.4.0+cu121", torchvision="0.20.1+cu124", torchvision_needs="==2.5.1",
            torchvision_works=False,
            messages=("RuntimeError: operator torchvision::nms does not exist",),
        ),
        "torchvision-mismatch",
        "torch 2.4.0+cu121 and torchvision 0.20.1+cu124 (it asks for torch ==2.5.1)"),
    "same version, other build": (
        CUDA._replace(torchvision="0.21.0+cpu"),
        "torchvision-mismatch", "torchvision 0.21.0+cpu come from different builds"),
    "torch older than torchvision asks": (
        CUDA._replace(torchvision_needs=">=2.14.0"), "torchvision-mismatch", ">=2.14.0"),
    "CPU wheel, driver answers": (
        CPU._replace(driver="550.54.14", gpus=CUDA.gpus), "cpu-wheel", "for the CPU alone"),
    "CPU wheel, card without driver": (
        CPU._replace(nvidia_cards=1), "cpu-wheel", "for the CPU alone"),
    "driver too old by its number": (
        CUDA._replace(driver="470.82.01"),
        "driver-too-old",
        "driver 470.82.01 is too old for this PyTorch: built for CUDA 12.4, it needs driver 525"),
    "driver too old by torch's words": (  # github.com/lllyasviel/Fooocus/issues/1313
        CUDA._replace(driver="470.86", cuda_works=False, messages=(TOO_OLD,)),
        "driver-too-old",
        "driver 470.86 (it knows CUDA up to 11.4) is too old",
    ),
    "driver too old for a CUDA that the table does not know": (
        CUDA._replace(driver=None, torch_cuda="14.0", cuda_works=False, messages=(TOO_OLD,)),
        "driver-too-old", "it needs a newer one"),
    "card without driver": (
        CUDA._replace(driver=None, gpus=(), cuda_works=False), "no-driver", "no NVIDIA driver"),
    "WSL without driver, asked for": (  # github.com/CompVis/stable-diffusion/issues/161
        CUDA._replace(
            platform="WSL", driver=None, gpus=(), nvidia_cards=0, cuda_works=False,
            messages=("RuntimeError: Found no NVIDIA driver on your system. Please check",),
        ),
        "no-driver", "inside WSL"),
    "cards hidden": (
        CUDA._replace(visible_devices="", cuda_works=False), "cards-hidden", 'is ""'),
    "cards hidden by -1": (
        CUDA._replace(visible_devices="-1", cuda_works=False), "cards-hidden", 'is "-1"'),
    "card too new": (
        CUDA._replace(
            gpus=(Gpu("NVIDIA GeForce RTX 5090", 34.2, "12.0"),), cuda_works=False,
            messages=("CUDA error: no kernel image is available for execution on the device",),
        ),
        "wrong-architecture", "RTX 5090 (compute capability 12.0): the card is too new"),
    "card too old": (  # the build of torch 2.9.0+cu128
        CUDA._replace(
            architectures=("sm_70", "sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"),
            gpus=(Gpu("NVIDIA GeForce MX350", 2.1, "6.1"),),
        ),
        "wrong-architecture", "MX350 (compute capability 6.1): the card is too old"),
    "two copies of OpenMP end the process": (  # github.com/pytorch/vision/issues/6087
        CPU._replace(
            torch_works=False, torchvision_works=False,
            messages=("OMP: Error #15: Initializing libiomp5.so, but found libomp.so already "
                      "initialized.\nOMP: Hint This means\n\nended by signal 6",),
        ),
        "two-openmp", "Two copies of the OpenMP library"),
    "missing library": (  # github.com/pytorch/pytorch/issues/165812
        CUDA._replace(
            torch_works=False, torchvision_works=False, cuda_works=False,
            messages=("ImportError: libcudnn.so.9: cannot open shared object file: No such file",),
        ),
        "missing-library", "A library that PyTorch needs is missing"),
    "conda and pip mixed, broken": (
        CPU._replace(
            torchvision_works=False,
            installers=(("torch", "pip"), ("torchvision", "conda"), ("numpy", "pip")),
        ),
        "mixed-installers", "torch by pip, torchvision by conda, numpy by pip"),
    "broken for an unknown reason": (
        CPU._replace(torch_works=False, torchvision_works=False,
                     messages=("warning\nOSError: /opt/x/libfoo.so: no\n",)),
        "torch-broken", "torch is installed but does not work"),
    "torchvision broken for an unknown reason": (
        CPU._replace(torchvision_works=False), "torchvision-broken", "torchvision is installed"),
    "GPU broken for an unknown reason": (
        CUDA._replace(cuda_works=False), "gpu-broken", "cannot compute on it"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_recorded_case(name):
    report, code, words = CASES[name]
    (finding,) = diagnose(report)
    assert (finding.code, finding.serious) == (code, True)
    assert words in finding.problem
    assert finding.remedy


@pytest.mark.parametrize(
    "report",
    [
        CPU,
        CUDA,
        CPU._replace(torch="2.6.0", torchvision="0.21.0"),  # a wheel without the build's name
        CUDA._replace(torch="2.6.0", torchvision="0.21.0+cu124"),
        CUDA._replace(driver=None, gpus=(), nvidia_cards=0, cuda_works=False),  # no card at all
        CUDA._replace(driver="580.65.06", torch_cuda="11.8"),  # a new driver runs old programs
        CUDA._replace(torch_cuda="14.0"),  # the table does not know it
        CUDA._replace(visible_devices="0"),
        CUDA._replace(visible_devices="", driver=None, gpus=(), nvidia_cards=0),
        CPU._replace(visible_devices=""),
        CUDA._replace(gpus=(Gpu("old driver does not tell", None, None),)),
        CUDA._replace(gpus=(Gpu("RTX 4090", 25.4, "8.9"),)),  # runs the code for 8.6
        CUDA._replace(  # the driver compiles the portable code for a newer card
            architectures=("sm_90", "compute_90"), gpus=(Gpu("RTX 5090", 34.2, "12.0"),)
        ),
        CPU._replace(torch="2.6.0", torch_hip="6.2", nvidia_cards=1),
        CPU._replace(platform="Darwin", torch="2.6.0", torchvision="0.21.0"),
        CPU._replace(torchvision_needs=">=2.5", torch="2.6.0+cpu"),
        CPU._replace(installers=(("torch", "conda"), ("torchvision", "conda"))),
        CPU._replace(shell_python="3.12.3", shell_has_torch=True),
        CPU._replace(messages=("DeprecationWarning: something is deprecated",)),
    ],
)
def test_nothing_wrong(report):
    assert diagnose(report) == []


def test_remarks_are_not_serious():
    mixed = CPU._replace(installers=(("torch", "pip"), ("torchvision", "conda")))
    wsl = CUDA._replace(platform="WSL", driver=None, gpus=(), nvidia_cards=0, cuda_works=False)
    full = CUDA._replace(cuda_works=False, messages=("RuntimeError: CUDA error: out of memory",))
    found = [[(f.code, f.serious) for f in diagnose(report)] for report in (mixed, wsl, full)]
    assert found == [
        [("mixed-installers", False)], [("no-driver", False)], [("out-of-memory", False)]
    ]  # fmt: skip


def test_a_fact_takes_over_the_message_as_evidence():
    (finding,) = diagnose(CUDA._replace(driver="470.86", messages=(TOO_OLD,)))
    assert "470.86" in finding.problem
    assert finding.evidence == ("The NVIDIA driver on your system is too old (found version 11040)")


def test_evidence_of_an_unknown_reason_has_no_folders():
    (finding,) = diagnose(CASES["broken for an unknown reason"][0])
    assert finding.evidence == "OSError: libfoo.so: no"


def test_several_faults_are_all_reported_the_serious_ones_first():
    report = CUDA._replace(
        python="3.9.18",
        driver="470.82.01",
        installers=(("torch", "pip"), ("numpy", "conda")),
        messages=("CUDA error: out of memory", "Failed to initialize NumPy: _ARRAY_API not found"),
    )
    assert [finding.code for finding in diagnose(report)] == [
        "python-too-old", "driver-too-old", "numpy-abi", "mixed-installers", "out-of-memory",
    ]  # fmt: skip


def test_a_python_that_could_not_be_asked_is_not_called_empty():
    report = Report(python="3.11.9", packages_known=False, messages=("MemoryError: no room\n",))
    (finding,) = diagnose(report)
    assert (finding.code, finding.evidence) == ("python-broken", "MemoryError: no room")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"torch": "2.6.0+cu124", "torch_cuda": "12.4"}, "CUDA 12.4"),
        ({"torch": "2.6.0", "torch_hip": "6.2.41133"}, "ROCm 6.2.41133"),
        ({"torch": "2.6.0+rocm6.2.4"}, "ROCm 6.2.4"),
        ({"torch": "2.6.0+xpu"}, "Intel GPUs (XPU)"),
        ({"torch": "2.6.0", "torch_xpu": "20250004"}, "Intel GPUs (XPU)"),
        ({"torch": "2.6.0", "torch_mps": True}, "Apple GPUs (MPS)"),
        ({"torch": "2.6.0+cpu"}, "the CPU alone"),
    ],
)
def test_builds_are_named_and_only_that_for_the_cpu_is_called_so(changes, name):
    report = CPU._replace(torchvision="0.21.0", nvidia_cards=1, **changes)
    assert built_for(report) == name
    codes = [finding.code for finding in diagnose(report)]
    assert ("cpu-wheel" in codes) is (name == "the CPU alone")


def test_an_apple_gpu_that_does_not_compute():
    mac = CPU._replace(platform="Darwin", torch="2.6.0", torchvision="0.21.0", torch_mps=True)
    assert diagnose(mac._replace(other_gpu="Apple GPU", other_gpu_works=True)) == []
    broken = mac._replace(other_gpu="Apple GPU", messages=("RuntimeError: odd\n",))
    (finding,) = diagnose(broken)
    assert (finding.code, finding.evidence) == ("gpu-broken", "RuntimeError: odd")


def test_a_fault_of_the_gpu_does_not_hide_that_torch_is_broken():
    report = CUDA._replace(
        driver="470.82.01", torch_works=False, torchvision_works=False, cuda_works=False,
        messages=("OSError: first\nAttributeError: then\n",),
    )  # fmt: skip
    findings = {finding.code: finding for finding in diagnose(report)}
    assert set(findings) == {"driver-too-old", "torch-broken"}
    assert findings["torch-broken"].evidence == "OSError: first"
