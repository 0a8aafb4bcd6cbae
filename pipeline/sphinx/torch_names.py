"""The directive `torch-names`: each name of torch that the chapters use, and where to read on."""

import ast
import functools
import importlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from types import ModuleType

from docutils import nodes
from IPython.core.inputtransformer2 import TransformerManager
from sphinx.util.docutils import SphinxDirective

from pipeline.chapters import Piece, chapters, lessons
from pipeline.sphinx.status import chapter_link, table_row

MAX_USES = 3  # chapters that are named where none explains a name
PACKAGES = ("torch", "torchvision")
INLINE_CODE = re.compile(r"`([^`\n]+)`")


class TorchNames(SphinxDirective):
    """Put the table of all names into the page, sorted, with the chapters to read."""

    def run(self) -> list[nodes.Node]:
        """Return the table, made anew whenever a chapter changes."""
        places: dict[str, dict[str, bool]] = defaultdict(dict)
        found = {chapter.name: chapter for chapter in chapters(self.env.srcdir)}
        for name in lessons(self.env.srcdir):
            self.env.note_dependency(str(found[name].source))
            for torch_name, explained in names_in(found[name].pieces).items():
                places[torch_name][name] = explained
        body = nodes.tbody()
        for torch_name in sorted(places, key=str.lower):
            body += table_row([nodes.literal("", torch_name), links(places[torch_name])])
        head = nodes.thead("", table_row([nodes.Text("Name"), nodes.Text("Chapters")]))
        group = nodes.tgroup("", *(nodes.colspec(colwidth=w) for w in (40, 60)), head, body, cols=2)
        return [nodes.table("", group, classes=["torch-names"])]


def links(places: dict[str, bool]) -> nodes.inline:
    """Return links to the chapters that explain a name, in bold, or to the first that use it."""
    shown = [name for name in places if places[name]] or list(places)[:MAX_USES]
    row = nodes.inline()
    for number, name in enumerate(shown):
        link = chapter_link(f"chapters/{name}")
        row += [nodes.Text(", ")] if number else []
        row += nodes.strong("", "", link) if places[name] else link
    others = len(places) - len(shown)
    row += [nodes.Text(f" and {others} more")] if others else []
    return row


def names_in(pieces: Iterable[Piece]) -> dict[str, bool]:
    """Return the full names of torch's things in a chapter's code, and whether its text has them.

    A text has a name if it stands in inline code, in full or by its last part.
    """
    aliases: dict[str, str] = {}
    used: set[str] = set()
    words: set[str] = set()
    for piece in pieces:
        if piece.kind == "text":
            found = INLINE_CODE.findall(piece.source)
            words |= {re.split(r"\(|\s", code)[0].removeprefix("nn.").removeprefix("F.")
                      for code in found}
            continue
        tree = parsed(piece.source)
        aliases |= imported(tree)
        used |= {full for node in expressions(tree) if (full := full_name(node, aliases))}
    return {name: bool({name, name.rpartition(".")[2]} & words) for name in used}


def expressions(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree, of a dotted name only the whole."""
    yield tree
    inner = tree
    while isinstance(inner, ast.Attribute):
        inner = inner.value
    for child in ast.iter_child_nodes(inner):
        yield from expressions(child)


def parsed(source: str) -> ast.Module:
    """Parse a code cell; one that is not Python is empty."""
    try:
        return ast.parse(TransformerManager().transform_cell(re.sub(r"\A\s*%%.*\n", "", source)))
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def imported(tree: ast.Module) -> dict[str, str]:
    """Return what each imported name stands for."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name.split(".")[0]:
                      alias.name if alias.asname else alias.name.split(".")[0]
                      for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}"
                      for alias in node.names}
    return {short: full for short, full in found.items() if full.split(".")[0] in PACKAGES}


def full_name(node: ast.AST, aliases: dict[str, str]) -> str | None:
    """Return the name of torch's thing that an expression reads, or None."""
    attributes = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in aliases:
        return None
    return known(".".join([aliases[node.id], *reversed(attributes)]))


@functools.cache
def known(dotted: str) -> str | None:
    """Return a dotted name up to the first thing in it that is no module, None if there is none."""
    package, *rest = dotted.split(".")
    thing, name = importlib.import_module(package), package
    for part in rest:
        if not isinstance(thing, ModuleType | type):
            return name
        try:
            thing = getattr(thing, part)
        except AttributeError:
            return None if isinstance(thing, ModuleType) else name
        name = f"{name}.{part}"
    return None if isinstance(thing, ModuleType) else name
