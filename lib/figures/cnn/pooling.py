"""A picture under a grid of pooling windows, its pooled map, and what a shift does."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional as F

from lib.cnn.pooling import avg_pool2d, max_pool2d

POOLINGS = {
    "max": max_pool2d,
    "average": avg_pool2d,
    "first pixel": lambda maps, size: maps[..., ::size, ::size],
}


def shift_right(maps: Tensor, pixels: int) -> Tensor:
    """Move each map to the right, and fill with 0.

    Shapes: (..., H, W) -> (..., H, W)
    """
    return F.pad(maps, [pixels, -pixels])


def pooled_change(maps: Tensor, pooling: str, size: int, pixels: int) -> float:
    """Return by what share of its length the pooled map changes when the maps shift.

    ‖pool(shifted) − pool(maps)‖ / ‖pool(maps)‖

    Shapes: maps (C, H, W)
    """
    pool = POOLINGS[pooling]
    before = pool(maps, size)
    change = pool(shift_right(maps, pixels), size) - before
    return (change.norm() / before.norm()).item()


def draw_pooling(picture: Tensor, pooling: str, size: int, pixels: int) -> Figure:
    """Draw a shifted picture under its windows, its pooled map, and what changed there.

    Shapes: picture (1, H, W)
    """
    pool = POOLINGS[pooling]
    shifted = shift_right(picture, pixels)
    after = pool(shifted, size)
    change = after - pool(picture, size)
    figure = Figure(figsize=(6.6, 2.5), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    _show(left, shifted, f"{pixels} px to the right", "gray_r", 0)
    for line in range(0, picture.shape[-1] + 1, size):
        left.axvline(line - 0.5, color="#D07A00", linewidth=0.7)
        left.axhline(line - 0.5, color="#D07A00", linewidth=0.7)
    rows, columns = after.shape[-2:]
    _show(middle, after, f"pooled, {rows} × {columns}", "gray_r", 0)
    share = f"{pooled_change(picture, pooling, size, pixels):.0%}"
    _show(right, change, f"changed by {share}", "RdBu_r", -1)
    return figure


def _show(axes: Axes, maps: Tensor, title: str, colours: str, low: float) -> None:
    axes.imshow(maps[0].numpy(), cmap=colours, vmin=low, vmax=1)
    axes.set_title(title, loc="center", fontsize=11)
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
