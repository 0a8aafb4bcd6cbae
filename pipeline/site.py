"""Build the site from the stored notebooks: `python -m pipeline.site [--out FOLDER] [--quick]`.

A build takes the place of the last one only when it is whole; one that fails leaves it alone.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from sphinx.util.console import strip_colors

from pipeline.sphinx.web_assets import LOCAL_MATHJAX, install_web_assets

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (
    "_config.yml",
    "_toc.yml",
    "references.bib",
    "constraints.txt",
    "chapters/**/*",
    "site/package-lock.json",
    "site/static/**/*",
    "site/templates/**/*",
    "pipeline/sphinx/*.py",
    "pipeline/execute/record.py",
)
BUILDERS = ("jupyter-book", "myst-nb", "sphinx", "sphinx-book-theme", "pydata-sphinx-theme")
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
DIGEST_FILE = ".source-digest"


def source_digest(root: Path) -> str:
    """Return a digest of everything the site is made from and of what makes it."""
    digest = hashlib.sha256(str([version(name) for name in BUILDERS]).encode())
    for path in sorted({path for pattern in SOURCES for path in root.glob(pattern)}):
        if path.is_file() and ".ipynb_checkpoints" not in path.parts:
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update(str((root / LOCAL_MATHJAX).is_file()).encode())
    return digest.hexdigest()


def is_current(out: Path, digest: str) -> bool:
    """Tell whether the site in `out` was made, without a warning, from these very sources."""
    stored = out / DIGEST_FILE
    return (out / "index.html").is_file() and stored.is_file() and stored.read_text() == digest


def warnings_in(log: str) -> list[str]:
    """Return the lines of a build log that report a warning or an error, each once."""
    marks = ("WARNING:", "ERROR:", "CRITICAL:", "error:")
    lines = (line.strip() for line in log.splitlines() if any(mark in line for mark in marks))
    return list(dict.fromkeys(line for line in lines if "build finished with problems" not in line))


def run_jupyter_book(root: Path, parent: Path) -> tuple[int, str]:
    """Build the book of `root` into `parent/_build/html`; return exit code and error output."""
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(root)]
    command += ["-n", "-W", "--keep-going", "-q", "--path-output", str(parent)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    return result.returncode, strip_colors(result.stderr).replace(f"{root}/", "")


def build_fresh(root: Path, out: Path, digest: str) -> tuple[int, str]:
    """Build the site beside `out`, never over an old build, which would hide warnings.

    The new site takes the place of the old one when it is whole.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".site-") as parent:
        code, log = run_jupyter_book(root, Path(parent))
        built = Path(parent) / "_build" / "html"
        if code == 0 and (built / "index.html").is_file():
            (built / DIGEST_FILE).write_text(digest)
            if out.exists():
                out.rename(Path(parent) / "old")
            built.rename(out)
            return 0, log
    return code or 1, log


def folder_problem(out: Path, root: Path) -> str:
    """Say why `out` must not be replaced by the site, or nothing."""
    ours = out == root / "_build" / "html" or (out / DIGEST_FILE).is_file()
    if out.is_dir() and any(out.iterdir()) and not ours:
        return f"--out must be a new or empty folder, or an earlier site; {out} holds other files"
    if out.exists() and not out.is_dir():
        return f"--out must be a folder; {out} is a file"
    return ""


def report_failure(code: int, log: str) -> None:
    """Print what stopped the build: its warnings, or the end of its log where it crashed."""
    found = warnings_in(log)
    lines = found or log.strip().splitlines()[-20:] or [f"jupyter-book ended with code {code}"]
    print(f"The site has {len(found) or 'unreported'} problem(s); each has to be mended:")
    for line in lines:
        print(f"  {line}")


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Build the site and say where it is; return 0 if it is whole, else 1."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.site", description=__doc__)
    parser.add_argument("--out", type=Path, default=root / "_build" / "html", help="folder to fill")
    parser.add_argument("--quick", action="store_true", help="do nothing if nothing has changed")
    options = parser.parse_args(arguments)
    out, start = options.out.resolve(), time.monotonic()
    if problem := folder_problem(out, root):
        parser.error(problem)
    print(install_web_assets(root / "site"))
    if os.environ.get("CI") == "true" and not (root / LOCAL_MATHJAX).is_file():
        print("On a CI machine this is an error: no page may ask another host for anything.")
        return 1
    digest = source_digest(root)
    if options.quick and is_current(out, digest):
        print(f"Nothing has changed since the last build: {out / 'index.html'}")
        return 0
    print("Building the site from the stored notebooks ...", flush=True)
    code, log = build_fresh(root, out, digest)
    if code:
        report_failure(code, log)
        return 1
    print(f"The site is ready after {time.monotonic() - start:.0f} s: {out / 'index.html'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
