"""A warning, which the build turns into an error, for each picture without alternative text."""

from html.parser import HTMLParser

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
SVG_NAMES = ("aria-label", "aria-labelledby", "aria-hidden")


class PictureFinder(HTMLParser):
    """Collect the pictures of a piece of HTML that say nothing to those who cannot see them."""

    def __init__(self) -> None:
        """Start with nothing found."""
        super().__init__()
        self.nameless: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one opening tag."""
        values = dict(attrs)
        if tag == "img" and not (values.get("alt") or "").strip():
            self.nameless.append(f"<img src={(values.get('src') or '')[:40]!r}>")
        if tag == "svg" and not any(values.get(name) for name in SVG_NAMES):
            self.nameless.append("<svg>")


def nameless_pictures(html: str) -> list[str]:
    """Return a short description of each picture in `html` without alternative text."""
    finder = PictureFinder()
    finder.feed(html)
    return finder.nameless


def warn_of_nameless_pictures(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Warn of each picture of a page, drawn by Markdown, a cell or HTML, without alt text."""
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            warn(docname, f"image {image.get('uri', '')[-60:]!r}")
    for raw in doctree.findall(nodes.raw):
        if "html" in raw.get("format", "").split():
            for picture in nameless_pictures(raw.astext()):
                warn(docname, picture)


def warn(docname: str, picture: str) -> None:
    """Warn that a picture of a page needs alternative text, and say how to give it."""
    LOGGER.warning(
        "%s has no alternative text (cell metadata `mystnb: {image: {alt: ...}}`, "
        "`![text](file)`, or `alt=`/`aria-label=` in HTML)",
        picture,
        location=docname,
        type="course",
        subtype="alt",
    )
