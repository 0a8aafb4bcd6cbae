"""Bring one chapter up to date and check it: `python -m pipeline.chapter part/topic`.

It is executed if it changed and run again to compare its outputs; the unit tests and the rules that
have to do with it are tried; its page is built, alone, into `_build/page`.
"""

import argparse
import importlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from pipeline.chapters import ROOT, chapter_name
from pipeline.execute.__main__ import main as execute

BOOK = "from jupyter_book.cli.main import main; main()"
PAGE = "_build/page"
PYTEST = (sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short")
# The page is built without the pages that it links to.
EXPECTED = "xref_missing"


def code_of(name: str, root: Path = ROOT) -> tuple[list[Path], list[Path]]:
    """Find the modules of lib that bear a chapter's name, `part/topic`, and their tests."""
    part, topic = name.split("/")
    modules = [*root.glob(f"lib/{name}.py"), *root.glob(f"lib/*/{name}.py")]
    tests = [*root.glob(f"tests/{part}/test_{topic}*.py"),
             *root.glob(f"tests/*/{part}/test_{topic}*.py")]
    return sorted(modules), sorted(tests)


def rule_problems(name: str, root: Path = ROOT) -> list[str]:
    """List what the rules complain about that has to do with one chapter."""
    part, topic = name.split("/")
    about = re.compile(rf"\b{part}/(test_)?{topic}\b")
    found = []
    for path in sorted((Path(__file__).parent / "rules").glob("*.py")):
        for rule in getattr(importlib.import_module(f"pipeline.rules.{path.stem}"), "RULES", ()):
            found += [problem for problem in rule(root) if about.search(problem)]
    return list(dict.fromkeys(found))


def build_page(name: str, root: Path = ROOT) -> tuple[Path, list[str]]:
    """Build one chapter's page without the rest of the book; return it and what went wrong."""
    page = root / PAGE / "_build/html/chapters" / f"{name}.html"
    with tempfile.TemporaryDirectory() as folder:
        contents = Path(folder) / "toc.yml"
        contents.write_text(f"format: jb-book\nroot: chapters/{name}\n")
        done = subprocess.run(
            [sys.executable, "-c", BOOK, "build", str(root), "--toc", str(contents), "-q",
             "--path-output", str(root / PAGE)],
            capture_output=True, text=True, cwd=root, check=False,
        )
    problems = [line for line in done.stderr.splitlines()
                if re.search("WARNING|ERROR", line) and EXPECTED not in line]
    if done.returncode or not page.is_file():
        problems = problems or done.stderr.strip().splitlines()[-10:] or ["no page was made"]
    return page, problems


def outputs_and_tests(name: str, root: Path, *, compare: bool) -> bool:
    """Compare the outputs of a second run, beside it try the unit tests; tell whether all pass."""
    notebook = ["--nbval", root / f"chapters/{name}.ipynb"] if compare else []
    tests = code_of(name, root)[1]
    runs = [[*PYTEST, "tests/exercises/test_all.py", "-k", name]]
    if notebook or tests:
        runs.append([*PYTEST, *notebook, *tests])
    started = [subprocess.Popen(run, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True) for run in runs]
    texts = [process.communicate()[0] for process in started]
    print("\n".join(text.strip() for text in texts))
    return not any(process.returncode for process in started)


def keeps_rules(name: str, root: Path) -> bool:
    """Hold a chapter and its code against style and rules; print what breaks them."""
    files = [path for found in code_of(name, root) for path in found]
    style = [sys.executable, "-m", "ruff", "check", "-q", *files]
    clean = not files or not subprocess.run(style, cwd=root, check=False).returncode
    problems = rule_problems(name, root)
    print("\n".join(f"   {problem}" for problem in problems or ["none is broken"]))
    return clean and not problems


def has_page(name: str, root: Path) -> bool:
    """Build the page and say where it is."""
    page, problems = build_page(name, root)
    print("\n".join([*(f"   {problem}" for problem in problems), f"   {page.as_uri()}"]))
    return not problems


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Do all steps, also after one that failed, and return how many failed."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.chapter", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="part/topic")
    try:
        name = chapter_name(parser.parse_args(arguments).name, root)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    done = {}
    for title, step in (
        ("execute", lambda: execute([name], root) == 0),
        ("outputs and tests", lambda: outputs_and_tests(name, root, compare=done["execute"])),
        ("rules", lambda: keeps_rules(name, root)),
        ("page", lambda: has_page(name, root)),
    ):
        print(f"== {title}", flush=True)
        start = perf_counter()
        done[title] = step()
        print(f"   {'fine' if done[title] else 'not yet right'}, {perf_counter() - start:.1f} s")
    failed = [title for title, fine in done.items() if not fine]
    print(f"{name}: {', '.join(failed)} not yet right" if failed else f"{name} is ready")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
