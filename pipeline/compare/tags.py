"""The tags a cell may carry, and what they mean for the comparison of its outputs.

- `nbval-rtol=0.05`: numbers of this cell may differ by this part of the larger; whole numbers too,
  so that counts below 1 / rtol stay exact. For cells that train.
- `nbval-ignore-output`: the text of the outputs is not compared; how many outputs of which kind
  there are, and the warnings, still are. Only for times and machine names; the cell's metadata say
  why: `reason: "..."`.
- `raises-exception`: the cell must fail, with the stored message.

A cell cannot be left out of the run.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

RTOL = "nbval-rtol="
RTOL_VALUE = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,2})?", re.ASCII)
IGNORE = "nbval-ignore-output"
FAILING = ("raises-exception", "nbval-raises-exception")
DISPLAY = (
    "hide-cell", "hide-input", "hide-output", "remove-cell", "remove-input", "remove-output",
    "scroll-output", "full-width", "margin", "solution", "exercise", "colab-setup",
)  # fmt: skip
REFUSED = ("nbval-skip", "skip-execution")
COMMENT = re.compile(r"^\s*#+\s*((?:PYTEST_VALIDATE|NBVAL)_[A-Z_]+)\s*$", re.MULTILINE)


class CellRules(NamedTuple):
    """How one cell is compared: its relative tolerance, and why its text is not compared."""

    rtol: Decimal | None
    ignored_because: str | None


def cell_rules(source: str, metadata: Mapping[str, object]) -> CellRules:
    """Read from a code cell how its outputs are compared.

    Raises: ValueError if a tag is unknown, malformed, refused or lacks its reason.
    """
    marker = COMMENT.search(source)
    if marker:
        raise ValueError(f"comment `# {marker[1]}` is not allowed; use a tag of the cell")
    tags = metadata.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ValueError(f"tags must be a list of texts, got {tags!r}")
    for tag in tags:
        _check_tag(tag)
    rtols = [_rtol(tag) for tag in tags if tag.startswith(RTOL)]
    if len(rtols) > 1:
        raise ValueError(f"a cell may have one {RTOL}… tag, got {len(rtols)}")
    rtol = rtols[0] if rtols else None
    return CellRules(rtol, _reason(metadata) if IGNORE in tags else None)


def _check_tag(tag: str) -> None:
    if tag in REFUSED:
        raise ValueError(f"tag `{tag}` is not allowed: every cell runs and is compared")
    if tag not in (IGNORE, *FAILING, *DISPLAY) and not tag.startswith(RTOL):
        known = ", ".join((f"{RTOL}0.05", IGNORE, *FAILING, *DISPLAY))
        raise ValueError(f"tag `{tag}` is unknown; known are {known}")


def _rtol(tag: str) -> Decimal:
    value = tag.removeprefix(RTOL)
    if not RTOL_VALUE.fullmatch(value) or not 0 < Decimal(value) < 1:
        raise ValueError(f"tag `{tag}` must end in a number between 0 and 1, got {value!r}")
    return Decimal(value)


def _reason(metadata: Mapping[str, object]) -> str:
    reason = metadata.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError(f'tag `{IGNORE}` needs metadata `reason: "…"`, got {reason!r}')
    return reason.strip()
