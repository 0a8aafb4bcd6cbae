"""Lengths of gradients over the layers of four kinds of networks."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from matplotlib.figure import Figure

# The kinds of networks and how matplotlib draws each.
ARMS = {"neither": "s:", "skips": "D-.", "norm": "^--", "skips and norm": "o-"}
LOWEST, HIGHEST = 1e-6, 1e6


def draw_gradients(lengths: Mapping[str, Sequence[float]]) -> Figure:
    """Draw the lengths of the layers' gradients, one curve for each network."""
    figure = Figure(figsize=(6.6, 3.2), layout="constrained")
    axes = figure.subplots()
    for name, values in lengths.items():
        layers = range(1, len(values) + 1)
        every = max(1, len(values) // 8)
        axes.plot(layers, values, ARMS[name], label=name, markevery=every)
    axes.set(xlabel="convolution, counted from the input", yscale="log",
             ylabel="length of its gradient", ylim=(LOWEST, HIGHEST))  # fmt: skip
    axes.legend(ncols=2)
    return figure


def describe_gradients(lengths: Mapping[str, Sequence[float]]) -> str:
    """Say for each network how long its first and its last gradient are."""
    number = len(next(iter(lengths.values())))
    ends = (f"{name} {values[0]:.0e} and {values[-1]:.0e}"
            for name, values in lengths.items())  # fmt: skip
    return f"{number} convolutions. First and last length: {', '.join(ends)}."


# A block's title, its layers from the input on, and what stands in its shortcut.
BLOCKS = {
    "plain": (("3×3, norm, ReLU", "3×3, norm"), None),
    "residual": (("3×3, norm, ReLU", "3×3, norm"), ""),
    "halving": (("3×3 stride 2,\nnorm, ReLU", "3×3, norm"), "1×1 stride 2,\nnorm"),
    "bottleneck": (("1×1, norm, ReLU", "3×3, norm, ReLU", "1×1, norm"), ""),
}
BOX = {"boxstyle": "round,pad=0.4", "facecolor": "#e4e9ee", "edgecolor": "#444444"}


def draw_blocks() -> Figure:
    """Draw a plain pair of layers and three residual blocks, the input at the top."""
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    for axes, (title, (layers, shortcut)) in zip(
        figure.subplots(1, len(BLOCKS)), BLOCKS.items(), strict=True
    ):
        stops = [1.0, *(0.85 - 0.62 * (i + 0.5) / len(layers)
                        for i in range(len(layers)))]  # fmt: skip
        stops += [0.12, 0.0] if shortcut is not None else [0.0]
        for start, end in pairwise(stops):
            axes.annotate("", (0, end), (0, start), arrowprops={"arrowstyle": "->"})
        for height, words in zip(stops[1:], layers, strict=False):
            axes.text(0, height, words, ha="center", va="center", fontsize=8, bbox=BOX)
        axes.text(0, 1.02, "x", ha="center", va="bottom")
        axes.text(0, -0.02, "ReLU", ha="center", va="top", fontsize=8, bbox=BOX)
        if shortcut is not None:
            axes.plot([0, 0.9, 0.9], [0.93, 0.93, 0.12], "-", color="#0a5f92")
            arrow = {"arrowstyle": "->", "color": "#0a5f92"}
            axes.annotate("", (0.08, 0.12), (0.9, 0.12), arrowprops=arrow)
            axes.text(0, 0.12, "+", ha="center", va="center", fontsize=11,
                      bbox=BOX | {"boxstyle": "circle,pad=0.15"})  # fmt: skip
        if shortcut:
            axes.text(0.9, 0.5, shortcut, ha="center", va="center", fontsize=8,
                      rotation=90, bbox=BOX)  # fmt: skip
        axes.set(title=title, xlim=(-0.9, 1.15), ylim=(-0.12, 1.12))
        axes.axis("off")
    return figure
