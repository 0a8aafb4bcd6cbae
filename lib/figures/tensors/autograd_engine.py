"""The engine's walk back, one step at a time, as pictures and in words."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from lib.book.style import BACKGROUND, COLOURS, INK
from lib.figures.tensors.graph import ROUND, SQUARE
from lib.figures.tensors.graph_layout import Layout, lay_out
from lib.tensors.engine import Variable, topological_order
from lib.tensors.engine_graph import engine_graph
from lib.tensors.graph import Graph, Node

WIDTH, HEIGHT, LAYER, GAP, MARGIN = 1.7, 0.74, 1.12, 0.35, 0.15  # inches
STATES = {  # fill, outline, line width, line style
    "waits": ("#FFFFFF", "#6B6B6B", 1.2, "--"),
    "hands on": ("#FBE9CF", COLOURS[1], 3.0, "-"),
    "done": ("#D5EFE8", COLOURS[3], 1.6, "-"),
}


class BackwardStep(NamedTuple):
    """One moment of a backward pass; nodes have the ids of `engine_graph`.

    `active` hands its gradient on in this moment (None before the first and after the
    last); `done` have handed on earlier; `gradients` holds what each node has received
    so far; `parts` what goes along each edge (source, target) now.
    """

    active: int | None
    done: frozenset[int]
    gradients: dict[int, float]
    parts: dict[tuple[int, int], float]


def backward_steps(root: Variable) -> list[BackwardStep]:
    """List the moments of `root.backward()`; every gradient function really runs.

    Raises: ValueError if a variable has more than one element.
    """
    order = list(reversed(topological_order(root)))
    large = [tuple(node.value.shape) for node in order if node.value.numel() != 1]
    if large:
        raise ValueError(
            f"every variable must have one element, got one of shape {large[0]}"
        )
    ids = {variable: number for number, variable in enumerate(order)}
    received = {root: root.value.new_ones(root.value.shape)}
    steps = [_moment(None, 0, received, ids, {})]
    for number, variable in enumerate(order):
        parts: defaultdict[tuple[int, int], float] = defaultdict(float)
        if variable.gradient_fn is not None:
            found = variable.gradient_fn(received[variable])
            for parent, part in zip(variable.parents, found, strict=True):
                parts[number, ids[parent]] += part.item()
                received[parent] = received.get(parent, 0) + part
        steps.append(_moment(number, number, received, ids, dict(parts)))
    return [*steps, _moment(None, len(order), received, ids, {})]


def draw_backward_step(
    root: Variable, names: Mapping[str, Variable], step: int
) -> Figure:
    """Draw one moment of the backward pass of an expression of numbers.

    Each box has the variable's name and operation, its value and its gradient so far; a
    thick outline marks the one that hands on, a dashed one those that wait.

    Raises: ValueError if a variable has more than one element; IndexError if there is
    no such step.
    """
    moment, graph = backward_steps(root)[step], engine_graph(root, names)
    layout = lay_out(graph, {node.id: WIDTH for node in graph.nodes}, GAP)
    figure, axes = _sheet(layout)
    _draw_arrows(axes, layout, moment)
    values = [variable.value.item() for variable in reversed(topological_order(root))]
    for node in graph.nodes:
        x, layer = layout.places[node.id]
        fill, outline, line, style = STATES[_state(node, moment)]
        corner = ROUND if node.kind == "leaf" else SQUARE
        axes.add_patch(
            FancyBboxPatch(
                (x - WIDTH / 2, -layer * LAYER - HEIGHT / 2), WIDTH, HEIGHT,
                boxstyle=corner, facecolor=fill, edgecolor=outline,
                linewidth=line, linestyle=style, zorder=3,
            )
        )  # fmt: skip
        words = (
            _title(node),
            f"value {values[node.id]:g}",
            _gradient(node, moment, graph),
        )
        for row, text in enumerate(words):
            axes.text(
                x, -layer * LAYER + 0.22 * (1 - row), text, ha="center", va="center",
                fontsize=10.5, color=INK, fontweight="normal" if row == 1 else "bold",
                zorder=4,
            )  # fmt: skip
    return figure


def describe_backward_step(
    root: Variable, names: Mapping[str, Variable], step: int
) -> str:
    """Say in words what `draw_backward_step` draws.

    Raises: ValueError if a variable has more than one element; IndexError if there is
    no such step.
    """
    moment, graph = backward_steps(root)[step], engine_graph(root, names)
    titles = {node.id: node.name or node.label for node in graph.nodes}
    if moment.active is not None:
        parts = moment.parts.items()
        handed = [f"{part:g} to {titles[target]}" for (_, target), part in parts]
        what = "is a leaf and keeps its gradient"
        if handed:
            what = f"hands {' and '.join(handed)}"
        opening = f"{titles[moment.active]} {what}."
    else:
        opening = (
            "All gradients are complete." if moment.done else "The walk has not begun."
        )
    states = (
        f"{titles[node.id]}: {_gradient(node, moment, graph)}" for node in graph.nodes
    )
    return f"{opening} {', '.join(states)}."


def _moment(
    active: int | None,
    done: int,
    received: Mapping[Variable, object],
    ids: Mapping[Variable, int],
    parts: dict[tuple[int, int], float],
) -> BackwardStep:
    """Note what every node has received so far."""
    gradients = {
        ids[variable]: gradient.item() for variable, gradient in received.items()
    }
    return BackwardStep(active, frozenset(range(done)), gradients, parts)


def _state(node: Node, moment: BackwardStep) -> str:
    """Say whether a node waits, hands on or is done."""
    if node.id == moment.active:
        return "hands on"
    return "done" if node.id in moment.done else "waits"


def _title(node: Node) -> str:
    """Name and operation of a node."""
    if node.kind == "leaf":
        return node.name or "constant"
    return f"{node.name}: {node.label}" if node.name else node.label


def _gradient(node: Node, moment: BackwardStep, graph: Graph) -> str:
    """Say what a node has received, and whether more will come."""
    if node.id not in moment.gradients:
        return "no gradient yet"
    givers = {edge.source for edge in graph.edges if edge.target == node.id}
    unfinished = givers - moment.done - {moment.active}
    return f"gradient {moment.gradients[node.id]:g}" + " so far" * bool(unfinished)


def _sheet(layout: Layout) -> tuple[Figure, Axes]:
    """Make a figure of the graph's size whose axes count inches."""
    places = list(layout.places.values())
    places += [place for way in layout.routes.values() for place in way]
    left = min(x for x, _ in places) - WIDTH / 2 - MARGIN
    right = max(x for x, _ in places) + WIDTH / 2 + MARGIN
    top = HEIGHT / 2 + MARGIN
    height = max(layer for _, layer in places) * LAYER + 2 * top
    figure = Figure(figsize=(right - left, height), facecolor=BACKGROUND, layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, right), ylim=(top - height, top))
    axes.set_axis_off()
    return figure, axes


