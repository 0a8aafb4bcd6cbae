"""The one place where the course chooses between CPU and GPU."""

import os

import torch


def default_device() -> torch.device:
    """Return the device LIB_DEVICE names; if unset, the GPU where there is one, else the CPU.

    Raises: ValueError if LIB_DEVICE is neither 'cpu' nor 'cuda', or 'cuda' without a GPU.
    """
    wanted = os.environ.get("LIB_DEVICE", "")
    if wanted not in ("", "cpu", "cuda"):
        raise ValueError(f"LIB_DEVICE must be 'cpu' or 'cuda', got {wanted!r}")
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise ValueError(
            f"LIB_DEVICE is 'cuda', but torch {torch.__version__} sees no CUDA GPU here; "
            "set LIB_DEVICE=cpu or unset it"
        )
    return torch.device(wanted or ("cuda" if available else "cpu"))


def describe_device(device: torch.device | str) -> str:
    """Return a line for people: the GPU's name and memory (GiB), or the CPU's number of threads.

    Raises: ValueError if `device` is neither a CPU nor a CUDA GPU.
    """
    device = torch.device(device)
    if device.type == "cpu":
        num_threads = torch.get_num_threads()
        return f"CPU, {num_threads} thread{'s' if num_threads > 1 else ''}"
    if device.type != "cuda":
        raise ValueError(f"device must be a 'cpu' or a 'cuda' device, got {str(device)!r}")
    properties = torch.cuda.get_device_properties(device)
    return f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
