"""What notebooks show differently on the site: no titles of Colab's forms, labels of chapters."""

from docutils import nodes
from sphinx.application import Sphinx

from pipeline.chapters import lessons
from pipeline.colab import SOLUTION_TITLE


def name_solutions(app: Sphinx, doctree: nodes.document) -> None:
    """Let the button of a folded solution say what it shows; other folded cells are code."""
    for cell in doctree.findall(nodes.container):
        if "tag_solution" in cell["classes"]:
            cell["prompt_show"], cell["prompt_hide"] = "Show the solution", "Hide the solution"


def hide_form_titles(app: Sphinx, doctree: nodes.document) -> None:
    """Take the line that only Colab reads out of the code of solutions."""
    for block in doctree.findall(nodes.literal_block):
        code = block.astext()
        if code.startswith(SOLUTION_TITLE):
            block.rawsource = code.removeprefix(SOLUTION_TITLE)
            block.children = [nodes.Text(block.rawsource)]


def label_chapter(app: Sphinx, doctree: nodes.document) -> None:
    """Let a chapter's name, `part/topic`, be the label of its title, as in its source."""
    docname = app.env.docname
    name = docname.removeprefix("chapters/")
    section = next(doctree.findall(nodes.section), None)
    if name in lessons(app.srcdir) and section is not None:
        place = docname, section["ids"][0]
        domain = app.env.get_domain("std")
        domain.anonlabels[name] = place
        domain.labels[name] = *place, section[0].astext()
