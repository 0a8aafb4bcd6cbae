"""The graph that the engine recorded, in the form that autograd's own is drawn from."""

from collections.abc import Mapping

from lib.tensors.engine import Variable, topological_order
from lib.tensors.graph import Edge, Graph, Node


def engine_graph(root: Variable, names: Mapping[str, Variable] | None = None) -> Graph:
    """Return the graph that `root.backward()` walks through, the root first.

    `names` gives names to variables, leaves or not; one outside the graph leaves no
    trace.

    Raises: ValueError if `root` is a leaf, which was computed from nothing; TypeError
    for a name whose value is not a Variable.
    """
    if not root.parents:
        raise ValueError("root must be computed from other variables, got a leaf")
    order = list(reversed(topological_order(root)))
    ids = {variable: number for number, variable in enumerate(order)}
    named: dict[Variable, list[str]] = {}
    for name, variable in (names or {}).items():
        if not isinstance(variable, Variable):
            raise TypeError(
                f"names[{name!r}] must be a Variable, got {type(variable).__name__}"
            )
        named.setdefault(variable, []).append(name)
    nodes = tuple(
        Node(
            ids[variable],
            ", ".join(named.get(variable, [])),
            _kind(variable, root),
            variable.operation or "leaf",
            tuple(variable.value.shape),
        )
        for variable in order
    )
    edges = tuple(
        Edge(ids[variable], ids[parent], tuple(parent.value.shape))
        for variable in order
        for parent in variable.parents
    )
    return Graph(nodes, edges)


def _kind(variable: Variable, root: Variable) -> str:
    if not variable.parents:
        return "leaf"
    return "root" if variable is root else "operation"
