"""What an output is made of: small pictures, HTML with its plain text, frames."""

import base64
import io
import os
import struct
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

FRAME_DPI = 112  # dots an inch
NUM_COLOURS = 64


def is_static() -> bool:
    """Return True while outputs are stored or compared: `LIB_STATIC=1`.

    Then nothing is shown that changes after it was drawn.
    """
    return os.environ.get("LIB_STATIC", "") == "1"


@dataclass(frozen=True)
class RichOutput:
    """HTML and the plain text that says the same; a notebook shows what it can."""

    html: str
    text: str

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def figure_png(
    figure: Figure, *, dpi: float | None = None, num_colours: int | None = None
) -> bytes:
    """Return a figure as PNG without version or date; fewer colours make it smaller.

    Units: `dpi` in dots an inch (the figure's own if None).
    """
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="png", dpi=dpi or figure.dpi, metadata={"Software": None}
    )
    if num_colours is None:
        return buffer.getvalue()
    with Image.open(buffer) as picture:
        few = picture.convert("RGB").quantize(num_colours, dither=Image.Dither.NONE)
    small = io.BytesIO()
    few.save(small, format="png", optimize=True)
    return small.getvalue()


class Frame(NamedTuple):
    """One view of an explorable figure: a picture or HTML, and the same in words."""

    content: str | bytes
    alt: str

    def html(self, *, visible: bool = True) -> str:
        """Return the frame as one element; a hidden one waits until it is chosen."""
        hidden = "" if visible else " hidden"
        alt = escape(self.alt)
        if isinstance(self.content, str):
            return f'<div role="group" aria-label="{alt}"{hidden}>{self.content}</div>'
        width, height = struct.unpack(">II", self.content[16:24])
        data = base64.b64encode(self.content).decode()
        return (
            f'<img alt="{alt}" width="{width}" height="{height}" '
            f'decoding="sync"{hidden} src="data:image/png;base64,{data}">'
        )


def make_frame(drawn: object, alt: object) -> Frame:
    """Turn what `draw` and `alt` returned into a frame; a figure is always closed.

    Raises: TypeError if `drawn` is neither Figure nor str, ValueError if it holds a
    script or `alt` is not a text.
    """
    try:
        if not isinstance(alt, str) or not alt.strip():
            raise ValueError(f"alt must return a text that is not empty, got {alt!r}")
        if isinstance(drawn, Figure):
            return Frame(figure_png(drawn, dpi=FRAME_DPI, num_colours=NUM_COLOURS), alt)
        if not isinstance(drawn, str):
            name = type(drawn).__name__
            raise TypeError(
                f"draw must return a matplotlib Figure or a str of HTML, got {name}"
            )
        if "<script" in drawn.lower():
            raise ValueError("draw must return HTML without scripts")
        return Frame(drawn, alt)
    finally:
        if isinstance(drawn, Figure):
            plt.close(drawn)
