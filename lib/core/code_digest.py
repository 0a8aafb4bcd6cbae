"""A digest of code that changes when what the code does can change, and only then."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

PACKAGE, CHECKSUMS = "lib", "SHA256SUMS"
ROOT = Path(__file__).resolve().parents[2]


def code_digest(names: Iterable[str], root: str | Path = ROOT) -> str:
    """Return the SHA-256, in hexadecimal, of modules of `lib` and all they import.

    Comments, docstrings and layout do not count, data files that the code names do.

    Raises: OSError if a file cannot be read.
    """
    root, parts = Path(root), {}
    for path in reached(names, root).values():
        text = path.read_text(encoding="utf-8")
        parts[path.relative_to(root).as_posix()] = essence(text)
        for file in data_files(path, text):
            parts[file.relative_to(root).as_posix()] = file.read_bytes()
    return digest_of(parts)


def digest_of(parts: dict[str, bytes]) -> str:
    """Return the SHA-256, in hexadecimal, of named contents, in whatever order."""
    total = hashlib.sha256()
    for name in sorted(parts):
        total.update(f"{name}\n{len(parts[name])}\n".encode() + parts[name])
    return total.hexdigest()


def reached(names: Iterable[str], root: str | Path = ROOT) -> dict[str, Path]:
    """Find the modules of `lib` that the named ones import, directly or through others.

    Imports count wherever they stand, and so do the packages on the way. The files are
    returned by the modules' full names; names that are no module are left out.
    """
    waiting, seen, found = list(names), set(), {}
    while waiting:
        name = waiting.pop()
        if name in seen or name.split(".")[0] != PACKAGE:
            continue
        seen.add(name)
        waiting.append(name.rpartition(".")[0])
        path = module_file(name, root)
        if path is not None:
            found[name] = path
            package = name if path.stem == "__init__" else name.rpartition(".")[0]
            waiting += _imports_of(path.read_text(encoding="utf-8"), package)
    return found


@cache
def _imports_of(text: str, package: str) -> list[str]:
    """List what a module imports; one that is no Python tells whoever runs it."""
    with suppress(SyntaxError):
        return list(imports(ast.parse(text), package))
    return []


def module_file(name: str, root: str | Path = ROOT) -> Path | None:
    """Return the file of a module or package, or None for a name that is neither."""
    base = Path(root).joinpath(*name.split("."))
    files = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in files if path.is_file()), None)


def imports(tree: ast.AST, package: str = "") -> Iterator[str]:
    """Yield the names that a tree imports; `from a import b` gives a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            if node.level and package:
                origin = resolve_name(origin, package)
            yield from (origin, *(f"{origin}.{alias.name}" for alias in node.names))


def data_files(path: Path, text: str) -> set[Path]:
    """Find the data beside a module, or in folders below, whose names its code holds.

    A folder that the code names counts with all its files. Where a list of checksums
    lies among them, files count by their own names alone, and the list does not: both
    change when a file is added that this code never reads.
    """
    words = _words(text)
    found = path.parent.rglob("*") if words else ()
    return {
        file
        for file in found
        if file.suffix not in (".py", ".pyc")
        and file.name != CHECKSUMS
        and file.is_file()
        and _is_named(file, path.parent, words)
    }


def _is_named(file: Path, base: Path, words: frozenset[str]) -> bool:
    """Whether the words hold the name of a file, or of a folder that counts as one."""
    if file.name in words:
        return True
    folders = [folder for folder in file.parents if base in folder.parents]
    listed = any((folder / CHECKSUMS).is_file() for folder in folders)
    return not listed and any(folder.name in words for folder in folders)


@cache
def _words(text: str) -> frozenset[str]:
    """Collect the strings in a module's code, cut at each slash."""
    with suppress(SyntaxError):
        return frozenset(
            word
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            for word in node.value.split("/")
        )
    return frozenset()


@cache
def essence(text: str) -> bytes:
    """Return a program's syntax tree without docstrings, the same in every Python.

    A text that is no Python is its own essence.
    """
    try:
        return _dump(ast.parse(text)).encode()
    except SyntaxError:
        return text.replace("\r\n", "\n").encode()


def _dump(node: object) -> str:
    """Write out a tree without empty fields: newer Pythons have more of these."""
    if isinstance(node, list):
        return f"[{','.join(_dump(item) for item in node if not _is_docstring(item))}]"
    if isinstance(node, ast.Constant) or not isinstance(node, ast.AST):
        return repr(getattr(node, "value", node))
    fields = [
        f"{name}={_dump(value)}"
        for name, value in ast.iter_fields(node)
        if value is not None and value != []
    ]
    if isinstance(node, ast.JoinedStr):  # Python 3.12 puts empty texts into some
        fields = [_dump([value for value in node.values if not _is_empty(value)])]
    return f"{type(node).__name__}({','.join(fields)})"


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == ""


def _is_docstring(node: object) -> bool:
    """Whether a statement is a text that nobody keeps."""
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant and isinstance(node.value.value, str)
