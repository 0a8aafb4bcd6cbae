"""The tags a cell may carry, and what they mean for the comparison of its outputs.

- `nbval-rtol=0.05`: numbers with a point may differ by this part of the larger. For cells that
  train.
- `nbval-counts=0.05`: whole numbers may, too, so that those below 1 / 0.05 stay exact. For counts
  that follow from training, or from the version of a package.
- `nbval-figure=0.3`: pictures may be this far apart (`pipeline.compare.figures`). For figures that
  show times.
- `nbval-ignore-output`: the outputs are not compared; how many outputs of which kind there are,
  and the warnings, still are. Only for times and machine names; the cell's metadata say why:
  `reason: "..."`.
- `raises-exception`: the cell must fail, with the stored message.

A cell cannot be left out of the run.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from pipeline.compare.text import EXACT, Tolerance

RTOL, COUNTS, FIGURE = LOOSE = ("nbval-rtol=", "nbval-counts=", "nbval-figure=")
SHARE = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,2})?", re.ASCII)
IGNORE = "nbval-ignore-output"
FAILING = ("raises-exception", "nbval-raises-exception")
DISPLAY = (
    "hide-cell", "hide-input", "hide-output", "remove-cell", "remove-input", "remove-output",
    "scroll-output", "full-width", "margin", "solution", "exercise", "colab-setup",
)  # fmt: skip
REFUSED = ("nbval-skip", "skip-execution")
COMMENT = re.compile(r"^\s*#+\s*((?:PYTEST_VALIDATE|NBVAL)_[A-Z_]+)\s*$", re.MULTILINE)


class CellRules(NamedTuple):
    """How one cell is compared.

    The tolerance of its numbers, the distance allowed to its pictures (None: the usual one), and
    why its outputs are not compared (None: they are).
    """

    numbers: Tolerance = EXACT
    figure: float | None = None
    ignored_because: str | None = None


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
    rtol, counts, figure = (_share(tags, kind) for kind in LOOSE)
    return CellRules(
        Tolerance(rtol or EXACT.rtol, counts or EXACT.counts),
        None if figure is None else float(figure),
        _reason(metadata) if IGNORE in tags else None,
    )


def loosened(tags: Iterable[str]) -> list[str]:
    """List the tags that loosen the comparison of a cell."""
    return [tag for tag in tags if tag.startswith(LOOSE)]


def _check_tag(tag: str) -> None:
    if tag in REFUSED:
        raise ValueError(f"tag `{tag}` is not allowed: every cell runs and is compared")
    if tag not in (IGNORE, *FAILING, *DISPLAY) and not tag.startswith(LOOSE):
        known = ", ".join((*(f"{kind}0.05" for kind in LOOSE), IGNORE, *FAILING, *DISPLAY))
        raise ValueError(f"tag `{tag}` is unknown; known are {known}")


def _share(tags: Iterable[str], kind: str) -> Decimal | None:
    """Return the number of the one tag that begins with `kind`, None if there is none."""
    found = [tag for tag in tags if tag.startswith(kind)]
    if len(found) > 1:
        raise ValueError(f"a cell may have one {kind}… tag, got {len(found)}")
    if not found:
        return None
    value = found[0].removeprefix(kind)
    if not SHARE.fullmatch(value) or not 0 < Decimal(value) < 1:
        raise ValueError(f"tag `{found[0]}` must end in a number between 0 and 1, got {value!r}")
    return Decimal(value)


def _reason(metadata: Mapping[str, object]) -> str:
    reason = metadata.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError(f'tag `{IGNORE}` needs metadata `reason: "…"`, got {reason!r}')
    return reason.strip()
