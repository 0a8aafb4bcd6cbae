"""The recorded graph: nodes, edges, names, order."""

import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.tensors.graph import Edge, Graph, Node, backward_graph


def leaf(*shape):
    """A tensor that requires gradients."""
    return torch.ones(shape, requires_grad=True)


def labels(graph):
    """The nodes' labels in the order of their ids."""
    return [node.label for node in graph.nodes]


def pairs(graph):
    """The edges without their shapes."""
    return [(edge.source, edge.target) for edge in graph.edges]


def test_a_small_graph_by_hand():
    w, b, x = leaf(3), leaf(), torch.ones(5, 3)
    loss = (x @ w + b).sum()
    assert backward_graph(loss, {"w": w, "b": b, "x": x, "loss": loss}) == Graph(
        nodes=(
            Node(0, "loss", "root", "SumBackward0", ()),
            Node(1, "", "operation", "AddBackward0", (5,)),
            Node(2, "", "operation", "MvBackward0", (5,)),
            Node(3, "w", "leaf", "AccumulateGrad", (3,)),
            Node(4, "b", "leaf", "AccumulateGrad", ()),
        ),
        edges=(
            Edge(0, 1, (5,)),
            Edge(1, 2, (5,)),
            Edge(1, 4, ()),
            Edge(2, 3, (3,)),
        ),
    )


def test_a_shared_expression_is_one_node_with_two_edges():
    w = leaf(2)
    shared = w.exp()
    graph = backward_graph(shared * shared, {"w": w, "shared": shared})
    assert labels(graph) == ["MulBackward0", "ExpBackward0", "AccumulateGrad"]
    assert pairs(graph) == [(0, 1), (0, 1), (1, 2)]
    assert [node.name for node in graph.nodes] == ["", "shared", "w"]


def test_a_leaf_used_twice_is_one_node():
    w = leaf(2)
    graph = backward_graph((w.sin() + w.cos()).sum())
    assert [node.kind for node in graph.nodes].count("leaf") == 1
    assert len(graph.edges) == 5


def test_constants_have_no_node():
    w = leaf(2)
    product = w * torch.ones(2)
    assert any(target is None for target, _ in product.grad_fn.next_functions)
    assert labels(backward_graph(product)) == ["MulBackward0", "AccumulateGrad"]


def test_a_leaf_alone_under_the_root():
    w = leaf(2, 3)
    assert pairs(backward_graph(w.T)) == [(0, 1)]


def test_an_inplace_change_through_a_view_is_in_the_graph():
    w = leaf(4)
    base = w.clone()
    view = base[:2]
    view.mul_(3.0)
    graph = backward_graph(base, {"w": w, "base": base})
    assert labels(graph) == ["CopySlices", "CloneBackward0", "AccumulateGrad"]
    assert graph.nodes[0].name == "base"
    assert backward_graph(view).nodes[0].kind == "root"


def test_shapes_of_several_results_stand_at_the_edges():
    w = leaf(7)
    first, second = (w * 1.0).split([2, 5])
    graph = backward_graph(torch.cat([second, first]))
    split = labels(graph).index("SplitWithSizesBackward0")
    assert graph.nodes[split].shape is None
    assert sorted(e.shape for e in graph.edges if e.target == split) == [(2,), (5,)]


def test_a_function_of_our_own_has_its_own_label():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            return 2 * x

        @staticmethod
        def backward(context, gradient):
            return 2 * gradient

    assert labels(backward_graph(Double.apply(leaf(3)))) == ["DoubleBackward", "AccumulateGrad"]


def test_a_chain_deeper_than_the_stack():
    assert sys.getrecursionlimit() < 3000
    w = leaf(1)
    x = w
    for _ in range(3000):
        x = x + 1
    graph = backward_graph(x, {"w": w})
    assert len(graph.nodes) == 3001
    assert graph.nodes[-1] == Node(3000, "w", "leaf", "AccumulateGrad", (1,))
    assert pairs(graph) == [(number, number + 1) for number in range(3000)]


def test_a_shared_step_is_walked_through_once():
    x = leaf(1)
    for _ in range(100):  # 2**100 ways lead to the leaf
        x = x + x
    graph = backward_graph(x)
    assert (len(graph.nodes), len(graph.edges)) == (101, 200)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=25))
@settings(max_examples=60, deadline=None)
def test_random_graphs_are_complete_ordered_and_the_same_each_time(steps):
    tensors = [leaf(2), leaf(2)]
    for left, right in steps:
        tensors.append(tensors[left % len(tensors)] * tensors[right % len(tensors)])
    graph = backward_graph(tensors[-1])
    assert [node.id for node in graph.nodes] == list(range(len(graph.nodes)))
    assert all(edge.source < edge.target for edge in graph.edges)
    assert {edge.target for edge in graph.edges} == set(range(1, len(graph.nodes)))
    products = sum(node.label == "MulBackward0" for node in graph.nodes)
    assert len(graph.edges) == 2 * products
    assert [node.kind for node in graph.nodes].count("root") == 1
    assert backward_graph(tensors[-1]) == graph


def test_reading_changes_nothing():
    w = leaf(2)
    loss = (w * w).sum()
    backward_graph(loss, {"w": w})
    assert w.grad is None
    loss.backward()
    assert torch.equal(w.grad, torch.tensor([2.0, 2.0]))
    assert len(backward_graph(loss).nodes) == 3


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch.ones(2, requires_grad=True), r"must have a grad_fn.*got one that is a leaf"),
        (torch.ones(2), r"must have a grad_fn.*got one that does not require gradients"),
    ],
)
def test_a_tensor_without_grad_fn_is_refused(tensor, message):
    with pytest.raises(ValueError, match=message):
        backward_graph(tensor)


def test_a_name_must_belong_to_a_tensor():
    with pytest.raises(TypeError, match=r"names\['w'\] must be a Tensor, got <class 'float'>"):
        backward_graph(leaf(2).exp(), {"w": 1.0})
