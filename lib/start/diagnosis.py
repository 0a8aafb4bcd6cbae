"""From a report to what is wrong and what to do: a function of the report alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lib.start.findings import REINSTALL, SELECTOR, Finding, most_precise, quote
from lib.start.report import Report
from lib.start.symptoms import GPU_SYMPTOMS, explain
from lib.start.versions import (
    fits,
    is_older,
    minimum_driver,
    newest_cuda,
    numbers,
    published_build,
)

MINIMUM_PYTHON = (3, 11)
# These explain why a GPU stays idle, not why `import torch` fails.
ABOUT_GPUS = {"cpu-wheel", "cards-hidden", "driver-silent"} | {
    symptom.code for symptom in GPU_SYMPTOMS
}


def diagnose(report: Report) -> list[Finding]:
    """Say what is wrong with the set-up that a report describes, the worst first.

    An empty list means: nothing. Each code appears once; what the facts show comes
    before what the messages say, and takes over their wording as evidence. Of findings
    that mean one fault the most precise one is told alone.
    """
    heard = [finding for message in report.messages for finding in explain(message)]
    findings: dict[str, Finding] = {}
    for finding in (*_facts(report, {finding.code for finding in heard}), *heard):
        known = findings.setdefault(finding.code, finding)
        if not known.evidence:
            findings[finding.code] = known._replace(evidence=finding.evidence)
    findings = most_precise(findings, wsl=report.platform == "WSL")
    findings.update(
        (finding.code, finding) for finding in _unexplained(report, findings)
    )
    return sorted(findings.values(), key=lambda finding: not finding.serious)


def _facts(report: Report, heard: set[str]) -> Iterator[Finding]:
    """Yield what the facts alone show, whatever the messages say (codes in `heard`)."""
    yield from _python_and_packages(report)
    if report.torch and report.torchvision:
        yield from _same_build(report)
    if report.driver_complaint and not explain(report.driver_complaint):
        yield Finding(
            "driver-silent",
            "nvidia-smi is there, so a driver is, too, but it gives no answer.",
            "In a container: restart it. Else restart the machine; if that changes "
            "nothing, search for the message, and read sudo dmesg | grep NVRM.",
            quote([report.driver_complaint], first=True),
        )
    if report.torch_cuda:
        yield from _driver(report, heard)
        yield from _cards(report)
        return
    for_cpu = report.torch and built_for(report) == "the CPU alone"
    if for_cpu and (report.gpus or report.nvidia_cards):
        yield Finding(
            "cpu-wheel",
            "The machine has an NVIDIA GPU, but this PyTorch was built for the CPU "
            "alone.",
            f"Install the CUDA build: choose it at {SELECTOR} and add "
            "--force-reinstall.",
        )


def built_for(report: Report) -> str:
    """Say what the installed torch was built for, such as "CUDA 12.4"."""
    build = published_build(report.torch or "")
    if report.torch_cuda:
        return f"CUDA {report.torch_cuda}"
    if report.torch_hip or build.startswith("rocm"):
        return f"ROCm {report.torch_hip or build[4:]}"
    if report.torch_xpu or build == "xpu":
        return "Intel GPUs (XPU)"
    return "Apple GPUs (MPS)" if report.torch_mps else "the CPU alone"


def _python_and_packages(report: Report) -> Iterator[Finding]:
    """Yield what is wrong with the Python, the environment and what is installed."""
    if numbers(report.python)[:2] < MINIMUM_PYTHON:
        wanted = ".".join(map(str, MINIMUM_PYTHON))
        yield Finding(
            "python-too-old",
            f"Python {report.python} is too old: the course needs {wanted} or newer.",
            f"Install Python {wanted} or newer and make a new environment with it.",
        )
    if not report.packages_known:
        yield Finding(
            "python-broken",
            "This Python could not be asked what is installed.",
            "Start it anew, in a new environment if that changes nothing.",
            quote(report.messages),
        )
    elif not report.torch:
        yield _without_torch(report)
    elif not report.torchvision:
        yield Finding(
            "torchvision-missing",
            "torchvision is not installed beside PyTorch.",
            f"Install both in one command: {REINSTALL}",
        )
    tools = {tool for _, tool in report.installers}
    if "conda" in tools and tools & {"pip", "uv"}:
        names = ", ".join(f"{name} by {tool}" for name, tool in report.installers)
        yield Finding(
            "mixed-installers",
            f"conda and pip both installed what PyTorch rests on ({names}).",
            "Neither knows what the other did. If something breaks, make a new "
            "environment and install torch, torchvision and numpy with one of the two.",
            serious=not (report.torch_works and report.torchvision_works),
        )


def _without_torch(report: Report) -> Finding:
    """Say that torch is missing, and whether the shell's Python has it."""
    if report.shell_has_torch:
        return Finding(
            "torch-missing",
            "PyTorch is installed, but in another Python than this one: the shell's "
            f"Python {report.shell_python} has it, this Python {report.python} does "
            "not.",
            "Install Jupyter and PyTorch in one environment and start Jupyter from "
            "there; or register that environment (python -m ipykernel install --user "
            "--name learn-pytorch) and choose it as the notebook's kernel.",
        )
    return Finding(
        "torch-missing",
        "PyTorch is not installed in this Python.",
        "Run in this environment: python -m pip install torch torchvision",
    )


def _same_build(report: Report) -> Iterator[Finding]:
    """Yield a finding if torch and torchvision were not made for each other."""
    builds = [published_build(name) for name in (report.torch, report.torchvision)]
    fitting = fits(report.torch, report.torchvision_needs)
    if not fitting or (all(builds) and builds[0] != builds[1]):
        asks = "" if fitting else f" (it asks for torch {report.torchvision_needs})"
        yield Finding(
            "torchvision-mismatch",
            f"torch {report.torch} and torchvision {report.torchvision}{asks} come "
            "from different builds.",
            f"Install both in one command: {REINSTALL}",
        )


