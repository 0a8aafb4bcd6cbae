"""The course's own Sphinx extension: first page, reference, search, run stamps, checks, MathJax."""

import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from pipeline.sphinx.cells import hide_form_titles, label_chapter, name_solutions
from pipeline.sphinx.contents import ChapterFigure, CourseContents, link_the_map
from pipeline.sphinx.error_messages import ErrorMessages
from pipeline.sphinx.images import warn_of_nameless_pictures
from pipeline.sphinx.page import finish_page, set_base_address
from pipeline.sphinx.search import leave_sphinx_search_out, name_rows, search_page, write_index
from pipeline.sphinx.status import CourseStatus
from pipeline.sphinx.torch_names import TorchNames

MATHJAX_PACKAGE = "site/node_modules/mathjax/es5"
MATHJAX_SCRIPT = "tex-chtml.js"
MATHJAX_FOLDERS = ("a11y", "input/tex/extensions", "output/chtml/fonts", "sre")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the parts of the extension to Sphinx."""
    app.add_directive("chapter-figure", ChapterFigure)
    app.add_directive("course-contents", CourseContents)
    app.add_directive("course-status", CourseStatus)
    app.add_directive("error-messages", ErrorMessages)
    app.add_directive("torch-names", TorchNames)
    app.connect("config-inited", set_base_address)
    app.connect("config-inited", use_local_mathjax)
    app.connect("builder-inited", leave_sphinx_search_out)
    app.connect("doctree-read", hide_form_titles)
    app.connect("doctree-read", name_solutions)
    app.connect("doctree-read", label_chapter)
    app.connect("doctree-read", name_rows)
    app.connect("doctree-resolved", link_the_map)
    app.connect("doctree-resolved", warn_of_nameless_pictures)
    app.connect("html-collect-pages", search_page)
    app.connect("html-page-context", finish_page)
    app.connect("build-finished", write_index)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def use_local_mathjax(app: Sphinx, config: Config) -> None:
    """Serve MathJax from the site itself where npm has installed it."""
    if (Path(app.srcdir) / MATHJAX_PACKAGE / MATHJAX_SCRIPT).is_file():
        config.mathjax_path = f"mathjax/{MATHJAX_SCRIPT}"


def copy_mathjax(app: Sphinx, exception: Exception | None) -> None:
    """Copy the parts of MathJax that a page may ask for into the built site."""
    package = Path(app.srcdir) / MATHJAX_PACKAGE
    if exception or app.builder.format != "html" or not (package / MATHJAX_SCRIPT).is_file():
        return
    target = Path(app.outdir) / "_static" / "mathjax"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(package / MATHJAX_SCRIPT, target)
    for folder in MATHJAX_FOLDERS:
        shutil.copytree(package / folder, target / folder, dirs_exist_ok=True)