def _draw_arrows(axes: Axes, layout: Layout, moment: BackwardStep) -> None:
    """Draw every edge; those in use are thick and carry the number handed on."""
    for edge, route in layout.routes.items():
        used = edge in moment.parts
        points = [(x, -layer * LAYER) for x, layer in route]
        points[0] = (points[0][0], points[0][1] - HEIGHT / 2)
        points[-1] = (points[-1][0], points[-1][1] + HEIGHT / 2)
        for start, end in pairwise(points):
            axes.add_patch(
                FancyArrowPatch(
                    start, end, arrowstyle="-|>" if end == points[-1] else "-",
                    color=COLOURS[5] if used else "#8A8A8A",
                    linewidth=2.6 if used else 1.1, mutation_scale=13,
                    shrinkA=0, shrinkB=0, zorder=2,
                )
            )  # fmt: skip
        if used:
            (x0, y0), (x1, y1) = points[-2:]
            axes.text(
                (x0 + x1) / 2, (y0 + y1) / 2, f"+{moment.parts[edge]:g}",
                ha="center", va="center", fontsize=11, fontweight="bold",
                color=COLOURS[5], zorder=5,
                bbox={"facecolor": BACKGROUND, "edgecolor": "none", "pad": 1.5},
            )  # fmt: skip
