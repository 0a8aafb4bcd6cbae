"""Error messages of nvidia-smi, CUDA and torch that speak of the driver or the card."""

from __future__ import annotations

from lib.start.findings import SELECTOR, Symptom

GPU_SYMPTOMS = (
    Symptom(
        "driver-too-old",
        r"The NVIDIA driver on your system is too old \(found version \d+\)"
        r"|CUDA driver version is insufficient for CUDA runtime version",
        "The NVIDIA driver is older than the CUDA version this PyTorch was built for.",
        "Update the NVIDIA driver, or install a PyTorch built for an older CUDA (choose it at "
        f"{SELECTOR}).",
    ),
    Symptom(
        "no-driver",
        r"Found no NVIDIA driver on your system",
        "No NVIDIA driver answers, so PyTorch cannot reach a GPU.",
        "With an NVIDIA card: install its driver and restart; in a container: start that with "
        "access to the GPU (--gpus all). Without a card: stay on the CPU (LIB_DEVICE=cpu).",
    ),
    Symptom(
        "driver-not-loaded",
        r"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver",
        "The NVIDIA driver is installed, but its kernel module is not loaded.",
        "Restart the machine. If the message stays (typically after a kernel update, or with "
        "Secure Boot on), install the driver again for the running kernel.",
    ),
    Symptom(
        "driver-half-updated",
        r"Driver/library version mismatch"
        r"|Error 803: system has unsupported display driver / cuda driver combination",
        "The driver was updated, but the old kernel module is still loaded.",
        "Restart the machine. If the message stays, a second copy of the driver's libraries is in "
        "the way, from another installer or in a container's image: remove it.",
    ),
    Symptom(
        "card-not-started",
        r"(?m)^No devices were found",
        "The NVIDIA driver is loaded, but it cannot start the card.",
        "Read what it says: sudo dmesg | grep NVRM. Typical reasons: a card too new for this "
        "driver; one from before 2018 with the driver's open modules; in the BIOS, 'Above 4G "
        "Decoding' is off.",
    ),
    Symptom(
        "cuda-unknown",
        r"CUDA unknown error - this may be due to an incorrectly set up environment"
        r"|CUDA driver initialization failed, you might not have a CUDA gpu",
        "The driver is there, but CUDA does not start.",
        "Restart the machine (after a suspend, reloading the kernel module nvidia_uvm is enough), "
        "and set CUDA_VISIBLE_DEVICES before Python starts, never from inside the program.",
    ),
    Symptom(
        "fabric-manager",
        r"Error 802: system not yet initialized",
        "The links between the server's GPUs are not set up yet.",
        "Start the service nvidia-fabricmanager, in the driver's own version (administrator).",
    ),
    Symptom(
        "wrong-architecture",
        r"no kernel image is available for execution on the device"
        r"|with CUDA capability sm_\d+ is not compatible with the current PyTorch installation",
        "This PyTorch contains no code for this card: the card is too old or too new for it.",
        "A new card needs a newer PyTorch, an old card a PyTorch built for an older CUDA: choose "
        f"it at {SELECTOR}.",
    ),
    Symptom(
        "out-of-memory",
        r"CUDA out of memory|CUDA error: out of memory",
        "The GPU's memory is full. The set-up is fine.",
        "Use a smaller batch or model, or end other programs that nvidia-smi lists.",
        serious=False,
    ),
    Symptom(
        "device-busy",
        r"(?:all CUDA-capable devices are|CUDA-capable device\(s\) is/are) busy or unavailable",
        "The GPU is taken by another program. The set-up is fine.",
        "See nvidia-smi for who holds it and wait, or ask that the card be not in exclusive mode.",
        serious=False,
    ),
)
