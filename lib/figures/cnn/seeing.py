"""Photographs with heat maps: a spotlight on what is hot, and small files."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from IPython.display import Image
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional as F

from lib.book.output import figure_png

DARKEST = 0.18  # share of its brightness that a cell without heat keeps


def spotlight(picture: Tensor, heat: Tensor) -> Tensor:
    """Return the picture dimmed where the heat map is cold.

    Negative heat counts as none; the hottest cell keeps its brightness.

    Shapes: picture (1, 3, H, W) from 0 to 1, heat (h, w) -> (H, W, 3)
    """
    heat = heat.clamp(min=0)[None, None]  # (h, w) -> (1, 1, h, w)
    light = F.interpolate(heat / heat.max().clamp(min=1e-12), picture.shape[2:],
                          mode="bilinear")  # -> (1, 1, H, W)  # fmt: skip
    lit = picture * (DARKEST + (1 - DARKEST) * light)
    return lit[0].permute(1, 2, 0)  # (1, 3, H, W) -> (H, W, 3)


def draw_spotlights(
    pictures: Sequence[Tensor], titles: Sequence[str], *, inches: float = 2.0
) -> Figure:
    """Draw pictures side by side, without axes, each under its title.

    Shapes: pictures: each (H, W), (H, W, 3) or (1, 3, H, W)
    Units: `inches`, the width of a picture.
    Raises: ValueError if there are not as many titles as pictures.
    """
    if len(pictures) != len(titles):
        raise ValueError(
            f"titles must be as many as pictures ({len(pictures)}), got {len(titles)}"
        )
    size = (inches * len(pictures), inches + 0.32)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(pictures), squeeze=False)[0]
    for axes, picture, title in zip(panels, pictures, titles, strict=True):
        _show(axes, picture)
        axes.set_title(title, fontsize=10.5)
    return figure


def draw_tiles(tiles: Tensor, columns: int) -> Figure:
    """Draw small pictures or maps in a grid, each scaled to its own range.

    Shapes: (N, h, w) or (N, 3, h, w)
    """
    rows = -(-len(tiles) // columns)
    figure = Figure(figsize=(0.66 * columns, 0.66 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flatten()
    for axes in panels:
        axes.axis("off")
    for axes, tile in zip(panels, tiles, strict=False):
        tile = _scaled(tile)
        _show(axes, tile[None] if tile.dim() == 3 else tile)
    return figure


def draw_rows(rows: Mapping[str, Tensor]) -> Figure:
    """Draw rows of maps, each row under its name, each map scaled to its own range.

    Shapes: each row (N, h, w), with one N for all
    """
    columns = max(map(len, rows.values()))
    size = (0.66 * columns, 0.86 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(rows), columns, squeeze=False)
    for row, (name, maps) in zip(panels, rows.items(), strict=True):
        for axes, tile in zip(row, maps, strict=True):
            _show(axes, _scaled(tile))
        label = row[0].text(0, 1.12, name, transform=row[0].transAxes, fontsize=9.5)
        label.set_in_layout(False)  # or the first column becomes as wide as it is
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - 0.2 / size[1]))
    return figure


def small_png(figure: Figure, *, dpi: int = 112, num_colours: int = 128) -> Image:
    """Return a figure as a PNG of few colours: photographs take a third of the bytes.

    Units: `dpi` in dots an inch.
    """
    image = Image(data=figure_png(figure, dpi=dpi, num_colours=num_colours))
    plt.close(figure)
    return image


def _scaled(tile: Tensor) -> Tensor:
    """Bring a tile to the range from 0 to 1. Shapes: any -> the same."""
    low, high = tile.min(), tile.max()
    return (tile - low) / (high - low).clamp(min=1e-12)


def _show(axes: Axes, picture: Tensor) -> None:
    """Show a tensor as a picture. Shapes: (H, W), (H, W, 3) or (1, 3, H, W)."""
    if picture.dim() == 4:
        picture = picture[0].permute(1, 2, 0)  # (1, 3, H, W) -> (H, W, 3)
    axes.imshow(picture.detach().cpu().numpy())
    axes.axis("off")
