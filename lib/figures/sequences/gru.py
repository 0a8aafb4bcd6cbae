"""Gates of a recurrent cell over time, on numbers and on a sentence."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor


def draw_memory(inputs: Tensor, states: Mapping[str, Tensor], writes: Tensor) -> Figure:
    """Draw what arrives, when it is to be written, and the state of each cell.

    Shapes: inputs (T,), writes (T,) of bool, each of states (T,)
    """
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    axes = figure.subplots()
    times = list(range(1, len(inputs) + 1))
    axes.bar(times, inputs.tolist(), width=0.5, color="#d9d9d4", label="input")
    for t, write in zip(times, writes.tolist(), strict=True):
        if write:
            axes.annotate("write", (t, -1.25), ha="center", fontsize=9.5)
    for name, values in states.items():
        axes.plot(times, values.tolist(), marker="o", markersize=3, label=name)
    axes.set(xlabel="step", ylabel="value", ylim=(-1.4, 1.4))
    axes.legend(loc="upper right", ncols=3)
    return figure


def draw_gate(tokens: Sequence[str], values: Tensor, name: str) -> Figure:
    """Draw the value of one gate of one unit at each token of a sentence.

    Shapes: values (T,), one for each of the T tokens
    Raises: ValueError if there are not as many values as tokens.
    """
    if len(tokens) != len(values):
        raise ValueError(f"values must be as many as tokens, {len(tokens)}, "
                         f"got {len(values)}")  # fmt: skip
    figure = Figure(figsize=(7.2, 2.4), layout="constrained")
    axes = figure.subplots()
    axes.bar(range(len(tokens)), values.tolist())
    axes.set_xticks(range(len(tokens)), ["␣" if t == " " else t for t in tokens],
                    fontsize=9)  # fmt: skip
    axes.set(ylim=(0, 1), ylabel=name, xlabel="character (␣ is the blank)")
    axes.margins(x=0.01)
    return figure
