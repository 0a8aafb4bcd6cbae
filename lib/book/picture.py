"""Figures as PNG bytes that are small and the same on every run."""

import io

from matplotlib.figure import Figure
from PIL import Image


def figure_png(
    figure: Figure, *, dpi: float | None = None, num_colours: int | None = None
) -> bytes:
    """Return a figure as PNG without version or date in it; fewer colours make it smaller.

    Units: `dpi` in dots an inch (the figure's own if None).
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi or figure.dpi, metadata={"Software": None})
    if num_colours is None:
        return buffer.getvalue()
    with Image.open(buffer) as picture:
        few = picture.convert("RGB").quantize(num_colours, dither=Image.Dither.NONE)
    small = io.BytesIO()
    few.save(small, format="png", optimize=True)
    return small.getvalue()
