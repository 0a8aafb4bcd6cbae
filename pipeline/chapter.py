"""Bring one chapter up to date and check it: `python -m pipeline.chapter part/topic`.

It is executed if it changed, run again to compare its outputs, held against the rules and the unit
tests that bear its name, and its page is built, alone, into `_build/page`.
"""

import argparse
import contextlib
import importlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

from pipeline.chapters import ROOT, chapter_name
from pipeline.execute.__main__ import main as execute

BOOK = "from jupyter_book.cli.main import main; main()"
PAGE = "_build/page"
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


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    print(f"== {title}", flush=True)
    start = perf_counter()
    yield
    print(f"   {perf_counter() - start:.1f} s", flush=True)


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
    modules, tests = code_of(name, root)
    failed = []
    with step("execute"):
        if execute([name], root):
            failed.append("execute")
    notebook = root / f"chapters/{name}.ipynb"
    compared = [notebook] if "execute" not in failed else []
    with step("compare a second run, and unit tests"):
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--nbval"]
        if subprocess.run([*command, *compared, *tests], cwd=root, check=False).returncode:
            failed.append("outputs or tests")
    with step("rules"):
        style = subprocess.run([sys.executable, "-m", "ruff", "check", "-q", *modules, *tests],
                               cwd=root, check=False).returncode
        problems = rule_problems(name, root)
        print("\n".join(f"   {problem}" for problem in problems) or "   none is broken")
        if style or problems:
            failed.append("rules")
    with step("page"):
        page, problems = build_page(name, root) if notebook.exists() else (None, ["no notebook"])
        print("\n".join(f"   {problem}" for problem in problems))
        if problems:
            failed.append("page")
    print(f"the page: {page.as_uri()}" if page and page.is_file() else "no page")
    print(f"not yet right: {', '.join(failed)}" if failed else f"{name} is ready")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
