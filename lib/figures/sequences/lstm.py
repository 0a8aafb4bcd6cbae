"""The inside of an LSTM cell gate by gate, its gates over time, and what it recalls."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn import functional as F

from lib.book.style import BACKGROUND, COLOURS, INK, MARKERS

STAGES = ("forget", "write", "show")
ROAD, LOW = 3.0, 0.55  # the heights of the cell state and of the hidden state
GATES = {  # where a gate stands, and where its number meets the road
    "f": ("forget", 1.4, ROAD),
    "i": ("input", 3.0, 2.15),
    "g": ("candidate", 4.2, 2.15),
    "o": ("output", 6.4, 1.35),
}
PARTS_END = {"forget": 1.4, "write": 4.2, "show": 6.4}
PARTS = {"forget": "f", "write": "fig", "show": "figo"}


def draw_lstm_cell(
    stage: str = "show", values: Mapping[str, float] | None = None
) -> Figure:
    """Draw one step of an LSTM up to a stage: "forget", "write" or "show".

    `values` may give numbers to write beside f, i, g, o and c, c_new, h, h_new.

    Raises: ValueError for another stage.
    """
    if stage not in STAGES:
        raise ValueError(f"stage must be one of {STAGES}, got {stage!r}")
    values, figure = values or {}, Figure(figsize=(7.2, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(-0.9, 8.9), ylim=(-0.75, 3.75))
    axes.axis("off")
    _draw_road(axes, stage, values)
    for name in PARTS[stage]:
        _draw_gate(axes, name, values)
    if stage != "forget":
        _operation(axes, 3.6, 2.15, "×")
        _operation(axes, 3.6, ROAD, "+")
        _arrow(axes, (3.6, 2.37), (3.6, ROAD - 0.22))
    if stage == "show":
        _draw_output(axes, values)
    return figure


def _draw_road(axes: Axes, stage: str, values: Mapping[str, float]) -> None:
    """Draw the cell state above, from c to what the stage has made of it."""
    end = 7.9 if stage != "forget" else 3.4
    _arrow(axes, (-0.05, ROAD), (1.18, ROAD), width=3.0)
    _arrow(axes, (1.62, ROAD), (end, ROAD), width=3.0)
    _operation(axes, 1.4, ROAD, "×")
    _label(axes, -0.45, ROAD, r"$c_{t-1}$", values.get("c"))
    last = (r"$c_t$", values.get("c_new")) if stage != "forget" else (r"$f\,c$", None)
    _label(axes, end + 0.45, ROAD, *last)
    _arrow(axes, (0.1, LOW - 0.55), (PARTS_END[stage], LOW - 0.55), head=False)
    _label(axes, -0.5, LOW - 0.55, "$x_t, h_{t-1}$", None)


def _draw_gate(axes: Axes, name: str, values: Mapping[str, float]) -> None:
    """Draw a gate as a box over the inputs, with an arrow to where it acts."""
    title, x, meets = GATES[name]
    colour = COLOURS["figo".index(name)]
    kind = r"tanh" if name == "g" else r"σ"
    number = f"\n{values[name]:.3f}" if name in values else ""
    axes.text(
        x, 0.95, f"{title}\n${name}_t$: {kind}{number}", ha="center", va="center",
        fontsize=9.5, color=INK, zorder=3, linespacing=1.35,
        bbox={"boxstyle": "round", "facecolor": BACKGROUND, "edgecolor": colour,
              "linewidth": 2.0},
    )  # fmt: skip
    _arrow(axes, (x, LOW - 0.55), (x, 0.42 if number else 0.55))
    if name == "o":
        return
    end = (x, meets - 0.22) if name == "f" else (3.6 + (x - 3.6) * 0.37, meets)
    if name != "f":
        axes.plot([x, x], [1.4, meets], color=INK, linewidth=1.3, linestyle="-")
        _arrow(axes, (x, meets), end)
    else:
        _arrow(axes, (x, 1.4), end)


def _draw_output(axes: Axes, values: Mapping[str, float]) -> None:
    """Draw how the output gate shows a part of the squashed cell state."""
    axes.plot([7.3, 7.3], [ROAD, 2.7], color=INK, linewidth=1.3, linestyle="-")
    axes.text(
        7.3, 2.5, "tanh", ha="center", va="center", fontsize=9.5, color=INK, zorder=3,
        bbox={"boxstyle": "round", "facecolor": BACKGROUND, "edgecolor": INK},
    )  # fmt: skip
    _arrow(axes, (7.3, 2.3), (7.3, 1.17))
    _operation(axes, 7.3, 0.95, "×")
    _arrow(axes, (6.4, 0.95), (7.08, 0.95))
    _arrow(axes, (7.52, 0.95), (7.95, 0.95))
    _label(axes, 8.35, 0.95, r"$h_t$", values.get("h_new"))


def _operation(axes: Axes, x: float, y: float, sign: str) -> None:
    """Draw a product or a sum of two vectors, element by element."""
    axes.text(
        x, y, sign, ha="center", va="center", fontsize=13, color=INK, zorder=4,
        bbox={"boxstyle": "circle,pad=0.12", "facecolor": "#FBE3C0", "edgecolor": INK},
    )  # fmt: skip


def _label(axes: Axes, x: float, y: float, text: str, number: float | None) -> None:
    """Write a state's name, with its number below."""
    axes.text(x, y, text, ha="center", va="center", fontsize=12, color=INK)
    if number is not None:
        axes.text(x, y - 0.42, f"{number:.3f}", ha="center", va="center", fontsize=9.5)


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    width: float = 1.3,
    head: bool = True,
) -> None:
    """Draw a straight arrow, or a line without a head."""
    style = {"arrowstyle": "-|>" if head else "-", "linewidth": width, "color": INK}
    style |= {"shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=style, zorder=2)


def draw_recall(accuracies: Mapping[str, Mapping[int, Sequence[float]]]) -> Figure:
    """Draw the share of recalled symbols over the gap: mean and range of each layer."""
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    axes = figure.subplots()
    gaps = sorted({gap for shares in accuracies.values() for gap in shares})
    for number, (layer, shares) in enumerate(accuracies.items()):
        # Next to one another, so that no range hides another.
        places = [gaps.index(gap) + 0.07 * (number - 2.5) for gap in shares]
        means = [sum(each) / len(each) for each in shares.values()]
        pairs = list(zip(means, shares.values(), strict=True))
        ranges = [
            [mean - min(each) for mean, each in pairs],
            [max(each) - mean for mean, each in pairs],
        ]
        axes.errorbar(
            places, means, yerr=ranges, label=layer, marker=MARKERS[number],
            markersize=5, linewidth=1.4, elinewidth=0.9, capsize=2,
        )  # fmt: skip
    axes.axhline(1 / 8, color="#8A8A8A", linewidth=1, linestyle="-")
    axes.set(xlabel="gap (steps)", ylabel="share recalled", ylim=(0, 1.05))
    axes.set_xticks(range(len(gaps)), [str(gap) for gap in gaps])
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


@torch.no_grad()
def gate_history(lstm: nn.LSTM, inputs: Tensor) -> dict[str, Tensor]:
    """Return the gates i, f, g, o and the states c, h of a sequence, from zero states.

    Shapes: inputs (T, D) -> each (T, H)
    Raises: ValueError unless the LSTM has one layer and one direction.
    """
    if lstm.num_layers != 1 or lstm.bidirectional:
        raise ValueError(
            f"lstm must have one layer and direction, got {lstm.num_layers} layers, "
            f"bidirectional={lstm.bidirectional}"
        )
    weights = [lstm.weight_hh_l0, lstm.bias_hh_l0]
    projected = F.linear(inputs, lstm.weight_ih_l0, lstm.bias_ih_l0)  # (T, 4 H)
    h = c = inputs.new_zeros(lstm.hidden_size)
    history: dict[str, list[Tensor]] = {name: [] for name in "ifgoch"}
    for row in projected:
        i, f, g, o = (row + F.linear(h, *weights)).chunk(4)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        h = o * c.tanh()
        for name, value in zip("ifgoch", (i, f, g, o, c, h), strict=True):
            history[name].append(value)
    return {name: torch.stack(values) for name, values in history.items()}


def draw_gates(
    tokens: Sequence[str], values: Tensor, label: str, *, signed: bool = False
) -> Figure:
    """Draw the values of some units over the tokens of a sentence, a row for each unit.

    Shapes: values (T, U), for as many tokens
    Raises: ValueError if the numbers of tokens and of rows differ.
    """
    if len(tokens) != len(values):
        raise ValueError(f"values must have {len(tokens)} rows, got {len(values)}")
    figure = Figure(figsize=(7.2, 1.3 + 0.16 * values.shape[1]), layout="constrained")
    axes = figure.subplots()
    low, shades = (-1, "RdBu_r") if signed else (0, "Greys")
    grid = values.T.numpy()  # (T, U) -> (U, T)
    image = axes.imshow(grid, aspect="auto", cmap=shades, vmin=low, vmax=1)
    axes.set_xticks(range(len(tokens)), tokens, fontsize=8)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel="characters read", ylabel="unit", yticks=[])
    axes.grid(visible=False)
    figure.colorbar(image, ax=axes, label=label, pad=0.01)
    return figure
