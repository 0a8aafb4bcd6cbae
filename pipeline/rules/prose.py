"""Rules about the words of the pages: length, filler, links, sources."""

import re
from pathlib import Path

from pipeline.chapters import Chapter, prose
from pipeline.rules.tree import files, over_chapters

FEWEST, MOST = 800, 3000
FILLER = re.compile(r"(?i)\b(simply|just|obviously|of course|as we all know|needless to say|"
                    r"trivially|it is easy to see)\b")
TO_FILL = "FILL " + "ME"
LINK = re.compile(r"(?<!\\)\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")


def length(chapter: Chapter) -> list[str]:
    """A lesson has 800 to 3,000 words outside its code."""
    text = " ".join(prose(piece.source) for piece in chapter.pieces if piece.kind == "text")
    words = len(re.findall(r"[^\W_][\w'’\-]*", text))
    return [] if FEWEST <= words <= MOST else [f"{words} words, wanted {FEWEST} to {MOST}"]


def further_reading_is_in_the_bibliography(chapter: Chapter) -> list[str]:
    """Every external link under 'Further reading' is the address of an entry in references.bib."""
    path = chapter.source.parents[2] / "references.bib"
    known = path.read_text(encoding="utf-8").lower() if path.is_file() else ""
    problems, links = [], []
    for title, pieces in chapter.sections():
        if title == "Further reading":
            links = [link for piece in pieces for link in LINK.findall(piece.source)
                     if link.startswith("http")]
    if not links:
        problems.append("'Further reading' names no source")
    return problems + [f"{link} stands in no entry of references.bib"
                       for link in links if not _cited(link, known)]


def _cited(link: str, known: str) -> bool:
    address = re.sub(r"^https?://(dx\.)?(doi\.org/|arxiv\.org/(abs|pdf)/)?", "", link.lower())
    address = re.sub(r"(\.pdf|\.html)?(#.*)?/?$", "", address)
    return re.search(rf"(?<!\w){re.escape(address)}(?![\w])", known) is not None


def no_filler(root: Path) -> list[str]:
    """Words that only say 'you should find this easy' stand on no page."""
    problems = []
    for path in files(root, "*.md", below="chapters"):
        words = sorted({word.lower() for word in FILLER.findall(prose(path.read_text()))})
        problems += [f"{path.relative_to(root)}: filler {word!r}" for word in words]
    return problems


def nothing_is_left_to_fill(root: Path) -> list[str]:
    """No place of a chapter's frame (make new) still waits for its text."""
    paths = [*files(root, "*.md", below="chapters"), *files(root, "*.py", below="lib"),
             *files(root, "test_*.py", below="tests")]
    counts = {path: path.read_text(encoding="utf-8").count(TO_FILL) for path in paths}
    return [f"{path.relative_to(root)}: {count} places say {TO_FILL}"
            for path, count in counts.items() if count]


def links_are_those_of_the_book(root: Path) -> list[str]:
    """A page links chapters as notebooks; what README and CONTRIBUTING link to exists.

    That the links between pages lead somewhere is Sphinx's to check.
    """
    problems = []
    for path in [*files(root, "*.md", below="chapters"), *root.glob("*.md")]:
        text = re.sub(r"(?ms)^(```+|~~~+).*?^\1\s*$|`[^`\n]*`", "", path.read_text("utf-8"))
        for link in LINK.findall(text):
            target = link.split("#")[0]
            if not target or re.match(r"[a-z][a-z+.\-]*:", target):
                continue
            problem = ""
            if path.parent == root:
                problem = "" if (root / target).exists() else "does not exist"
            elif re.search(r"\w/\w+\.md$", target):
                problem = "link the .ipynb, pages are built from it"
            problems += [f"{path.relative_to(root)}: link {link}: {problem}"] * bool(problem)
    return problems


RULES = (over_chapters(length), over_chapters(further_reading_is_in_the_bibliography), no_filler,
         nothing_is_left_to_fill, links_are_those_of_the_book)
