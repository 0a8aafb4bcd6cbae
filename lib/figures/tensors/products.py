"""One entry of a matrix product: the row, the column, and where they cross."""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from lib.book.style import INK

GAP, SHADE = 0.5, "#fbe3c0"


def draw_product(left: Tensor, upper: Tensor, row: int, column: int) -> Figure:
    """Draw left (m, n) beside left @ upper (m, p), upper (n, p) above; shade one entry.

    Shapes: left (m, n), upper (n, p)
    """
    (m, n), p = left.shape, upper.shape[1]
    figure = Figure(figsize=(4.6, 3.4))
    axes = figure.subplots()
    across = n + GAP  # where the right-hand tables begin
    _table(axes, left, 0, m, lambda i, j: i == row)
    _table(axes, upper, across, m + GAP + n, lambda i, j: j == column)
    _table(axes, left @ upper, across, m, lambda i, j: (i, j) == (row, column))
    axes.set(xlim=(-0.1, across + p + 0.1), ylim=(-0.1, m + GAP + n + 0.1),
             aspect="equal")  # fmt: skip
    axes.axis("off")
    return figure


def describe_product(left: Tensor, upper: Tensor, row: int, column: int) -> str:
    """Say in words which numbers meet and what their sum of products is.

    Shapes: left (m, n), upper (n, p)
    """
    pairs = zip(left[row].tolist(), upper[:, column].tolist(), strict=True)
    terms = " + ".join(f"{a:g}·{b:g}" for a, b in pairs)
    total = (left[row] * upper[:, column]).sum().item()
    return f"Row {row} meets column {column}: {terms} = {total:g}"


def _table(
    axes: Axes, table: Tensor, x: float, y: float, shaded: Callable[[int, int], bool]
) -> None:
    """Draw a table with its top left corner at (x, y), its cells shaded or not."""
    for i, row in enumerate(table.tolist()):
        for j, number in enumerate(row):
            colour = SHADE if shaded(i, j) else "#ffffff"
            axes.add_patch(Rectangle((x + j, y - i - 1), 1, 1, fc=colour, ec=INK))
            axes.text(x + j + 0.5, y - i - 0.5, f"{number:g}", ha="center", va="center")
