"""Photographs, kernels, and what a kernel makes of a photograph."""

import base64
import io

import torch
from matplotlib.axes import Axes
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

KERNELS = {
    "box blur": torch.full((3, 3), 1 / 9),
    "sharpen": torch.tensor([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "edges, left to right": torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "edges, top to bottom": torch.tensor([[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "edges all round": torch.tensor([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
    "relief": torch.tensor([[-2.0, -1, 0], [-1, 1, 1], [0, 1, 2]]),
}


def draw_picture(axes: Axes, picture: Tensor, title: str, *, signed: bool) -> None:
    """Draw a grey picture; with `signed`, mid grey is 0, and black and white are ±1.

    Shapes: picture (H, W)
    """
    axes.imshow(picture.numpy(), cmap="gray", vmin=-1.0 if signed else 0.0, vmax=1.0)
    axes.set_title(title, loc="center", fontsize=11)
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)


def draw_kernel(
    axes: Axes, kernel: Tensor, *, digits: int = 0, size: float = 10
) -> None:
    """Draw a kernel as a grid of its numbers, rust above 0 and blue below.

    Shapes: kernel (h, w)
    Units: `size` in points.
    """
    top = kernel.abs().max().item()
    axes.imshow(kernel.numpy(), cmap="RdBu_r", vmin=-2 * top, vmax=2 * top)
    for i, row in enumerate(kernel.tolist()):
        for j, value in enumerate(row):
            text = f"{round(value, digits) + 0:.{digits}f}".replace("-", "−")
            axes.text(j, i, text, ha="center", va="center", fontsize=size)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)


def blended(name: str, strength: float) -> Tensor:
    """Return a kernel between the one that changes nothing (0) and a named one (1).

    Shapes: -> (3, 3)
    """
    nothing = torch.zeros(3, 3)
    nothing[1, 1] = 1
    return (1 - strength) * nothing + strength * KERNELS[name]


def filtered_html(picture: Tensor, kernel: Tensor) -> str:
    """Return the kernel as a table beside the filtered picture, as HTML.

    What the kernel's sum lacks to 1 is made up for by a brighter picture, so that a
    kernel whose entries add up to 0 shows its zeros as mid grey.

    Shapes: picture (H, W) in [0, 1], kernel (h, w)
    """
    y = F.conv2d(picture[None, None], kernel[None, None])[0, 0]
    shown = (y + (1 - kernel.sum()) / 2).clamp(0, 1)
    levels = (shown * 31).round().mul(8).to(torch.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels.numpy()).save(buffer, format="png", optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode()
    rows = "".join(
        "<tr>" + "".join(f"<td>{_number(v)}</td>" for v in row) + "</tr>"
        for row in kernel.tolist()
    )
    table = rows.replace("<td>", "<td style='padding:.5em;text-align:right'>")
    return (
        "<div style='display:flex;flex-wrap:wrap;gap:1em;align-items:center'>"
        f"<table style='margin:0;width:11em'>{table}</table>"
        "<img aria-hidden='true' width='320' height='320' "
        "alt=\"the filtered picture\" style='image-rendering:pixelated' "
        f"src='data:image/png;base64,{data}'></div>"
    )


def _number(value: float) -> str:
    """Write a number with at most two decimals and a true minus sign."""
    return f"{round(value, 2) + 0:g}".replace("-", "−")
