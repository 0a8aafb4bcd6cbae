"""What each HTML page of the book gets beside its text: stamp and description."""

import html
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from pipeline.execute.record import read_run, stamp_text

LOGGER = logging.getLogger(__name__)
DESCRIPTION_LENGTH = 200
# docutils calls the bibliography a list although its entries are not list items.
LIST_WITHOUT_ITEMS = 'role="list" class="citation-list"'
CITATIONS = 'class="citation-list"'
SOCIAL_PICTURE = "_static/social.png"


def set_base_address(app: Sphinx, config: Config) -> None:
    """Derive the site's address on GitHub Pages from the repository's, unless one is set."""
    repository = config.html_theme_options.get("repository_url", "")
    if repository and not config.html_baseurl:
        owner, name = repository.rstrip("/").split("/")[-2:]
        config.html_baseurl = f"https://{owner}.github.io/{name}/"


def finish_page(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Complete the template's values of one page."""
    context["script_files"] = [file for file in context["script_files"] if not is_thebe(file)]
    context["css_files"] = [file for file in context["css_files"] if not is_thebe(file)]
    context["metatags"] = context.get("metatags", "") + meta_tags(app, pagename, context, doctree)
    if doctree is None:
        return
    context["body"] = context["body"].replace(LIST_WITHOUT_ITEMS, CITATIONS)
    path = Path(app.env.doc2path(pagename))
    if path.suffix == ".ipynb":
        context["body"] += stamp(path, pagename)


def is_thebe(file: object) -> bool:
    """Tell whether a script or style serves live code over another host, which is switched off."""
    body = getattr(file, "attributes", {}).get("body") or ""
    return "thebe" in f"{getattr(file, 'filename', file)} {body}".lower()


def stamp(path: Path, pagename: str) -> str:
    """Return the closing line of a chapter as HTML; a notebook without a run is a warning."""
    try:
        text = stamp_text(read_run(path))
    except ValueError as error:
        LOGGER.warning("%s", error, location=pagename, type="course")
        return ""
    return f'<p class="course-stamp">{html.escape(text)}</p>\n'


def meta_tags(
    app: Sphinx, pagename: str, context: dict, doctree: nodes.document | None
) -> str:
    """Return the tags that search engines and link previews read."""
    base = app.config.html_baseurl
    title = html.unescape(context.get("pagetitle") or context.get("title") or app.config.html_title)
    values = {
        "og:title": title,
        "og:site_name": app.config.html_title,
        "og:type": "article" if doctree else "website",
        "og:url": f"{base}{pagename}.html",
        "og:image": f"{base}{SOCIAL_PICTURE}",
        "og:image:alt": f"The logo of the course {app.config.html_title}",
        "og:locale": "en" if app.config.language is None else app.config.language,
    }
    tags = [f'<meta property="{key}" content="{html.escape(text)}" />' for key, text in
            values.items()]
    text = html.escape(description(doctree)) if doctree else ""
    if text:
        tags.append(f'<meta name="description" content="{text}" />')
        tags.append(f'<meta property="og:description" content="{text}" />')
    tags.append('<meta name="twitter:card" content="summary_large_image" />')
    return "\n".join(tags) + "\n"


def description(doctree: nodes.document) -> str:
    """Return the first paragraph of a page, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section | nodes.document):
            text = " ".join(paragraph.astext().split())
            if len(text) <= DESCRIPTION_LENGTH:
                return text
            return text[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + " …"
    return ""
