"""Make printed text independent of the machine: its device, its paths, its memory addresses.

Each rule takes out one thing that differs between two correct runs, and nothing beside it. Text
that a rule does not name is compared as it is. Listings of source code are left alone.
"""

import re
from typing import NamedTuple

from pipeline.compare.tolerance import LISTING

QUOTE = r"(?:'|&#x27;|&#39;)"


class Rule(NamedTuple):
    """What a rule takes out, the pattern of it, and what stands there instead."""

    what: str
    pattern: re.Pattern[str]
    replacement: str


RULES = (
    Rule(
        "a picture inside HTML, compared by its alternative text",
        re.compile(r"(data:image/(?:png|jpeg|webp);base64,)[A-Za-z0-9+/=]+"),
        r"\1<picture>",
    ),
    Rule(
        "the device in a tensor's print, which only a GPU tensor names",
        re.compile(rf",\s+device={QUOTE}cuda(?::\d+)?{QUOTE}"),
        "",
    ),
    Rule(
        "a line break before the last words of a tensor's print, caused by the device's name",
        re.compile(r",\n +(?=(?:size|dtype|grad_fn|requires_grad)=)"),
        ", ",
    ),
    Rule(
        "the print of a torch.device",
        re.compile(rf"device\(type={QUOTE}(?:cpu|cuda){QUOTE}(?:, index=\d+)?\)"),
        "device(<device>)",
    ),
    Rule(
        "a device's name as a word, not as part of `torch.cuda`, `.cpu()` or a path",
        re.compile(r"(?<![\w./-])(?:cpu|cuda(?::\d+)?)(?![\w(/-]|\.\w)"),
        "<device>",
    ),
    Rule(
        "the address in the print of an object",
        re.compile(r" at 0x[0-9a-f]{6,16}\b"),
        " at <address>",
    ),
    Rule(
        "the file in which the kernel keeps a cell",
        re.compile(r"[^\s'\"<>]*/ipykernel_\d+/\d+\.py"),
        "<cell>",
    ),
    Rule(
        "a temporary folder, as tempfile names them",
        re.compile(r"[^\s'\"<>]*/tmp[a-z0-9_]{8}(?=[/\s'\"<>)]|$)"),
        "<temporary>",
    ),
    Rule(
        "the way to the installed packages",
        re.compile(r"[^\s'\"<>]*/(?:site|dist)-packages/"),
        "<packages>/",
    ),
    Rule(
        "the way to this repository's library",
        re.compile(r"(?<![^\s'\"<>(])/[^\s'\"<>]*/(?=lib/\w+/\w+\.py)"),
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
)


def neutral(text: str) -> str:
    """Return a text without what depends on the machine it was printed on."""
    if LISTING.search(text):
        return text
    for rule in RULES:
        text = rule.pattern.sub(rule.replacement, text)
    return text
