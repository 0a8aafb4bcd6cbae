"""Error messages of torch, torchvision, NumPy, pip that mean a faulty set-up, and the remedies."""

from __future__ import annotations

import re
from typing import NamedTuple

REINSTALL = "python -m pip install --force-reinstall torch torchvision"


class Finding(NamedTuple):
    """One thing to say; not `serious`: a remark, the set-up works or the fault lies elsewhere."""

    code: str
    problem: str
    remedy: str
    evidence: str = ""
    serious: bool = True


class Symptom(NamedTuple):
    """A message to be recognised (`pattern`, a regular expression) and what to say about it."""

    code: str
    pattern: str
    problem: str
    remedy: str
    serious: bool = True


SYMPTOMS = (
    Symptom(
        "driver-too-old",
        r"The NVIDIA driver on your system is too old \(found version \d+\)"
        r"|CUDA driver version is insufficient for CUDA runtime version",
        "The NVIDIA driver is older than the CUDA version this PyTorch was built for.",
        "Update the NVIDIA driver, or install a PyTorch built for an older CUDA "
        "(choose it at https://pytorch.org/get-started/locally/).",
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
        r"Driver/library version mismatch",
        "The driver was updated, but the old kernel module is still loaded.",
        "Restart the machine.",
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
        "it at https://pytorch.org/get-started/locally/.",
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
    Symptom(
        "torchvision-mismatch",
        r"operator torchvision::nms(?: does not exist)?"
        r"|Couldn't load custom C\+\+ ops"
        r"|PyTorch and torchvision were compiled with different\s+CUDA (?:major )?versions",
        "torch and torchvision come from different builds.",
        f"Install both in one command: {REINSTALL}",
    ),
    Symptom(
        "missing-library",
        r"lib(?:cudart|cudnn|cublas|cufft|curand|cusparse|cusolver|nccl|nvJitLink|torch)\w*"
        r"(?:-\w+)?\.so[.\d]*: cannot open shared object file",
        "A CUDA library that PyTorch needs is missing: half an installation, or a package built "
        "for another PyTorch.",
        f"PyTorch's wheels bring these libraries along; install them again: {REINSTALL}",
    ),
    Symptom(
        "mkl-too-new",
        r"undefined symbol: iJIT_NotifyEvent",
        "conda's PyTorch found a newer MKL than it was built with.",
        'Run: conda install "mkl<2024.1". Better: a new environment with PyTorch from pip alone.',
    ),
    Symptom(
        "foreign-library",
        r"undefined symbol: (?!iJIT_NotifyEvent)\w+",
        "PyTorch loaded a library of another version than the one it was built with.",
        "Unset LD_LIBRARY_PATH (another CUDA there comes first) and try again; else install "
        f"again: {REINSTALL}",
    ),
    Symptom(
        "numpy-abi",
        r"A module that was compiled using NumPy 1\.x cannot be run in\s+NumPy 2[.\w]*"
        r"|Failed to initialize NumPy: (?:_ARRAY_API not found|module compiled against API version)"
        r"|numpy\.dtype size changed, may indicate binary incompatibility",
        "NumPy and a package compiled against it disagree about the version.",
        'Update the package named in the message; if it has no newer one: pip install "numpy<2".',
    ),
    Symptom(
        "numpy-missing",
        r"No module named 'numpy'|Numpy is not available",
        "NumPy is not installed, or PyTorch cannot use it.",
        "Run: python -m pip install --upgrade numpy",
    ),
    Symptom(
        "cpu-wheel",
        r"Torch not compiled with CUDA enabled",
        "This PyTorch was built for the CPU alone.",
        "On a machine with an NVIDIA GPU install the CUDA build (choose it at "
        "https://pytorch.org/get-started/locally/); on any other write device='cpu'.",
    ),
    Symptom(
        "shadowed",
        r"partially initialized module 'torch(?:vision)?'(?: has no attribute)?"
        r"|consider renaming '(?:[^'\n]*[/\\])?torch(?:vision)?\.py'",
        "Python did not load the library to its end: often a file of yours named torch.py is "
        "found first.",
        "Rename such a file and delete its __pycache__ folder; in a notebook, restart the kernel.",
    ),
    Symptom(
        "torch-missing",
        r"No module named 'torch'",
        "PyTorch is not installed in this Python.",
        "Run in this environment: python -m pip install torch torchvision",
    ),
    Symptom(
        "no-wheel",
        r"Could not find a version that satisfies the requirement torch(?:vision)?\b",
        "pip knows no PyTorch for this Python: it is too old, too new, or a 32-bit one.",
        "Make an environment with a 64-bit Python that PyTorch supports (3.11 to 3.13 is safe).",
    ),
    Symptom(
        "missing-dll",
        r"Error loading \"?[^\"\n]*\.dll\"? or one of its dependencies",
        "Windows does not find a library that PyTorch needs.",
        f"Install Microsoft's Visual C++ Redistributable (x64), then: {REINSTALL}",
    ),
    Symptom(
        "crash",
        r"ended by signal \d+",
        "Python itself was ended while it loaded PyTorch (a library or processor mismatch).",
        f"Install again: {REINSTALL}. On an old processor without AVX2, build from source.",
    ),
)


def explain(message: str) -> list[Finding]:
    """Recognise the set-up faults that an error message speaks of, in the order of the table.

    The evidence is the recognised words alone, without folders.
    """
    findings = []
    for symptom in SYMPTOMS:
        match = re.search(symptom.pattern, message)
        if match:
            words = without_folders(" ".join(match.group().split()))
            code, _, problem, remedy, serious = symptom
            findings.append(Finding(code, problem, remedy, words, serious))
    return findings


def without_folders(text: str) -> str:
    """Shorten each path in a text to its last name, so that no folder of a machine is shown."""
    text = re.sub(r'"(?:[A-Za-z]:)?[/\\][^"\n]*[/\\]', '"', text)
    return re.sub(r"(?<![^\s\"'(])(?:[A-Za-z]:|\.{0,2})[/\\][^\s\"']*[/\\]", "", text)
