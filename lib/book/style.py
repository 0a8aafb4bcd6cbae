"""The course's plot style: one look, readable in both themes and in grey."""

import matplotlib
from cycler import cycler
from IPython import get_ipython
from matplotlib_inline.backend_inline import set_matplotlib_formats

# Blue, orange, wine, green, ink, rust: neighbours differ by at least 12 in lightness
# (L*, 0 … 100), any two by at least 6, each has a contrast of at least 3 : 1 with the
# background.
COLOURS = ("#0072B2", "#D07A00", "#7A1F5C", "#009070", "#1B1B1B", "#A03A00")
LINE_STYLES = ("-", "--", "-.", ":", (0, (6, 1.5, 1, 1.5, 1, 1.5)), (0, (8, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P")  # for scatter plots, one for each colour
BACKGROUND = "#FCFCFA"
INK = "#1B1B1B"


def set_plot_style() -> None:
    """Give matplotlib the course's style: call it once, in the import cell.

    Lines take colour and line style together, so they differ without colour too. The
    background is opaque, so labels stay readable on a dark page. A figure is 5.2 × 3.3
    inches, 144 dots an inch.
    """
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(_canvas() | _marks())
    if get_ipython() is not None:  # pictures are the whole canvas, without a version
        set_matplotlib_formats("png", bbox_inches=None, metadata={"Software": None})


def _canvas() -> dict[str, object]:
    """Size, background, text and layout."""
    return {
        "figure.figsize": (5.2, 3.3),
        "figure.dpi": 144,
        "savefig.dpi": "figure",
        "figure.constrained_layout.use": True,
        "figure.facecolor": BACKGROUND,
        "savefig.facecolor": BACKGROUND,
        "axes.facecolor": BACKGROUND,
        "font.family": ["DejaVu Sans"],  # comes with matplotlib, alike everywhere
        "font.size": 11.5,
        "axes.titlesize": 12.5,
        "axes.titlelocation": "left",
        "xtick.labelsize": 10.5,
        "ytick.labelsize": 10.5,
        "legend.fontsize": 10.5,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": "#6B6B6B",
        "xtick.color": "#3A3A3A",
        "ytick.color": "#3A3A3A",
        "svg.hashsalt": "learn-pytorch",
    }


def _marks() -> dict[str, object]:
    """Lines, grids, legends and pictures."""
    return {
        "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=LINE_STYLES),
        "lines.linewidth": 2.0,
        "lines.markersize": 5.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#E3E3DF",
        "grid.linewidth": 0.8,
        "legend.frameon": False,
        "image.cmap": "cividis",  # even in lightness: alike in grey and to all eyes
        "image.interpolation": "nearest",
    }
