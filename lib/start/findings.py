"""What the doctor says about one fault, and how it quotes a message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

REINSTALL = "python -m pip install --force-reinstall torch torchvision"
SELECTOR = "https://pytorch.org/get-started/locally/"
# A code, and the codes that say the same less precisely: those are left out.
PRECISER = (
    ("driver-half-updated", ("driver-not-loaded", "no-driver", "cuda-unknown")),
    ("driver-not-loaded", ("no-driver", "cuda-unknown")),
    ("driver-incomplete", ("no-driver", "cuda-unknown")),
    ("driver-silent", ("no-driver", "cuda-unknown")),
    ("nvml-unknown", ("no-driver", "cuda-unknown", "no-gpu-seen")),
    ("card-lost", ("nvml-unknown", "no-driver", "cuda-unknown", "no-gpu-seen")),
    ("card-not-started", ("no-driver", "cuda-unknown", "no-gpu-seen")),
    ("cards-hidden", ("cuda-unknown", "no-gpu-seen")),
    ("two-openmp", ("crash",)),
)
# Inside WSL there is no kernel module of NVIDIA's: the driver stands in Windows.
PRECISER_IN_WSL = (
    ("no-driver", ("driver-half-updated", "driver-not-loaded", "cuda-unknown")),
    ("two-openmp", ("crash",)),
)
# What a line looks like that names an error, the plainest first.
ERROR_LINES = (
    r"^(?:[A-Za-z_][\w.]*)?(?:Error|Exception)\b(?::.*)?$|^Fatal Python error\b.*"
    r"|^what\(\):.*",
    r"\b[A-Za-z_]*Warning: .*",
    r"(?i)^.*\b(?:error|fail(?:s|ed|ure)?|cannot|can't|couldn't|unable|fatal|lost)\b.*",
)


class Finding(NamedTuple):
    """One thing to say; not `serious`: a remark, the set-up itself is fine."""

    code: str
    problem: str
    remedy: str
    evidence: str = ""
    serious: bool = True


class Symptom(NamedTuple):
    """A message (`pattern`, a regular expression) and what to say about it.

    A space in the pattern stands for any white space, since messages get wrapped.
    """

    code: str
    pattern: str
    problem: str
    remedy: str
    serious: bool = True


def most_precise(findings: dict[str, Finding], *, wsl: bool) -> dict[str, Finding]:
    """Leave out each finding that another one makes superfluous; the keys are codes."""
    pairs = PRECISER_IN_WSL if wsl else PRECISER
    vague = {code for precise, codes in pairs if precise in findings for code in codes}
    return {code: finding for code, finding in findings.items() if code not in vague}


def quote(messages: Iterable[str], *, first: bool = False) -> str:
    """Return the line that names the error, without folders, at most 200 characters.

    Of several it is the last one, or the first; where no line names an error, the last.
    """
    lines = [line.strip() for text in messages for line in text.splitlines()]
    for pattern in ERROR_LINES:
        matches = [re.search(pattern, line) for line in lines]
        found = [match.group() for match in matches if match]
        if found:
            return without_folders(found[0 if first else -1])[:200]
    return without_folders(next(filter(None, reversed(lines)), ""))[:200]


def without_folders(text: str) -> str:
    """Shorten each path to its last name, so that no folder of a machine is shown."""
    text = re.sub(r'"(?:[A-Za-z]:)?[/\\][^"\n]*[/\\]', '"', text)
    return re.sub(r"(?<![^\s\"'(])(?:[A-Za-z]:|\.{0,2})[/\\][^\s\"']*[/\\]", "", text)
