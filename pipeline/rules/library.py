"""Rules about the code of lib that a program can check."""

import ast
from collections.abc import Iterator
from pathlib import Path

from pipeline.rules.layout import modules
from pipeline.rules.tree import parsed

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> Iterator[tuple[Function, ast.ClassDef | None]]:
    """Top-level functions, and methods with their class."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node, None
        elif isinstance(node, ast.ClassDef):
            yield from ((item, node) for item in node.body if isinstance(item, Function))


def annotations_are_complete(root: Path) -> list[str]:
    """Every argument and every return value of a function in lib has its type."""
    problems = []
    for path in modules(root):
        for node, owner in functions(parsed(root / path)):
            args = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs,
                    *filter(None, [node.args.vararg])]
            if owner and not any(ast.unparse(d) == "staticmethod" for d in node.decorator_list):
                args = args[1:]
            problems += [f"{path}: {node.name}: argument {arg.arg} has no type"
                         for arg in args if arg.annotation is None]
            if node.returns is None:
                problems.append(f"{path}: {node.name}: no return type")
    return problems


def no_catch_all_arguments(root: Path) -> list[str]:
    """No `**kwargs`: a misspelt argument must be an error."""
    return [f"{path}: {node.name} takes **{node.args.kwarg.arg}" for path in modules(root)
            for node in ast.walk(parsed(root / path)) if isinstance(node, Function)
            and node.args.kwarg is not None]


def no_mutable_defaults(root: Path) -> list[str]:
    """No default value that calls share."""
    shared = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
    problems = []
    for path in modules(root):
        for node in ast.walk(parsed(root / path)):
            if isinstance(node, Function | ast.Lambda):
                defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
                problems += [f"{path}:{value.lineno}: default {ast.unparse(value)}"
                             for value in defaults if isinstance(value, shared)
                             or (isinstance(value, ast.Call)
                                 and ast.unparse(value.func) in ("list", "dict", "set"))]
    return problems


def no_assert_no_global(root: Path) -> list[str]:
    """`assert` belongs into tests and `global` nowhere."""
    return [f"{path}:{node.lineno}: {type(node).__name__.lower()} statement"
            for path in modules(root) for node in ast.walk(parsed(root / path))
            if isinstance(node, ast.Assert | ast.Global | ast.Nonlocal)]


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
    return [f"{path}: {node.name} inherits from our {name}" for path, tree in trees.items()
            for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
            for name in (ast.unparse(base).rsplit(".", 1)[-1] for base in node.bases)
            if name in own]


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


RULES = (annotations_are_complete, no_catch_all_arguments, no_mutable_defaults,
         no_assert_no_global, errors_explain_themselves, no_own_base_classes, forward_keeps_nothing)
