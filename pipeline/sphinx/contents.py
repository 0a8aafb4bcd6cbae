"""What the first page gets when it is built: the list of chapters, a figure, a map with links.

All three are made from the contents and the stored notebooks, so none of them can lag.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from pipeline.chapters import Chapter, chapters, lessons, prose
from pipeline.sphinx.status import chapter_link

LOGGER = logging.getLogger(__name__)
EXERCISE = re.compile(r"^### Exercise \d", re.M)
MAP = "figures/map.svg"
READY_PART = re.compile(r'<g class="part ready" id="(\w+)".*?</g>', re.S)
WORDS_A_MINUTE, LINES_A_MINUTE = 200, 20


class CourseContents(SphinxDirective):
    """Put a list of all chapters into the page, part by part, with their first sentences."""

    def run(self) -> list[nodes.Node]:
        """Return a line with the name of each part, and below it the list of its chapters."""
        known = {f"chapters/{chapter.name}": chapter for chapter in chapters(self.env.srcdir)}
        found = []
        for part in self.env.config.external_site_map.root.subtrees:
            names = [str(name).removesuffix(".ipynb").removesuffix(".md") for name in part.files()]
            names = [name for name in names if Path(self.env.doc2path(name)).suffix == ".ipynb"]
            if names:
                caption = nodes.strong(part.caption, part.caption)
                found.append(nodes.paragraph(part.caption, "", caption))
                self.set_source_info(found[-1])
                items = [self.item(name, known[name]) for name in names]
                found.append(nodes.bullet_list("", *items, classes=["course-contents"]))
        return found

    def item(self, docname: str, chapter: Chapter) -> nodes.list_item:
        """Return a link to a chapter, its first sentence, how long it is."""
        self.env.note_dependency(str(chapter.notebook))
        words = self.parse_text_to_nodes(first_sentence(chapter))
        sentence = [child for paragraph in words for child in paragraph.children]
        facts = nodes.inline("", effort(chapter), classes=["course-facts"])
        line = nodes.paragraph("", "", chapter_link(docname), nodes.Text(". "), *sentence,
                               nodes.Text(" "), facts)
        return nodes.list_item("", line)


class ChapterFigure(SphinxDirective):
    """Show the first explorable figure of a chapter, as its notebook stores it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the figure; a chapter that has none is a warning."""
        known = {chapter.name: chapter for chapter in chapters(self.env.srcdir)}
        cells = known[self.arguments[0]].stored_cells if self.arguments[0] in known else []
        for output in (output for cell in cells for output in cell.get("outputs", ())):
            html = output.get("data", {}).get("text/html", "")
            if '<figure class="explore"' in html:
                self.env.note_dependency(str(known[self.arguments[0]].notebook))
                return [nodes.raw("", html, format="html")]
        LOGGER.warning("%s must be a chapter with an explorable figure", self.arguments[0],
                       location=self.get_location(), type="course")
        return []


def first_sentence(chapter: Chapter) -> str:
    """Return the first sentence below the title of a stored notebook, without its links."""
    text = "\n".join(cell.source for cell in chapter.stored_cells if cell.cell_type == "markdown")
    below = re.search(r"^# .*\n+((?:.+\n?)+)", text, re.M)
    paragraph = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(below[1].split()) if below else "")
    return re.match(r".*?(?:[.?!](?=\s+[A-Z`*])|$)", paragraph)[0]


def effort(chapter: Chapter) -> str:
    """Return how long a chapter takes to read, and how many exercises it has."""
    cells = chapter.stored_cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    number = len(EXERCISE.findall(text))
    exercises = f", {number} exercise{'s' * (number > 1)}" if number else ""
    return f"{reading_minutes(chapter)} min{exercises}"


def reading_minutes(chapter: Chapter) -> int:
    """Return the minutes that the text and the code of a chapter take to read."""
    cells = chapter.stored_cells
    words = sum(len(prose(cell.source).split()) for cell in cells if cell.cell_type == "markdown")
    lines = sum(len(piece.source.splitlines()) for piece in chapter.code)
    return max(1, round(words / WORDS_A_MINUTE + lines / LINES_A_MINUTE))


def link_the_map(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the map into the page itself, where each part that can be read is a link."""
    if app.builder.format != "html":
        return
    for image in list(doctree.findall(nodes.image)):
        if not image["uri"].endswith(MAP):
            continue
        first = {}
        for name in lessons(app.srcdir):
            first.setdefault(name.split("/")[0], f"chapters/{name}")

        def link(part: re.Match, first: dict[str, str] = first) -> str:
            if part[1] not in first:
                return part[0]
            uri = app.builder.get_relative_uri(docname, first[part[1]])
            return f'<a href="{uri}">{part[0]}</a>'

        picture = (Path(app.srcdir) / "chapters" / MAP).read_text(encoding="utf-8")
        image.replace_self(nodes.raw("", READY_PART.sub(link, picture), format="html"))
