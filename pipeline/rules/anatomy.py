"""Rules about how a lesson is built: opening, sections, cells, figures."""

import ast
import re

from pipeline.chapters import Chapter, Piece, lessons
from pipeline.rules.tree import over_chapters, parsed_cell

SECTIONS = ("In short", "The idea", "By hand", "The equations", "All at once",
            "The library version", "Checked against torch", "On real data", "Explore", "Pitfalls",
            "Going deeper", "Summary", "Exercises", "Further reading")
ALWAYS_THERE = {"In short", "Summary", "Exercises", "Further reading"}
RANK = {title: number for number, title in enumerate(SECTIONS)}
RANK["The equations"] = RANK["By hand"]  # either of them may come first
MAX_COLUMNS, MAX_CELL, USUAL_CELL, SHOWING = 88, 25, 10, 0.7


def front_matter(chapter: Chapter) -> list[str]:
    """Only jupytext's format and a plain python3 kernel stand in the front matter."""
    found = re.match(r"---\n(.*?)\n---\n", chapter.text, re.S)
    top = set(re.findall(r"^(\w+):", found.group(1), re.M)) if found else set()
    problems = [] if top == {"jupytext", "kernelspec"} else [
        f"front matter has {sorted(top)}, wanted jupytext and kernelspec"]
    if found and not re.search(r"^\s+name: python3$", found.group(1), re.M):
        problems.append("front matter: the kernel must be python3")
    return problems


def opening(chapter: Chapter) -> list[str]:
    """Label, title, question, picture, three abilities, what is needed, running time."""
    text = "\n".join(piece.source for piece in chapter.sections()[0][1] if piece.kind == "text")
    wanted = {
        f"the label ({chapter.name})=": re.match(rf"\s*\({chapter.name}\)=\n+# \S", text),
        "a question": "?" in text,
        "'You will be able to' with exactly 3 points": _points(text) == 3,
        "what the reader needs": re.search(r"(?i)\b(you need|needs?|needed)\b", text),
        "the running time": re.search(r"(?i)running time", text),
    }
    problems = [f"the opening lacks {what}" for what, found in wanted.items() if not found]
    early = [piece for title, pieces in chapter.sections()[:2] for piece in pieces]
    if not any(_picture(piece) for piece in early):
        problems.append("no picture in the opening or in 'In short'")
    return problems


def needs_come_first(chapter: Chapter) -> list[str]:
    """The chapters that a reader needs stand earlier in the contents."""
    opening = "\n".join(piece.source for piece in chapter.sections()[0][1] if piece.kind == "text")
    paragraphs = [text for text in opening.split("\n\n") if re.match(r"\*\*You need\b", text)]
    order = lessons(chapter.source.parents[2])
    earlier = order[:order.index(chapter.name)] if chapter.name in order else []
    links = re.findall(r"\]\(([\w./]+)\.ipynb", "".join(paragraphs))
    needed = ["/".join((chapter.source.parent / link).resolve().parts[-2:]) for link in links]
    return [f"needs {name}, which does not come before it" for name in needed
            if name not in earlier]


def _points(text: str) -> int:
    after = re.split(r"(?i)you will be able to", text, maxsplit=1)
    if len(after) < 2:
        return 0
    block = re.search(r"(?m)(?:^(?:[-*]|\d\.) .*\n?(?:^[ \t]+\S.*\n?)*\n?)+", after[1])
    return len(re.findall(r"(?m)^(?:[-*]|\d\.) ", block.group(0))) if block else 0


def _picture(piece: Piece) -> bool:
    if piece.kind == "code":
        return "mystnb" in piece.metadata
    return bool(re.search(r"!\[[^\]]+\]\([^)]+\)|<svg|```\{figure\}", piece.source))


def sections_in_order(chapter: Chapter) -> list[str]:
    """The titles of the sections are the course's own, each once, in the course's order."""
    titles = [title for title, _ in chapter.sections()[1:]]
    problems = [f"unknown section {title!r}" for title in titles if title not in SECTIONS]
    problems += [f"no section {title!r}" for title in SECTIONS
                 if title in ALWAYS_THERE and title not in titles]
    known = [title for title in titles if title in SECTIONS]
    if len(known) > len(set(known)) or known != sorted(known, key=RANK.get):
        problems.append(f"sections stand in the order {known}, wanted {list(SECTIONS)}")
    problems += [f"section {title!r} is empty" for title, pieces in chapter.sections()[1:]
                 if not pieces]
    return problems


