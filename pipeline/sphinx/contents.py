"""The directive `course-contents`: the chapters of each part, in the order of the contents."""

from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from pipeline.sphinx.status import chapter_link


class CourseContents(SphinxDirective):
    """Put a list of all chapters into the page, part by part; the links show their titles."""

    def run(self) -> list[nodes.Node]:
        """Return a line with the name of each part, and below it the list of its chapters."""
        found = []
        for part in self.env.config.external_site_map.root.subtrees:
            names = [str(name).removesuffix(".ipynb").removesuffix(".md") for name in part.files()]
            names = [name for name in names if Path(self.env.doc2path(name)).suffix == ".ipynb"]
            if names:
                caption = nodes.strong(part.caption, part.caption)
                found += [nodes.paragraph(part.caption, "", caption), list_of(names)]
                self.set_source_info(found[-2])
        return found


def list_of(docnames: list[str]) -> nodes.bullet_list:
    """Return a list of links to documents."""
    items = (nodes.list_item("", nodes.paragraph("", "", chapter_link(name))) for name in docnames)
    return nodes.bullet_list("", *items)
