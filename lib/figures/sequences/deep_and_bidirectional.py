"""Layers and directions of a recurrent network, and which inputs a state has read."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor, nn

from lib.book.style import COLOURS, INK

FORWARD, BACKWARD = COLOURS[0], COLOURS[1]
PLAIN, LAST = "#FFFFFF", "#FBE3C0"
DIRECTIONS = ("forward", "backward")


def draw_directions(seq_len: int = 4) -> Figure:
    """Draw two layers in two directions: the states in h_n are shaded and numbered.

    Raises: ValueError if `seq_len` is below 2.
    """
    if seq_len < 2:
        raise ValueError(f"seq_len must be at least 2, got {seq_len}")
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(-1.9, seq_len + 0.75), ylim=(-0.8, 6.55))
    axes.axis("off")
    for t in range(seq_len):
        _text(axes, t + 0.5, -0.45, f"$x_{t + 1}$")
        _arrow(axes, (t + 0.5, -0.2), (t + 0.5, 0.2))
        _arrow(axes, (t + 0.5, 2.15), (t + 0.5, 2.75))
        _arrow(axes, (t + 0.5, 4.7), (t + 0.5, 5.3))
        _text(axes, t + 0.5, 5.6, f"output[:, {t}]", size=9)
    for layer in range(2):
        _text(axes, -1.2, 1.2 + 2.55 * layer, f"layer {layer + 1}")
        for direction, name in enumerate(DIRECTIONS):
            y = 0.25 + 2.55 * layer + 1.0 * direction
            _draw_row(axes, y, seq_len, 2 * layer + direction, name)
    _text(axes, -1.2, 5.6, "joined: 2 H", size=9)
    return figure


def _draw_row(axes: Axes, y: float, seq_len: int, number: int, name: str) -> None:
    """Draw the states of one layer and direction, and the arrows between them."""
    forward = name == "forward"
    colour, last = (FORWARD, seq_len - 1) if forward else (BACKWARD, 0)
    style = "-" if forward else "--"
    for t in range(seq_len):
        face = LAST if t == last else PLAIN
        axes.add_patch(
            Rectangle((t + 0.12, y), 0.76, 0.85, facecolor=face, edgecolor=colour,
                      linewidth=1.8, linestyle=style)
        )  # fmt: skip
        _text(axes, t + 0.5, y + 0.42, f"h_n[{number}]" if t == last else "h", size=9)
        if t + 1 < seq_len:
            ends = (t + 0.88, y + 0.42), (t + 1.12, y + 0.42)
            _arrow(axes, *(ends if forward else ends[::-1]), colour=colour)


def _text(axes: Axes, x: float, y: float, text: str, *, size: float = 10.5) -> None:
    axes.text(x, y, text, ha="center", va="center", fontsize=size, color=INK)


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    colour: str = INK,
) -> None:
    """Draw an arrow from start to end."""
    style = {"arrowstyle": "-|>", "linewidth": 1.3, "color": colour}
    axes.annotate(
        "", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}
    )


def inputs_read(
    network: nn.RNN | nn.GRU | nn.LSTM, layer: int, direction: str, step: int, x: Tensor
) -> Tensor:
    """Return the length of the gradient of one state with respect to each input.

    `network` is one layer in two directions, or several; `layer` counts from 1, `step`
    from 0. An input that the state has not read has gradient 0.

    Shapes: x (T, D) -> (T,)
    Raises: ValueError for a layer, direction or step that is not there.
    """
    if not 1 <= layer <= network.num_layers:
        raise ValueError(f"layer must be from 1 to {network.num_layers}, got {layer}")
    if direction not in DIRECTIONS:
        raise ValueError(f"direction must be one of {DIRECTIONS}, got {direction!r}")
    if not 0 <= step < len(x):
        raise ValueError(f"step must be from 0 to {len(x) - 1}, got {step}")
    lower = _first_layers(network, layer)
    x = x.clone().requires_grad_()
    output, _ = lower(x[None])  # (T, D) -> (1, T, 2 H)
    side = DIRECTIONS.index(direction)
    state = output[0, step].chunk(2)[side]  # (2 H,) -> (H,)
    (gradient,) = torch.autograd.grad(state.sum(), x)
    return gradient.norm(dim=1)  # (T, D) -> (T,)


def _first_layers(
    network: nn.RNN | nn.GRU | nn.LSTM, layers: int
) -> nn.RNN | nn.GRU | nn.LSTM:
    """Return a network of the first layers alone, with the same weights."""
    lower = type(network)(
        network.input_size, network.hidden_size, layers, batch_first=True,
        bidirectional=True,
    )  # fmt: skip
    weights = network.state_dict()
    lower.load_state_dict({name: weights[name] for name in lower.state_dict()})
    return lower.to(next(network.parameters()).dtype)


def draw_reach(sizes: Tensor, layer: int, direction: str, step: int) -> Figure:
    """Draw how much each input moves one state, with the step of the state marked.

    Shapes: sizes (T,)
    """
    figure = Figure(figsize=(6.0, 2.7), layout="constrained")
    axes = figure.subplots()
    steps = range(1, len(sizes) + 1)
    axes.bar(steps, sizes.tolist(), color=COLOURS[DIRECTIONS.index(direction)])
    axes.axvline(step + 1, color=INK, linewidth=1, linestyle=":")
    axes.set(xlabel="input at step", ylabel="size of the gradient")
    axes.set_xticks(list(steps))
    axes.set_title(f"layer {layer}, {direction}, state at step {step + 1}", loc="left")
    return figure