def one_import_cell(chapter: Chapter) -> list[str]:
    """The first code cell imports everything, folded, and ends in `seed_everything(0)`."""
    if not chapter.code:
        return ["no code cell"]
    first, *others = chapter.code
    problems = []
    if first.source.rstrip().splitlines()[-1:] != ["seed_everything(0)"]:
        problems.append("the first code cell must end in seed_everything(0)")
    if "hide-input" not in first.tags:
        problems.append("the first code cell must have the tag hide-input")
    problems += [f"a second cell with imports: {piece.source.splitlines()[0]!r}"
                 for piece in others if _imports(piece.source)]
    return problems


def _imports(source: str) -> bool:  # a file that a chapter writes by %% has imports of its own
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in parsed_cell(source).body)


def cells_are_short(chapter: Chapter) -> list[str]:
    """No code cell but that of the imports has more than 25 lines, most have at most 10."""
    lengths = [len(piece.source.strip().splitlines()) for piece in chapter.code[1:]]
    problems = [f"a code cell of {length} lines, at most {MAX_CELL}"
                for length in lengths if length > MAX_CELL]
    long = sum(length > USUAL_CELL for length in lengths)
    if long * 2 > len(lengths):
        problems.append(f"{long} of {len(lengths)} code cells have more than {USUAL_CELL} lines")
    return problems


def code_fits_the_page(chapter: Chapter) -> list[str]:
    """No line of code is longer than what a page shows without scrolling sideways.

    The lines of a text in triple quotes, such as another program's output, may be longer.
    """
    problems = []
    for piece in chapter.code:
        quoted = {number for node in ast.walk(parsed_cell(piece.source))
                  if isinstance(node, ast.Constant) and isinstance(node.value, str)
                  for number in range(node.lineno + 1, node.end_lineno)}
        problems += [f"a line of {len(line)} columns, at most {MAX_COLUMNS}: {line.strip()[:40]!r}"
                     for number, line in enumerate(piece.source.splitlines(), 1)
                     if len(line) > MAX_COLUMNS and number not in quoted]
    return problems


def a_sentence_before_each_cell(chapter: Chapter) -> list[str]:
    """Text, not a bare heading, leads to every code cell but a folded solution."""
    problems, before = [], None
    for piece in chapter.pieces:
        if piece.kind == "code" and "solution" not in piece.tags:
            text = before.source.strip() if before and before.kind == "text" else ""
            if not text or text.splitlines()[-1].startswith("#"):
                problems.append(f"no sentence before the cell {piece.source.splitlines()[:1]}")
        before = piece
    return problems


def most_cells_show_something(chapter: Chapter) -> list[str]:
    """At least 70 % of the stored code cells have an output."""
    if chapter.stored is None:
        return ["no stored notebook"]
    cells = [cell for cell in chapter.stored_cells if cell["cell_type"] == "code"
             and "colab-setup" not in cell["metadata"].get("tags", ())]
    shown = sum(bool(cell["outputs"]) for cell in cells)
    if shown < SHOWING * len(cells):
        return [f"{shown} of {len(cells)} code cells show something, wanted {SHOWING:.0%}"]
    return []


def figures_are_described(chapter: Chapter) -> list[str]:
    """Every drawn figure has alternative text and a caption, every linked picture its text."""
    problems = [f"a picture without alternative text: {target}" for piece in chapter.pieces
                if piece.kind == "text"
                for target in re.findall(r"!\[\s*\]\(([^)\s]*)", piece.source)]
    for cell in chapter.stored_cells:
        for output in cell.get("outputs", ()):
            problems += _figure_problems(cell["metadata"], output.get("data", {}))
    return problems


def _figure_problems(metadata: dict, data: dict) -> list[str]:
    html = "".join(data.get("text/html", ""))
    if 'class="explore"' in html:
        frames = re.findall(r"<img\b[^>]*>", html)
        silent = [frame for frame in frames if not re.search(r'\balt="[^"]', frame)]
        return [f"{len(silent)} explorable frames without alt"] * bool(silent) + [
            "an explorable figure without a caption"] * ("<figcaption" not in html)
    if not {"image/png", "image/jpeg", "image/svg+xml"} & set(data):
        return []
    mystnb = metadata.get("mystnb", {})
    wanted = {"alternative text": mystnb.get("image", {}).get("alt"),
              "a caption": mystnb.get("figure", {}).get("caption")}
    return [f"a drawn figure without {what}" for what, found in wanted.items() if not found]


RULES = tuple(over_chapters(check) for check in (
    front_matter, opening, needs_come_first, sections_in_order, one_import_cell, cells_are_short,
    code_fits_the_page, a_sentence_before_each_cell, most_cells_show_something,
    figures_are_described))
