"""A timeline of loading and stepping: who works when, and how long the model waits."""

from typing import NamedTuple

LOAD, STEP, EDGE = "#f6c98a", "#cfe3f5", "#777777"
LEFT, WIDTH, ROW, BAR = 120, 520, 30, 22  # of labels, of the time axis, of a row


class Work(NamedTuple):
    """One piece of work: in which row (0 is the main process), of which batch, when."""

    row: int
    batch: int
    is_step: bool
    start: float
    end: float


def schedule(
    num_batches: int, load: float, step: float, num_workers: int, prefetch: int = 2
) -> list[Work]:
    """Return the work of an epoch in which loading and steps take the given times.

    Batch k is loaded by worker k mod W, once batch k - W * prefetch has been taken.
    """
    found: list[Work] = []
    taken: list[float] = []
    free = [0.0] * (num_workers + 1)
    for k in range(num_batches):
        row = 1 + k % num_workers if num_workers else 0
        ahead = k - num_workers * prefetch
        asked = taken[ahead] if num_workers and ahead >= 0 else 0.0
        start = max(free[row], asked)
        free[row] = start + load
        found.append(Work(row, k, False, start, free[row]))
        taken.append(max(free[0], free[row]))
        free[0] = taken[-1] + step
        found.append(Work(0, k, True, taken[-1], free[0]))
    return found


def draw_schedule(works: list[Work], num_rows: int, longest: float) -> str:
    """Draw the work as bars, one row a process, over `longest` milliseconds, as SVG."""
    scale = WIDTH / longest
    height = num_rows * ROW + 44
    parts = []
    for row in range(num_rows):
        name = f"worker {row - 1}" if row else "main process"
        parts.append(_text(LEFT - 10, row * ROW + 17, name, "end"))
    for work in works:
        x, width = LEFT + work.start * scale, (work.end - work.start) * scale
        y, colour = work.row * ROW, STEP if work.is_step else LOAD
        parts.append(
            f"<rect x='{x:.1f}' y='{y}' width='{width:.1f}' height='{BAR}' "
            f"fill='{colour}' stroke='{EDGE}'/>"
        )
        if width > 11:
            parts.append(_text(x + width / 2, y + 16, str(work.batch), "middle"))
    for tick in range(0, int(longest) + 1, 100):
        x, y = LEFT + tick * scale, num_rows * ROW
        parts.append(f"<path d='M{x:.1f} 0V{y}' stroke='{EDGE}' stroke-dasharray='2'/>")
        parts.append(_text(x, y + 14, f"{tick} ms", "middle"))
    parts.append(_text(LEFT, height - 10, "orange: load, blue: step; numbers: batches"))
    size = f"viewBox='0 -6 680 {height}' width='680' height='{height}'"
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} aria-hidden='true' "
        "style='max-width:100%;height:auto' font-size='13' fill='#1b1b1b' "
        "font-family='DejaVu Sans, Verdana, sans-serif'>"
        f"<rect y='-6' width='680' height='{height}' fill='#fcfcfa'/>"
        f"{''.join(parts)}</svg>"
    )


def describe_schedule(works: list[Work]) -> str:
    """Say how long the epoch takes, in milliseconds, and how much of it is waiting."""
    total = works[-1].end
    stepping = sum(work.end - work.start for work in works if work.is_step)
    return (
        f"epoch {total:.0f} ms: {stepping:.0f} ms of steps, "
        f"{total - stepping:.0f} ms without a step"
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f"<text x='{x:.1f}' y='{y}' text-anchor='{anchor}'>{text}</text>"
