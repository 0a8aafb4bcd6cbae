"""Temperature and power of NVIDIA GPUs, where nvidia-smi tells them."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import NamedTuple

import torch

QUERY = ("--query-gpu=temperature.gpu,power.draw", "--format=csv,noheader,nounits")


class Sensors(NamedTuple):
    """Temperature in °C and power in W; None where unknown."""

    temperature: float | None = None
    power: float | None = None


def parse_sensors(text: str) -> Sensors:
    """Read a line such as "61, 287.40"; what is no number, such as "[N/A]", is unknown."""
    fields = [field.strip() for field in text.strip().partition("\n")[0].split(",")]
    found = [float(field) if re.fullmatch(r"\d+(\.\d+)?", field) else None for field in fields]
    return Sensors(*[*found, None, None][:2])


def higher(first: Sensors, second: Sensors) -> Sensors:
    """Return the higher temperature and the higher power of two readings."""
    pairs = zip(first, second, strict=True)
    return Sensors(*(max((v for v in pair if v is not None), default=None) for pair in pairs))


def describe_sensors(sensors: Sensors) -> str:
    """Write what is known, such as "61 °C, 287.4 W"."""
    pairs = zip(sensors, ("°C", "W"), strict=True)
    return ", ".join(f"{value:g} {unit}" for value, unit in pairs if value is not None)


def read_sensors(device: torch.device | str) -> Sensors:
    """Ask nvidia-smi about a GPU; all is unknown for a CPU, or where it gives no answer."""
    device, command = torch.device(device), shutil.which("nvidia-smi")
    if device.type != "cuda" or command is None:
        return Sensors()
    # The number of a card may be another one in nvidia-smi than in PyTorch, its UUID is the same.
    uuid = torch.cuda.get_device_properties(device).uuid
    try:
        done = subprocess.run(
            [command, *QUERY, f"--id=GPU-{uuid}"],
            capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return Sensors()
    return parse_sensors(done.stdout) if done.returncode == 0 else Sensors()
