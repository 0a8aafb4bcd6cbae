"""The one place where the course chooses between CPU and GPU."""

import os

import torch

GPUS = {"cuda": "NVIDIA or AMD GPU", "mps": "Apple GPU", "xpu": "Intel GPU"}


def default_device() -> torch.device:
    """Return the device LIB_DEVICE names; if unset, a GPU if there is one, or the CPU.

    Raises: ValueError if LIB_DEVICE is not 'cpu', 'cuda', 'mps' or 'xpu', or if torch
        sees no such GPU.
    """
    wanted = os.environ.get("LIB_DEVICE", "")
    if wanted not in ("", "cpu", *GPUS):
        names = ", ".join(map(repr, GPUS))
        raise ValueError(f"LIB_DEVICE must be 'cpu' or one of {names}, got {wanted!r}")
    if wanted == "cpu":
        return torch.device("cpu")
    gpu = available_gpu()
    if wanted and wanted != gpu:
        raise ValueError(
            f"LIB_DEVICE is {wanted!r}, but torch {torch.__version__} sees no "
            f"{GPUS[wanted]} here; set LIB_DEVICE={gpu or 'cpu'} or unset it "
            "(python -m lib.start.doctor looks for the reason)"
        )
    return torch.device(gpu or "cpu")


def available_gpu() -> str | None:
    """Return the type of the GPU that torch can use here; None without one."""
    if not torch.accelerator.is_available():
        return None
    gpu = torch.accelerator.current_accelerator().type
    return gpu if gpu in GPUS else None


def describe_device(device: torch.device | str) -> str:
    """Return a line for people: the CPU's threads, or the GPU's name and memory (GiB).

    Raises: ValueError if `device` is neither a CPU nor a GPU of a known type.
    """
    device = torch.device(device)
    if device.type == "cpu":
        num_threads = torch.get_num_threads()
        return f"CPU, {num_threads} thread{'s' if num_threads > 1 else ''}"
    if device.type not in GPUS:
        names = ", ".join(map(repr, GPUS))
        raise ValueError(
            f"device must be 'cpu' or of type {names}, got {str(device)!r}"
        )
    if device.type == "mps":  # shares the computer's memory, and tells no name
        return GPUS["mps"]
    properties = torch.get_device_module(device).get_device_properties(device)
    return f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
