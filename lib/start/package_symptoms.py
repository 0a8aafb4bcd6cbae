"""Error messages of Python, pip, torch, torchvision and NumPy that speak of what is installed."""

from __future__ import annotations

from lib.start.findings import REINSTALL, SELECTOR, Symptom

PACKAGE_SYMPTOMS = (
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
        f"{SELECTOR}); on any other write device='cpu'.",
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
        "two-openmp",
        r"OMP: Error #15: Initializing \S+, but found \S+ already initialized",
        "Two copies of the OpenMP library, which shares work among threads, were loaded: usually "
        "one from conda and one from pip.",
        "Make a new environment and install everything in it with one of the two. Do not silence "
        "the message (KMP_DUPLICATE_LIB_OK=TRUE): the program may then hang, or compute wrongly.",
    ),
    Symptom(
        "crash",
        r"ended by signal \d+",
        "Python itself was ended while it loaded PyTorch (a library or processor mismatch).",
        f"Install again: {REINSTALL}. On an old processor without AVX2, build from source.",
    ),
)
