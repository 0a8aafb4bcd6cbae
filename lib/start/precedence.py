"""Where two findings mean one fault, the more precise one is told alone."""

from __future__ import annotations

from lib.start.findings import Finding

# A code, and the codes that say the same less precisely.
PRECISER = (
    ("driver-half-updated", ("driver-not-loaded", "no-driver", "cuda-unknown")),
    ("driver-not-loaded", ("no-driver", "cuda-unknown")),
    ("card-not-started", ("no-driver", "cuda-unknown")),
    ("two-openmp", ("crash",)),
)
# Inside WSL there is no kernel module of NVIDIA's: the driver stands in Windows.
PRECISER_IN_WSL = (
    ("no-driver", ("driver-half-updated", "driver-not-loaded", "cuda-unknown")),
    ("two-openmp", ("crash",)),
)


def most_precise(findings: dict[str, Finding], *, wsl: bool = False) -> dict[str, Finding]:
    """Leave out each finding that another one makes superfluous; the keys are the codes."""
    pairs = PRECISER_IN_WSL if wsl else PRECISER
    vague = {code for precise, codes in pairs if precise in findings for code in codes}
    return {code: finding for code, finding in findings.items() if code not in vague}
