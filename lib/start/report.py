"""What is installed and what answers on this machine: Python, torch, driver, GPUs, memory."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from lib.start import probe

SMI_FIELDS = ("driver_version", "name", "memory.total", "compute_cap")
SMI_QUERIES = (
    SMI_FIELDS,
    SMI_FIELDS[:3],  # old drivers do not know compute_cap
    ("kmd_version", *SMI_FIELDS[1:]),  # the name since 610, where the old one is on its way out
)


class Gpu(NamedTuple):
    """One card: memory in GB (1e9 bytes), compute capability such as "8.6"; None where unknown."""

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
    executable: str = ""
    shell_python: str | None = None  # version of the shell's python, where it is another one
    shell_has_torch: bool = False
    shell_executable: str = ""
    torch: str | None = None
    torch_cuda: str | None = None  # CUDA version of the build; None for a CPU build
    torch_hip: str | None = None
    torch_works: bool = False
    torchvision: str | None = None
    torchvision_needs: str = ""  # such as "==2.6.0"
    torchvision_works: bool = False
    numpy: str | None = None
    installers: tuple[tuple[str, str], ...] = ()  # such as (("torch", "pip"), ...)
    cudnn: str = ""
    cuda_works: bool = False
    architectures: tuple[str, ...] = ()  # of the build, such as "sm_80"
    driver: str | None = None
    gpus: tuple[Gpu, ...] = ()
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
    driver, gpus, complaint = _ask_driver()
    cards = tuple(Gpu(*card) for card in facts.pop("cards", ()))
    shell = shutil.which("python") or shutil.which("python3") or ""
    version, has_torch = _ask_shell(shell)
    facts["installers"] = tuple((name, by) for name, by in facts.get("installers", ()))
    facts["architectures"] = tuple(facts.get("architectures", ()))
    facts.setdefault("cpu_threads", os.cpu_count() or 1)
    return Report(
        python=platform.python_version(),
        environment=_environment(),
        platform="WSL" if "microsoft" in platform.release().lower() else platform.system(),
        executable=sys.executable,
        shell_python=version,
        shell_has_torch=has_torch,
        shell_executable=shell,
        driver=driver,
        gpus=gpus or cards,
        nvidia_cards=count_nvidia_cards(Path("/sys/bus/pci/devices")),
        visible_devices=os.environ.get("CUDA_VISIBLE_DEVICES"),
        memory_gb=_memory_gb(),
        messages=tuple(text for text in (messages, complaint) if text),
        **facts,
    )


def parse_smi(text: str) -> tuple[str | None, tuple[Gpu, ...]]:
    """Read the table that nvidia-smi gives for SMI_FIELDS: the driver and the cards."""
    driver, gpus = None, []
    for line in text.strip().splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) < 3:  # a sentence, such as "No devices were found"
            continue
        driver, name, memory, capability = [*fields, ""][:4]
        size = float(memory) * 2**20 / 1e9 if memory.replace(".", "").isdigit() else None
        known = capability if capability.replace(".", "").isdigit() else None
        gpus.append(Gpu(name, size, known))
    return driver, tuple(gpus)


def count_nvidia_cards(folder: Path) -> int:
    """Count the NVIDIA display devices in a folder such as Linux' list of PCI devices."""
    count = 0
    for device in folder.glob("*"):
        try:
            vendor, kind = (device / "vendor").read_text(), (device / "class").read_text()
        except OSError:
            continue
        count += vendor.strip() == "0x10de" and kind.startswith("0x03")
    return count


def _run(command: list[str], timeout: float) -> tuple[int, str, str]:
    """Run a command: exit status, output, errors; status 127 where it cannot run."""
    environment = {**os.environ, "PYTHONWARNINGS": "default"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, env=environment, check=False
        )
    except subprocess.TimeoutExpired as late:
        told = late.stdout.decode(errors="replace") if late.stdout else ""
        return 127, told, f"gave no answer within {timeout:g} seconds"
    except OSError as error:
        return 127, "", str(error)
    return done.returncode, done.stdout, done.stderr


def _probe(timeout: float) -> tuple[dict, str]:
    """Try the libraries in a child process: the facts it told, and its messages."""
    source = Path(probe.__file__).read_text(encoding="utf-8")
    status, output, messages = _run([sys.executable, "-c", source], timeout)
    facts: dict = {}
    for line in output.splitlines():
        if line.startswith(probe.MARK):
            facts.update(json.loads(line[len(probe.MARK) :]))
    return facts, messages + (f"\nended by signal {-status}" if status < 0 else "")


def _ask_driver() -> tuple[str | None, tuple[Gpu, ...], str]:
    """Ask nvidia-smi for the driver and the cards; the third value is its complaint."""
    smi = shutil.which("nvidia-smi")
    if not smi and Path("/usr/lib/wsl/lib/nvidia-smi").exists():
        smi = "/usr/lib/wsl/lib/nvidia-smi"
    if not smi:
        return None, (), ""
    complaint = ""
    for fields in SMI_QUERIES:
        query = [smi, "--query-gpu=" + ",".join(fields), "--format=csv,noheader,nounits"]
        status, output, errors = _run(query, 30.0)
        driver, gpus = parse_smi(output) if status == 0 else (None, ())
        if driver:
            return driver, gpus, ""
        complaint = complaint or output + errors
        if "not a valid field" not in output + errors:
            break
    return None, (), complaint


def _ask_shell(shell: str) -> tuple[str | None, bool]:
    """Version of the shell's python where it is another than this one, and whether it has torch."""
    code = (
        "import sys, platform, importlib.util as u; "
        "print(sys.prefix, platform.python_version(), u.find_spec('torch') is not None, sep='\\n')"
    )
    status, output, _ = _run([shell, "-c", code], 30.0) if shell else (127, "", "")
    answer = output.split("\n")
    if status != 0 or len(answer) < 3 or answer[0] == sys.prefix:
        return None, False
    return answer[1], answer[2] == "True"


def _environment() -> str:
    """Kind of environment this Python belongs to."""
    if (Path(sys.prefix) / "conda-meta").is_dir():
        return "conda"
    return "venv" if sys.prefix != sys.base_prefix else "system"


def _memory_gb() -> float | None:
    """The machine's memory, where the system tells it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):
        return None
