"""Links, anchors, downloads and the words for search engines, read from the HTML itself."""

import re
from functools import cache
from urllib.parse import parse_qs, unquote, urldefrag, urlsplit

import pytest
from PIL import Image

from tests.site.visits import ROOT, SITE, chapter_pages, soup_of

STAMP = re.compile(
    r"Run on \d{4}-\d\d-\d\d in \d+ s \(peak \d+ MB\) with Python 3\.\d+, torch \d[^,]*, \S.*\."
)
ATTRIBUTES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}


@cache
def anchors(name: str) -> frozenset[str]:
    """Return all names in a page that a link can lead to."""
    soup = soup_of(name)
    return frozenset(tag.get("id") or tag.get("name") for tag in soup.select("[id], a[name]"))


def dead_links(name: str) -> list[str]:
    """Return the links of a page to files or anchors that do not exist."""
    dead = []
    for tag in soup_of(name).find_all(list(ATTRIBUTES)):
        link = tag.get(ATTRIBUTES[tag.name])
        if not link or urlsplit(link).scheme or link.startswith("//"):
            continue
        path, anchor = urldefrag(link)
        path = unquote(path.partition("?")[0])
        target = (SITE / name).parent / path if path else SITE / name
        if not target.is_file():
            dead.append(link)
        elif anchor and target.suffix == ".html":
            page = target.resolve().relative_to(SITE).as_posix()
            if unquote(anchor) not in anchors(page):
                dead.append(link)
    return dead


@pytest.fixture(autouse=True)
def _site(address: str) -> None:
    """Every test here reads the built site."""


def test_no_link_inside_the_site_is_dead(page_name):
    assert dead_links(page_name) == []


def test_a_page_has_one_title_and_says_its_language(page_name):
    soup = soup_of(page_name)
    assert soup.html["lang"] == "en"
    assert soup.title.text.strip()
    assert len(soup.select("article h1")) == 1 or page_name == "search.html"


def test_a_page_describes_itself_to_search_engines(page_name):
    soup = soup_of(page_name)
    values = {tag.get("property") or tag.get("name"): tag["content"]
              for tag in soup.select("meta[property], meta[name]")}
    assert values["og:title"] in soup.title.text
    assert values["og:url"].endswith(page_name)
    assert values["og:image"].endswith("/_static/social.png")
    if page_name.startswith("chapters/"):
        assert 20 <= len(values["description"]) <= 210
        assert values["og:description"] == values["description"]


def test_the_social_picture_has_the_size_that_networks_show():
    picture = SITE / "_static" / "social.png"
    assert picture.stat().st_size <= 100_000
    with Image.open(picture) as image:
        assert image.size == (1200, 630)


def test_there_are_chapters():
    assert chapter_pages()


def test_a_chapter_ends_with_the_stamp_of_its_run(page_name):
    stamps = [stamp.text for stamp in soup_of(page_name).select("p.course-stamp")]
    if page_name in chapter_pages():
        assert len(stamps) == 1
        assert STAMP.fullmatch(stamps[0])
    else:
        assert stamps == []


def test_a_chapter_opens_in_colab_and_downloads_as_a_notebook(page_name):
    links = [tag["href"] for tag in soup_of(page_name).select("a[href]")]
    colab = [link for link in links if "colab.research.google.com" in link]
    downloads = [link for link in links if "_sources/" in link]
    if page_name in chapter_pages():
        notebook = page_name.replace(".html", ".ipynb")
        assert {link.partition("/blob/main/")[2] for link in colab} == {notebook}
        assert len(colab) == 2  # below the title and in the theme's menu
        assert [link.partition("_sources/")[2] for link in downloads] == [notebook]
    else:
        assert len(colab) == (page_name == "chapters/intro.html")


def test_a_page_has_a_place_to_ask_and_a_chapter_says_how_long_it_takes(page_name):
    soup = soup_of(page_name)
    wanted = page_name.startswith("chapters/") and page_name != "chapters/intro.html"
    title = soup.select_one("article h1").find(string=True, recursive=True) if wanted else ""
    asked = [parse_qs(urlsplit(tag["href"]).query) for tag in soup.select(".course-ask a")]
    assert [query["title"][0].startswith(title) for query in asked] == [True] * wanted
    times = [line.text for line in soup.select("article > section > p.course-facts")]
    assert len(times) == (page_name in chapter_pages())
    assert all(re.match(r"About \d+ minutes? to read, \d+ seconds to run", line) for line in times)


def test_the_first_page_lists_all_chapters_and_the_map_leads_to_each_part():
    soup = soup_of("chapters/intro.html")
    listed = [tag["href"] for tag in soup.select(".course-contents a.reference.internal")]
    assert sorted(f"chapters/{link}" for link in listed) == sorted(chapter_pages())
    drawn = [tag["href"].split("/")[0] for tag in soup.select(".course-map a")]
    assert sorted(drawn) == sorted({link.split("/")[0] for link in listed})


def test_source_and_edit_links_lead_to_the_markdown(page_name):
    if not page_name.startswith("chapters/"):
        pytest.skip("made by the theme, not from a source")
    links = [tag["href"] for tag in soup_of(page_name).select("a[href*='github.com']")]
    source = page_name.replace(".html", ".md")
    assert [link.partition("/edit/main/")[2] for link in links if "/edit/" in link] == [source]
    shown = [link.partition("/blob/main/")[2] for link in links if "?plain=1" in link]
    assert shown == [f"{source}?plain=1"]
    assert (ROOT / source).is_file()


def test_the_icon_of_the_site_loads(page, address):
    page.goto(f"{address}/chapters/intro.html")
    icon = page.locator("link[rel~=icon]").first.get_attribute("href")
    answer = page.request.get(f"{address}/chapters/{icon}")
    assert answer.ok
    assert "image/" in answer.headers["content-type"]


def test_the_status_page_lists_every_chapter():
    rows = soup_of("chapters/status.html").select("table.course-status tbody tr")
    links = [row.select_one("a[href]")["href"] for row in rows[:-1]]
    assert sorted(f"chapters/{link}" for link in links) == sorted(chapter_pages())
