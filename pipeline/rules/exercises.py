"""Rules about the exercises: what stands in a chapter, and the checks behind it."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

from pipeline.chapters import Chapter, Piece, chapters, prose, split_at_headings
from pipeline.rules.tree import files, over_chapters, parsed

FEWEST, MOST, FEWEST_WORDS = 3, 5, 10
TITLE = re.compile(r"Exercise (\d+): \S")
FOR_A_CLASS = re.compile(r"(?s)^\*\*For a class\.\*\* .+<details>\s*<summary>Discussion", re.M)
CHECK = re.compile(r"^check\(\s*[\"']([^\"']+)[\"']\s*,\s*(\w+)\s*,?\s*\)", re.M)


class Exercise(NamedTuple):
    """One exercise of a chapter: its title and everything under it."""

    title: str
    pieces: list[Piece]

    @property
    def starters(self) -> list[Piece]:
        """The cells that the reader fills in."""
        return [piece for piece in self.pieces if piece.kind == "code"
                and "solution" not in piece.tags and CHECK.search(piece.source)]

    @property
    def solutions(self) -> list[Piece]:
        """The folded cells that solve it."""
        return [piece for piece in self.pieces if "solution" in piece.tags]


def exercises(chapter: Chapter) -> list[Exercise]:
    """The exercises of a chapter in order."""
    found: list[Exercise] = []
    inside = [piece for title, pieces in chapter.sections() if title == "Exercises"
              for piece in pieces]
    for piece in inside:
        if piece.kind == "code":
            found[-1:] and found[-1].pieces.append(piece)
            continue
        tasks = FOR_A_CLASS.split(piece.source)[0]  # what follows is no part of the last one
        for title, text in split_at_headings(tasks, 3):
            if title is not None:
                found.append(Exercise(title, []))
            if found:
                found[-1].pieces.append(Piece("text", text, {}))
    return found


def exercises_are_complete(chapter: Chapter) -> list[str]:
    """Three to five, numbered, each with starter, hint, solution, one check; an open question."""
    found = exercises(chapter)
    problems = [] if FEWEST <= len(found) <= MOST else [
        f"{len(found)} exercises, wanted {FEWEST} to {MOST}"]
    numbers = [match and int(match.group(1)) for match in
               (TITLE.match(item.title) for item in found)]
    if numbers != list(range(1, len(found) + 1)):
        problems.append(f"exercise titles {[item.title for item in found]}, "
                        "wanted 'Exercise 1: title', 'Exercise 2: title', …")
    for item in found:
        problems += [f"{item.title}: {what}" for what in _missing(chapter, item)]
    section = dict(chapter.sections()).get("Exercises", [])
    if section and not FOR_A_CLASS.search(section[-1].source):
        problems.append("no open question at the end: '**For a class.** …', a folded discussion")
    return problems


def _missing(chapter: Chapter, item: Exercise) -> list[str]:
    text = "\n".join(piece.source for piece in item.pieces if piece.kind == "text")
    task = prose(re.sub(r"(?s)<details>.*?</details>", "", text))
    starter_ids = [CHECK.findall(piece.source) for piece in item.starters]
    solution_ids = [pair for piece in item.solutions for pair in CHECK.findall(piece.source)]
    wanted = {
        "no text that says what to write": len(task.split()) >= FEWEST_WORDS,
        "no <details> with a hint": re.search(r"<details>\s*<summary>Hint", text),
        "wanted one starter cell that calls check once":
            len(starter_ids) == 1 and len(starter_ids[0]) == 1,
        "the starter leaves nothing to write (no '...')":
            any("..." in piece.source for piece in item.starters),
        "no cell tagged solution and hide-cell":
            item.solutions and all("hide-cell" in piece.tags for piece in item.solutions),
        "starter and solution check different things":
            solution_ids and all(ids == solution_ids for ids in starter_ids),
        f"check ids must begin with {chapter.name}/":
            all(name.startswith(f"{chapter.name}/") for name, _ in solution_ids),
    }
    return [problem for problem, fine in wanted.items() if not fine]


def check_ids(root: Path) -> dict[str, list[str]]:
    """Per module of lib/exercises the full ids of its `EXERCISES`, read without importing."""
    found = {}
    base = root / "lib/exercises"
    for path in files(root, "*.py", below="lib/exercises"):
        if path.name != "__init__.py":
            prefix = path.relative_to(base).with_suffix("").as_posix()
            keys = [key for node in parsed(path).body for key in _keys(node)]
            found[prefix] = [key if "/" in key else f"{prefix}/{key}" for key in keys]
    return found


def _keys(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if not any(isinstance(name, ast.Name) and name.id == "EXERCISES" for name in targets):
        return []
    if not isinstance(node.value, ast.Dict):
        return []
    return [key.value for key, value in zip(node.value.keys, node.value.values, strict=True)
            if isinstance(key, ast.Constant) and not _empty(value)]


def _empty(value: ast.expr) -> bool:
    return isinstance(value, ast.Tuple | ast.List) and not value.elts


def every_check_is_asked_for(root: Path) -> list[str]:
    """The ids in the chapters and the ids with checks are the same, each used once."""
    asked = [name for chapter in chapters(root) for item in exercises(chapter)
             for piece in item.starters for name, _ in CHECK.findall(piece.source)]
    written = [name for names in check_ids(root).values() for name in names]
    lessons = {chapter.name for chapter in chapters(root)}
    problems = [f"{name}: no checks in lib/exercises" for name in asked if name not in written]
    problems += [f"{name}: no exercise asks for this check" for name in written
                 if name not in asked and name.rsplit("/", 1)[0] in lessons]
    problems += [f"{name}: used more than once" for names in (asked, written)
                 for name in sorted(set(names)) if names.count(name) > 1]
    return problems


def ids_stand_in_their_module(root: Path) -> list[str]:
    """`EXERCISES` of lib/exercises/<part>/<topic>.py holds ids <part>/<topic>/<name> alone."""
    found = check_ids(root)
    problems = [f"lib/exercises/{prefix}.py: id {name}" for prefix, names in found.items()
                for name in names if not re.fullmatch(rf"{prefix}/\w+", name)]
    return problems + [f"lib/exercises/{prefix}.py: no EXERCISES with a check in it"
                       for prefix, names in found.items() if not names]


RULES = (over_chapters(exercises_are_complete), every_check_is_asked_for,
         ids_stand_in_their_module)
