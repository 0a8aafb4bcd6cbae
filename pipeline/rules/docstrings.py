"""Rules about the sections of docstrings in lib; that they are there is ruff's to check."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.rules.library import Function
from pipeline.rules.tree import modules, parsed

ORDER = ("Shapes", "Units", "Raises", "Same as", "Source")
NOT_IN_USE = ("Args", "Arguments", "Parameters", "Returns", "Return", "Yields", "Example",
              "Examples", "Note", "Notes", "Attributes", "Shape", "See also", "References")
HEADING = re.compile(rf"^({'|'.join(ORDER + NOT_IN_USE)}):(?=\s|$)", re.M)


class Described(NamedTuple):
    """A public function, method or class with its docstring."""

    place: str
    node: ast.AST
    text: str
    owner: str = ""  # the docstring of a method's class

    def says(self, section: str) -> bool:
        """Whether it has the section, or its class has it for all methods."""
        return any(re.search(rf"^{section}:", text, re.M) for text in (self.text, self.owner))


def described(root: Path) -> Iterator[Described]:
    """Every public function, class and method of lib, but the answers of lib/exercises."""
    for path in [path for path in modules(root) if path.parts[1] != "exercises"]:
        for node in _public(parsed(root / path)):
            item = Described(f"{path}: {node.name}", node, _docstring(node))
            yield item
            for inner in _public(node) if isinstance(node, ast.ClassDef) else ():
                yield Described(f"{item.place}.{inner.name}", inner, _docstring(inner), item.text)


def _public(node: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    kinds = Function if isinstance(node, ast.ClassDef) else Function | ast.ClassDef
    return (item for item in node.body
            if isinstance(item, kinds) and not item.name.startswith("_"))


def _docstring(node: Function | ast.ClassDef) -> str:
    return inspect.cleandoc(ast.get_docstring(node) or "")


def docstring_sections_in_order(root: Path) -> list[str]:
    """Shapes, Units, Raises, Same as, Source: each at most once, in this order, and no others."""
    problems = []
    for item in described(root):
        found = HEADING.findall(item.text)
        problems += [f"{item.place}: section {name!r} is not in use"
                     for name in found if name in NOT_IN_USE]
        known = [name for name in found if name in ORDER]
        if known != sorted(set(known), key=ORDER.index):
            problems.append(f"{item.place}: sections {known}, wanted the order {list(ORDER)}")
    return problems


def tensors_have_shapes(root: Path) -> list[str]:
    """Where an annotation mentions a tensor, the docstring says its shape."""
    return [f"{item.place}: takes or returns a Tensor, but has no 'Shapes:'"
            for item in described(root) if _mentions_tensor(item.node) and not item.says("Shapes")]


def _mentions_tensor(node: ast.AST) -> bool:
    if isinstance(node, ast.ClassDef):
        fields = [item.annotation for item in node.body if isinstance(item, ast.AnnAssign)]
        init = [item for item in node.body if getattr(item, "name", "") in ("__init__", "__call__")]
        return _tensor(fields) or any(_mentions_tensor(item) for item in init)
    args = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs,
            *filter(None, [node.args.vararg])]
    return _tensor([*(arg.annotation for arg in args), node.returns])


def _tensor(found: list[ast.expr | None]) -> bool:
    return any(re.search(r"\bTensor\b", ast.unparse(item)) for item in found if item is not None)


def errors_are_announced(root: Path) -> list[str]:
    """A body that raises has `Raises:` in its docstring; a class answers for its `__init__`."""
    problems = []
    for item in described(root):
        bodies = [item.node] if isinstance(item.node, Function) else [
            inner for inner in item.node.body
            if isinstance(inner, Function) and inner.name in ("__init__", "__call__")]
        raises = any(isinstance(node, ast.Raise) and node.exc is not None
                     for body in bodies for node in _own_nodes(body))
        if raises and not item.says("Raises"):
            problems.append(f"{item.place}: raises, but has no 'Raises:'")
    return problems


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            yield node
            yield from _own_nodes(node)


RULES = (docstring_sections_in_order, tensors_have_shapes, errors_are_announced)
