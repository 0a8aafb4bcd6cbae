"""Rules about the repository's documents: they agree with each other and speak of the course."""

import ast
import functools
import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.chapters import chapters, repository_url
from pipeline.rules.tree import files, parsed, parsed_cell

TEXT = {".md", ".py", ".yml", ".yaml", ".toml", ".txt", ".cff", ".bib", ".css", ".js", ".svg", ""}
# Patterns are written so that they do not match their own line.
FOREIGN = re.compile(r"(?<!\w)/wor[k]/")  # absolute paths of the author's machine
PUBLIC_INDEXES = ("https://pypi.org/", "https://download.pytorch.org/",
                  "https://registry.npmjs.org/")
COLAB = "https://colab.research.google.com/github/"
INDEX = re.compile(r"(?:--(?:extra-)?index-url|index_url|--registry)[= ]+(https?://\S+)")


def one_repository_address(root: Path) -> list[str]:
    """Every document that names the repository names the one of `_config.yml`."""
    owner, name = _repository(root)
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
    start = COLAB + "/".join(_repository(root)) + f"/blob/{branch}/"
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
    problems = []
    for requirement in [*_required(root), *_installed(root)]:
        pin = pins.get(canonicalize_name(requirement.name))
        if pin is None or not requirement.specifier.contains(pin, prereleases=True):
            problems.append(f"{requirement}: constraints.txt has {pin}")
    return problems


def installed_lib_is_required(root: Path) -> list[str]:
    """What `lib` needs (pyproject.toml) is also in requirements.txt, with the same bounds."""
    listed = set(map(str, _required(root)))
    return [f"pyproject.toml: {need} is not in requirements.txt"
            for need in _installed(root) if str(need) not in listed]


def imports_are_declared(root: Path) -> list[str]:
    """pyproject.toml names what lib and chapters import, requirements.txt what anything imports."""
    trees = [(path, parsed(path)) for path in files(root, "*.py")]
    trees += [(chapter.source, parsed_cell(piece.source))
              for chapter in chapters(root) for piece in chapter.code]
    taught, needed = (  # by those who install lib, and by those who work on it
        {canonicalize_name(requirement.name) for requirement in declared}
        for declared in (_installed(root), _required(root)))
    problems = set()
    for path, tree in trees:
        name = path.relative_to(root)
        in_course = name.parts[0] in ("lib", "chapters")
        known, place = (taught, "pyproject.toml") if in_course else (needed, "requirements.txt")
        problems |= {f"{name}: imports {module}, which {place} does not declare"
                     for module in _imported(tree)
                     if not known & _distributions(module) and not (root / module).is_dir()}
    return sorted(problems)


def _imported(tree: ast.Module) -> set[str]:
    """The packages from outside the standard library that a module imports, anywhere in it."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
             for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
              and node.module and not node.level}
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names


def _distributions(module: str) -> set[str]:
    """The names under which a module can be installed; its own if it is not installed here."""
    return {canonicalize_name(name) for name in _all_distributions().get(module, [module])}


_all_distributions = functools.cache(packages_distributions)


def _installed(root: Path) -> list[Requirement]:
    project = tomllib.loads(_text(root / "pyproject.toml"))["project"]
    return list(map(Requirement, project["dependencies"]))


def _required(root: Path) -> list[Requirement]:
    lines = re.findall(r"(?m)^(\w[^#\n]*)", _text(root / "requirements.txt"))
    return list(map(Requirement, lines))


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


def _repository(root: Path) -> tuple[str, str]:
    """Owner and name, from the address in `_config.yml`."""
    owner, name = repository_url(root).removesuffix("/").split("/")[-2:]
    return owner, name


def _own_texts(root: Path) -> list[Path]:
    return [path for path in files(root) if path.suffix in TEXT]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


RULES = (one_repository_address, named_make_targets_exist, colab_links_open_chapters,
         constraints_meet_requirements, installed_lib_is_required, imports_are_declared,
         texts_speak_of_the_course)