def _driver(report: Report, heard: set[str]) -> Iterator[Finding]:
    """Yield what is wrong with the driver, for a PyTorch that was built for CUDA."""
    oldest = minimum_driver(report.torch_cuda)
    newest = next(filter(None, map(newest_cuda, report.messages)), None)
    if newest or (report.driver and oldest and is_older(report.driver, oldest)):
        knows = f" (it knows CUDA up to {newest})" if newest else ""
        needs = f"driver {oldest} or newer" if oldest else "a newer one"
        yield Finding(
            "driver-too-old",
            f"The NVIDIA driver {report.driver or 'here'}{knows} is too old for this "
            f"PyTorch: built for CUDA {report.torch_cuda}, it needs {needs}.",
            "Update the driver, or install a PyTorch built for an older CUDA: "
            f"{SELECTOR}.",
        )
    if report.gpus or report.cuda_works:
        return
    if report.platform == "WSL" and not report.driver:
        yield Finding(
            "no-driver",
            "No NVIDIA driver answers inside WSL; PyTorch runs on the CPU.",
            "With an NVIDIA card: install the driver in Windows (never inside WSL), "
            'see that this is WSL 2, run "wsl --update" and "wsl --shutdown", and open '
            "WSL again.",
            serious=bool(
                heard & {"no-driver", "driver-not-loaded", "driver-half-updated"}
            ),
        )
    elif report.nvidia_cards and report.container and not report.driver_complaint:
        yield Finding(
            "no-driver",
            "The machine has an NVIDIA card, but this container may not use it.",
            "Start the container with access to the GPU (docker run --gpus all ...); "
            "the driver is installed on the host, with NVIDIA's container toolkit.",
        )
    elif report.nvidia_cards and not (report.driver or report.driver_complaint):
        yield Finding(
            "no-driver",
            "The machine has an NVIDIA card, but no NVIDIA driver answers.",
            "Install the NVIDIA driver for this system and restart the machine.",
        )


def _cards(report: Report) -> Iterator[Finding]:
    """Yield what keeps a PyTorch built for CUDA from using the cards that are there."""
    if (report.gpus or report.nvidia_cards) and not report.cuda_works:
        reason = _hidden(report)
        if reason:
            yield Finding(
                "cards-hidden",
                f'CUDA_VISIBLE_DEVICES is "{report.visible_devices}", {reason}.',
                "Unset it (unset CUDA_VISIBLE_DEVICES) or name a card (0), then start "
                "Python again.",
            )
    names = " ".join(report.architectures)
    built = [int(number) for number in re.findall(r"sm_(\d+)", names)]
    portable = [int(number) for number in re.findall(r"compute_(\d+)", names)]
    for gpu in report.gpus:
        if not built or not gpu.capability:
            continue
        major, minor = numbers(gpu.capability)
        card = 10 * major + minor
        if any(sm // 10 == major for sm in built) or any(n <= card for n in portable):
            continue
        old = card < min(built)
        yield Finding(
            "wrong-architecture",
            f"This PyTorch has no code for the card {gpu.name} (compute capability "
            f"{gpu.capability}): the card is too {'old' if old else 'new'} for it.",
            "Install a PyTorch for an older CUDA, or use the CPU (LIB_DEVICE=cpu)."
            if old
            else f"Install the newest PyTorch with the newest CUDA: {SELECTOR}.",
        )


def _hidden(report: Report) -> str:
    """Say how CUDA_VISIBLE_DEVICES hides every card; "" if it does not.

    CUDA reads a list of numbers, or of names (GPU-…, MIG-…), up to the first wrong one.
    """
    if report.visible_devices is None:
        return ""
    first = report.visible_devices.split(",")[0].strip()
    if first == "" or re.fullmatch(r"-\d+", first):
        return "which hides every GPU"
    if first.isdigit():
        count = len(report.gpus) or report.nvidia_cards
        beyond = int(first) >= count
        return f"but the numbers end at {count - 1}, so it hides every GPU" * beyond
    if report.torch_gpus or (
        report.torch_gpus is None and first[:4] in ("GPU-", "MIG-")
    ):
        return ""
    return "which names no GPU of this machine, so it hides every one"


def _unexplained(report: Report, findings: dict[str, Finding]) -> Iterator[Finding]:
    """Yield a finding for what does not work although nothing known explains it."""
    serious = {code for code, finding in findings.items() if finding.serious}
    for name, installed, works in (
        ("torch", report.torch, report.torch_works),
        ("torchvision", report.torchvision, report.torchvision_works),
    ):
        if installed and not works:
            if not serious - ABOUT_GPUS:
                yield Finding(
                    f"{name}-broken",
                    f"{name} is installed but does not work, for a reason the doctor "
                    "does not know.",
                    f"Install again: {REINSTALL}. If that changes nothing, search for "
                    "the message.",
                    quote(report.messages, first=name == "torch"),
                )
            return
    built = report.torch_cuda or report.torch_hip
    there = report.gpus or (report.driver and report.nvidia_cards)
    idle = built and there and not report.cuda_works
    idle = idle or (report.other_gpu and not report.other_gpu_works)
    if idle and not serious and not {"out-of-memory", "device-busy"} & set(findings):
        yield Finding(
            "gpu-broken",
            "The GPU and its driver are there, but PyTorch cannot compute on it.",
            "Restart the machine; if that changes nothing, install the driver again.",
            quote(report.messages),
        )
