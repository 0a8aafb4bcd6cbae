"""A recurrent network unrolled over time, and what it expects next."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

STATE, INPUT = "#cfe3f5", "#fbe3c0"
INK, MUTED = "#111111", "#8a8a86"


def draw_unrolled(
    x: Tensor, hidden: Tensor, weight_ih: float, weight_hh: float
) -> Figure:
    """Draw a network of one unit over time: inputs below, hidden states above.

    Shapes: x (T,), hidden (T,)
    Raises: ValueError if the two differ in length.
    """
    if x.shape != hidden.shape:
        raise ValueError(f"hidden must be as long as x, {len(x)}, got {len(hidden)}")
    figure = Figure(figsize=(7.2, 2.3), layout="constrained")
    axes = figure.subplots()
    states = [0.0, *hidden.tolist()]
    for t, state in enumerate(states):
        _box(axes, t, 1.0, rf"$h_{t}$ = {state:.2f}", STATE)
        if t:
            _box(axes, t, 0.0, f"$x_{t}$ = {x[t - 1].item():g}", INPUT)
            _arrow(
                axes, (t - 1 + 0.33, 1.0), (t - 0.33, 1.0), f"× {weight_hh:g}", (0, 6)
            )
            _arrow(axes, (t, 0.2), (t, 0.8), f"× {weight_ih:g}", (15, -4))
    axes.set(xlim=(-0.5, len(x) + 0.5), ylim=(-0.3, 1.4))
    axes.axis("off")
    return figure


def draw_next(
    tokens: Sequence[str],
    probabilities: Tensor,
    prefix: str,
    continuation: str,
    most: int = 12,
) -> Figure:
    """Draw the most probable next characters, and a text written one by one below.

    Shapes: probabilities (V,)
    """
    top = probabilities.topk(most)
    figure = Figure(figsize=(7.2, 3.1), layout="constrained")
    bars, text = figure.subplots(2, 1, height_ratios=(3, 1))
    names = [visible(tokens[i]) for i in top.indices.tolist()]
    bars.bar(range(most), top.values.tolist())
    bars.set_xticks(range(most), names)
    bars.set(
        ylim=(0, 1), ylabel="probability", xlabel="next character (␣ is the blank)"
    )
    written = f"{prefix}|{continuation}"
    lines = [written[i : i + 66] for i in range(0, len(written), 66)]
    text.text(0, 1, "\n".join(lines), va="top", family="monospace", fontsize=10)
    text.axis("off")
    return figure


def visible(token: str) -> str:
    """Return a token as it is written under a bar: the blank has a sign of its own."""
    return "␣" if token == " " else token


def _box(axes: Axes, x: float, y: float, words: str, colour: str) -> None:
    """Write words into a box."""
    box = {"boxstyle": "round,pad=0.35", "facecolor": colour, "edgecolor": "#444444"}
    axes.text(x, y, words, ha="center", va="center", color=INK, fontsize=10, bbox=box)


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    words: str,
    offset: tuple[float, float],
) -> None:
    """Draw an arrow with words beside its middle."""
    axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": MUTED})
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    axes.annotate(words, middle, offset, textcoords="offset points", ha="center",
                  fontsize=8.5)  # fmt: skip
