"""Windows on one axis of a picture, and what one output of a stack sees."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.cnn.padding_stride_channels import WindowLayer, output_size, receptive_fields

PIXEL, SEEN, EDGE = "#cfe3f5", "#0072B2", "#6b6b68"
UNIT, ROW = 15, 56  # pixels of the screen: one input pixel across, one layer down


def draw_windows(size: int, layer: WindowLayer) -> Figure:
    """Draw a row of pixels with its padding, and below it the window of each output.

    Raises: ValueError as `output_size` does.
    """
    outputs = output_size(size, *layer)
    k, s, p, d = layer
    figure = Figure(figsize=(6.4, 0.9 + 0.32 * outputs), layout="constrained")
    axes = figure.subplots()
    for place in range(-p, size + p):
        real = 0 <= place < size
        axes.add_patch(
            Rectangle(
                (place, 0),
                1,
                1,
                facecolor=PIXEL if real else "#ffffff",
                edgecolor=EDGE,
                linestyle="-" if real else "--",
            )
        )
        text = str(place) if real else "0"
        axes.text(
            place + 0.5,
            0.5,
            text,
            ha="center",
            va="center",
            color="#1b1b1b" if real else EDGE,
        )
    for n in range(outputs):
        first, y = n * s - p, 1.6 + 0.8 * n
        places = [first + d * i + 0.5 for i in range(k)]
        axes.plot(places, [y] * k, "-o", color=SEEN, markersize=7)
        axes.text(size + p + 0.3, y, f"output {n}", va="center")
    axes.set(xlim=(-p - 0.2, size + p + 2.6), ylim=(1.3 + 0.8 * outputs, -0.2))
    axes.axis("off")
    return figure


def units_seen(layers: Sequence[WindowLayer], size: int, n: int) -> list[set[int]]:
    """Return which units of the input and of each layer reach output n of the last.

    Raises: ValueError as `output_size` does.
    """
    sizes = [field.size for field in receptive_fields(layers, size)]
    seen = [{n}]
    for layer, below in zip(reversed(layers), reversed(sizes[:-1]), strict=True):
        k, s, p, d = layer
        units = {m * s - p + d * i for m in seen[0] for i in range(k)}
        seen.insert(0, {unit for unit in units if 0 <= unit < below})
    return seen


def draw_stack(layers: Sequence[WindowLayer], size: int) -> str:
    """Draw the units of a stack of layers, those that the middle output sees in blue.

    Each unit stands over the middle of the pixels that it sees, as SVG.

    Raises: ValueError as `output_size` does.
    """
    fields = receptive_fields(layers, size)
    seen = units_seen(layers, size, fields[-1].size // 2)
    width, height = size * UNIT, ROW * len(fields)
    parts = []
    for level, (field, units) in enumerate(zip(fields, seen, strict=True)):
        y = height - ROW * level - 24
        for chosen, style in (
            (False, f"fill='#ffffff' stroke='{EDGE}'"),
            (True, f"fill='{SEEN}' stroke='#003a5c'"),
        ):
            cells = "".join(
                f"M{_left(field, n):.0f} {y}h10v18h-10z"
                for n in range(field.size)
                if (n in units) == chosen
            )
            parts.append(f"<path d='{cells}' {style}/>")
        name = f"layer {level}" if level else "input"
        label = f"{name}: size {field.size}, sees {field.field}"
        parts.append(f"<text x='2' y='{y - 8}' font-size='14'>{label}</text>")
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
        f"width='{width}' height='{height}' aria-hidden='true' "
        "style='max-width:100%;height:auto' font-family='sans-serif'>"
        f"<rect width='{width}' height='{height}' fill='#fcfcfa'/>"
        f"{''.join(parts)}</svg>"
    )


def _left(field: tuple, n: int) -> float:
    """Return where the cell of unit n begins, in pixels of the screen."""
    _, span, jump, start = field
    return UNIT * (start + n * jump + span / 2) - 5
