"""The graph that autograd recorded, read from the live `grad_fn` objects."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from torch import Tensor
from torch.autograd.graph import Node as GradFn


class Node(NamedTuple):
    """One step of the backward pass.

    `id` counts from 0 (the tensor's own `grad_fn`) so that every edge leads to a larger
    one; `kind` is "root", "operation" or "leaf"; `label` is torch's name, such as
    "MulBackward0"; `name` is the name given to the tensor that this step computed, or
    ""; `shape` is that tensor's shape, None where the step computed several tensors.
    """

    id: int
    name: str
    kind: str
    label: str
    shape: tuple[int, ...] | None


class Edge(NamedTuple):
    """The way of a gradient of some `shape`: node `source` hands it to `target`."""

    source: int
    target: int
    shape: tuple[int, ...] | None


class Graph(NamedTuple):
    """Nodes by id and edges by source; two edges between nodes are two gradients."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def backward_graph(tensor: Tensor, names: Mapping[str, Tensor] | None = None) -> Graph:
    """Read the graph that `tensor.backward()` would walk through.

    Constants have no node: torch keeps no place for them. `names` gives names to
    tensors, leaves or not; a tensor outside the graph leaves no trace.

    Shapes: tensor (any); the values of names (any).
    Raises: TypeError for a name whose value is not a Tensor; ValueError for a tensor
    that has no `grad_fn`.
    """
    wrong = [
        name for name, value in (names or {}).items() if not isinstance(value, Tensor)
    ]
    if wrong:
        raise TypeError(
            f"names[{wrong[0]!r}] must be a Tensor, got {type(names[wrong[0]])}"
        )
    if tensor.grad_fn is None:
        kind = "a leaf" if tensor.requires_grad else "does not require gradients"
        raise ValueError(
            "tensor must have a grad_fn: compute it from tensors that require "
            f"gradients, got one that {'is ' if tensor.requires_grad else ''}{kind}"
        )
    order = _in_topological_order(tensor.grad_fn)
    ids = {function: number for number, function in enumerate(order)}
    nodes = tuple(_node(ids[function], function, names or {}) for function in order)
    edges = tuple(
        Edge(ids[function], ids[target], _shapes(target)[output])
        for function in order
        for target, output in function.next_functions
        if target is not None
    )
    return Graph(nodes, edges)


def _in_topological_order(root: GradFn) -> list[GradFn]:
    """List every function after all that hand it a gradient: depth first, no recursion.

    The functions themselves are kept as keys, which keeps their identity alive
    meanwhile.
    """
    finished: dict[GradFn, None] = {}
    open_functions: list[tuple[GradFn, Iterator[GradFn]]] = [(root, _targets(root))]
    seen = {root}
    while open_functions:
        function, targets = open_functions[-1]
        target = next(targets, None)
        if target is None:
            open_functions.pop()
            finished[function] = None
        elif target not in seen:
            seen.add(target)
            open_functions.append((target, _targets(target)))
    return list(reversed(finished))


def _targets(function: GradFn) -> Iterator[GradFn]:
    """Yield the functions that get a gradient from this, the last argument's first."""
    return (
        target for target, _ in reversed(function.next_functions) if target is not None
    )


def _node(number: int, function: GradFn, names: Mapping[str, Tensor]) -> Node:
    """Describe one function of the graph."""
    leaf = getattr(function, "variable", None)
    found = [
        name
        for name, tensor in names.items()
        if tensor is leaf or tensor.grad_fn is function
    ]
    kind = "leaf" if leaf is not None else "operation" if number else "root"
    shapes = _shapes(function)
    label = function.name().rpartition("::")[2]
    return Node(
        number, ", ".join(found), kind, label, shapes[0] if len(shapes) == 1 else None
    )


def _shapes(function: GradFn) -> list[tuple[int, ...] | None]:
    """Return the shapes of what a function computed forward, None where unknown.

    torch has no public attribute for them. A public hook (`register_prehook`) would see
    them, but only during a backward pass: it would call the user's own hooks, and fail
    on a freed graph.
    """
    return [_shape(metadata) for metadata in function._input_metadata]


def _shape(metadata: object) -> tuple[int, ...] | None:
    """Shape that torch noted for one result; None where it noted none."""
    try:
        return tuple(metadata.shape)
    except RuntimeError:
        return None
