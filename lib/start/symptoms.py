"""Error messages of nvidia-smi, CUDA, torch, pip and Python, and what each means."""

from __future__ import annotations

import re

from lib.start.findings import REINSTALL, SELECTOR, Finding, Symptom, without_folders

# fmt: off
GPU_SYMPTOMS = (  # the driver and the card
    Symptom("driver-too-old",
        r"The NVIDIA driver on your system is too old \(found version \d+\)"
        r"|CUDA driver version is insufficient for CUDA runtime version"
        r"|the provided PTX was compiled with an unsupported toolchain",
        "The NVIDIA driver is older than the CUDA version this program was built for.",
        "Update the NVIDIA driver, or install a PyTorch built for an older CUDA "
        f"(choose it at {SELECTOR})."),
    Symptom("forward-compatibility",
        r"(?:Error 804: )?forward compatibility was attempted on non supported HW",
        "A package for forward compatibility (cuda-compat) comes before the driver's "
        "own library, and it is for data-centre cards only.",
        "Take /usr/local/cuda/compat out of LD_LIBRARY_PATH, or remove the package; in "
        "a container: update the host's driver, or use an image of an older CUDA."),
    Symptom("no-driver",
        r"Found no NVIDIA driver on your system"
        r"|libcuda\.so[.\d]*: cannot open shared object file",
        "No NVIDIA driver answers, so PyTorch cannot reach a GPU.",
        "With an NVIDIA card: install its driver and restart; in a container: start "
        "that with access to the GPU (--gpus all). Without a card: stay on the CPU "
        "(LIB_DEVICE=cpu)."),
    Symptom("driver-incomplete",
        r"NVIDIA-SMI couldn't find \S+ library in your system",
        "nvidia-smi is there, but the driver's libraries are not.",
        "Install the driver again, whole; in a container: start it with --gpus all and "
        "NVIDIA_DRIVER_CAPABILITIES=compute,utility, with no driver in the image."),
    Symptom("driver-not-loaded",
        r"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver"
        r"|Failed to initialize NVML: Driver Not Loaded",
        "The NVIDIA driver is installed, but its kernel module is not loaded.",
        "Restart the machine. If the message stays (typically after a kernel update, "
        "or with Secure Boot on), install the driver again for the running kernel."),
    Symptom("driver-half-updated",
        r"Driver/library version mismatch"
        r"|Error 803: system has unsupported display driver / cuda driver combination",
        "The driver was updated, but the old kernel module is still loaded.",
        "Restart the machine. If the message stays, a second copy of the driver's "
        "libraries is in the way, from another installer or in a container's image: "
        "remove it."),
    Symptom("nvml-unknown",
        r"Failed to initialize NVML: Unknown Error",
        "The driver is installed, but access to the card was lost.",
        "In a container: restart it (a reload of systemd on the host takes its cards "
        "away). Else restart the machine; if the message stays, see whether the card "
        "has power and sits firmly, and what sudo dmesg | grep -e NVRM -e Xid says."),
    Symptom("card-lost",
        r"GPU is lost|has fallen off the bus"
        r"|Unable to determine the device handle for GPU",
        "The driver has lost the card: it no longer answers on the bus.",
        "Switch the machine off and on. If it happens again, see whether the card has "
        "power, sits firmly and stays cool, and what sudo dmesg | grep Xid says."),
    Symptom("no-permission",
        r"Failed to initialize NVML: Insufficient Permissions",
        "This user may not use the card.",
        "Ask the administrator for access to /dev/nvidia* (a group such as video or "
        "render)."),
    Symptom("card-not-started",
        r"(?m)^No devices were found",
        "The NVIDIA driver is loaded, but it cannot start the card.",
        "Read what it says: sudo dmesg | grep NVRM. Typical reasons: a card too new "
        "for this driver; one from before 2018 with the driver's open modules; in the "
        "BIOS, 'Above 4G Decoding' is off."),
    Symptom("cuda-unknown",
        r"CUDA unknown error - this may be due to an incorrectly set up environment"
        r"|CUDA driver initialization failed, you might not have a CUDA gpu",
        "The driver is there, but CUDA does not start.",
        "Restart the machine (after a suspend, reloading the kernel module nvidia_uvm "
        "is enough), and set CUDA_VISIBLE_DEVICES before Python starts, never from "
        "inside."),
    Symptom("no-gpu-seen",
        r"No CUDA GPUs are available|no CUDA-capable device is detected",
        "CUDA starts, but it is shown no card.",
        "See what CUDA_VISIBLE_DEVICES says; on a cluster ask for a GPU; start a "
        "container with --gpus all."),
    Symptom("fabric-manager",
        r"Error 802: system not yet initialized",
        "The links between the server's GPUs are not set up yet.",
        "Start the service nvidia-fabricmanager, in the driver's own version "
        "(administrator)."),
    Symptom("wrong-architecture",
        r"no kernel image is available for execution on the device"
        r"|with CUDA capability sm_\d+ is not compatible with the current PyTorch "
        r"installation|HIP error: invalid device function",
        "This PyTorch contains no code for this card: the card is too old or too new.",
        "A new card needs a newer PyTorch, an old card a PyTorch built for an older "
        "CUDA: "
        f"choose it at {SELECTOR}."),
    Symptom("out-of-memory",
        r"CUDA out of memory|CUDA error: out of memory|MPS backend out of memory",
        "The GPU's memory is full. The set-up is fine.",
        "Use a smaller batch or model, or end other programs that nvidia-smi lists.",
        serious=False),
    Symptom("device-busy",
        r"(?:all CUDA-capable devices are|CUDA-capable device\(s\) is/are) busy or "
        r"unavailable",
        "The GPU is taken by another program. The set-up is fine.",
        "See nvidia-smi for who holds it and wait, or ask that the card be not in "
        "exclusive mode.",
        serious=False),
    Symptom("no-float64",
        r"the MPS framework doesn't support float64",
        "Apple's GPUs do not compute in float64. The set-up is fine.",
        "Convert to float32 first, x.float().to('mps'), or stay on the CPU "
        "(LIB_DEVICE=cpu).",
        serious=False),
)
PACKAGE_SYMPTOMS = (  # what is installed
    Symptom("torchvision-mismatch",
        r"operator torchvision::nms(?: does not exist)?|Couldn't load custom C\+\+ ops"
        r"|PyTorch and torchvision were compiled with different CUDA (?:major "
        r")?versions",
        "torch and torchvision come from different builds.",
        f"Install both in one command: {REINSTALL}"),
    Symptom("missing-library",
        r"lib(?:cudart|cudnn|cublas|cufft|cufile|cupti|curand|cusparse|cusolver|nccl"
        r"|nvrtc"
        r"|nvToolsExt|nvshmem|nvJitLink|torch|c10|shm|mkl|iomp|gomp)\w*(?:-\w+)?"
        r"\.so[.\d]*: cannot open shared object file"
        r"|Library not loaded: (?:@rpath/)?\S*lib\w+\.dylib",
        "A library that PyTorch needs is missing: half an installation, or a package "
        "built for another PyTorch.",
        f"PyTorch's wheels bring these libraries along; install them again: "
        f"{REINSTALL}"),
    Symptom("glibc-too-old",
        r"version `GLIBC_[\d.]+' not found",
        "PyTorch, or a package for it, was built for a newer Linux than this one.",
        "Use a newer system or a container, or an older PyTorch "
        "(https://pytorch.org/get-started/previous-versions/). Do not replace the "
        "system's glibc."),
    Symptom("libstdcxx-too-old",
        r"version `(?:GLIBCXX|CXXABI)_[\d.]+' not found",
        "An older copy of the C++ library libstdc++ was found first.",
        "In conda: conda install -c conda-forge libstdcxx-ng. Else unset "
        "LD_LIBRARY_PATH, or update the system's libstdc++."),
    Symptom("mkl-too-new",
        r"undefined symbol: iJIT_NotifyEvent",
        "conda's PyTorch found a newer MKL than it was built with.",
        'Run: conda install "mkl<2024.1". Better: a new environment with PyTorch from '
        "pip alone."),
    Symptom("foreign-library",
        r"undefined symbol: (?!iJIT_NotifyEvent)\w+"
        r"|cuDNN version incompatibility: PyTorch was compiled against",
        "PyTorch loaded a library of another version than the one it was built with.",
        "Unset LD_LIBRARY_PATH, if another CUDA or cuDNN stands there, and try again; "
        "else "
        f"install again: {REINSTALL}"),
    Symptom("numpy-abi",
        r"A module that was compiled using NumPy 1\.x cannot be run in NumPy 2[.\w]*"
        r"|Failed to initialize NumPy: (?:_ARRAY_API not found"
        r"|module compiled against API version)"
        r"|numpy\.dtype size changed, may indicate binary incompatibility",
        "NumPy and a package compiled against it disagree about the version.",
        "Update the package named in the message; if it has no newer one: "
        'pip install "numpy<2".'),
    Symptom("numpy-missing",
        r"No module named 'numpy'|Numpy is not available",
        "NumPy is not installed, or PyTorch cannot use it.",
        "Run: python -m pip install --upgrade numpy"),
    Symptom("cpu-wheel",
        r"Torch not compiled with CUDA enabled",
        "This PyTorch was built without CUDA.",
        "On a machine with an NVIDIA GPU install the CUDA build (choose it at "
        f"{SELECTOR}); on a Mac write device='mps', on any other machine "
        f"device='cpu'."),
    Symptom("shadowed",
        r"partially initialized module 'torch(?:vision)?'(?: has no attribute)?"
        r"|consider renaming '(?:[^'\n]*[/\\])?torch(?:vision)?\.py'",
        "Python did not load the library to its end: often a file of yours named "
        "torch.py is found first.",
        "Rename such a file and delete its __pycache__ folder; in a notebook, restart "
        "the kernel."),
    Symptom("torch-missing",
        r"No module named 'torch'",
        "PyTorch is not installed in this Python.",
        "Run in this environment: python -m pip install torch torchvision"),
    Symptom("no-wheel",
        r"Could not find a version that satisfies the requirement torch(?:vision)?\b",
        "pip knows no PyTorch for this Python: it is too old, too new, or a 32-bit "
        "one.",
        "Make an environment with a 64-bit Python that PyTorch supports (3.11 to 3.13 "
        "is safe)."),
    Symptom("missing-dll",
        r'Error loading "?[^"\n]*\.dll"? or one of its dependencies'
        r"|DLL load failed(?: while importing \w+)?",
        "Windows does not find a library that PyTorch or NumPy needs.",
        "Install Microsoft's Visual C++ Redistributable (x64), then: " + REINSTALL),
    Symptom("two-openmp",
        r"OMP: Error #15: Initializing \S+, but found \S+ already initialized",
        "Two copies of the OpenMP library, which shares work among threads, were "
        "loaded: usually one from conda and one from pip.",
        "Make a new environment and install everything in it with one of the two. Do "
        "not silence the message (KMP_DUPLICATE_LIB_OK=TRUE): the program may then "
        "hang, or compute wrongly."),
    Symptom("crash",
        r"ended by signal \d+|ended with status 3221225\d+",
        "Python itself was ended while it loaded PyTorch (a library or processor "
        "mismatch).",
        f"Install again: {REINSTALL}. On an old processor without AVX2, build from "
        f"source."),
)
WORKER_SYMPTOMS = (  # programs with several processes
    Symptom("main-guard",
        r"before the current process has finished its bootstrapping phase",
        "A worker process imported this script and would start workers again. The "
        "set-up is fine.",
        "Put what the script does, the loop over the DataLoader too, into a function, "
        "and call it below if __name__ == \"__main__\": (macOS and Windows need this, "
        "and Python 3.14 on Linux).",
        serious=False),
    Symptom("worker-cannot-import",
        r"Can't get attribute '\w+' on <module '__main__'"
        r"|Can't (?:pickle|get) local object '[^']+'",
        "A worker process cannot import what it is to run. The set-up is fine.",
        "Move the dataset and its functions from the notebook or function into a .py "
        "file and import them; or use num_workers=0.",
        serious=False),
    Symptom("cuda-after-fork",
        r"Cannot re-initialize CUDA in forked subprocess",
        "A worker process uses the GPU, which its parent already did. The set-up is "
        "fine.",
        "Keep the data on the CPU in the workers and move each batch afterwards; or "
        "give the DataLoader multiprocessing_context='spawn'.",
        serious=False),
    Symptom("shared-memory",
        r"insufficient shared memory \(shm\)|out of shared memory"
        r"|is killed by signal: Bus error|[Uu]nexpected bus error encountered in worker"
        r"|unable to (?:write to file|mmap \d+ bytes from file"
        r"|open shared memory object)"
        r" </torch_\w+>",
        "The memory through which workers hand over batches (/dev/shm) is full; a "
        "container has 64 MB of it unless told otherwise.",
        "Start the container with --shm-size=2g (or --ipc=host); or use fewer workers, "
        "smaller batches, or num_workers=0.",
        serious=False),
)
SYMPTOMS = (*GPU_SYMPTOMS, *PACKAGE_SYMPTOMS, *WORKER_SYMPTOMS)
# fmt: on


def explain(message: str) -> list[Finding]:
    """Recognise the faults that an error message speaks of, in the order of the table.

    The evidence is the recognised words alone, without folders.
    """
    findings = []
    for symptom in SYMPTOMS:
        match = re.search(symptom.pattern.replace(" ", r"\s+"), message)
        if match:
            words = without_folders(" ".join(match.group().split()))
            code, _, problem, remedy, serious = symptom
            findings.append(Finding(code, problem, remedy, words, serious))
    return findings
