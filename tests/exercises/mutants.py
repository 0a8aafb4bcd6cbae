"""Single-edit mutants of a solution: a comparison, operator, constant or argument changed."""

import ast
import copy
import re
from collections import Counter
from collections.abc import Iterator

SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Every mutant of a solution, with the edit in words: `before -> after`."""
    tree = ast.parse(re.sub(r"(?m)^check\(.*\)$", "", source))
    seen = Counter()
    for place, node in enumerate(ast.walk(tree)):
        for edit in _edits(node):
            changed = copy.deepcopy(tree)
            twin = list(ast.walk(changed))[place]
            edit(twin)
            words = f"{ast.unparse(node)} -> {ast.unparse(twin)}"
            seen[words] += 1
            yield words + f" #{seen[words]}" * (seen[words] > 1), changed


def _edits(node: ast.AST) -> list:
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPS:
        return [lambda twin: setattr(twin, "op", SWAPS[type(twin.op)]())]
    if isinstance(node, ast.Compare):
        return [lambda twin: twin.ops.__setitem__(0, SWAPS[type(twin.ops[0])]())]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        return [_drop_sign]
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        return [lambda twin: setattr(twin, "value", not twin.value)]
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return [lambda twin: setattr(twin, "value", twin.value + 1)]
    if isinstance(node, ast.Call):
        keywords = [lambda twin, at=at: twin.keywords.pop(at) for at in range(len(node.keywords))]
        return keywords + ([lambda twin: twin.args.pop()] if len(node.args) > 1 else [])
    return []


def _drop_sign(twin: ast.UnaryOp) -> None:
    twin.op = ast.UAdd() if isinstance(twin.op, ast.USub) else ast.Not()
    if isinstance(twin.op, ast.Not):
        twin.operand = ast.UnaryOp(ast.Not(), twin.operand)
