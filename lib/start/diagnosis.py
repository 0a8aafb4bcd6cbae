"""From a report to what is wrong and what to do: a function of the report alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lib.start.builds import fits, published_build
from lib.start.drivers import is_older, minimum_driver, newest_cuda, numbers
from lib.start.findings import REINSTALL, SELECTOR, Finding, without_folders
from lib.start.precedence import most_precise
from lib.start.report import Report
from lib.start.symptoms import explain

MINIMUM_PYTHON = (3, 11)
WITHOUT_DRIVER = {"no-driver", "driver-not-loaded", "driver-half-updated"}


def diagnose(report: Report) -> list[Finding]:
    """Say what is wrong with the set-up that a report describes, the serious findings first.

    An empty list means: nothing. Each code appears once; what the facts show comes before what the
    messages say, and takes over their wording as evidence. The most precise one is told alone.
    """
    heard = _heard(report)
    findings: dict[str, Finding] = {}
    for finding in (*_facts(report), *heard):
        known = findings.setdefault(finding.code, finding)
        if not known.evidence:
            findings[finding.code] = known._replace(evidence=finding.evidence)
    findings = most_precise(findings, wsl=report.platform == "WSL")
    if not any(finding.serious for finding in findings.values()):
        findings.update((finding.code, finding) for finding in _unexplained(report, bool(heard)))
    return sorted(findings.values(), key=lambda finding: not finding.serious)


def _heard(report: Report) -> list[Finding]:
    """Return what the messages speak of."""
    return [finding for message in report.messages for finding in explain(message)]


def _facts(report: Report) -> Iterator[Finding]:
    """Yield what the facts alone show, whatever the messages say."""
    yield from _python_and_packages(report)
    if report.torch and report.torchvision:
        yield from _same_build(report)
    if report.torch_cuda:
        yield from _driver(report)
        yield from _cards(report)
    elif report.torch and not report.torch_hip and (report.gpus or report.nvidia_cards):
        yield Finding(
            "cpu-wheel",
            "The machine has an NVIDIA GPU, but this PyTorch was built for the CPU alone.",
            f"Install the CUDA build: choose it at {SELECTOR} and add --force-reinstall.",
        )


def _python_and_packages(report: Report) -> Iterator[Finding]:
    """Yield what is wrong with the Python, the environment and what is installed in it."""
    if numbers(report.python)[:2] < MINIMUM_PYTHON:
        wanted = ".".join(map(str, MINIMUM_PYTHON))
        yield Finding(
            "python-too-old",
            f"Python {report.python} is too old: the course needs {wanted} or newer.",
            f"Install Python {wanted} or newer and make a new environment with it.",
        )
    if not report.torch and report.shell_has_torch:
        yield Finding(
            "torch-missing",
            "PyTorch is installed, but in another Python than this one: the shell's Python "
            f"{report.shell_python} has it, this Python {report.python} does not.",
            "Install Jupyter and PyTorch in one environment and start Jupyter from there; or "
            "register that environment (python -m ipykernel install --user --name learn-pytorch) "
            "and choose it as the notebook's kernel.",
        )
    elif not report.torch:
        yield Finding(
            "torch-missing",
            "PyTorch is not installed in this Python.",
            "Run in this environment: python -m pip install torch torchvision",
        )
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
            "Neither knows what the other did. If something breaks, make a new environment and "
            "install torch, torchvision and numpy with one of the two.",
            serious=not (report.torch_works and report.torchvision_works),
        )


def _same_build(report: Report) -> Iterator[Finding]:
    """Yield a finding if torch and torchvision were not made for each other."""
    builds = [published_build(version) for version in (report.torch, report.torchvision)]
    fitting = fits(report.torch, report.torchvision_needs)
    if not fitting or (all(builds) and builds[0] != builds[1]):
        asks = "" if fitting else f" (it asks for torch {report.torchvision_needs})"
        yield Finding(
            "torchvision-mismatch",
            f"torch {report.torch} and torchvision {report.torchvision}{asks} come from "
            "different builds.",
            f"Install both in one command: {REINSTALL}",
        )


def _driver(report: Report) -> Iterator[Finding]:
    """Yield what is wrong with the driver of a machine whose PyTorch was built for CUDA."""
    oldest = minimum_driver(report.torch_cuda)
    newest = next(filter(None, map(newest_cuda, report.messages)), None)
    if newest or (report.driver and oldest and is_older(report.driver, oldest)):
        knows = f" (it knows CUDA up to {newest})" if newest else ""
        needs = f"driver {oldest} or newer" if oldest else "a newer one"
        yield Finding(
            "driver-too-old",
            f"The NVIDIA driver {report.driver or 'here'}{knows} is too old for this PyTorch: "
            f"built for CUDA {report.torch_cuda}, it needs {needs}.",
            f"Update the driver, or install a PyTorch built for an older CUDA: {SELECTOR}.",
        )
    if report.driver or report.gpus:
        return
    if report.platform == "WSL":
        yield Finding(
            "no-driver",
            "No NVIDIA driver answers inside WSL; PyTorch runs on the CPU.",
            "With an NVIDIA card: install the driver in Windows (never inside WSL), see that this "
            'is WSL 2, run "wsl --update" and "wsl --shutdown", and open WSL again.',
            serious=bool(WITHOUT_DRIVER & {finding.code for finding in _heard(report)}),
        )
    elif report.nvidia_cards:
        yield Finding(
            "no-driver",
            "The machine has an NVIDIA card, but no NVIDIA driver answers.",
            "Install the NVIDIA driver for this system and restart the machine.",
        )


def _cards(report: Report) -> Iterator[Finding]:
    """Yield what keeps a PyTorch built for CUDA from using the cards that are there."""
    if report.visible_devices in ("", "-1") and (report.gpus or report.nvidia_cards):
        yield Finding(
            "cards-hidden",
            f'CUDA_VISIBLE_DEVICES is "{report.visible_devices}", which hides every GPU.',
            "Unset it (unset CUDA_VISIBLE_DEVICES) or name a card (0), then start Python again.",
        )
    built = [int(n) for n in re.findall(r"sm_(\d+)", " ".join(report.architectures))]
    portable = [int(n) for n in re.findall(r"compute_(\d+)", " ".join(report.architectures))]
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
            "Install a PyTorch built for an older CUDA, or use the CPU (LIB_DEVICE=cpu)."
            if old
            else f"Install the newest PyTorch with the newest CUDA: {SELECTOR}.",
        )


def _unexplained(report: Report, heard: bool) -> Iterator[Finding]:
    """Yield a finding for what does not work although nothing recognised explains it."""
    last = "".join(report.messages).strip().rpartition("\n")[2]
    last = without_folders(last)[:200]
    for name, works in (("torch", report.torch_works), ("torchvision", report.torchvision_works)):
        if not works:
            yield Finding(
                f"{name}-broken",
                f"{name} is installed but does not work, for a reason the doctor does not know.",
                f"Install again: {REINSTALL}. If that changes nothing, search for the message.",
                last,
            )
            return
    if report.torch_cuda and report.gpus and not report.cuda_works and not heard:
        yield Finding(
            "gpu-broken",
            "The GPU and its driver are there, but PyTorch cannot compute on it.",
            "Restart the machine; if that changes nothing, install the driver again.",
            last,
        )
