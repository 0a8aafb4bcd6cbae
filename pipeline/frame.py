"""Make the frame of a new chapter: `python -m pipeline.frame part/topic`.

The frame has all parts of a chapter, runs, and keeps every rule but those about what is not written
yet: each such place says FILL ME. No file that exists is touched.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from pipeline.chapters import ROOT, chapters

FRAME = Path(__file__).with_name("frame.yml")
CONTENTS = "_toc.yml"
REFERENCE = "  - caption: Reference\n"  # the last caption of the contents, behind all chapters


def frame(name: str) -> dict[str, str]:
    """Return the files of a chapter's frame, by their paths.

    Raises: ValueError if the name is not `part/topic` in small letters without figures.
    """
    if not re.fullmatch(r"[a-z]+(_[a-z]+)*/[a-z]+(_[a-z]+)*", name):
        raise ValueError(f"NAME must be part/topic in small letters, words joined by _; got {name}")
    part, topic = name.split("/")
    title = topic.replace("_", " ").capitalize()
    words = {"PART": part, "TOPIC": topic, "TITLE": title}
    texts = yaml.safe_load(FRAME.read_text(encoding="utf-8"))
    exercise = texts.pop("EXERCISES")
    words["EXERCISES\n"] = "\n".join(
        _fill(exercise, {**words, "NUMBER": str(number), "WHICH": which})
        for number, which in enumerate(("warm_up", "main_task", "hard_case"), start=1)
    ) + "\n"
    files = {_fill(path, words): _fill(text, words) for path, text in texts.items()}
    packages = [f"lib/{part}/__init__.py", f"lib/exercises/{part}/__init__.py"]
    return files | dict.fromkeys(packages, "")


def _fill(text: str, words: dict[str, str]) -> str:
    """Put a chapter's names in the place of the capital words."""
    return re.sub("|".join(words), lambda found: words[found[0]], text)


def add_to_contents(text: str, name: str) -> str:
    """Enter a chapter at the end of its part; a part that is not there comes last.

    Raises: ValueError if the contents have no place for another part.
    """
    part = name.split("/")[0]
    entry = f"      - file: chapters/{name}\n"
    lessons = text.partition(REFERENCE)[0]
    last = list(re.finditer(rf"(?m)^ *- file: chapters/{part}/\w+\n", lessons))
    if last:
        return text[: last[-1].end()] + entry + text[last[-1].end() :]
    if REFERENCE not in text:
        raise ValueError(f"{CONTENTS} must have the line {REFERENCE.strip()!r}")
    caption = part.replace("_", " ").capitalize()
    before, after = text.split(REFERENCE, 1)
    return f"{before}  - caption: {caption}\n    chapters:\n{entry}{REFERENCE}{after}"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Do what the command line asks and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.frame", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="part/topic")
    name = parser.parse_args(arguments).name
    contents = root / CONTENTS
    try:
        files = frame(name)
        taken = [path for path, text in files.items() if text and (root / path).exists()]
        if taken:
            raise ValueError(f"nothing was made: {', '.join(taken)} is there already")
        entered = add_to_contents(contents.read_text(encoding="utf-8"), name)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    is_new_part = not any(chapter.name.startswith(f"{name.split('/')[0]}/")
                          for chapter in chapters(root))
    for path, text in files.items():
        if not (root / path).exists():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
            print(f"made {path}")
    contents.write_text(entered, encoding="utf-8")
    print(f"entered in {CONTENTS}, at the end of its part; move it to where it belongs")
    if is_new_part:
        print("a new part: link it in README.md, draw it as ready in chapters/figures/map.svg")
    print(f"Write what says FILL ME, in any order, and run: make chapter NAME={name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
