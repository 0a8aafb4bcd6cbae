"""The Sphinx extension on a tiny book: first page, search, stamp, tables, links, missing texts."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from pipeline.site import JUPYTER_BOOK
from pipeline.sphinx.images import nameless_pictures
from tests.pipeline.execute.test_record import RECORD

ROOT = Path(__file__).resolve().parents[3]
TOC = """format: jb-book
root: chapters/intro
parts:
  - caption: First part
    chapters:
      - file: chapters/part/topic
      - file: chapters/errors
  - caption: Pages without code
    chapters:
      - file: chapters/status
"""
QUESTION = "What is the sum of one and two, and how does a machine find it?"
FRONT = """
![A map](figures/map.svg)

```{chapter-figure} part/topic
```

```{course-contents}
```
"""
STATUS = "# Status\n\nSee {ref}`part/topic`.\n\n```{course-status}\n```\n"
ERRORS = """Losses:
- message: "no … here"
  means: It is not there.
  cause: A slip.
- message: index … is out of bounds
  means: Too far.
  cause: Counting from one.
  example: v[3]
  fix: v[2]
"""
MAP = """<svg xmlns="http://www.w3.org/2000/svg" aria-label="map">
<g class="part ready" id="part"><text>Part</text></g>
<g class="part ready" id="other"><text>Other</text></g></svg>"""
FIGURE = '<figure class="explore"><figcaption>Move it.</figcaption></figure>'
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5Er"
    "kJggg=="
)


def cell(kind: str, source: str, outputs: list | None = None, **metadata: object) -> dict:
    made = {"cell_type": kind, "id": "c" + str(len(source)), "metadata": metadata, "source": source}
    return made | ({"outputs": outputs or [], "execution_count": 1} if kind == "code" else {})


def display(**data: str) -> dict:
    bundle = {f"{kind.replace('_', '/')}": value for kind, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": {}}


def write_book(folder: Path, *, record: dict = RECORD, image: dict | None = None, html: str = "",
               said: str = "ValueError: no cat here"):
    """Write a book of four pages, one of them a notebook with a picture, and its settings."""
    for name in ("_config.yml", "pipeline"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "site", folder / "site", ignore=shutil.ignore_patterns("node_modules"))
    (folder / "references.bib").write_text("")
    (folder / "_toc.yml").write_text(TOC)
    part = folder / "chapters" / "part"
    part.mkdir(parents=True)
    (part.parent / "intro.md").write_text(f"# Start\n\n{QUESTION}\n" + FRONT)
    (part.parent / "figures").mkdir()
    (part.parent / "figures" / "map.svg").write_text(MAP)
    (part.parent / "status.md").write_text(STATUS)
    (part.parent / "errors.md").write_text("# Errors\n\n```{error-messages}\n```\n")
    (part.parent / "error_messages.yml").write_text(ERRORS)
    (part / "topic.md").write_text("the source")
    shown = {"image": image or {"alt": "x"}, "figure": {"caption": "One point.", "name": "point"}}
    cells = [
        cell("markdown", f"# A topic\n\n{QUESTION} " + "Elephants. " * 30),
        cell("code", "1 + 2", [display(image_png=PIXEL)], mystnb=shown),
        cell("code", "print(time())", tags=["nbval-ignore-output"], reason="a time"),
        cell("code", "show(3)", [display(text_html=html or FIGURE)]),
        cell("code", "find('cat')", [{"output_type": "stream", "name": "stdout", "text": said}]),
        cell("markdown", "## Exercises\n\nThe `word` $x$.\n\n### Exercise 1: one\n\nDo it."),
        cell("code", "# @title Solution\ndone = 7  # yes", tags=["hide-cell", "solution"]),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "course": record}
    notebook = {"metadata": metadata, "cells": cells, "nbformat": 4, "nbformat_minor": 5}
    (part / "topic.ipynb").write_text(json.dumps(notebook))


def build(folder: Path, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", ".", "-q", "-n", "-W", "--keep-going"]
    return subprocess.run(
        [*command, *options], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """Build the whole tiny book once."""
    folder = tmp_path_factory.mktemp("book")
    write_book(folder)
    result = build(folder)
    assert result.returncode == 0, result.stderr
    return folder / "_build" / "html" / "chapters"


@pytest.fixture(scope="module")
def topic(book) -> BeautifulSoup:
    return BeautifulSoup((book / "part" / "topic.html").read_text(), "html.parser")


def test_the_page_ends_with_its_stamp(topic):
    assert topic.select_one("p.course-stamp").text.startswith("Run on 2026-11-22 in 12 s (peak 410")


def test_the_status_table_tells_of_the_run(book):
    soup = BeautifulSoup((book / "status.html").read_text(), "html.parser")
    rows = [[c.text.strip() for c in row.select("td")] for row in soup.select("tbody tr")]
    run = ["2026-11-22", "12.4", "410", "2.15.0", "CPU", "5"]
    assert rows == [["A topic", *run, "1: a time"], ["All", *run, "1"]]
    assert soup.select_one("tbody a")["href"] == "part/topic.html"


def test_the_name_of_a_chapter_is_the_label_of_its_title(book):
    page = BeautifulSoup((book / "status.html").read_text(), "html.parser").article
    link = page.select_one("p a.reference.internal")
    assert (link.text, link["href"]) == ("A topic", "part/topic.html#a-topic")


def test_the_title_that_colab_gives_a_solution_is_not_shown(topic):
    code = topic.select_one(".tag_solution pre")
    assert code.text.strip() == "done = 7  # yes"
    words = topic.select_one(".tag_solution summary").text.split("\n")
    assert [word for word in words if word] == ["Show the solution", "Hide the solution"]
    assert code.select(".c1")  # highlighted all the same
    assert "@title" not in str(topic)


def test_the_first_page_lists_the_chapters_part_by_part(book):
    page = BeautifulSoup((book / "intro.html").read_text(), "html.parser").article
    assert [caption.text for caption in page.select("p strong")] == ["First part"]
    links = [(link.text, link["href"]) for link in page.select("li a.reference.internal")]
    assert links == [("A topic", "part/topic.html")]  # pages without code are not chapters
    assert page.select_one("li").text.strip() == f"A topic. {QUESTION} 1 min, 1 exercise"


def test_the_first_page_shows_a_figure_of_a_chapter_and_a_map_with_links(book):
    page = BeautifulSoup((book / "intro.html").read_text(), "html.parser").article
    assert page.select_one("figure.explore").text == "Move it."
    assert [(link["href"], link.text) for link in page.select("svg a")] == [
        ("part/topic.html", "Part")]
    assert page.select_one("svg > g").text == "Other"  # nothing there to lead to


def test_a_chapter_without_a_figure_cannot_lend_one(tmp_path):
    write_book(tmp_path, html="<b>three</b>")
    result = build(tmp_path)
    assert result.returncode != 0
    assert "part/topic must be a chapter with an explorable figure" in result.stderr


def test_the_search_knows_sections_and_prose_and_not_code(book):
    script = (book.parent / "_static" / "search-index.js").read_text()
    index = json.loads(script.removeprefix("const searchIndex = ").removesuffix(";\n"))
    page, exercises, exercise = index["chapters/part/topic.html"]
    assert page[:2] == ["", "A topic"]
    assert page[2].startswith(QUESTION)
    assert exercises == ["exercises", "Exercises", "The word ."]
    assert exercise == ["exercise-1-one", "Exercise 1: one", "Do it."]
    assert "show(3)" not in script
    assert not (book.parent / "searchindex.js").exists()


def test_a_message_is_explained_with_an_example_that_was_run_and_its_chapters(book):
    first, second = BeautifulSoup((book / "errors.html").read_text(), "html.parser").select("dd")
    assert first.find_previous("dt")["id"] == "no-here"
    words = " ".join(first.text.split())
    assert words == "It is not there. Usual cause: A slip. Met in A topic"
    assert first.select_one("a")["href"] == "part/topic.html"
    said = "# IndexError: index 3 is out of bounds for dimension 0 with size 3"
    assert second.pre.text.strip().splitlines() == ["v[3]", said, "v[2]  # runs"]


def test_messages_and_explanations_that_lack_each_other_stop_the_build(tmp_path):
    write_book(tmp_path, said="KeyError: 'dog'")
    result = build(tmp_path)
    assert result.returncode != 0
    assert "part/topic shows a message that chapters/error_messages.yml does not" in result.stderr
    assert "no chapter and no example shows 'no … here'" in result.stderr


def test_below_its_title_a_chapter_says_how_long_it_takes(topic):
    line = topic.select_one("h1 + p.course-facts")
    assert line.text == "About 1 minute to read, 12 seconds to run Open in Colab"


def test_the_foot_leads_to_a_question_with_the_title(topic):
    link = topic.select_one("p.course-ask a")["href"]
    assert link == "https://github.com/learn-pytorch/learn-pytorch/issues/new?title=A+topic%3A+"


def test_mathematics_is_loaded_where_there_is_some(book, topic):
    assert "tex-" in str(topic.head)
    assert "tex-" not in (book / "intro.html").read_text()


def test_the_description_is_the_first_paragraph_cut_at_a_word(topic):
    text = topic.select_one("meta[name=description]")["content"]
    assert text.startswith(QUESTION)
    assert len(text) <= 202
    assert text.endswith(" Elephants. …")
    assert topic.select_one("meta[property='og:description']")["content"] == text


def test_addresses_follow_from_the_repository(topic):
    base = "https://learn-pytorch.github.io/learn-pytorch/"
    page = base + "chapters/part/topic.html"
    assert topic.select_one("link[rel=canonical]")["href"] == page
    assert topic.select_one("meta[property='og:image']")["content"] == base + "_static/social.png"


def test_one_edits_the_markdown_and_runs_the_notebook(topic):
    links = [a["href"] for a in topic.select("a[href^=https]")]
    assert any(link.endswith("/edit/main/chapters/part/topic.md") for link in links)
    assert not any("/edit/" in link and link.endswith(".ipynb") for link in links)
    colab = [link for link in links if "colab" in link]
    assert {link.partition("/main/")[2] for link in colab} == {"chapters/part/topic.ipynb"}


def test_no_script_for_live_code_is_loaded(topic):
    assert "thebe" not in str(topic.head).lower()


def test_missing_texts_and_a_missing_run_stop_the_build(tmp_path):
    write_book(tmp_path, record={}, image={"width": "5px"}, html='<img src="a.png"><svg></svg>')
    result = build(tmp_path)
    assert result.returncode != 0
    assert result.stderr.count("has no alternative text") == 3
    assert "topic.ipynb must record its run (make execute)" in result.stderr


def test_a_translation_can_be_made(tmp_path):
    write_book(tmp_path)
    result = build(tmp_path, "--builder", "custom", "--custom-builder", "gettext")
    assert result.returncode == 0, result.stderr
    texts = (tmp_path / "_build" / "gettext" / "chapters" / "status.pot").read_text()
    assert 'msgid "Not compared"' in texts
    assert "410" not in texts
    texts = (tmp_path / "_build" / "gettext" / "chapters" / "part" / "topic.pot").read_text()
    assert 'msgid "One point."' in texts


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ('<img src="a.png" alt="three points">', 0),
        ('<img src="a.png">', 1),
        ('<img src="a.png" alt=" ">', 1),
        ('<svg role="img" aria-label="a graph"></svg>', 0),
        ("<svg><rect/></svg>", 1),
        ('<script type="text/html"><img src="a.png"></script>', 0),
    ],
)
def test_pictures_without_a_text_are_found_in_html(html, count):
    assert len(nameless_pictures(html)) == count
