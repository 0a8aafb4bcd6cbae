"""The index that `site/static/js/search.js` searches: pages, their sections, and named items.

Sphinx's own index knows pages only, and words of code; this one leads to sections, and holds prose.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

NO_PROSE = (nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.comment,
            nodes.Invisible, nodes.title, nodes.image)
INDEX = "_static/search-index.js"
NO_PROSE_CLASSES = {"cell", "course-contents", "course-status", "error-chapters"}
PAGES_OF_ROWS = ("chapters/glossary", "chapters/torch_names")


class Target(NamedTuple):
    """What a search can lead to: an anchor of a page, a heading, the words below it."""

    anchor: str
    heading: str
    text: str


def name_rows(app: Sphinx, doctree: nodes.document) -> None:
    """Give an anchor to each row of the tables that are looked up by their first column."""
    if app.env.docname in PAGES_OF_ROWS:
        for body in doctree.findall(nodes.tbody):
            for row in body.findall(nodes.row):
                row["ids"].append(nodes.make_id(f"row-{row[0].astext()}"))


def leave_sphinx_search_out(app: Sphinx) -> None:
    """Make no index of Sphinx's own."""
    app.builder.search = False


def search_page(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Yield the page of results, which Sphinx makes only together with its own index."""
    yield "search", {}, "search.html"


def write_index(app: Sphinx, exception: Exception | None) -> None:
    """Write the index of all pages as a script, which also works where files are opened."""
    if exception or app.builder.format != "html":
        return
    index, titles = {}, {f"/{name}": node.astext() for name, node in app.env.titles.items()}
    for docname in sorted(app.env.found_docs):
        targets = targets_of(app.env.get_doctree(docname), titles)
        index[app.builder.get_target_uri(docname)] = [list(target) for target in targets]
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    (Path(app.outdir) / INDEX).write_text(f"const searchIndex = {text};\n", encoding="utf-8")


def targets_of(doctree: nodes.document, titles: Mapping[str, str]) -> Iterator[Target]:
    """Yield what a search can lead to on a page, the page first; links have the pages' titles."""
    for number, section in enumerate(doctree.findall(nodes.section)):
        title = section.next_node(nodes.title)
        anchor = section["ids"][0] if number else ""
        yield Target(anchor, title.astext() if title else "", prose(section, titles))
        own = [child for child in section if not isinstance(child, nodes.section)]
        for child in own:
            for item in child.findall(is_item):
                first, *rest = [part for part in item if isinstance(part, nodes.Element)]
                named = first if isinstance(first, nodes.term) else item
                text = " ".join(prose(part, titles) for part in rest)
                yield Target(named["ids"][0], first.astext(), text)


def is_item(node: nodes.Node) -> bool:
    """Tell whether a node is a row or a definition with an anchor, so a target of its own."""
    if isinstance(node, nodes.row):
        return bool(node["ids"])
    return isinstance(node, nodes.definition_list_item) and bool(node[0]["ids"])


def prose(node: nodes.Node, titles: Mapping[str, str]) -> str:
    """Return the words of a node, without code, formulae, outputs and what is a target itself."""
    return " ".join("".join(pieces(node, titles)).split())


def pieces(node: nodes.Node, titles: Mapping[str, str]) -> Iterator[str]:
    """Yield the texts of a node as they stand there, with room between its blocks."""
    for child in node.children:
        if isinstance(child, nodes.Text):
            yield child.astext()
        elif isinstance(child, (*NO_PROSE, nodes.section)) or is_item(child):
            continue
        elif isinstance(child, addnodes.pending_xref) and child["reftarget"] in titles:
            yield child.astext() if child["refexplicit"] else titles[child["reftarget"]]
        elif not NO_PROSE_CLASSES & set(child.get("classes", ())):
            yield from pieces(child, titles)
            yield "" if isinstance(child, nodes.Inline) else " "
