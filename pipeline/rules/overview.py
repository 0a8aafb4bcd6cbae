"""Rules about what gives an overview: README, the map, the glossary agree with the contents."""

import re
from itertools import pairwise
from pathlib import Path

from pipeline.chapters import lessons, parts

ROW = re.compile(r"^\| (?P<term>[^|]+) \| (?P<chinese>[^|]+) \| (?P<meaning>[^|]+) \| "
                 r"\[[^\]]+\]\((?P<target>[\w/]+)\.ipynb\) \|$")
HEAD = 2


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def the_readme_names_every_part(root: Path) -> list[str]:
    """README.md links the folder of every part of the contents; chapters it need not list."""
    text = _read(root / "README.md")
    return [f"README.md: no link to chapters/{part}" for part in parts(root)
            if f"](chapters/{part})" not in text]


def the_map_shows_what_is_there(root: Path) -> list[str]:
    """The parts drawn as ready on the map are those of the contents."""
    picture = _read(root / "chapters/figures/map.svg")
    drawn = set(re.findall(r'class="part ready" id="(\w+)"', picture))
    return [f"chapters/figures/map.svg: part {part} is drawn as "
            + ("ready, but has no lesson" if part in drawn else "planned, but has lessons")
            for part in sorted(drawn ^ set(parts(root)))]


def _rows(root: Path) -> list[str]:
    table = [line for line in _read(root / "chapters/glossary.md").splitlines()
             if line.startswith("|")]
    return table[HEAD:]


def the_glossary_is_in_order(root: Path) -> list[str]:
    """Rows of four cells that link a lesson, in alphabetical order."""
    rows, known = _rows(root), lessons(root)
    problems = [f"chapters/glossary.md: cannot read {row!r}" for row in rows if not ROW.match(row)]
    found = [match for match in map(ROW.match, rows) if match]
    terms = [match["term"].lower() for match in found]
    problems += [f"chapters/glossary.md: {after!r} stands after {before!r}"
                 for before, after in pairwise(terms) if after < before]
    return problems + [f"chapters/glossary.md: {match['term']}: {match['target']} is no lesson"
                       for match in found if match["target"] not in known]


def one_term_one_thing(root: Path) -> list[str]:
    """No English and no Chinese term stands in two rows."""
    found = [match for match in map(ROW.match, _rows(root)) if match]
    problems = [] if found else ["chapters/glossary.md: no terms"]
    for language in ("term", "chinese"):
        words = [match[language].lower() for match in found]
        problems += [f"chapters/glossary.md: {word!r} stands twice"
                     for word in sorted(set(words)) if words.count(word) > 1]
    return problems


def terms_stand_in_their_lesson(root: Path) -> list[str]:
    """The lesson that a term links to uses its words, in whatever form."""
    problems = []
    for match in filter(None, map(ROW.match, _rows(root))):
        text = _read(root / "chapters" / f"{match['target']}.md").lower()
        stems = [_stem(word) for word in re.findall(r"\w+", match["term"].lower())]
        if text and not all(re.search(rf"(?<![a-z]){stem}", text) for stem in stems):
            problems.append(f"chapters/glossary.md: {match['term']!r} is not in {match['target']}")
    return problems


def _stem(word: str) -> str:
    return word[:-5] if len(word) > 9 else word[:-3] if len(word) > 6 else word


RULES = (the_readme_names_every_part, the_map_shows_what_is_there, the_glossary_is_in_order,
         one_term_one_thing, terms_stand_in_their_lesson)
