"""The tree of a model, with one of its modules chosen and what that module returned."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

INK, CHOSEN, FAINT = "#30363D", "#B3420A", "#7A7F85"


def module_summary(model: nn.Module, name: str) -> str:
    """Return a module's class and the number of parameters of its own and below it."""
    module = model.get_submodule(name)
    own = sum(p.numel() for p in module.parameters(recurse=False))
    below = sum(p.numel() for p in module.parameters()) - own
    text = f"{type(module).__name__}, {own:,} parameters of its own"
    return f"{text}, {below:,} below it" if below else text


def draw_tree(
    model: nn.Module,
    chosen: str | None = None,
    outputs: Mapping[str, Tensor] | None = None,
) -> Figure:
    """Draw the tree of a model and, if outputs are given, a histogram of one.

    Shapes: outputs (any)
    """
    names = [name for name, _ in model.named_modules()]
    height = 0.24 * len(names) + 0.3
    if outputs is None:
        figure = Figure(figsize=(4.8, height))
        _draw_names(figure.add_subplot(), model, names, chosen)
        return figure
    figure = Figure(figsize=(4.8, height + 2.2))
    top, bottom = figure.subplots(2, 1, height_ratios=[height, 1.7])
    _draw_names(top, model, names, chosen)
    _draw_output(bottom, outputs.get(chosen))
    return figure


def _draw_names(
    axes: Axes, model: nn.Module, names: list[str], chosen: str | None
) -> None:
    """Write one line a module, indented by its depth, joined to its parent."""
    rows = {name: row for row, name in enumerate(names)}
    for name, row in rows.items():
        depth = len(name.split(".")) if name else 0
        if name:
            parent = rows[name.rpartition(".")[0]]
            axes.plot([depth - 0.8] * 2, [parent + 0.4, row], "-", color=FAINT, lw=0.8)
            axes.plot([depth - 0.8, depth - 0.1], [row, row], "-", color=FAINT, lw=0.8)
        module = model.get_submodule(name)
        label = name.rpartition(".")[2] if name else "model"
        style = {"color": INK}
        if name == chosen:
            style = {"color": CHOSEN, "weight": "bold"}
        axes.text(depth, row, f"{label}: {type(module).__name__}", va="center", **style)
        count = sum(p.numel() for p in module.parameters())
        axes.text(6.6, row, f"{count:,}", va="center", ha="right", **style)
    axes.text(6.6, -1, "parameters", va="center", ha="right", color=FAINT)
    axes.set(xlim=(-0.1, 6.7), ylim=(len(names) - 0.4, -1.5))
    axes.axis("off")


def _draw_output(axes: Axes, output: Tensor | None) -> None:
    """Draw the histogram of a module's output, or say that there was none."""
    if output is None:
        axes.text(0.5, 0.5, "never called: no output", ha="center", va="center",
                  transform=axes.transAxes, color=INK)  # fmt: skip
        axes.axis("off")
        return
    values = output.flatten().clamp(-8, 8).cpu().numpy()
    axes.hist(values, bins=64, range=(-8, 8), density=True)
    axes.set(xlabel="output (beyond ±8 in the last bars)", ylabel="density")
    axes.set_xlim(-8, 8)
