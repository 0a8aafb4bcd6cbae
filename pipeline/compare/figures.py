"""Compare pictures by their thumbnails, so that a curve may not be missing but a letter may move.

A picture is made 64 cells wide, blurred, and taken apart into grey and two opponent colours. A
cell agrees if its value lies in the range of the nine cells around that place in the other
thumbnail; how far it lies outside is the cell's error. The distance of two pictures is the mean of
the errors' fourth powers, to the power 1/4, in which small spots count: the larger of that of grey
and COLOUR times that of the colours (text has no colour, so these are the more reliable).

Measured: with another font of the same kind, other hinting, resolutions and noise in the data the
course's figures and others that are difficult stay within 0.0096. One digit of twenty exchanged,
one thin curve of four missing, or all of some grey points: at least 0.012; any two figures of the
course: at least 0.06. The tests draw most of these.
"""

import base64
import io
import re

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

ALLOWED = 0.011  # distance of two renderings of one figure
COLOUR = 6.0  # how much more a difference in colour counts than one in grey
CELLS = 64  # width of a thumbnail
SIGMA = 1.5  # cells, of the blur
SIZE = 0.05  # relative difference of width or height that rounding and resolution may make
PIXELS = 2  # and in pixels, for tiny pictures
PICTURE = re.compile(r"(data:image/(?:png|jpeg|gif|webp);base64,)([A-Za-z0-9+/=]+)")
OPPONENTS = np.array([[1 / 3, 1 / 3, 1 / 3], [1 / 2, -1 / 2, 0], [-1 / 4, -1 / 4, 1 / 2]]).T
REACH = np.arange(-5, 6)
KERNEL = np.exp(-((REACH / SIGMA) ** 2) / 2) / np.exp(-((REACH / SIGMA) ** 2) / 2).sum()


def split_pictures(text: str) -> tuple[str, list[str]]:
    """Take the pictures out of HTML: return the text without them and each picture in base64."""
    return PICTURE.sub(r"\1<picture>", text), [found[2] for found in PICTURE.finditer(text)]


def figure_difference(stored: str, new: str, allowed: float | None = None) -> str | None:
    """Say how two pictures, given in base64, differ by more than allowed, None if they agree."""
    pictures = []
    for whose, data in (("stored", stored), ("new", new)):
        try:
            pictures.append(_read(data))
        except (OSError, ValueError, SyntaxError) as error:  # Pillow raises all of these
            return f"the {whose} picture cannot be read: {error}"
    old, picture = pictures
    sizes = list(zip(old.size, picture.size, strict=True))
    if any(abs(a - b) > max(PIXELS, SIZE * max(a, b)) for a, b in sizes):
        return ("the pictures have other sizes, {} by {} stored, {} by {} in the new run"
                .format(*old.size, *picture.size))
    if _is_blank(old) != _is_blank(picture):
        return f"the {'stored' if _is_blank(old) else 'new'} picture is blank"
    errors = figure_errors(old, picture)
    found, limit = distance(errors), ALLOWED if allowed is None else allowed
    if found <= limit:
        return None
    row, column = np.unravel_index(errors.max(axis=2).argmax(), errors.shape[:2])
    right, down = (100 * (column + 0.5) / errors.shape[1], 100 * (row + 0.5) / errors.shape[0])
    return (f"the pictures are {found:.3f} apart, allowed is {limit:g}; they differ most "
            f"{right:.0f} % from the left and {down:.0f} % from the top")


def figure_errors(first: Image.Image, second: Image.Image) -> np.ndarray:
    """Return the error of each cell of two pictures' thumbnails.

    Shapes: (rows, 64, 3), for grey and two colours; 1 is from black to white.
    """
    rows = max(1, round(CELLS * first.height / first.width))
    one, other = _thumbnail(first, rows), _thumbnail(second, rows)
    return np.maximum(_outside(one, other), _outside(other, one))


def distance(errors: np.ndarray) -> float:
    """Return the distance of two pictures with these errors of their cells."""
    weighted = np.maximum(errors[..., 0], COLOUR * errors[..., 1:].max(axis=2))
    return float(np.mean(weighted**4) ** 0.25)


def _read(data: str) -> Image.Image:
    """Decode a picture and lay it on white."""
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        drawn = picture.convert("RGBA")
    paper = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(paper, drawn).convert("RGB")


def _is_blank(picture: Image.Image) -> bool:
    """Tell whether a picture is all of one colour."""
    return all(low == high for low, high in picture.getextrema())


def _thumbnail(picture: Image.Image, rows: int) -> np.ndarray:
    """Return grey and two colours of a blurred thumbnail, (rows, 64, 3)."""
    small = picture.resize((CELLS, rows), Image.Resampling.BOX)
    channels = np.asarray(small, dtype=float) / 255 @ OPPONENTS
    for axis in (0, 1):
        around = [(0, 0)] * 3
        around[axis] = (len(REACH) // 2,) * 2
        padded = np.pad(channels, around, mode="edge")
        channels = sliding_window_view(padded, len(REACH), axis) @ KERNEL
    return channels


def _outside(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return how far each value of `one` lies outside the range of `other` around its place."""
    padded = np.pad(other, [(1, 1), (1, 1), (0, 0)], mode="edge")
    around = sliding_window_view(padded, (3, 3), (0, 1))
    low, high = around.min(axis=(3, 4)), around.max(axis=(3, 4))
    return np.maximum(0, np.maximum(low - one, one - high))
