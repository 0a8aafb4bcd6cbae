"""Rules about the repository's documents: they agree with each other and speak of the course."""

import json
import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.rules.tree import files

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "LICENSE", "LICENSE-TEXT", "CITATION.cff")
TEXT = {".md", ".py", ".yml", ".yaml", ".toml", ".txt", ".cff", ".bib", ".css", ".js", ".svg", "",
        ".ipynb"}
# Patterns are written so that they do not match their own line.
FOREIGN = re.compile(r"(?<!\w)/wor[k]/")  # absolute paths of the author's machine
PUBLIC_INDEXES = ("https://pypi.org/", "https://download.pytorch.org/",
                  "https://registry.npmjs.org/")
COLAB = "https://colab.research.google.com/github/"
INDEX = re.compile(r"(?:--(?:extra-)?index-url|index_url|--registry)[= ]+(https?://\S+)")


def repository_url(root: Path) -> str:
    """The repository's address, from `_config.yml`."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    return config["repository"]["url"].removesuffix("/")


def documents_are_there(root: Path) -> list[str]:
    """README, CONTRIBUTING, both licences and the citation file exist and are not empty."""
    return [f"{name}: missing" for name in DOCUMENTS
            if not (root / name).is_file() or not (root / name).read_text().strip()]


def one_repository_address(root: Path) -> list[str]:
    """Every document that names the repository names the one of `_config.yml`."""
    owner, name = repository_url(root).split("/")[-2:]
    problems = []
    for path in ("README.md", "CITATION.cff"):
        if f"{owner}/{name}" not in _text(root / path):
            problems.append(f"{path}: does not name {owner}/{name}")
    for path in _own_texts(root):
        found = set(re.findall(rf"github(?:\.com)?/([\w\-]+)/{re.escape(name)}\b", _text(path)))
        found |= set(re.findall(rf"([\w\-]+)\.github\.io/{re.escape(name)}\b", _text(path)))
        problems += [f"{path.relative_to(root)}: names {wrong}/{name}, wanted {owner}/{name}"
                     for wrong in sorted(found - {owner})]
    return problems


def named_make_targets_exist(root: Path) -> list[str]:
    """Every `make target` in a document is a target of the Makefile with a line of help."""
    targets = re.findall(r"(?m)^([a-z][\w\-]*):.*## ", _text(root / "Makefile"))
    problems = []
    for path in [*files(root, "*.md"), *files(root, "*.yml", below=".github")]:
        code = re.findall(r"(?m)`make ([a-z]+)|^\s*(?:- run: |\$ )?make ([a-z]+)", _text(path))
        problems += [f"{path.relative_to(root)}: no target 'make {name}'"
                     for name in sorted({a or b for a, b in code}) if name not in targets]
    return problems


def colab_links_open_chapters(root: Path) -> list[str]:
    """A Colab link opens a notebook of the book, on the book's branch."""
    branch = yaml.safe_load(_text(root / "_config.yml"))["repository"].get("branch", "main")
    start = COLAB + "/".join(repository_url(root).split("/")[-2:]) + f"/blob/{branch}/"
    problems = []
    for path in files(root, "*.md"):
        for link in re.findall(re.escape(COLAB) + r"[^\s)\"]+", _text(path)):
            target = root / link.removeprefix(start)
            fine = link.startswith(start) and target.with_suffix(".md").is_file()
            if not fine or target.suffix != ".ipynb":
                problems.append(f"{path.relative_to(root)}: {link} opens no chapter")
    return problems


def constraints_meet_requirements(root: Path) -> list[str]:
    """Each requirement is pinned in constraints.txt to a version that meets its bounds."""
    pins = {canonicalize_name(name): version for name, version in
            re.findall(r"(?m)^([\w.\-]+)==(\S+)$", _text(root / "constraints.txt"))}
    lines = re.findall(r"(?m)^(\w[^#\n]*)", _text(root / "requirements.txt"))
    own = re.search(r"\S", _text(root / "pyproject.toml")) and tomllib.loads(
        _text(root / "pyproject.toml"))["project"]["dependencies"]
    problems = []
    for requirement in map(Requirement, [*lines, *(own or ())]):
        pin = pins.get(canonicalize_name(requirement.name))
        if pin is None or not requirement.specifier.contains(pin, prereleases=True):
            problems.append(f"{requirement}: constraints.txt has {pin}")
    return problems


def installed_lib_is_required(root: Path) -> list[str]:
    """What `lib` needs (pyproject.toml) is also in requirements.txt, with the same bounds."""
    listed = {str(Requirement(line)) for line in
              re.findall(r"(?m)^(\w[^#\n]*)", _text(root / "requirements.txt"))}
    own = tomllib.loads(_text(root / "pyproject.toml"))["project"]["dependencies"]
    return [f"pyproject.toml: {need} is not in requirements.txt"
            for need in own if str(Requirement(need)) not in listed]


def texts_speak_of_the_course(root: Path) -> list[str]:
    """No file tells of the place where it was written, and packages come from public indexes."""
    problems = []
    for path in _own_texts(root):
        text, name = _text(path), path.relative_to(root)
        problems += [f"{name}: contains {found!r}" for found in sorted(set(FOREIGN.findall(text)))]
        problems += [f"{name}: package index {url}" for url in sorted(set(INDEX.findall(text)))
                     if not url.startswith(PUBLIC_INDEXES)]
    for path in files(root, "package-lock.json"):
        packages = json.loads(_text(path)).get("packages", {})
        problems += [f"{path.relative_to(root)}: {name} comes from {entry['resolved']}"
                     for name, entry in packages.items() if "resolved" in entry
                     and not entry["resolved"].startswith(PUBLIC_INDEXES)]
    return problems


def _own_texts(root: Path) -> list[Path]:
    return [path for path in files(root) if path.suffix in TEXT]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


RULES = (documents_are_there, one_repository_address, named_make_targets_exist,
         colab_links_open_chapters, constraints_meet_requirements, installed_lib_is_required,
         texts_speak_of_the_course)
