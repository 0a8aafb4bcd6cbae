"""What the doctor says about one fault, and the messages by which it knows one."""

from __future__ import annotations

import re
from typing import NamedTuple

REINSTALL = "python -m pip install --force-reinstall torch torchvision"
SELECTOR = "https://pytorch.org/get-started/locally/"


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


def without_folders(text: str) -> str:
    """Shorten each path in a text to its last name, so that no folder of a machine is shown."""
    text = re.sub(r'"(?:[A-Za-z]:)?[/\\][^"\n]*[/\\]', '"', text)
    return re.sub(r"(?<![^\s\"'(])(?:[A-Za-z]:|\.{0,2})[/\\][^\s\"']*[/\\]", "", text)
