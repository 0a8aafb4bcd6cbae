"""Where nodes and edges of a graph are drawn: in layers, with few crossings."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from lib.tensors.graph import Graph

SWEEPS = 8

Place = tuple[float, int]  # x, and the layer, 0 at the top
# A node's id, or (source, target, layer) where an edge passes.
Key = int | tuple[int, int, int]


class Layout(NamedTuple):
    """`places`: node id -> place; `routes`: (source, target) -> its places from end to
    end; `counts`: (source, target) -> how many gradients take that way.
    """

    places: dict[int, Place]
    routes: dict[tuple[int, int], list[Place]]
    counts: dict[tuple[int, int], int]


def lay_out(graph: Graph, widths: Mapping[int, float], gap: float) -> Layout:
    """Place a graph whose edges lead from smaller to larger ids.

    layer(node) = the longest way from node 0. An edge over several layers passes
    through a place of its own in each layer between, so it goes around the nodes.
    Within a layer the order follows the mean of the neighbours, alternately from above
    and from below.

    Units: x as `widths` (of each node's box) and `gap` (between two boxes of a layer).
    """
    counts = Counter((edge.source, edge.target) for edge in graph.edges)
    depth = dict.fromkeys((node.id for node in graph.nodes), 0)
    for source, target in sorted(counts):
        depth[target] = max(depth[target], depth[source] + 1)
    ways = {edge: _way(edge, depth) for edge in sorted(counts)}
    layers = _first_order(depth, ways)
    above, below = _neighbours(ways)
    for sweep in range(SWEEPS):
        _reorder(layers, below if sweep % 2 else above, backwards=bool(sweep % 2))
    x = _columns(layers, above, below, _rooms(layers, widths, gap))
    places = {node: (x[node], layer) for node, layer in depth.items()}
    routes = {
        edge: [(x[key], depth[key] if isinstance(key, int) else key[2]) for key in way]
        for edge, way in ways.items()
    }
    return Layout(places, routes, dict(counts))


def _way(edge: tuple[int, int], depth: dict[int, int]) -> list[Key]:
    """List the keys an edge passes through, from its source to its target."""
    source, target = edge
    between = range(depth[source] + 1, depth[target])
    return [source, *((source, target, layer) for layer in between), target]


def _first_order(
    depth: dict[int, int], ways: dict[tuple[int, int], list[Key]]
) -> list[list[Key]]:
    """Fill the layers in the order of the ids."""
    layers: list[list[Key]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in sorted(depth):
        layers[depth[node]].append(node)
    for way in ways.values():
        for key in way[1:-1]:
            layers[key[2]].append(key)
    return layers


def _neighbours(
    ways: dict[tuple[int, int], list[Key]],
) -> tuple[dict[Key, list[Key]], dict[Key, list[Key]]]:
    """List each key's neighbours in the layer above and in the layer below."""
    above, below = defaultdict(list), defaultdict(list)
    for way in ways.values():
        for upper, lower in pairwise(way):
            below[upper].append(lower)
            above[lower].append(upper)
    return above, below


def _reorder(
    layers: list[list[Key]], neighbours: dict[Key, list[Key]], *, backwards: bool
) -> None:
    """Sort every layer by the mean place of the neighbours; keys without any stay."""
    rank = {key: place for layer in layers for place, key in enumerate(layer)}
    for layer in reversed(layers) if backwards else layers:
        middle = {
            key: sum(rank[other] for other in neighbours[key]) / len(neighbours[key])
            if neighbours[key]
            else rank[key]
            for key in layer
        }
        layer.sort(key=middle.__getitem__)
        rank.update((key, place) for place, key in enumerate(layer))


def _rooms(
    layers: list[list[Key]], widths: Mapping[int, float], gap: float
) -> dict[tuple[Key, Key], float]:
    """Return how far apart the middles of two neighbours in a layer must lie."""
    return {
        (left, right): (widths.get(left, 0.0) + widths.get(right, 0.0)) / 2 + gap
        for layer in layers
        for left, right in pairwise(layer)
    }


def _columns(
    layers: list[list[Key]],
    above: dict[Key, list[Key]],
    below: dict[Key, list[Key]],
    rooms: dict[tuple[Key, Key], float],
) -> dict[Key, float]:
    """Give every key its x: near its neighbours, in the layer's order, with room.

    The last way through the layers goes down and looks up alone, so that chains stand
    straight.
    """
    x = dict.fromkeys((key for layer in layers for key in layer), 0.0)
    for sweep in range(SWEEPS + 1):
        upwards = bool(sweep % 2)
        both = 0 < sweep < SWEEPS
        for layer in reversed(layers) if upwards else layers:
            _settle(layer, x, [above, below] if both else [above], rooms)
    return x


def _settle(
    layer: list[Key],
    x: dict[Key, float],
    sides: list[dict[Key, list[Key]]],
    rooms: dict[tuple[Key, Key], float],
) -> None:
    """Move the keys of one layer towards their neighbours and keep their order."""
    wanted = []
    for key in layer:
        near = [x[other] for side in sides for other in side[key]]
        wanted.append(sum(near) / len(near) if near else x[key])
    found = [wanted[0]]
    for pair, wish in zip(pairwise(layer), wanted[1:], strict=True):
        found.append(max(wish, found[-1] + rooms[pair]))
    shift = sum(w - f for w, f in zip(wanted, found, strict=True)) / len(layer)
    x.update((key, value + shift) for key, value in zip(layer, found, strict=True))
