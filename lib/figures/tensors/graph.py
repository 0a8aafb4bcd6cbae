"""Draw the graph that autograd recorded, or say it in words."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from lib.book.style import BACKGROUND, COLOURS, INK
from lib.figures.tensors.graph_layout import Layout, Place, lay_out
from lib.tensors.graph import Graph, Node

MOST_NODES = 60
LAYER, BOX, GAP, MARGIN = 0.8, 0.46, 0.28, 0.12  # inches
FONT = 10.5
SQUARE, ROUND = "square,pad=0", "round,pad=0,rounding_size=0.23"
KINDS = {  # fill, outline, line width, corner, words of the legend
    "root": ("#FBE9CF", COLOURS[1], 2.4, SQUARE, "result: backward starts here"),
    "operation": ("#FFFFFF", INK, 1.0, SQUARE, "operation"),
    "leaf": ("#D5EFE8", COLOURS[3], 1.6, ROUND, "leaf: gets .grad"),
}


def draw_graph(graph: Graph, *, legend: bool = True) -> Figure:
    """Draw a graph with the result at the top and the leaves below.

    Each box shows torch's name of the step (a leaf's own name, where it has one) and
    the shape of its result; arrows lead where the backward pass hands the gradients;
    "×2" marks two of them.

    Units: the figure grows with the graph, a layer takes 0.8 inches.
    Raises: ValueError for a graph of more than 60 nodes, which nobody could read.
    """
    if len(graph.nodes) > MOST_NODES:
        raise ValueError(
            f"graph must have at most {MOST_NODES} nodes to be drawn, "
            f"got {len(graph.nodes)}: use describe_graph, or draw the graph of an "
            "earlier tensor"
        )
    widths = {node.id: _width(node) for node in graph.nodes}
    layout = lay_out(graph, widths, GAP)
    figure, axes = _sheet(layout, widths, legend)
    _draw_edges(axes, layout)
    for node in graph.nodes:
        x, layer = layout.places[node.id]
        _draw_node(axes, node, x, -layer * LAYER, widths[node.id])
    if legend:
        _draw_legend(axes, {node.kind for node in graph.nodes})
    return figure


def describe_graph(graph: Graph) -> str:
    """Say a graph in words, a line for each node: number, kind, where gradients go.

    A line looks like `1 MulBackward0, shape (2,) → 2, 2`.
    """
    targets: dict[int, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        targets[edge.source].append(str(edge.target))
    lines = []
    for node in graph.nodes:
        named = f" ({node.name})" if node.name else ""
        what = f"leaf{named}" if node.kind == "leaf" else f"{node.label}{named}"
        shape = f", shape {node.shape}" if node.shape is not None else ""
        arrow = f" → {', '.join(targets[node.id])}" if targets[node.id] else ""
        lines.append(f"{node.id} {what}{shape}{arrow}")
    return "\n".join(lines)


def _sheet(
    layout: Layout, widths: dict[int, float], legend: bool
) -> tuple[Figure, Axes]:
    """Make a figure of the graph's size whose axes count inches."""
    left = min(x - widths[node] / 2 for node, (x, _) in layout.places.items())
    right = max(x + widths[node] / 2 for node, (x, _) in layout.places.items())
    bends = [x for route in layout.routes.values() for x, _ in route]
    left, right = min([left, *bends]) - MARGIN, max([right, *bends]) + MARGIN
    width = max(right - left, 5.0 if legend else 0.0)
    layers = 1 + max(layer for _, layer in layout.places.values())
    height = layers * LAYER - (LAYER - BOX) + 2 * MARGIN + (0.35 if legend else 0.0)
    figure = Figure(figsize=(width, height), facecolor=BACKGROUND, layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    middle, top = (left + right) / 2, BOX / 2 + MARGIN
    axes.set(xlim=(middle - width / 2, middle + width / 2), ylim=(top - height, top))
    axes.set_axis_off()
    return figure, axes


def _width(node: Node) -> float:
    """Width of a node's box in inches: that of its longer line, and a margin."""
    font = FontProperties(weight=_weight(node))
    lines = [TextPath((0, 0), words, size=FONT, prop=font) for words in _words(node)]
    return max(0.66, 0.24 + max(line.get_extents().width for line in lines) / 72)


def _weight(node: Node) -> str:
    """Weight of a node's letters: tensors with a name stand out."""
    return "bold" if node.name else "normal"


def _words(node: Node) -> tuple[str, str]:
    """Return the two lines of a node's box."""
    first = (node.name or "leaf") if node.kind == "leaf" else node.label
    if node.kind != "leaf" and node.name:
        first = f"{node.name}: {first}"
    return first, "several" if node.shape is None else str(node.shape)


def _draw_node(axes: Axes, node: Node, x: float, y: float, width: float) -> None:
    """Draw one node's box around its place."""
    fill, outline, line, corner, _ = KINDS[node.kind]
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - BOX / 2), width, BOX, boxstyle=corner,
            facecolor=fill, edgecolor=outline, linewidth=line, zorder=3,
        )
    )  # fmt: skip
    first, second = _words(node)
    text = {"ha": "center", "va": "center", "color": INK, "zorder": 4}
    axes.text(x, y + 0.095, first, fontsize=FONT, fontweight=_weight(node), **text)
    axes.text(x, y - 0.11, second, fontsize=FONT - 1.5, **text)


def _draw_edges(axes: Axes, layout: Layout) -> None:
    """Draw every edge as one arrow, with its count where it stands for several."""
    for edge, route in layout.routes.items():
        axes.add_patch(
            FancyArrowPatch(
                path=_path(route), arrowstyle="-|>", mutation_scale=11,
                color="#4A4A4A", linewidth=1.2, shrinkA=0, shrinkB=0, zorder=2,
            )
        )  # fmt: skip
        if layout.counts[edge] > 1:
            (x0, y0), (x1, y1) = route[0], route[1]
            x, y = (x0 + x1) / 2, -(y0 + y1) / 2 * LAYER
            count = f"×{layout.counts[edge]}"
            axes.text(x + 0.08, y, count, fontsize=FONT, color=INK, va="center")


def _path(route: list[Place]) -> Path:
    """Turn a route into a curve that leaves and reaches every layer vertically."""
    points = [(x, -layer * LAYER) for x, layer in route]
    vertices, codes = [(points[0][0], points[0][1] - BOX / 2)], [Path.MOVETO]
    for number, (x, y) in enumerate(points[1:], start=1):
        last = number == len(points) - 1
        (x0, y0), y1 = vertices[-1], y + BOX / 2
        bend = (y0 - y1) / 2
        vertices += [(x0, y0 - bend), (x, y1 + bend), (x, y1)]
        codes += [Path.CURVE4] * 3
        if not last:  # straight down past the layer's boxes
            vertices.append((x, y - BOX / 2))
            codes.append(Path.LINETO)
    return Path(vertices, codes)


def _draw_legend(axes: Axes, kinds: set[str]) -> None:
    """Explain the kinds of boxes that are there, in one line under the graph."""
    handles = [
        Line2D(
            [], [], linestyle="none", marker="o" if kind == "leaf" else "s",
            markersize=9, markerfacecolor=fill, markeredgecolor=outline,
            markeredgewidth=line, label=words,
        )
        for kind, (fill, outline, line, _, words) in KINDS.items()
        if kind in kinds
    ]  # fmt: skip
    axes.legend(
        handles=handles, loc="lower center", ncols=3, frameon=False, fontsize=9.5,
        handletextpad=0.2, columnspacing=1.2, borderaxespad=0.1,
    )  # fmt: skip
