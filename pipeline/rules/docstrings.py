"""Rules about the docstrings of lib: what stands in them, and in which order."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.rules.layout import modules
from pipeline.rules.library import Function
from pipeline.rules.tree import parsed

ORDER = ("Shapes", "Units", "Raises", "Same as", "Source")
NOT_IN_USE = ("Args", "Arguments", "Parameters", "Returns", "Return", "Yields", "Example",
              "Examples", "Note", "Notes", "Attributes", "Shape", "See also", "References")
HEADING = re.compile(rf"^({'|'.join(ORDER + NOT_IN_USE)}):(?=\s|$)", re.M)


class Described(NamedTuple):
    """A public function, method or class with its docstring."""

    place: str
    node: ast.AST
    text: str


def described(root: Path) -> Iterator[Described]:
    """Every public function, class and method of lib."""
    for path in modules(root):
        for node in parsed(root / path).body:
            if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
                yield _described(f"{path}: {node.name}", node)
                inner = node.body if isinstance(node, ast.ClassDef) else ()
                yield from (_described(f"{path}: {node.name}.{item.name}", item) for item in inner
                            if isinstance(item, Function) and not item.name.startswith("_"))


def _described(place: str, node: Function | ast.ClassDef) -> Described:
    return Described(place, node, inspect.cleandoc(ast.get_docstring(node) or ""))


def modules_say_what_they_are(root: Path) -> list[str]:
    """Every module opens with a docstring."""
    return [f"{path}: no module docstring" for path in modules(root)
            if not ast.get_docstring(parsed(root / path))]


def docstrings_open_with_a_sentence(root: Path) -> list[str]:
    """The first paragraph ends in a full stop."""
    problems = []
    for item in described(root):
        first = item.text.split("\n\n")[0].strip()
        if not first:
            if not item.place.endswith(".forward"):
                problems.append(f"{item.place}: no docstring")
        elif not first.endswith("."):
            problems.append(f"{item.place}: first paragraph ends without a full stop")
    return problems


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
            for item in described(root) if not re.search(r"^Shapes:", item.text, re.M)
            and _mentions_tensor(item.node) and not _class_says(root, item, "Shapes")]


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


def _class_says(root: Path, item: Described, section: str) -> bool:
    """Whether the docstring of a method's class has the section."""
    owner = item.place.rsplit(".", 1)[0]
    return any(other.place == owner and re.search(rf"^{section}:", other.text, re.M)
               for other in described(root))


def errors_are_announced(root: Path) -> list[str]:
    """A body that raises has `Raises:` in its docstring; a class answers for its `__init__`."""
    problems = []
    for item in described(root):
        bodies = [item.node] if isinstance(item.node, Function) else [
            inner for inner in item.node.body
            if isinstance(inner, Function) and inner.name in ("__init__", "__call__")]
        raises = any(isinstance(node, ast.Raise) and node.exc is not None
                     for body in bodies for node in _own_nodes(body))
        said = re.search(r"^Raises:", item.text, re.M) or _class_says(root, item, "Raises")
        if raises and not said:
            problems.append(f"{item.place}: raises, but has no 'Raises:'")
    return problems


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            yield node
            yield from _own_nodes(node)


RULES = (modules_say_what_they_are, docstrings_open_with_a_sentence, docstring_sections_in_order,
         tensors_have_shapes, errors_are_announced)
