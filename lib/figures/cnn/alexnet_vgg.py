"""Where the parameters and the multiplications of networks sit."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lib.cnn.counting import LayerCount, total_count

CONV, DENSE = "#0072B2", "#E9A84C"
BY_KIND = {"Conv2d": (CONV, ""), "Linear": (DENSE, "//")}


def costs_in_words(rows: Sequence[LayerCount]) -> str:
    """Return the totals of both kinds of cost, and the convolutions' shares."""
    whole = total_count(rows)
    convs = total_count([row for row in rows if row.kind == "Conv2d"])
    shares = [100 * part / all_ for part, all_ in zip(convs, whole, strict=True)]
    return (
        f"{whole[0]:,} parameters, {shares[0]:.0f} % in convolutions; "
        f"{whole[1]:,} multiplications, {shares[1]:.0f} % in convolutions"
    )


def draw_costs(counts: Mapping[str, Sequence[LayerCount]]) -> Figure:
    """Draw two bars for each network: the shares of its layers in both kinds of cost.

    Layers other than convolutions and linear layers are left out.
    """
    figure = Figure(figsize=(7.2, 0.75 + 0.75 * len(counts)), layout="constrained")
    axes = figure.add_subplot()
    labels = []
    for place, (name, rows) in enumerate(counts.items()):
        kept = [row for row in rows if row.kind in BY_KIND]
        for lower, cost in enumerate(("parameters", "multiplications")):
            y, left = place + 0.36 * lower, 0.0
            total = sum(getattr(row, cost) for row in kept)
            for row in kept:
                colour, hatch = BY_KIND[row.kind]
                share = getattr(row, cost) / total
                axes.barh(y, share, 0.32, left, color=colour, hatch=hatch,
                          edgecolor="white", linewidth=0.8)  # fmt: skip
                left += share
            axes.text(1.01, y, _short(total), va="center", fontsize=10)
            labels.append((y, f"{name}, {cost}"))
    axes.set_yticks(*zip(*labels, strict=True))
    axes.set(xlim=(0, 1), ylim=(len(counts) - 0.3, -0.3), xlabel="share of the total")
    axes.grid(False)
    axes.legend(
        handles=[Patch(facecolor=CONV, label="convolutions"),
                 Patch(facecolor=DENSE, hatch="//", edgecolor="white",
                       label="dense layers")],
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2,
    )  # fmt: skip
    return figure


def draw_layer_costs(rows: Sequence[LayerCount]) -> Figure:
    """Draw each layer's parameters and multiplications on one logarithmic axis.

    Layers other than convolutions and linear layers are left out.
    """
    kept = [row for row in rows if row.kind in BY_KIND]
    figure = Figure(figsize=(6.4, 1.1 + 0.21 * len(kept)), layout="constrained")
    axes, places = figure.add_subplot(), range(len(kept))
    for cost, marker, colour, size in (
        ("parameters", "s", "#B85C00", 7), ("multiplications", "o", CONV, 4),
    ):  # fmt: skip
        values = [getattr(row, cost) for row in kept]
        axes.plot(values, places, marker, color=colour, markersize=size, label=cost)
    axes.set_yticks(places, [_layer(row) for row in kept], fontsize=8.5)
    axes.set(xscale="log", xlim=(1e3, 2e10), ylim=(len(kept) - 0.4, -0.6),
             xlabel="number, logarithmic")  # fmt: skip
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return figure


def _layer(row: LayerCount) -> str:
    """Return what a layer puts out, as channels and pixels."""
    channels, *pixels = row.output_shape[1:]
    if not pixels:
        return f"dense, {channels}"
    return f"conv, {channels} of {pixels[0]}×{pixels[1]}"


def _short(number: int) -> str:
    """Write a large number with three digits and a word."""
    for size, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if number >= size:
            return f"{number / size:.3g} {word}"
    return str(number)
