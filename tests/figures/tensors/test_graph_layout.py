"""Where a graph's boxes and arrows go."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.figures.tensors.graph_layout import lay_out
from lib.tensors.graph import Edge, Graph, Node

GAP = 0.3


def graph_of(*edges):
    """A graph with these edges, all nodes alike."""
    nodes = 1 + max((target for _, target in edges), default=0)
    return Graph(
        tuple(Node(i, "", "operation" if i else "root", "Step", ()) for i in range(nodes)),
        tuple(Edge(source, target, ()) for source, target in edges),
    )


def widths(graph):
    """Different widths for the nodes."""
    return {node.id: 1.0 + 0.2 * (node.id % 3) for node in graph.nodes}


@st.composite
def graphs(draw):
    """A random graph whose nodes can all be reached from node 0."""
    size = draw(st.integers(1, 14))
    edges = [(draw(st.integers(0, target - 1)), target) for target in range(1, size)]
    more = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))
    edges += [(min(e), max(e)) for e in draw(st.lists(more, max_size=8)) if e[0] != e[1]]
    return graph_of(*edges)


def test_layers_go_by_the_longest_path_and_a_long_edge_goes_around():
    layout = lay_out(graph_of((0, 1), (1, 2), (2, 3), (0, 3)), dict.fromkeys(range(4), 1.0), GAP)
    assert [layout.places[node][1] for node in range(4)] == [0, 1, 2, 3]
    route = layout.routes[0, 3]
    assert [layer for _, layer in route] == [0, 1, 2, 3]
    for x, layer in route[1:-1]:
        assert abs(x - layout.places[layer][0]) >= 0.5 + GAP - 1e-9


def test_chains_stand_straight_and_twins_lie_on_both_sides():
    chain = lay_out(graph_of((0, 1), (1, 2), (2, 3)), dict.fromkeys(range(4), 1.0), GAP)
    assert len({x for x, _ in chain.places.values()}) == 1
    twins = lay_out(graph_of((0, 1), (0, 2)), dict.fromkeys(range(3), 1.0), GAP)
    middle, left, right = (twins.places[node][0] for node in range(3))
    assert left < middle < right
    assert abs((left + right) / 2 - middle) < 1e-9


def test_single_chains_below_a_fork_stand_straight():
    edges = [(0, 1), (1, 2), (2, 3), (2, 4), (2, 9), (4, 5), (5, 6), (5, 7), (7, 8), (9, 10)]
    graph = graph_of(*edges)
    x = {node: place[0] for node, place in lay_out(graph, widths(graph), GAP).places.items()}
    for upper, lower in ((0, 1), (1, 2), (7, 8)):
        assert abs(x[upper] - x[lower]) < 1e-9


def test_no_crossing_where_none_is_needed():
    # two chains under the root, numbered so that the first order crosses them
    layout = lay_out(graph_of((0, 1), (0, 2), (1, 4), (2, 3)), dict.fromkeys(range(5), 1.0), GAP)
    x = {node: place[0] for node, place in layout.places.items()}
    assert (x[1] < x[2]) == (x[4] < x[3])


def test_two_gradients_on_one_way_are_counted():
    layout = lay_out(graph_of((0, 1), (0, 1), (1, 2)), dict.fromkeys(range(3), 1.0), GAP)
    assert layout.counts == {(0, 1): 2, (1, 2): 1}
    assert list(layout.routes) == [(0, 1), (1, 2)]


def test_a_single_node():
    layout = lay_out(graph_of(), {0: 1.0}, GAP)
    assert (layout.places, layout.routes) == ({0: (0.0, 0)}, {})


@given(graphs())
@settings(max_examples=80, deadline=None)
def test_laws_of_a_layout(graph):
    layout = lay_out(graph, widths(graph), GAP)
    places = layout.places
    assert places.keys() == {node.id for node in graph.nodes}
    assert layout.routes.keys() == {(edge.source, edge.target) for edge in graph.edges}
    assert sum(layout.counts.values()) == len(graph.edges)
    for (source, target), route in layout.routes.items():
        assert (route[0], route[-1]) == (places[source], places[target])
        assert all(lower[1] == upper[1] + 1 for upper, lower in pairwise(route))
    for node in graph.nodes[1:]:
        above = [places[e.source][1] for e in graph.edges if e.target == node.id]
        assert places[node.id][1] == max(above) + 1
    for layer in range(1 + max(layer for _, layer in places.values())):
        row = sorted((x, widths(graph)[node]) for node, (x, y) in places.items() if y == layer)
        for (x0, w0), (x1, w1) in pairwise(row):
            assert x1 - x0 >= (w0 + w1) / 2 + GAP - 1e-9
        for route in layout.routes.values():
            for x, y in route[1:-1]:
                if y == layer:
                    assert all(abs(x - x0) >= w0 / 2 + GAP - 1e-9 for x0, w0 in row)
    assert lay_out(graph, widths(graph), GAP) == layout
