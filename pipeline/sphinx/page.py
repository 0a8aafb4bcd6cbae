"""What each page gets beside its text: times below the title, a foot, words for search engines."""

import html
import re
from pathlib import Path
from urllib.parse import urlencode

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from pipeline.chapters import Chapter
from pipeline.execute.record import Run, read_run, stamp_text
from pipeline.sphinx.contents import reading_minutes

LOGGER = logging.getLogger(__name__)
DESCRIPTION_LENGTH = 200
# docutils calls the bibliography a list although its entries are not list items.
LIST_WITHOUT_ITEMS = 'role="list" class="citation-list"'
CITATIONS = 'class="citation-list"'
COLAB = "https://colab.research.google.com"
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
    if 'class="math' not in context["body"]:
        context["script_files"] = [file for file in context["script_files"] if not is_math(file)]
    if pagename == app.config.root_doc:
        return
    context["body"] += question(app, context["title"])
    path = Path(app.env.doc2path(pagename))
    if path.suffix == ".ipynb":
        add_run(app, pagename, path, context)


def is_thebe(file: object) -> bool:
    """Tell whether a script or style serves live code over another host, which is switched off."""
    body = getattr(file, "attributes", {}).get("body") or ""
    return "thebe" in f"{getattr(file, 'filename', file)} {body}".lower()


def is_math(file: object) -> bool:
    """Tell whether a script draws mathematics."""
    return "mathjax" in str(getattr(file, "filename", file)).lower()


def add_run(app: Sphinx, pagename: str, path: Path, context: dict) -> None:
    """Add to a chapter how long it takes and its stamp; a notebook without a run is a warning."""
    try:
        run = read_run(path)
    except ValueError as error:
        LOGGER.warning("%s", error, location=pagename, type="course")
        return
    line = facts(app, pagename, path, run)
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)
    context["body"] += f'<p class="course-stamp">{html.escape(stamp_text(run))}</p>\n'


def facts(app: Sphinx, pagename: str, path: Path, run: Run) -> str:
    """Return the line below a title: the time to read and to run, and where to run it."""
    repository = app.config.html_theme_options["repository_url"].rstrip("/")
    owner, name = repository.split("/")[-2:]
    branch = app.config.html_theme_options.get("repository_branch", "main")
    address = f"{COLAB}/github/{owner}/{name}/blob/{branch}/{pagename}.ipynb"
    minutes = reading_minutes(Chapter(pagename, path.with_suffix(".md"), path))
    read = f"About {minutes} minute{'s' * (minutes > 1)} to read"
    link = f'<a class="course-button" href="{html.escape(address)}">Open in Colab</a>'
    return f'<p class="course-facts">{read}, {run.seconds:.0f} seconds to run {link}</p>'


def question(app: Sphinx, title: str) -> str:
    """Return the line at the foot of a page that says where to ask."""
    repository = app.config.html_theme_options.get("repository_url", "").rstrip("/")
    title = html.unescape(re.sub(r"<[^>]+>", "", title))
    query = urlencode({"title": f"{title}: "})
    return (f'<p class="course-ask">Is something unclear, wrong or missing? '
            f'<a href="{html.escape(f"{repository}/issues/new?{query}")}">'
            f'Ask about “{html.escape(title)}”</a></p>\n')


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
