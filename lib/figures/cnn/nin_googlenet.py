"""The four branches of an Inception block, with the channels and the cost of each."""

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

CHEAP, LARGE, POOL, ENDS = "#CFE3F5", "#FBE3C0", "#E4E4E0", "#FFFFFF"
INK = "#1B1B1B"
ARROW = {"arrowstyle": "-|>", "color": "#6B6B6B"}


class BranchSizes(NamedTuple):
    """The channels of a block, named as the arguments of `Inception`."""

    in_channels: int
    ch1x1: int
    ch3x3red: int
    ch3x3: int
    ch5x5red: int
    ch5x5: int
    pool_proj: int


def branch_products(sizes: BranchSizes, reduced: bool = True) -> list[int]:
    """Return the multiplications of each branch for one output pixel.

    Without reductions the large kernels read all input channels, and the pooling
    branch hands on all of them for nothing.
    """
    n, one, red3, three, red5, five, pooled = sizes
    if not reduced:
        return [n * one, 9 * n * three, 25 * n * five, 0]
    return [
        n * one,
        n * red3 + 9 * red3 * three,
        n * red5 + 25 * red5 * five,
        n * pooled,
    ]


def block_in_words(sizes: BranchSizes, reduced: bool = True) -> str:
    """Return the channels and the multiplications for one pixel of a block."""
    products = branch_products(sizes, reduced)
    n, one, _, three, _, five, pooled = sizes
    out = one + three + five + (pooled if reduced else n)
    return (
        f"{n} channels in, {out} out; multiplications for one pixel: "
        f"{', '.join(f'{number:,}' for number in products)}, in all {sum(products):,}"
    )


def draw_branches(sizes: BranchSizes, reduced: bool = True) -> Figure:
    """Draw a block from left to right: input, four branches, their outputs joined.

    Beside each branch stand its multiplications for one output pixel.
    """
    figure = Figure(figsize=(7.2, 3.5), layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlim=(-0.05, 9.75), ylim=(3.6, -0.85))
    axes.axis("off")
    products = branch_products(sizes, reduced)
    for y, (row, count) in enumerate(zip(_rows(sizes, reduced), products, strict=True)):
        boxes = [(x, box) for x, box in zip((2.3, 5.0), row, strict=True) if box]
        starts = [1.5, *(x + 1.9 for x, _ in boxes)]
        ends = [*(x for x, _ in boxes), 8.2]
        for start, end in zip(starts, ends, strict=True):
            axes.annotate("", (end, y), (start, y), arrowprops=ARROW)
        for x, box in boxes:
            _box(axes, x, y, 1.9, 0.56, *box)
        axes.text(7.55, y - 0.22, f"{count:,}", fontsize=8.5, ha="center", color=INK)
    out = sizes.ch1x1 + sizes.ch3x3 + sizes.ch5x5
    out += sizes.pool_proj if reduced else sizes.in_channels
    for x, text in ((0, f"input\n{sizes.in_channels}"), (8.2, f"joined\n{out}")):
        _box(axes, x, 1.5, 1.5, 3.56, text, ENDS)
    axes.text(7.5, -0.68, "products per pixel", fontsize=8.5, ha="center", va="center")
    return figure


def _rows(sizes: BranchSizes, reduced: bool) -> list[list[tuple[str, str] | None]]:
    """Return text and colour of the two boxes of each branch, None for no box."""
    _, one, red3, three, red5, five, pooled = sizes
    rows = [
        [None, (f"1×1, {one}", CHEAP)],
        [(f"1×1, {red3}", CHEAP), (f"3×3, {three}", LARGE)],
        [(f"1×1, {red5}", CHEAP), (f"5×5, {five}", LARGE)],
        [("max 3×3", POOL), (f"1×1, {pooled}", CHEAP)],
    ]
    if not reduced:
        rows[1][0] = rows[2][0] = rows[3][1] = None
    return rows


def _box(
    axes: Axes, x: float, y: float, width: float, height: float, text: str, face: str
) -> None:
    """Draw a box that begins at x and has its middle at y, with a text in it."""
    axes.add_patch(
        FancyBboxPatch((x, y - height / 2), width, height, facecolor=face,
                       edgecolor=INK, linewidth=0.9,
                       boxstyle="round,pad=0,rounding_size=0.08")
    )  # fmt: skip
    axes.text(x + width / 2, y, text, ha="center", va="center", fontsize=10, color=INK)
