"""The engine's graph: nodes, edges, names, order, and the errors."""

import re

import pytest
import torch

from lib.figures.tensors.graph import describe_graph, draw_graph
from lib.tensors.engine import Variable, exp, relu, sum_over
from lib.tensors.engine_graph import engine_graph
from lib.tensors.graph import Edge, Graph, Node, backward_graph


def leaf(*shape):
    """A leaf full of ones."""
    return Variable(torch.ones(shape))


def test_a_small_graph_by_hand():
    w, b, x = leaf(3, 2), leaf(2), leaf(5, 3)
    loss = sum_over(x @ w + b)
    assert engine_graph(loss, {"w": w, "b": b, "loss": loss}) == Graph(
        nodes=(
            Node(0, "loss", "root", "sum", ()),
            Node(1, "", "operation", "add", (5, 2)),
            Node(2, "b", "leaf", "leaf", (2,)),
            Node(3, "", "operation", "matmul", (5, 2)),
            Node(4, "w", "leaf", "leaf", (3, 2)),
            Node(5, "", "leaf", "leaf", (5, 3)),
        ),
        edges=(
            Edge(0, 1, (5, 2)),
            Edge(1, 3, (5, 2)),
            Edge(1, 2, (2,)),
            Edge(3, 5, (5, 3)),
            Edge(3, 4, (3, 2)),
        ),
    )


def test_a_shared_variable_is_one_node_with_two_edges():
    w = leaf(2)
    shared = exp(w)
    graph = engine_graph(shared * shared, {"w": w, "s": shared, "t": shared, "lost": leaf()})
    assert [(node.label, node.name) for node in graph.nodes] == [
        ("multiply", ""), ("exp", "s, t"), ("leaf", "w"),
    ]  # fmt: skip
    assert [(edge.source, edge.target) for edge in graph.edges] == [(0, 1), (0, 1), (1, 2)]


def test_edges_lead_to_larger_ids():
    w, x = leaf(2), leaf(2)
    shared = w * x
    graph = engine_graph(relu(shared + w) * shared - x)
    assert [node.id for node in graph.nodes] == list(range(len(graph.nodes)))
    assert all(edge.source < edge.target for edge in graph.edges)


def test_as_many_steps_as_autograd_records():
    values = torch.ones(3), torch.full((2, 1), 2.0)
    a, b = (Variable(value) for value in values)
    c, d = (value.clone().requires_grad_() for value in values)
    ours = engine_graph(sum_over(exp(a * b) + a))
    theirs = backward_graph((torch.exp(c * d) + c).sum())
    assert len(ours.nodes) == len(theirs.nodes)
    assert len(ours.edges) == len(theirs.edges)


def test_a_graph_deeper_than_the_stack():
    w = leaf()
    result = w
    for _ in range(3000):
        result = relu(result)
    assert len(engine_graph(result).nodes) == 3001


def test_the_book_draws_and_describes_it():
    w = leaf(2)
    graph = engine_graph(sum_over(w * w), {"w": w})
    assert describe_graph(graph) == (
        "0 sum, shape () → 1\n1 multiply, shape (2,) → 2, 2\n2 leaf (w), shape (2,)"
    )
    words = [text.get_text() for text in draw_graph(graph).axes[0].texts]
    assert {"sum", "multiply", "w", "×2"} <= set(words)


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (
            lambda: engine_graph(leaf(2)),
            ValueError,
            "root must be computed from other variables, got a leaf",
        ),
        (
            lambda: engine_graph(exp(leaf(2)), {"w": torch.ones(2)}),
            TypeError,
            "names['w'] must be a Variable, got Tensor",
        ),
    ],
)
def test_errors_say_what_was_wanted_and_what_came(action, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        action()
