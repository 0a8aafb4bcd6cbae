"""What is installed and what answers on this machine, from Python to the GPUs."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from lib.core.cores import num_cores
from lib.start import probe

SMI_FIELDS = ("driver_version", "name", "memory.total", "compute_cap")
SMI_QUERIES = (
    SMI_FIELDS,
    SMI_FIELDS[:3],  # old drivers do not know compute_cap
    (
        "kmd_version",
        *SMI_FIELDS[1:],
    ),  # the name since 610; the old one is on its way out
)


class Gpu(NamedTuple):
    """One card: memory in GB (1e9 bytes), compute capability ("8.6"); None: unknown."""

    name: str
    memory_gb: float | None = None
    capability: str | None = None


class Report(NamedTuple):
    """What was found. None, "" or an empty tuple stands for "not there".

    Units: memory in GB (1e9 bytes).
    """

    python: str
    environment: str = "venv"  # "venv", "conda" or "system"
    platform: str = "Linux"  # "Linux", "WSL", "Darwin", "Windows"
    container: bool = False
    executable: str = ""
    shell_python: str | None = None  # version of the shell's python, if another one
    shell_has_torch: bool = False
    shell_executable: str = ""
    packages_known: bool = True  # False: the process that looks for them told nothing
    torch: str | None = None
    torch_cuda: str | None = None  # CUDA version of the build; None for a CPU build
    torch_hip: str | None = None
    torch_xpu: str | None = None
    torch_mps: bool = False  # built for Apple's GPUs
    torch_works: bool = False
    torchvision: str | None = None
    torchvision_needs: str = ""  # such as "==2.6.0"
    torchvision_works: bool = False
    numpy: str | None = None
    installers: tuple[tuple[str, str], ...] = ()  # such as (("torch", "pip"), ...)
    cudnn: str = ""
    cuda_works: bool = False
    torch_gpus: int | None = (
        None  # cards that CUDA or ROCm shows to torch; None: unknown
    )
    architectures: tuple[str, ...] = ()  # of the build, such as "sm_80"
    driver: str | None = None
    driver_complaint: str = ""  # what nvidia-smi gave in place of its answer
    gpus: tuple[Gpu, ...] = ()
    other_gpu: str = ""  # name of Apple's or Intel's GPU
    other_gpu_works: bool = False
    nvidia_cards: int = 0  # NVIDIA display devices on the PCI bus, driver or not
    visible_devices: str | None = None  # CUDA_VISIBLE_DEVICES
    cpu_threads: int = 0
    memory_gb: float | None = None
    messages: tuple[str, ...] = ()  # what the libraries and nvidia-smi said


def examine(*, timeout: float = 180.0) -> Report:
    """Look at this Python and this machine; a broken torch breaks a child process only.

    Units: `timeout` in seconds, for the child process that tries the libraries.
    """
    facts, messages = _probe(timeout)
    facts["packages_known"] = bool(facts)
    driver, gpus, told = _ask_driver()
    cards = tuple(Gpu(*card) for card in facts.pop("cards", ()))
    shell = shutil.which("python") or shutil.which("python3") or ""
    version, has_torch = _ask_shell(shell)
    facts["installers"] = tuple((name, by) for name, by in facts.get("installers", ()))
    facts["architectures"] = tuple(facts.get("architectures", ()))
    facts.setdefault("cpu_threads", num_cores())
    wsl = "microsoft" in platform.release().lower()
    return Report(
        python=platform.python_version(),
        environment=_environment(),
        platform="WSL" if wsl else platform.system(),
        container=_in_container(),
        executable=sys.executable,
        shell_python=version,
        shell_has_torch=has_torch,
        shell_executable=shell,
        driver=driver,
        driver_complaint="" if driver else told,
        gpus=gpus or cards,
        nvidia_cards=count_nvidia_cards(Path("/sys/bus/pci/devices")),
        visible_devices=os.environ.get("CUDA_VISIBLE_DEVICES"),
        memory_gb=_memory_gb(),
        messages=tuple(text for text in (messages, told) if text),
        **facts,
    )


def parse_smi(text: str) -> tuple[str | None, tuple[Gpu, ...], str]:
    """Read what nvidia-smi gives for SMI_FIELDS: driver, cards, and other lines."""
    driver, gpus, other = None, [], []
    for line in text.strip().splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) < 3 or not re.fullmatch(r"\d+(\.\d+)+|\[.*\]", fields[0]):
            other.append(line)  # a sentence, such as "No devices were found"
            continue
        number, name, memory, capability = [*fields, ""][:4]
        driver = driver or (None if number.startswith("[") else number)
        size = float(memory) * 2**20 / 1e9 if _is_number(memory) else None
        gpus.append(Gpu(name, size, capability if _is_number(capability) else None))
    return driver, tuple(gpus), "\n".join(other)


def count_nvidia_cards(folder: Path) -> int:
    """Count the NVIDIA display devices in a folder such as /sys/bus/pci/devices."""
    count = 0
    for device in folder.glob("*"):
        try:
            vendor = (device / "vendor").read_text(errors="replace")
            kind = (device / "class").read_text(errors="replace")
        except OSError:
            continue
        count += vendor.strip() == "0x10de" and kind.startswith("0x03")
    return count


def run_command(command: list[str], timeout: float) -> tuple[int, str, str]:
    """Run a command: exit status, output, errors; status 127 where it cannot run.

    Other programs may write anything: what is no UTF-8 is replaced.

    Units: `timeout` in seconds.
    """
    environment = {**os.environ, "PYTHONWARNINGS": "default"}
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=timeout, env=environment, check=False
        )
    except subprocess.TimeoutExpired as late:
        told = (late.stdout or b"").decode(errors="replace")
        return 127, told, f"gave no answer within {timeout:g} seconds"
    except (OSError, ValueError) as error:
        return 127, "", str(error)
    output, errors = (
        text.decode(errors="replace") for text in (done.stdout, done.stderr)
    )
    return done.returncode, output, errors


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None


def _probe(timeout: float) -> tuple[dict, str]:
    """Try the libraries in a child process: the facts it told, and its messages."""
    source = Path(probe.__file__).read_text(encoding="utf-8")
    status, output, messages = run_command([sys.executable, "-c", source], timeout)
    facts: dict = {}
    for line in output.splitlines():
        with suppress(ValueError):  # a line may be cut where the process died
            if line.startswith(probe.MARK):
                facts.update(json.loads(line[len(probe.MARK) :]))
    if status < 0:
        messages += f"\nended by signal {-status}"
    elif status not in (0, 127):
        messages += f"\nended with status {status}"
    return facts, messages


def _ask_driver() -> tuple[str | None, tuple[Gpu, ...], str]:
    """Ask nvidia-smi for the driver and the cards; the third value: what else it said.

    Without nvidia-smi the kernel module may tell its version.
    """
    smi = shutil.which("nvidia-smi")
    if not smi and Path("/usr/lib/wsl/lib/nvidia-smi").exists():
        smi = "/usr/lib/wsl/lib/nvidia-smi"
    if not smi:
        return _module_version(Path("/proc/driver/nvidia/version")), (), ""
    complaint = ""
    for fields in SMI_QUERIES:
        query = [
            smi,
            "--query-gpu=" + ",".join(fields),
            "--format=csv,noheader,nounits",
        ]
        status, output, errors = run_command(query, 30.0)
        driver, gpus, other = parse_smi(output)
        if driver or gpus:
            return driver, gpus, other
        said = (output + errors).strip()
        complaint = complaint or said or f"nvidia-smi ended with status {status}"
        if "not a valid field" not in said:
            break
    return None, (), complaint


def _module_version(path: Path) -> str | None:
    """Read the version of NVIDIA's kernel module, where it is loaded."""
    try:
        found = re.search(
            r"Module.*?\s(\d+(\.\d+)+)\s", path.read_text(errors="replace")
        )
    except OSError:
        return None
    return found.group(1) if found else None


def _ask_shell(shell: str) -> tuple[str | None, bool]:
    """Version of the shell's python if it is another one, and whether it has torch."""
    code = (
        "import sys, platform, importlib.util as u; print(sys.prefix, "
        "platform.python_version(), u.find_spec('torch') is not None, sep='\\n')"
    )
    status, output, _ = (
        run_command([shell, "-c", code], 30.0) if shell else (127, "", "")
    )
    answer = output.splitlines()
    if status != 0 or len(answer) < 3 or answer[0] == sys.prefix:
        return None, False
    return answer[1], answer[2] == "True"


def _environment() -> str:
    """Kind of environment this Python belongs to."""
    if (Path(sys.prefix) / "conda-meta").is_dir():
        return "conda"
    return "venv" if sys.prefix != sys.base_prefix else "system"


def _in_container() -> bool:
    """Tell whether this is a container (Docker, Podman, Kubernetes, LXC)."""
    if any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv")):
        return True
    try:
        groups = Path("/proc/1/cgroup").read_text(errors="replace")
    except OSError:
        return False
    return re.search(r"docker|containerd|kubepods|lxc|libpod", groups) is not None


def _memory_gb() -> float | None:
    """The machine's memory, where the system tells it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):
        return None
