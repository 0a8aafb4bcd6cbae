"""Rules about imports: which part of lib may use which, and what happens at import."""

import ast
from collections.abc import Iterator
from pathlib import Path

from pipeline.rules.layout import modules
from pipeline.rules.tree import parsed, toc_entries

EDGE_ONLY = {"matplotlib", "ipywidgets", "IPython"}
PURE_STATEMENTS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
                   ast.Assign, ast.AnnAssign)
NOT_AT_IMPORT = {"print", "seed", "manual_seed", "manual_seed_all", "seed_everything", "urlopen",
                 "urlretrieve", "fetch", "open", "mkdir", "set_default_dtype", "set_num_threads"}


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module a tree imports, in functions too, and by `import_module` of a literal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = "." * node.level + (node.module or "")
            yield from (f"{stem}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant))


def allowed_parts(part: str, order: list[str]) -> set[str]:
    """What a part of lib may import: itself and what lies below it."""
    if part == "book":
        return {"core", "data", "training", "book", *order}
    if part in ("core", "data"):
        return {"core"} | {part}
    if part == "training":
        return {"core", "data", "training"}
    earlier = order[:order.index(part)] if part in order else []
    return {"core", "data", part, *earlier} - {"training", "book"}


def imports_go_downwards(root: Path) -> list[str]:
    """core <- data <- model parts in the order of the contents <- training <- book."""
    order = list(dict.fromkeys(entry.split("/")[1] for entry in toc_entries(root)
                               if entry.count("/") == 2))
    problems = []
    for path in modules(root):
        allowed = allowed_parts(path.parts[1], order)
        for name in imported(parsed(root / path)):
            parts = name.split(".")
            if name.startswith("."):
                problems.append(f"{path}: relative import {name}, wanted the full path")
            elif parts[0] in ("tests", "pipeline", "benchmarks"):
                problems.append(f"{path}: imports {parts[0]}, which is not installed with lib")
            elif parts[0] == "lib" and (len(parts) < 2 or parts[1] not in allowed):
                problems.append(f"{path}: imports {name}, allowed are {sorted(allowed)}")
    return problems


def only_book_draws(root: Path) -> list[str]:
    """matplotlib, ipywidgets and IPython stay in lib/book."""
    return [f"{path}: imports {name}, only lib/book may" for path in modules(root)
            if path.parts[1] != "book" for name in imported(parsed(root / path))
            if name.split(".")[0] in EDGE_ONLY]


def nothing_happens_at_import(root: Path) -> list[str]:
    """Module level holds imports, definitions and constants; nothing printed, seeded or opened."""
    problems = []
    for path in modules(root):
        for node in parsed(root / path).body:
            if _docstring(node) or _guard(node) or _optional_import(node):
                continue
            if not isinstance(node, PURE_STATEMENTS):
                problems.append(f"{path}:{node.lineno}: {type(node).__name__} at module level")
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                problems += [f"{path}:{node.lineno}: calls {name} at import"
                             for name in _called(node.value) & NOT_AT_IMPORT]
    return problems


def _docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in (
        "__name__ == '__main__'", "TYPE_CHECKING")


def _optional_import(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Try):
        return False
    inside = [*node.body, *node.orelse, *(item for h in node.handlers for item in h.body)]
    return all(isinstance(item, ast.Import | ast.ImportFrom | ast.Assign | ast.Pass)
               for item in inside)


def _called(node: ast.AST) -> set[str]:
    return {ast.unparse(call.func).rsplit(".", 1)[-1] for call in ast.walk(node)
            if isinstance(call, ast.Call)}


def only_the_edge_prints(root: Path) -> list[str]:
    """`print` stands in lib/book and in the `main` of a command, nowhere else in lib."""
    problems = []
    for path in modules(root):
        if path.parts[1] == "book":
            continue
        tree = parsed(root / path)
        in_main = {id(node) for top in tree.body if getattr(top, "name", "") == "main"
                   for node in ast.walk(top)}
        problems += [f"{path}:{node.lineno}: prints" for node in ast.walk(tree)
                     if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
                     and id(node) not in in_main]
    return problems


RULES = (imports_go_downwards, only_book_draws, nothing_happens_at_import, only_the_edge_prints)
