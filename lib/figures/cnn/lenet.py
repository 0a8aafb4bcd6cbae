"""The maps behind the layers of a network, and kernels, as sheets of small pictures."""

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn import functional as F


def layer_maps(network: nn.Sequential, picture: Tensor) -> list[Tensor]:
    """Return what each layer makes of a picture, as long as it is maps.

    Shapes: picture (1, C, H, W) -> (C', H', W') for each layer
    """
    maps = []
    with torch.no_grad():
        for layer in network:
            picture = layer(picture)
            if picture.dim() != 4:
                break
            maps.append(picture[0])
    return maps


def sheet(maps: Tensor, columns: int) -> Tensor:
    """Lay maps out in rows, with a line of NaN around each.

    Shapes: maps (C, H, W) -> (rows · (H + 1) + 1, columns · (W + 1) + 1)
    """
    rows = -(-len(maps) // columns)
    framed = F.pad(maps, [0, 1, 0, 1, 0, rows * columns - len(maps)], value=torch.nan)
    H, W = framed.shape[1:]
    laid = framed.view(rows, columns, H, W).transpose(1, 2)  # -> (rows, H, columns, W)
    return F.pad(laid.reshape(rows * H, columns * W), [1, 0, 1, 0], value=torch.nan)


def draw_maps(picture: Tensor, maps: Tensor, title: str) -> Figure:
    """Draw a picture, and the maps beside it: red above 0, blue below.

    Shapes: picture (H, W), maps (C, H', W')
    """
    figure = Figure(figsize=(6.8, 2.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 3.6))
    left.imshow(picture.numpy(), cmap="gray_r")
    left.set_title("input", loc="center", fontsize=11)
    top = maps.abs().max().item() or 1.0
    columns = 8 if len(maps) > 8 else -(-len(maps) // 2)  # two rows of few
    right.imshow(sheet(maps, columns).numpy(), cmap="RdBu_r", vmin=-top, vmax=top)
    right.set_title(title, loc="center", fontsize=11)
    for axes in (left, right):
        axes.axis("off")
    return figure
