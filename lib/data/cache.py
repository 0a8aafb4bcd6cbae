"""Download files once into a cache folder, and use none with a wrong checksum."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from lib.core.files import atomic_write

CHUNK_BYTES = 2**18
MAX_BYTES = 2**31  # a server that never ends would fill the disk


class DownloadError(OSError):
    """A file could not be brought into the cache; the message says what helps."""


def cache_folder() -> Path:
    """Return the folder that LIB_CACHE names, or else ~/.cache/learn-pytorch."""
    return Path(os.environ.get("LIB_CACHE") or "~/.cache/learn-pytorch").expanduser()


def has_sha256(path: str | Path, sha256: str) -> bool:
    """Return whether `path` is a file with this SHA-256 checksum (64 hex digits)."""
    path = Path(path)
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def fetch(
    name: str,
    sources: Sequence[str],
    sha256: str,
    *,
    folder: str | Path | None = None,
    timeout: float = 20.0,
    progress: Callable[[int, int | None], None] | None = None,
) -> Path:
    """Return the path of file `name` in the cache; download it if missing or damaged.

    The URLs in `sources` are tried in order until one gives the bytes with the checksum
    `sha256`. A download takes the file's name only when it is complete and right, so a
    stop half-way, or two processes at once, leave nothing half-written. `folder`
    defaults to `cache_folder()`; `timeout` is in seconds without an answer;
    `progress(bytes_so_far, bytes_in_all_or_None)` is called often.

    Raises: ValueError if `name` has a folder in it, `sources` is empty or `sha256` is
        malformed; DownloadError if no source gives the file or the folder cannot be
        written to.
    """
    _check_arguments(name, sources, sha256)
    path = (cache_folder() if folder is None else Path(folder)) / name
    failures = []
    try:
        if has_sha256(path, sha256):
            return path
        for source in sources:
            try:
                _download(source, path, sha256, timeout, progress)
                return path
            except DownloadError as error:
                failures.append(f"  {source}: {error}")
    except OSError as error:
        raise DownloadError(
            f"cannot read or write {path}: {error}; "
            "free some space, or set LIB_CACHE to another folder"
        ) from error
    tried = [f"could not download {name}; tried", *failures, _advice(path)]
    raise DownloadError("\n".join(tried))


def _check_arguments(name: str, sources: Sequence[str], sha256: str) -> None:
    """Raise ValueError for the first argument of `fetch` that cannot be right."""
    if name in ("", ".", "..") or "/" in name or "\\" in name:
        raise ValueError(f"name must be a file name without folders, got {name!r}")
    if isinstance(sources, str) or not sources:
        raise ValueError(
            f"sources must be a non-empty sequence of URLs, got {sources!r}"
        )
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ValueError(f"sha256 must be 64 digits 0-9a-f, got {sha256!r}")


def _download(
    source: str,
    path: Path,
    sha256: str,
    timeout: float,
    progress: Callable[[int, int | None], None] | None,
) -> None:
    """Write the file at `path`, raising DownloadError when the source is to blame."""
    digest = hashlib.sha256()
    with atomic_write(path) as file:
        for chunk, received, total in _read(source, timeout):
            digest.update(chunk)
            file.write(chunk)
            if progress is not None:
                progress(received, total)
        if digest.hexdigest() != sha256:
            raise DownloadError(f"checksum is {digest.hexdigest()}, wanted {sha256}")


def _read(source: str, timeout: float) -> Iterator[tuple[bytes, int, int | None]]:
    """Yield each piece of a URL's content, the bytes so far, and in all if told."""
    try:
        request = Request(source, headers={"User-Agent": "learn-pytorch"})
        with urlopen(request, timeout=timeout) as response:
            length = response.headers.get("Content-Length")
            total = int(length) if length else None
            received = 0
            while chunk := response.read(CHUNK_BYTES):
                received += len(chunk)
                if received > MAX_BYTES:
                    raise DownloadError(f"it sends more than {MAX_BYTES} bytes")
                yield chunk, received, total
    except (OSError, HTTPException, ValueError) as error:
        raise DownloadError(str(error) or type(error).__name__) from error
    if total is not None and received != total:
        raise DownloadError(f"the connection ended after {received} of {total} bytes")


def _advice(path: Path) -> str:
    damaged = " (the file there now is damaged and was not used)" * path.is_file()
    return (
        "Check the network and try again, or download the file by hand from one of "
        f"these addresses and put it at {path}{damaged}."
    )
