"""Which numbers of a batch of feature maps share a mean, and a drawing of them."""

from collections.abc import Callable

import torch
from torch import Tensor

CHANNELS, POSITIONS = 6, 4  # each cell of the drawing is a picture of 2 × 2 pixels
PIXEL, GAP, LEFT, TOP = 17, 12, 92, 30
SHARED, OTHER, EDGE, INK = "#0a5f92", "#e4e9ee", "#6b7280", "#1b1b1b"
# From the indices of example, channel and position to the group that a number is in.
GROUPS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "batch norm": lambda b, c, p: c + 0 * (b + p),
    "layer norm": lambda b, c, p: b + 0 * (c + p),
    "layer norm, channels only": lambda b, c, p: b * POSITIONS + p + 0 * c,
    "group norm, 2 groups": lambda b, c, p: b * 2 + c // 3 + 0 * p,
    "instance norm": lambda b, c, p: b * CHANNELS + c + 0 * p,
}


def group_numbers(norm: str, num_examples: int) -> Tensor:
    """Return for each number of a batch the group whose mean it takes part in.

    Shapes: -> (B, 6, 4), the 2 × 2 pixels of a picture in one axis
    """
    example, channel, position = torch.meshgrid(
        *map(torch.arange, (num_examples, CHANNELS, POSITIONS)), indexing="ij"
    )
    return GROUPS[norm](example, channel, position)


def count_means(norm: str, num_examples: int) -> tuple[int, int]:
    """Return the number of means, and how many numbers each is the mean of."""
    groups = group_numbers(norm, num_examples)
    means = len(groups.unique())
    return means, groups.numel() // means


def draw_groups(norm: str, num_examples: int) -> str:
    """Draw a batch as a table of small pictures, as SVG.

    Dark are the numbers that share a mean with the first one.
    """
    groups = group_numbers(norm, num_examples)
    cell = 2 * PIXEL + GAP
    width, height = LEFT + CHANNELS * cell, TOP + num_examples * cell + 26
    parts = [_text(LEFT + c * cell + PIXEL, 20, str(c), "middle")
             for c in range(CHANNELS)]  # fmt: skip
    parts.append(_text(8, 20, "channel", "start"))
    shared = (groups == groups[0, 0, 0]).tolist()
    for b, channels in enumerate(shared):
        y = TOP + b * cell
        parts.append(_text(8, y + PIXEL + 5, f"example {b}", "start"))
        for c, positions in enumerate(channels):
            for p, same in enumerate(positions):
                at = (LEFT + c * cell + p % 2 * PIXEL, y + p // 2 * PIXEL)
                parts.append(_square(*at, SHARED if same else OTHER))
    means, size = count_means(norm, num_examples)
    words = f"{means} means, each of {size} numbers"
    parts.append(_text(LEFT, height - 8, words, "start"))
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
        f"width='{width}' height='{height}' aria-hidden='true' "
        "style='max-width:100%;height:auto' font-family='sans-serif' font-size='14'>"
        f"<rect width='{width}' height='{height}' fill='#fcfcfa'/>"
        f"{''.join(parts)}</svg>"
    )


def describe_groups(norm: str, num_examples: int) -> str:
    """Say in words which numbers share a mean with the first one."""
    means, size = count_means(norm, num_examples)
    shared = group_numbers(norm, num_examples)
    examples, channels, positions = (
        ", ".join(map(str, axis.unique().tolist()))
        for axis in torch.nonzero(shared == shared[0, 0, 0]).unbind(1)
    )
    return (
        f"{norm}, examples in the batch: {num_examples}. Dark are example {examples}, "
        f"channel {channels}, pixel {positions}. {means} means, each of {size} numbers."
    )


def _text(x: int, y: int, words: str, anchor: str) -> str:
    return f"<text x='{x}' y='{y}' text-anchor='{anchor}' fill='{INK}'>{words}</text>"


def _square(x: int, y: int, colour: str) -> str:
    return (
        f"<rect x='{x}' y='{y}' width='{PIXEL}' height='{PIXEL}' fill='{colour}' "
        f"stroke='{EDGE}'/>"
    )
