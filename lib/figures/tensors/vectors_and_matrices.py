"""What a matrix does to the plane, and the shadow of one vector on another."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from lib.book.style import COLOURS, INK

REACH = 4.2  # half the width of a panel, in units of the plane
LINES = torch.arange(-2.0, 3.0)  # where the lines of the grid are
SHAPE = torch.tensor([[0, 1, 1, 0.5, 0], [0, 0, 1, 1.6, 1]])  # a house, (2, 5)
ARROW = {"arrowstyle": "-|>", "linewidth": 2.2, "shrinkA": 0, "shrinkB": 0}


def draw_map(matrix: Tensor) -> Figure:
    """Draw the plane before and after a matrix: a grid, a house, and two arrows.

    Shapes: matrix (2, 2)
    """
    figure = Figure(figsize=(6.4, 3.2))
    panels = figure.subplots(1, 2)
    for axes, step, title in zip(
        panels, (torch.eye(2), matrix.float()), ("before", "after"), strict=True
    ):
        _draw_grid(axes, step)
        axes.fill(*(step @ SHAPE), facecolor="#fbe3c0", edgecolor=INK, zorder=2)
        for column, colour in enumerate((COLOURS[0], COLOURS[2])):
            _arrow(axes, step[:, column], colour)
        axes.set_title(title)
    return figure


def describe_map(matrix: Tensor) -> str:
    """Say where the two arrows land and what becomes of an area.

    Shapes: matrix (2, 2)
    """
    first, second = matrix.mT.tolist()
    area = abs(torch.linalg.det(matrix.float()).item())
    ends = f"({first[0]:g}, {first[1]:g}) and ({second[0]:g}, {second[1]:g})"
    return f"The arrows end at {ends}; an area becomes {area:g} times as large."


def draw_projection(x: Tensor, onto: Tensor) -> Figure:
    """Draw a vector, a direction, and the point of the direction nearest to the vector.

    Shapes: x, onto (2,)
    """
    shadow = (x @ onto) / (onto @ onto) * onto
    figure = Figure(figsize=(4.2, 2.9))
    axes = figure.subplots()
    axes.plot(*torch.stack([x, shadow]).mT, ":", color=INK)
    for vector, colour, name in (
        (onto, COLOURS[1], "y"), (shadow, COLOURS[2], "shadow"), (x, COLOURS[0], "x"),
    ):  # fmt: skip
        _arrow(axes, vector, colour)
        side = (6, -14) if name == "shadow" else (6, 4)
        axes.annotate(name, vector.tolist(), side, textcoords="offset points")
    axes.set(xlim=(-0.3, 5), ylim=(-0.5, 3.5), aspect="equal",
             xlabel="first entry", ylabel="second entry")  # fmt: skip
    return figure


def _draw_grid(axes: Axes, matrix: Tensor) -> None:
    """Draw what a matrix makes of a square grid."""
    ends = torch.tensor([-2.0, 2.0])
    for place in LINES:
        across = torch.stack([ends, place.expand(2)])  # (2, 2), a point in a column
        for line in (across, across.flip(0)):
            axes.plot(*(matrix @ line), "-", color="#9a9a94", linewidth=1)
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal",
             xlabel="first entry", ylabel="second entry")  # fmt: skip


def _arrow(axes: Axes, end: Tensor, colour: str) -> None:
    """Draw an arrow from the origin; one of length 0 becomes a dot."""
    if end.any():
        arrow = ARROW | {"color": colour}
        axes.annotate("", end.tolist(), (0, 0), arrowprops=arrow, zorder=3)
    else:
        axes.plot(0, 0, "o", color=colour, zorder=3)
