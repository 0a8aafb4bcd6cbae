"""The aligned table of a broadcast: which axes match, stretch, are added, or clash."""

from html import escape

import torch

from lib.tensors.broadcasting import AlignedAxis, align

# What happens on an axis, in a word, and the colour of its cell.
VERDICTS = {
    "equal": "#dceefb",
    "stretched": "#fdf0d5",
    "added": "#efe6f7",
    "clash": "#f9d6d5",
}


def shape_table(*shapes: tuple[int, ...]) -> str:
    """Return an HTML table of the right-aligned shapes, with torch's verdict below.

    Raises: TypeError or ValueError if a shape is not a sequence of sizes.
    """
    axes = align(*shapes)[::-1]
    head = "".join(f"<th scope='col'>axis {axis.axis}</th>" for axis in axes)
    rows = [
        f"<tr><th scope='row'>{escape(str(shape))}</th>"
        + "".join(_operand_cell(axis, place) for axis in axes)
        + "</tr>"
        for place, shape in enumerate(shapes)
    ]
    sizes = ["✗" if axis.size is None else axis.size for axis in axes]
    result = "".join(
        f"<td style='text-align:center'><b>{size}</b></td>" for size in sizes
    )
    return (
        "<div style='color:#111;background:#fff;padding:.6em;overflow-x:auto' "
        "tabindex='0'>"
        "<table style='border-collapse:separate;border-spacing:4px;color:#111'>"
        f"<thead><tr><th scope='col'>shape</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}"
        f"<tr><th scope='row'>result</th>{result}</tr></tbody></table>"
        f"<p style='margin:.4em 0 0'>{escape(verdict(*shapes))}</p></div>"
    )


def verdict(*shapes: tuple[int, ...]) -> str:
    """Say in one line what torch makes of these shapes: the result, or its error."""
    tensors = [torch.empty(shape) for shape in shapes]
    try:
        result = torch.broadcast_tensors(*tensors)[0]
    except RuntimeError as error:
        return f"RuntimeError: {error}"
    stored = sum(tensor.numel() for tensor in tensors)
    shape, count = tuple(result.shape), result.numel()
    return f"result {shape}: {count} elements from {stored} stored ones"


def _operand_cell(axis: AlignedAxis, place: int) -> str:
    """Return one cell: the size on this axis and what the rule does with it."""
    size = axis.sizes[place]
    if axis.size is None and size not in (None, 1):
        kind = "clash"
    elif size is None:
        kind = "added"
    elif size != axis.size:
        kind = "stretched"
    else:
        kind = "equal"
    shown = "–" if size is None else size
    return (
        f"<td style='background:{VERDICTS[kind]};padding:.3em .7em;"
        "border:1px solid #888;text-align:center'>"
        f"{shown}<br><small>{kind}</small></td>"
    )
