"""Rules about the code of lib beside those that ruff checks (`lib/ruff.toml`)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from pipeline.rules.tree import modules, parsed

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> Iterator[tuple[Function, ast.ClassDef | None]]:
    """Top-level functions, and methods with their class."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node, None
        elif isinstance(node, ast.ClassDef):
            yield from ((item, node) for item in node.body if isinstance(item, Function))


def no_catch_all_arguments(root: Path) -> list[str]:
    """No `**kwargs`: a misspelt argument must be an error."""
    return [f"{path}: {node.name} takes **{node.args.kwarg.arg}" for path in modules(root)
            for node in ast.walk(parsed(root / path)) if isinstance(node, Function)
            and node.args.kwarg is not None]


def errors_explain_themselves(root: Path) -> list[str]:
    """Every error is raised with a message; a signal that is no error may go without."""
    problems = []
    for path in modules(root):
        for node in ast.walk(parsed(root / path)):
            if not isinstance(node, ast.Raise) or node.exc is None:
                continue
            call = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            args = node.exc.args if isinstance(node.exc, ast.Call) else []
            said = bool(args) and ast.unparse(args[0]) not in ("''", "f''", "None")
            if not said and ast.unparse(call).endswith(("Error", "Exception")):
                problems.append(f"{path}:{node.lineno}: raise without a message")
    return problems


def no_own_base_classes(root: Path) -> list[str]:
    """A class of lib never inherits from another class of lib: extend by passing a function."""
    trees = {path: parsed(root / path) for path in modules(root)}
    own = {node.name for tree in trees.values() for node in ast.walk(tree)
           if isinstance(node, ast.ClassDef)}
    return [f"{path}: {node.name} inherits from our {base.id}" for path, tree in trees.items()
            for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
            for base in node.bases if isinstance(base, ast.Name) and base.id in own]


def forward_keeps_nothing(root: Path) -> list[str]:
    """`forward` returns what it computes; it stores nothing on `self`."""
    problems = []
    for path in modules(root):
        for node, owner in functions(parsed(root / path)):
            if owner is None or node.name != "forward":
                continue
            stores = (item for item in ast.walk(node) if isinstance(item, ast.Attribute)
                      and isinstance(item.ctx, ast.Store) and ast.unparse(item.value) == "self")
            problems += [f"{path}:{item.lineno}: forward sets self.{item.attr}" for item in stores]
    return problems


RULES = (no_catch_all_arguments, errors_explain_themselves, no_own_base_classes,
         forward_keeps_nothing)
