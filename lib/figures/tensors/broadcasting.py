"""Small tensors as grids of numbers, with the copies that broadcasting imagines."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

REAL, IMAGINED, RESULT = "#cfe3f5", "#ffffff", "#fbe3c0"


def draw_broadcast(first: Tensor, second: Tensor) -> Figure:
    """Draw `first + second` as three grids: the stretched operands, and the sum.

    Shaded cells are stored numbers, white cells with a dashed edge are seen again
    without a copy.

    Shapes: first, second (at most two axes, together at most 6 × 6).
    Raises: ValueError if the common shape has more than two axes, 6 rows or 6 columns.
    """
    total = first + second
    if total.dim() > 2 or max(total.shape, default=1) > 6:
        shape = tuple(total.shape)
        raise ValueError(f"first + second must be at most 6 by 6, got shape {shape}")
    grid = total.reshape(-1, total.shape[-1]) if total.dim() else total.reshape(1, 1)
    rows, columns = grid.shape
    figure = Figure(figsize=(7.2, 0.75 + 0.5 * rows), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for axes, operand in ((left, first), (middle, second)):
        stored = _stored_cells(operand, rows, columns)
        _draw_grid(axes, operand.expand(rows, columns), stored, REAL)
        axes.set_title(f"shape {tuple(operand.shape)}", loc="center")
    _draw_grid(right, grid, torch.ones(rows, columns, dtype=torch.bool), RESULT)
    right.set_title(f"sum, shape {tuple(total.shape)}", loc="center")
    for axes, sign in ((left, "+"), (middle, "=")):
        axes.text(columns + 0.45, rows / 2, sign, ha="center", va="center", fontsize=18)
    return figure


def _stored_cells(operand: Tensor, rows: int, columns: int) -> Tensor:
    """Mark the cells of the stretched grid that hold an element for the first time."""
    padded = (1,) * (2 - operand.dim()) + tuple(operand.shape)
    stored = torch.zeros(rows, columns, dtype=torch.bool)
    stored[: padded[0], : padded[1]] = True
    return stored


def _draw_grid(axes: Axes, values: Tensor, stored: Tensor, colour: str) -> None:
    """Draw one grid of numbers. Shapes: values (R, C); stored (R, C) of bool."""
    rows, columns = values.shape
    for i in range(rows):
        for j in range(columns):
            real = bool(stored[i, j])
            axes.add_patch(
                Rectangle(
                    (j, i),
                    1,
                    1,
                    facecolor=colour if real else IMAGINED,
                    edgecolor="#444444",
                    linestyle="-" if real else "--",
                    linewidth=1.2 if real else 0.8,
                )
            )
            axes.text(
                j + 0.5,
                i + 0.5,
                f"{values[i, j].item():g}",
                fontsize=12,
                ha="center",
                va="center",
                color="#111111" if real else "#666666",
            )
    axes.set(xlim=(-0.05, columns + 0.9), ylim=(rows + 0.05, -0.05), aspect="equal")
    axes.axis("off")
