"""One frame of an explorable figure: what `draw` returned for one choice of values, as HTML."""

import base64
import struct
from html import escape
from typing import NamedTuple

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lib.book.picture import figure_png

FRAME_DPI = 112  # dots an inch
NUM_COLOURS = 64


class Frame(NamedTuple):
    """A picture, or a piece of HTML, and the text that says the same."""

    content: str | bytes
    alt: str

    def html(self, *, visible: bool = True) -> str:
        """Return the frame as one element; a hidden one waits for its values to be chosen."""
        hidden = "" if visible else " hidden"
        alt = escape(self.alt)
        if isinstance(self.content, str):
            return f'<div role="group" aria-label="{alt}"{hidden}>{self.content}</div>'
        width, height = struct.unpack(">II", self.content[16:24])
        data = base64.b64encode(self.content).decode()
        return (
            f'<img alt="{alt}" width="{width}" height="{height}" decoding="sync"{hidden} '
            f'src="data:image/png;base64,{data}">'
        )


def make_frame(drawn: object, alt: object) -> Frame:
    """Turn what `draw` and `alt` returned into a frame; a figure is closed whatever happens.

    Raises: TypeError if `drawn` is neither Figure nor str, ValueError if it holds a script or `alt`
    is not a text.
    """
    try:
        if not isinstance(alt, str) or not alt.strip():
            raise ValueError(f"alt must return a text that is not empty, got {alt!r}")
        if isinstance(drawn, Figure):
            return Frame(figure_png(drawn, dpi=FRAME_DPI, num_colours=NUM_COLOURS), alt)
        if not isinstance(drawn, str):
            name = type(drawn).__name__
            raise TypeError(f"draw must return a matplotlib Figure or a str of HTML, got {name}")
        if "<script" in drawn.lower():
            raise ValueError("draw must return HTML without scripts")
        return Frame(drawn, alt)
    finally:
        if isinstance(drawn, Figure):
            plt.close(drawn)
