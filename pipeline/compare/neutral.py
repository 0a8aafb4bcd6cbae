"""Make printed text independent of the machine: its device, its paths, its memory addresses.

Each rule takes out one thing that differs between two correct runs, and nothing beside it. Text
that a rule does not name is compared as it is. Listings of source code are left alone.

A pattern that began with a run of any length would be tried anew at each of its characters, and a
long line would take forever. A way therefore begins where a word does, and no pattern with a run.
"""

import re
from typing import NamedTuple

from pipeline.compare.text import LISTING

QUOTE = r"(?:'|&#x27;|&#39;)"
GPU = r"(?:cuda|mps|xpu)(?::\d+)?"
WAY = r"(?<![^\s'\"<>(])[^\s'\"<>(]*"  # from the beginning of a path, as far as possible


class Rule(NamedTuple):
    """What a rule takes out, the pattern of it, and what stands there instead."""

    what: str
    pattern: re.Pattern[str]
    replacement: str


RULES = (
    Rule(
        "the device in a tensor's print, which only a GPU tensor names",
        re.compile(rf",\s+device={QUOTE}{GPU}{QUOTE}"),
        "",
    ),
    Rule(
        "a line break before the last words of a tensor's print, caused by the device's name",
        re.compile(r",\n +(?=(?:size|dtype|grad_fn|requires_grad)=)"),
        ", ",
    ),
    Rule(
        "the print of a torch.device",
        re.compile(rf"device\(type={QUOTE}(?:cpu|cuda|mps|xpu){QUOTE}(?:, index=\d+)?\)"),
        "device(<device>)",
    ),
    Rule(
        "a device's name as a word, not as part of `torch.cuda`, `.cpu()` or a path",
        re.compile(rf"(?<![\w./-])(?:cpu|{GPU})(?![\w(/-]|\.\w)"),
        "<device>",
    ),
    Rule(
        "the address in the print of an object",
        re.compile(r" at 0x[0-9a-f]{6,16}\b"),
        " at <address>",
    ),
    Rule(
        "the file in which the kernel keeps a cell",
        re.compile(rf"{WAY}/ipykernel_\d+/\d+\.py"),
        "<cell>",
    ),
    Rule(
        "a temporary folder, as tempfile names them",
        re.compile(rf"{WAY}/tmp[a-z0-9_]{{8}}(?=[/\s'\"<>)]|$)"),
        "<temporary>",
    ),
    Rule(
        "the way to the installed packages",
        re.compile(rf"{WAY}/(?:site|dist)-packages/"),
        "<packages>/",
    ),
    Rule(
        "the way to this repository's library",
        re.compile(r"(?<![^\s'\"<>(])/[^\s'\"<>(]*/(?=lib/\w+/\w+\.py)"),
        "",
    ),
    Rule(
        "a home folder",
        re.compile(r"(?<![\w/.])(?:/home/[\w.-]+|/Users/[\w.-]+|/root)(?=/)"),
        "~",
    ),
    Rule(
        "a number of threads",
        re.compile(r"\b\d+ (?=(?:CPU )?threads\b)"),
        "<number of> ",
    ),
    Rule(
        "the guess that Python adds from 3.13 on to an argument it does not know",
        re.compile(r"( got an unexpected keyword argument '\w+')\. Did you mean '\w+'\?"),
        r"\1",
    ),
)


def neutral(text: str) -> str:
    """Return a text without what depends on the machine it was printed on."""
    if LISTING.search(text):
        return text
    for rule in RULES:
        text = rule.pattern.sub(rule.replacement, text)
    return text
