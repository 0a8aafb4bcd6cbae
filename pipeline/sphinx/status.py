"""The directive `course-status`: one table row for the stored run of every chapter."""

from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from pipeline.execute.record import Run, read_run

LOGGER = logging.getLogger(__name__)
HEADINGS = (
    "Chapter",
    "Run on",
    "Seconds",
    "Peak MB",
    "torch",
    "Device",
    "Code cells",
    "Not compared",
)
WIDTHS = (26, 12, 8, 10, 10, 8, 8, 18)


class CourseStatus(SphinxDirective):
    """Put the table of all chapters' runs, in the order of the contents, into the page."""

    def run(self) -> list[nodes.Node]:
        """Return the table; a chapter whose notebook records no run is a warning."""
        runs = dict(self.runs())
        if not runs:
            return [nodes.paragraph("", "No chapter has been run yet.")]
        body = nodes.tbody()
        for docname, run in runs.items():
            body += table_row([chapter_link(docname), *cells_of(run)])
        body += table_row([nodes.strong("", "All"), *totals_of(list(runs.values()))])
        head = nodes.thead("", self.heading_row())
        group = nodes.tgroup(cols=len(HEADINGS))
        group += [nodes.colspec(colwidth=width) for width in WIDTHS]
        group += [head, body]
        return [nodes.table("", group, classes=["course-status"])]

    def runs(self) -> Iterator[tuple[str, Run]]:
        """Yield document name and run of each notebook named in the contents."""
        for docname in self.documents():
            path = Path(self.env.doc2path(docname))
            if path.suffix != ".ipynb":
                continue
            self.env.note_dependency(str(path))
            try:
                yield docname, read_run(path)
            except ValueError as error:
                LOGGER.warning("%s", error, location=self.get_location(), type="course")

    def documents(self) -> list[str]:
        """Return the names of all documents in the order of the contents."""
        site_map = self.env.config.external_site_map
        names = [site_map.root.docname]
        for name in names:
            names.extend(str(item) for item in site_map[name].child_files())
        return [name.removesuffix(".ipynb").removesuffix(".md") for name in names]

    def heading_row(self) -> nodes.row:
        """Return the row of headings, open to translation."""
        row = nodes.row()
        for heading in HEADINGS:
            paragraph = nodes.paragraph(heading, heading)
            self.set_source_info(paragraph)
            row += nodes.entry("", paragraph)
        return row


def table_row(cells: list[nodes.Node]) -> nodes.row:
    """Return a table row with one cell for each inline node."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def chapter_link(docname: str) -> nodes.Node:
    """Return a link to a chapter that shows the chapter's title."""
    link = addnodes.pending_xref(
        "",
        refdomain="std",
        reftype="doc",
        reftarget=f"/{docname}",
        refexplicit=False,
        refwarn=True,
    )
    link += nodes.inline("", docname, classes=["std", "std-doc"])
    return link


def cells_of(run: Run) -> list[nodes.Node]:
    """Return what the table says about one run."""
    return [
        nodes.Text(run.executed),
        nodes.Text(f"{run.seconds:.1f}"),
        nodes.Text(f"{run.peak_memory_mb:.0f}"),
        nodes.Text(run.torch),
        nodes.Text(run.device),
        nodes.Text(str(run.code_cells)),
        nodes.Text(uncompared_text(run.uncompared)),
    ]


def uncompared_text(reasons: tuple[str, ...]) -> str:
    """Return the number of cells whose output is not compared, with each reason once."""
    if not reasons:
        return "0"
    return f"{len(reasons)}: {'; '.join(dict.fromkeys(reasons))}"


def totals_of(runs: list[Run]) -> list[nodes.Node]:
    """Return the last row: sums of times and cells, the largest memory."""
    return [
        nodes.Text(max(run.executed for run in runs)),
        nodes.Text(f"{sum(run.seconds for run in runs):.1f}"),
        nodes.Text(f"{max(run.peak_memory_mb for run in runs):.0f}"),
        nodes.Text(", ".join(sorted({run.torch for run in runs}))),
        nodes.Text(", ".join(sorted({run.device for run in runs}))),
        nodes.Text(str(sum(run.code_cells for run in runs))),
        nodes.Text(str(sum(len(run.uncompared) for run in runs))),
    ]
