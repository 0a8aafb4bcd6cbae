"""Open the chapters in JupyterLab, in a copy that belongs to the reader: `make lab`.

The copy, `work/`, is ignored by git. Each call refreshes what the reader has not edited; an edited
notebook is never written to, its new version is put beside it.
"""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml

from lib.core.files import atomic_write
from pipeline.chapters import KERNELSPEC, ROOT, chapters

WORK = "work"
RECORD = ".given.json"  # the digest of each notebook as the reader got it
START = "contents"
OPENING = """\
# Learn PyTorch

These notebooks are yours: change them, run them, keep your answers in them. They lie in the folder
`work`, which git ignores.

- **After a restart of the kernel**, or to begin in the middle of a chapter: select the cell where
  you want to go on and choose *Run → Run All Above Selected Cell*.
- **Solutions are folded.** A click on the three dots opens one. A solution defines your function
  anew, so run your own cell again after it.
- **To update**, run `git pull` and `make lab`. Notebooks that you have not edited are renewed, runs
  alone do not count; where you have, the new version is put beside yours as `….new.ipynb`.
- **To start a chapter afresh**, delete its notebook, or give it another name, and run `make lab`.
"""


def refresh(root: Path = ROOT) -> list[str]:
    """Bring the reader's copy up to date, and return a sentence for each edited notebook.

    Raises: OSError if a file cannot be read or written.
    """
    work = root / WORK
    record = work / RECORD
    given = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    pages = {chapter.name: chapter.notebook.read_bytes() for chapter in chapters(root)
             if chapter.notebook.is_file()}
    kept = []
    for name, data in {START: start_page(root), **pages}.items():
        place = _give(data, work, name, given)
        if place != name:
            kept.append(f"{WORK}/{name}.ipynb has your changes and stays as it is; "
                        f"the course's new version is {WORK}/{place}.ipynb.")
    _write(record, json.dumps(given, indent=1).encode())
    return kept


def start_page(root: Path) -> bytes:
    """Make the notebook that JupyterLab opens: what to know, and the chapters in order."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    known = {f"chapters/{chapter.name}": chapter for chapter in chapters(root)}
    lines = [OPENING]
    for part in toc["parts"]:
        found = [known[entry["file"]] for entry in part["chapters"] if entry["file"] in known]
        if found:
            lines += [f"## {part['caption']}", ""]
            lines += [f"1. [{title(chapter.text)}]({chapter.name}.ipynb)" for chapter in found]
            lines.append("")
    page = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("\n".join(lines).strip(), id=START)],
        metadata={"kernelspec": KERNELSPEC},
    )
    return nbformat.writes(page).encode()


def title(text: str) -> str:
    """Return the title of a chapter's source."""
    return re.search(r"^# (.+)$", text, re.M)[1]


def _give(data: bytes, work: Path, name: str, given: dict[str, str]) -> str:
    """Write a notebook where it overwrites nothing of the reader's, and return its name there."""
    new, place, number = _digest(data), name, 1
    while True:
        path = work / f"{place}.ipynb"
        there = path.is_file()
        if given.get(place) == new and (there or place != name):
            return place if there else name  # the reader threw the new version away
        if not there or _digest(path.read_bytes()) in (given.get(place), new):
            _write(path, data)
            given[place] = new
            return place
        place, number = f"{name}.new{number if number > 1 else ''}", number + 1


def _digest(data: bytes) -> str:
    """Return the SHA-256 of what an edit changes: a notebook's cells without their outputs."""
    try:
        cells = [[cell["cell_type"], "".join(cell["source"])] for cell in json.loads(data)["cells"]]
        data = json.dumps(cells).encode()
    except (ValueError, TypeError, KeyError):
        pass  # no notebook any more: whatever it is, it is the reader's
    return hashlib.sha256(data).hexdigest()


def _write(path: Path, data: bytes) -> None:
    with atomic_write(path) as file:
        file.write(data)


def main() -> int:
    """Refresh the copy, say what was kept, and open JupyterLab on its start page."""
    for sentence in refresh():
        print(sentence)
    page = f"/lab/tree/{START}.ipynb"
    command = [sys.executable, "-m", "jupyterlab", f"--LabApp.default_url={page}", *sys.argv[1:]]
    try:
        return subprocess.call(command, cwd=ROOT / WORK)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
